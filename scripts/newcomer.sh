#!/usr/bin/env bash
# Two machines that have never seen Gemba, each a fresh Debian in a container of its own:
#   demo     has Go and git, clones this repository and types `make demo`
#   package  has no Go, installs the .deb of `make dist` and ships the example in Node
# Needs root; installs debootstrap and systemd-nspawn where they are missing. Without an argument both are done.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(pwd)
work=${GEMBA_NEWCOMER:-/var/tmp/gemba-newcomer}
[ "$(id -u)" -eq 0 ] || { echo "newcomer: containers need root" >&2; exit 1; }
command -v debootstrap >/dev/null && command -v systemd-nspawn >/dev/null || {
  echo "newcomer: installing Debian packages: debootstrap systemd-container"
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends debootstrap systemd-container >/dev/null
}
go=$(go env GOROOT)

# fresh NAME PACKAGES makes a Debian with these packages, once; a machine is a copy of it.
fresh() {
  [ -e "$work/$1/.ready" ] || {
    echo "newcomer: making a Debian with $2"
    rm -rf "${work:?}/$1"
    mkdir -p "$work"
    debootstrap --variant=minbase --include="$2" bookworm "$work/$1" >"$work/$1.log" 2>&1 || { tail -5 "$work/$1.log" >&2; exit 1; }
    touch "$work/$1/.ready"
  }
  rm -rf "$work/machine"
  cp -a "$work/$1" "$work/machine"
  trap 'rm -rf "$work/machine"' EXIT
}

# on OPTIONS… -- COMMAND runs a command in the machine.
on() {
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  # It trusts whom its host trusts: organisations have authorities of their own.
  systemd-nspawn -q --bind-ro=/etc/ssl/certs/ca-certificates.crt --register=no --keep-unit --as-pid2 --resolv-conf=copy-host -D "$work/machine" "${options[@]}" "$@"
}

demo() {
  fresh git git,make,ca-certificates
  git clone -q "file://$root" "$work/machine/root/gemba"
  on --bind-ro="$go:/usr/local/go" --chdir=/root/gemba --setenv=PATH=/usr/local/go/bin:/usr/bin:/bin:/usr/sbin:/sbin --setenv=GOPROXY="$(go env GOPROXY)" --setenv=GOSUMDB="$(go env GOSUMDB)" -- \
    bash -c 'make demo && cd .demo/*/guestbook && ../../../bin/gemba status && ../../../bin/gemba rollback production && ../../../bin/gemba ledger verify && ../../../bin/gemba down'
}

package() {
  ARCHES=amd64 scripts/dist.sh
  fresh node git,nodejs
  cp dist/gemba_*_amd64.deb "$work/machine/root/gemba.deb"
  cp -R examples/linkcheck "$work/machine/root/linkcheck"
  on --chdir=/root/linkcheck -- bash -euc '
    dpkg -i ../gemba.deb
    ! command -v go
    export GIT_AUTHOR_NAME=Ana GIT_AUTHOR_EMAIL=ana@example.com GIT_COMMITTER_NAME=Ana GIT_COMMITTER_EMAIL=ana@example.com
    git init -q -b main && git add . && git commit -qm "Watches links"
    gemba ship
    gemba status
    gemba down'
}

[ $# -gt 0 ] || set -- demo package
for what in "$@"; do
  case $what in
  demo | package) echo "newcomer: $what"; "$what" ;;
  *) sed -n 2,5p "$0"; exit 2 ;;
  esac
done
