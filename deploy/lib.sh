# Shared by deploy/run, deploy/test and deploy/bench: finds or installs what is missing, builds once. To be sourced.
# Needs bash and, where something is missing, apt. Says nothing while everything is in place.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jar=$root/target/mirrorlogd.jar
archive=$root/target/mirrorlogd.jsa

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo; then
    sudo -n "$@"
  else
    say "'$*' needs root, and there is no sudo"
    return 1
  fi
}

# install PACKAGE...: by apt, quietly; its messages are shown only where it fails.
install() {
  have apt-get || { say "missing here: $*. Install them; this machine has no apt-get"; return 1; }
  say "installing $*"
  local log
  log=$(mktemp)
  if as_root apt-get -q update >"$log" 2>&1 \
      && as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@" >>"$log" 2>&1; then
    rm -f "$log"
  else
    tail -n 5 "$log" >&2
    rm -f "$log"
    say "cannot install $* (see above)"
    return 1
  fi
}

java_major() { "$1" -version 2>&1 | sed -n '1s/^[^"]*"\([0-9]*\).*/\1/p'; }

# Sets JAVA_HOME to a JDK of 17 or later: the one named already, the one in PATH, or one installed beside it.
find_jdk() {
  local home major
  for home in "${JAVA_HOME:-}" "$(dirname "$(dirname "$(readlink -f "$(command -v javac || true)")")")" \
      /usr/lib/jvm/java-17-openjdk-*; do
    [ -x "$home/bin/javac" ] || continue
    major=$(java_major "$home/bin/java")
    if [ "${major:-0}" -ge 17 ]; then
      export JAVA_HOME=$home
      return 0
    fi
  done
  return 1
}

need_jdk() {
  find_jdk || { install openjdk-17-jdk-headless && find_jdk; } || fail "a JDK 17 or later is needed (package openjdk-17-jdk-headless)"
}

need_maven() {
  have mvn || install maven || fail "Maven 3.8 or later is needed (package maven)"
}

is_built() {
  [ -f "$jar" ] && [ -z "$(find "$root/src/main" "$root/pom.xml" -newer "$jar" -print -quit)" ]
}

# Builds the program unless it is newer than its sources. Two scripts at a time build once.
build() {
  need_jdk
  is_built && return 0
  need_maven
  mkdir -p "$root/target"
  exec 9>"$root/target/.building"
  flock 9
  if ! is_built; then
    say "building (the first time takes some minutes)"
    (cd "$root" && mvn -B -q --no-transfer-progress -Dstyle.color=never -Dmaven.test.skip=true package) >&2 9>&- || fail "the build failed (see above)"
    touch "$jar"
  fi
  exec 9>&-
}

# Classes loaded once and stored: start takes about half the time. Worth a try, never a reason to fail. One script at a time
# makes the file, under a name of its own: running daemons have the old one mapped, and die if it changes under them.
build_archive() {
  [ "$archive" -nt "$jar" ] && return 0
  exec 9>"$root/target/.building"
  flock 9
  [ "$archive" -nt "$jar" ] || make_archive "$archive.$$"
  exec 9>&-
}

make_archive() {
  local made=$1 dir pid=
  dir=$(mktemp -d)
  say "preparing class data for a fast start"
  "$JAVA_HOME/bin/java" "${jvm[@]}" -XX:ArchiveClassesAtExit="$made" -Xlog:cds=off -Xlog:cds+dynamic=off \
    -Dmirrorlog.data-dir="$dir/data" -Dmirrorlog.kernel.connector=unix -Dmirrorlog.kernel.unix-path="$dir/kernel" \
    -Dmirrorlog.memory.lock=false -Dakka.management.http.port=0 -jar "$jar" >"$dir/log" 2>&1 9>&- &
  pid=$!
  for _ in $(seq 300); do
    grep -q 'ready:' "$dir/log" && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  if [ ! -s "$made" ]; then
    say "no class data this time (see the lines below); the daemon starts more slowly"
    tail -n 3 "$dir/log" >&2
    : >"$made"
  fi
  mv "$made" "$archive"
  rm -rf "$dir"
}

# Heap of a fixed size that is touched at start: the daemon must not ask for memory while a mirror waits for it.
heap=${MIRRORLOG_HEAP:-256m}
jvm=("-Xms$heap" "-Xmx$heap" -XX:+AlwaysPreTouch -XX:+UseSerialGC -Xss512k -XX:+ExitOnOutOfMemoryError)

# Sets java_command to the JVM with its options, up to but without -jar or -cp.
java_command() {
  java_command=("$JAVA_HOME/bin/java" "${jvm[@]}")
  if [ -s "$archive" ]; then
    java_command+=(-XX:SharedArchiveFile="$archive" -Xlog:cds=off -Xlog:cds+dynamic=off -Xlog:class+path=off)
  fi
}
