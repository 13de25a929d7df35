# Shared by deploy/run, deploy/test and deploy/bench: finds or installs what is missing, builds once. To be sourced.
# Needs bash and, where something is missing, apt. Says nothing while everything is in place.

set -euo pipefail
# Whoever calls may have an environment of any sort: what it says of directories, languages and JVMs is not meant for us.
unset CDPATH LANGUAGE BASH_ENV ENV GREP_OPTIONS PERL5OPT PERL5LIB PERL5DB JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS MAVEN_OPTS MAVEN_ARGS
export LC_ALL=C.UTF-8
[ -d "${TMPDIR:-/tmp}" ] && [ -w "${TMPDIR:-/tmp}" ] || unset TMPDIR
root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
jar=$root/target/mirrorlogd.jar
# Without sources it is what somebody has installed: nothing is built then.
installed=
[ -f "$root/pom.xml" ] || installed=yes
# What daemons run from: see private_copy. Under systemd the directory that CacheDirectory= gives; nothing below /usr is written.
copies=${CACHE_DIRECTORY:-$root/target/running}
# Settings that a package has brought.
conf=
case $root in
  /usr/*)
    copies=${CACHE_DIRECTORY:-/var/cache/mirrorlog}
    [ ! -f /etc/mirrorlog/mirrorlogd.conf ] || conf=/etc/mirrorlog/mirrorlogd.conf ;;
esac
archive=

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

java_major() { "$1" -version 2>&1 | sed -n 's/^[^"]* version "\([0-9]*\).*/\1/p' | head -n 1; }

# Sets JAVA_HOME to a JRE or JDK of 17 or later: the one named already, the one in PATH, or any installed one.
find_java() {
  local home major
  for home in "${JAVA_HOME:-}" "$(dirname "$(dirname "$(readlink -f "$(command -v java || true)")")")" /usr/lib/jvm/*; do
    [ -n "$home" ] && [ -x "$home/bin/java" ] || continue
    major=$(java_major "$home/bin/java")
    if [ "${major:-0}" -ge 17 ]; then
      export JAVA_HOME=$home
      return 0
    fi
  done
  return 1
}

# For what runs the program and never makes it.
need_built() {
  [ -f "$jar" ] || fail "there is no $jar: make it with deploy/run, or put a built one there"
  find_java || fail "Java 17 or later is needed (package openjdk-17-jre-headless)"
}

# need_files NUMBER: so many descriptors, or one line and the end.
need_files() {
  local hard
  hard=$(ulimit -H -n)
  [ "$hard" = unlimited ] || [ "$hard" -ge "$1" ] \
    || fail "open files are limited to $hard (ulimit -n, LimitNOFILE=); $1 are needed"
  local soft
  soft=$(ulimit -S -n)
  [ "$soft" = unlimited ] || [ "$soft" -ge "$1" ] || ulimit -S -n "$1"
}

# Sets JAVA_HOME to a JDK of 17 or later: the one named already, the one in PATH, or one installed beside it.
find_jdk() {
  local home major
  for home in "${JAVA_HOME:-}" "$(dirname "$(dirname "$(readlink -f "$(command -v javac || true)")")")" \
      /usr/lib/jvm/java-17-openjdk-*; do
    [ -n "$home" ] && [ -x "$home/bin/javac" ] || continue
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
  if ! is_built; then build_now; fi
  make_manuals
}

# Manual pages and what shells complete by, from the program itself; never a reason to fail.
make_manuals() {
  local made=$root/target/generated
  [ ! "$made/man" -nt "$jar" ] || return 0
  "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$jar" org.mirrorlog.manual.Manuals "$made" >&2 \
    && touch "$made/man" || say "no manual pages this time (see above)"
}

build_now() {
  need_maven
  mkdir -p "$root/target"
  exec 9>"$root/target/.building"
  flock 9
  if ! is_built; then
    say "building (the first time takes some minutes)"
    # Beside, and then put in place by renaming: who starts meanwhile finds the old program or the new one.
    (umask 022 && cd "$root" && mvn -B -q --no-transfer-progress -Dstyle.color=never -Dmaven.test.skip=true \
      -Dmirrorlog.build="$root/target/new" package) >&2 9>&- || fail "the build failed (see above)"
    mkdir -p "$root/target/lib"
    mv -f "$root"/target/new/lib/* "$root/target/lib/"
    touch "$root/target/new/mirrorlogd.jar"
    mv -f "$root/target/new/mirrorlogd.jar" "$jar"
  fi
  exec 9>&-
}

# What the program is made of: each library with its licence and checksums, as CycloneDX. By Maven, once for each program.
sbom=$root/target/generated/sbom/sbom.cdx.json
make_sbom() {
  local said
  [ ! "$sbom" -nt "$jar" ] || return 0
  need_jdk
  need_maven
  mkdir -p "$root/target"
  exec 9>"$root/target/.building"
  flock 9
  if [ ! "$sbom" -nt "$jar" ]; then
    # Maven ends with a word for terminals, also where there is none.
    said=$(umask 022 && cd "$root" && mvn -B -q --no-transfer-progress -Dstyle.color=never -DoutputDirectory="$root/target/generated/sbom.new" \
      org.cyclonedx:cyclonedx-maven-plugin:makeBom 2>&1 9>&-) \
      || { printf '%s\n' "$said" >&2; fail "the list of what the program is made of failed (see above)"; }
    rm -rf "$root/target/generated/sbom"
    mv "$root/target/generated/sbom.new" "$root/target/generated/sbom"
    touch "$sbom"
  fi
  exec 9>&-
}

# Builds the program once more, from a copy of the sources elsewhere, in another time zone; fails if a byte of it differs from what
# is in target. A jar has the files' modes in it: umask 022, as in build_now.
build_again() {
  need_maven
  local copy differ=
  copy=$(mktemp -d)
  cp -a "$root/src" "$root/pom.xml" "$copy/"
  [ ! -d "$root/.mvn" ] || cp -a "$root/.mvn" "$copy/"
  if ! (umask 022 && cd "$copy" && TZ=Pacific/Chatham mvn -B -q --no-transfer-progress -Dstyle.color=never -Dmaven.test.skip=true \
      package) >&2; then
    rm -rf "$copy"
    say "the second build failed (see above)"
    return 1
  fi
  cmp "$jar" "$copy/target/mirrorlogd.jar" >&2 || differ=mirrorlogd.jar
  [ -z "$differ" ] || diff <(listed "$jar") <(listed "$copy/target/mirrorlogd.jar") | head -n 20 >&2 || true
  diff -rq "$root/target/lib" "$copy/target/lib" >&2 || differ+=" lib"
  rm -rf "$copy"
  [ -z "$differ" ] || { say "two builds differ: $differ"; return 1; }
}

# listed JAR: its files in their order, each with its mode, size, time and checksum.
listed() { zipinfo "$1" | tail -n +3; unzip -lv "$1" | tail -n +3; }

signature() { (cd "$root/target" && stat -L -c '%n %s %y %i' mirrorlogd.jar lib/* | cksum | tr ' ' '-'); }

# Sets program to a copy of the program for daemons alone, and archive to its class data, and keeps the copy (descriptor 8) until
# the process ends. A JVM reads classes from its files for as long as it runs: whoever writes a new jar over an old one would kill
# the daemon. Not a hard link: that would be the very file that is written over. Copies that nobody uses any more are removed.
private_copy() {
  mkdir -p "$copies" 2>/dev/null && [ -w "$copies" ] \
    || { copies=${TMPDIR:-/tmp}/mirrorlogd-$(id -u); mkdir -p -m 700 "$copies"; [ ! -L "$copies" ] && [ -O "$copies" ] || fail "$copies is not ours"; }
  local before made old try
  exec 7>"$copies/.lock"
  flock 7
  for try in 1 2 3 4 5; do
    before=$(signature)
    program=$copies/$before
    [ ! -d "$program" ] || break
    made=$(mktemp -d "$copies/.new.XXXXXX")
    mkdir "$made/lib" "$made/tmp"
    : >"$made/in-use"
    cp --reflink=auto "$jar" "$made/" && cp --reflink=auto "$root"/target/lib/*.jar "$made/lib/" || fail "no copy of the program can be made in $copies"
    if [ "$(signature)" = "$before" ]; then
      mv "$made" "$program"
      break
    fi
    rm -rf "$made"
    [ "$try" -lt 5 ] || fail "$jar is being replaced all the time"
    sleep 1
  done
  exec 8<"$program/in-use"
  flock -s 8
  for old in "$copies"/*-* "$copies"/.new.*; do
    [ "$old" != "$program" ] && [ -d "$old" ] || continue
    if (exec 6<"$old/in-use" && flock -n -x 6) 2>/dev/null || [ ! -e "$old/in-use" ]; then rm -rf "$old"; fi
  done
  exec 7>&-
  archive=$program/mirrorlogd.jsa
}

# Classes loaded once and stored: start takes about half the time. Worth a try, never a reason to fail. One script at a time
# makes the file, under a name of its own.
build_archive() {
  private_copy
  [ ! -e "$archive" ] || return 0
  exec 9>"$program/.preparing"
  flock 9
  [ -e "$archive" ] || make_archive "$archive.$$"
  exec 9>&-
}

make_archive() {
  local made=$1 dir pid=
  dir=$(mktemp -d)
  say "preparing class data for a fast start"
  "$JAVA_HOME/bin/java" "${jvm[@]}" -Djava.io.tmpdir="$program/tmp" -XX:ArchiveClassesAtExit="$made" -Xlog:cds=off -Xlog:cds+dynamic=off \
    -Dmirrorlog.data-dir="$dir/data" -Dmirrorlog.kernel.connector=unix -Dmirrorlog.kernel.unix-path="$dir/kernel" \
    -Dmirrorlog.memory.lock=false -Dakka.management.http.port=0 -jar "$program/mirrorlogd.jar" >"$dir/log" 2>&1 9>&- &
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
# It keeps no figures of its own in a file below /tmp: a disk that hangs would stop all of it there.
jvm=("-Xms$heap" "-Xmx$heap" -XX:+AlwaysPreTouch -XX:+UseSerialGC -Xss512k -XX:+ExitOnOutOfMemoryError -XX:+PerfDisableSharedMem)
read -r -a more_jvm <<<"${MIRRORLOG_JVM:-}" || true
jvm+=("${more_jvm[@]}")

# Sets io_flusher to a command that makes itself an I/O flusher (prctl PR_SET_IO_FLUSHER) and then becomes what follows it: every
# thread of a JVM inherits that, also those that the JVM starts before it can ask for anything. Empty where that cannot be
# had; what it may not do it leaves to the daemon, which says so.
io_flusher() {
  local prctl
  io_flusher=()
  case ${HOSTTYPE:-} in
    x86_64) prctl=157 ;;
    aarch64 | riscv64) prctl=167 ;;
    powerpc64le) prctl=171 ;;
    s390x) prctl=172 ;;
    *) return 0 ;;
  esac
  have perl || return 0
  io_flusher=(perl -e 'syscall(0 + shift, 57, 1, 0, 0, 0); exec { $ARGV[0] } @ARGV; die "$ARGV[0]: $!\n"' "$prctl")
}

# Sets java_command to the JVM with its options, up to but without -jar or -cp.
java_command() {
  # A library is unpacked and loaded there: /tmp may forbid that (noexec).
  java_command=("$JAVA_HOME/bin/java" "${jvm[@]}" -Djava.io.tmpdir="$program/tmp")
  if [ -s "$archive" ]; then
    java_command+=(-XX:SharedArchiveFile="$archive" -Xlog:cds=off -Xlog:cds+dynamic=off -Xlog:class+path=off)
  fi
}
