# Makes of the files in src/main/resources a file for operators: every key of ours with its whole name and its default, each
# commented, below the text that explains it. What is for the program alone (classes, dispatchers) is left out.
#
#   awk -f example-conf.awk application.conf mirrorlog-journal.conf mirrorlog-postgres.conf mirrorlog-replicated.conf

function trimmed(text) { sub(/^[ \t]+/, "", text); sub(/[ \t]+$/, "", text); return text }

function explained() { if (text != "") { printf "\n%s", text }; text = "" }

# The block that encloses, with a dot behind it.
function within(    path, i) { for (i = 1; i <= depth; i++) { path = path block[i] "." }; return path }

function setting(line,    at, key) {
  at = index(line, " = ")
  key = substr(line, 1, at - 1)
  if (at == 0 || key ~ ("^" internal "$")) { text = ""; return }
  if (substr(line, at + 3) ~ /^\$\{\?/) { return }
  explained()
  print "#" within() key " = " substr(line, at + 3)
}

BEGIN {
  ours = "^mirrorlog(\\.journal|\\.snapshots|\\.postgres|\\.replicated)? \\{$"
  internal = "(class|provider|lease-class|type|executor|plugin-dispatcher|replay-dispatcher)"
  depth = 0
}

{ line = trimmed($0) }

# A block that is not for operators is passed over, with all that is in it.
skipped > 0 { skipped += gsub(/\{/, "{", line) - gsub(/\}/, "}", line); next }
depth == 0 && line !~ ours { text = ""; next }

line ~ /^#/ { text = text line "\n"; next }
line == "" { explained(); next }
line == "}" { text = ""; depth--; next }
line ~ /^dispatcher \{$/ { text = ""; skipped = 1; next }
line ~ /\{$/ { explained(); sub(/ *\{$/, "", line); block[++depth] = line; next }
line ~ / = / { setting(line); next }

{ print FILENAME ":" FNR ": not understood: " $0 > "/dev/stderr"; exit 1 }
