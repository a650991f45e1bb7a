#!/bin/sh
# Installs what the tests need beside Go and git, where it is missing and may be installed. Names what it downloads.
set -eu
need=""
command -v chromium >/dev/null 2>&1 || need="$need chromium"
command -v python3 >/dev/null 2>&1 && [ -x /usr/bin/python3 ] || need="$need python3"
command -v node >/dev/null 2>&1 || need="$need nodejs"
command -v git >/dev/null 2>&1 || need="$need git"
command -v gcc >/dev/null 2>&1 || need="$need gcc libc6-dev"
command -v curl >/dev/null 2>&1 || need="$need curl"
command -v make >/dev/null 2>&1 || need="$need make"
command -v git-lfs >/dev/null 2>&1 || need="$need git-lfs"
# Real hosts for tests are containers.
command -v debootstrap >/dev/null 2>&1 || [ -x /usr/sbin/debootstrap ] || need="$need debootstrap"
command -v systemd-nspawn >/dev/null 2>&1 || need="$need systemd-container"
command -v ip >/dev/null 2>&1 || [ -x /usr/sbin/ip ] || [ -x /sbin/ip ] || need="$need iproute2"
command -v iptables >/dev/null 2>&1 || [ -x /usr/sbin/iptables ] || need="$need iptables"
command -v sshd >/dev/null 2>&1 || [ -x /usr/sbin/sshd ] || need="$need openssh-server"
command -v sudo >/dev/null 2>&1 || need="$need sudo"
[ -n "$need" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "set-up: these are missing and are not installed without root and apt:$need" >&2
  echo "set-up: tests that need them say that they were left out" >&2
  exit 0
fi
echo "set-up: installing Debian packages:$need"
apt-get update -q >/dev/null
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $need >/dev/null
