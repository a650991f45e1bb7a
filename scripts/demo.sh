#!/usr/bin/env bash
# The whole thread on this machine, from a commit to a watched production:
# ships examples/guestbook, breaks a commit on purpose, and leaves the service running.
set -euo pipefail
began=$(date +%s)
root=$(cd "$(dirname "$0")/.." && pwd)
gemba=$root/bin/gemba
# A new directory each time: the ledger of an earlier demo stays provable.
last=$({ ls "$root/.demo" 2>/dev/null || true; } | sort -n | tail -1)
demo=$root/.demo/$((${last:-0} + 1))/guestbook

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
# What a browser would show, with nothing but bash.
page() {
  local port=${1##*:}
  exec 3<>"/dev/tcp/127.0.0.1/${port%/}"
  printf 'GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
  cat <&3
  exec 3>&-
}
commit() { git -C "$demo" -c user.name="Ana" -c user.email=ana@example.com commit -qam "$1"; }

if [ -n "$last" ] && [ -d "$root/.demo/$last/guestbook/.gemba" ]; then
  echo "taking down what the demo before this one left running"
  (cd "$root/.demo/$last/guestbook" && "$gemba" down >/dev/null)
fi
mkdir -p "$(dirname "$demo")"
cp -R "$root/examples/guestbook" "$demo"
cd "$demo"
git init -q -b main
git add .
commit "The guestbook"

say "1. A commit goes to production:  gemba ship"
"$gemba" ship

say "2. Somebody breaks it, and commits:  gemba ship"
sed -i 's|fmt.Fprintln(w, "ok")|http.Error(w, "colour", 500)|' site.go
commit "Colours"
code=0
"$gemba" ship || code=$?
[ "$code" -eq 3 ] || { echo "the line should have stopped with exit 3, not $code" >&2; exit 1; }

say "3. The line is stopped, and production answers:"
address=$("$gemba" status --json | sed -n 's/.*"address": "\([^"]*\)".*/\1/p' | head -1)
page "$address" | grep -o '<h1>.*</h1>'

say "4. The change is taken back, with a warmer greeting:  gemba ship"
git checkout -q HEAD~1 -- site.go
sed -i 's|^const greeting = .*|const greeting = "A warm welcome to you. Leave a line!"|' site.go
commit "Warmer greeting"
"$gemba" ship

say "What runs now:  gemba status"
"$gemba" status
say "The guestbook is in production, watched."
printf '  guestbook  %s\n' "$address"
printf '  dashboard  %s\n' "$("$gemba" dashboard)"
printf '\nIt took %s s. Try next, in %s:\n' "$(($(date +%s) - began))" "${demo#"$root"/}"
cat <<'NEXT'
  gemba logs guestbook --follow     what it prints
  gemba rollback production         the greeting before
  gemba ledger                      everything that happened
  gemba ledger verify               the proof that nothing of it was changed
  gemba down                        stops it all; state stays
NEXT
printf '  (gemba is %s)\n' "$gemba"
