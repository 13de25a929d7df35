# For the fencing programs beside: mirrorlogd starts each with the settings' arguments and the node's name, and takes exit status 0, and
# nothing else, for "this machine is off". Whatever is not known is no.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() { say "$*"; exit 1; }

# The arguments: WHAT and the node's name; --help says what is done.
two_arguments() {
  case ${1-} in
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
  esac
  [ $# = 2 ] || { say "two arguments are needed: what its settings name, and a node's name"; exit 2; }
}

# fields_of FILE NODE: what follows the node's name in its line, of which there is exactly one.
fields_of() {
  [ -r "$1" ] || fail "$1 cannot be read"
  local found
  found=$(awk -v node="$2" '$1 == node { sub(/^[ \t]*[^ \t]+[ \t]*/, ""); print }' "$1")
  [ -n "$found" ] || fail "$1 has no line for node $2"
  [ "$(wc -l <<<"$found")" = 1 ] || fail "$1 has more than one line for node $2"
  printf '%s\n' "$found"
}

# until_off LOOK...: looks again and again, for MIRRORLOG_FENCE_SECONDS (default 50, less than fence-command.timeout).
until_off() {
  local end=$((SECONDS + ${MIRRORLOG_FENCE_SECONDS:-50}))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "not seen to be off"
    sleep 1
  done
}
