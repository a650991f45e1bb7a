#!/bin/sh
# Static binaries for linux amd64 and arm64, and a .deb of each, in dist/. The same commit gives the same bytes.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^const Version = "\(.*\)"/\1/p' version.go)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
rm -rf dist
for arch in ${ARCHES:-amd64 arm64}; do
  stage=dist/stage-$arch
  lib=$stage/usr/lib/gemba
  mkdir -p "$lib" "$stage/usr/bin" "$stage/DEBIAN"
  echo "building for linux/$arch"
  CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -ldflags='-s -w' -o "$lib/" ./cmd/...
  ln -s ../lib/gemba/gemba "$stage/usr/bin/gemba"
  cat > "$stage/DEBIAN/control" <<CONTROL
Package: gemba
Version: $version
Architecture: $arch
Maintainer: The Gemba authors <gemba@example.com>
Depends: git
Section: devel
Priority: optional
Description: from a commit to a monitored production
 One declaration, one server, one ledger: built once, tested, put into
 staging, verified, promoted by digest, watched.
CONTROL
  find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group --build "$stage" "dist/gemba_${version}_$arch.deb" >/dev/null
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$lib" -cf - . | gzip -n > "dist/gemba-$version-linux-$arch.tar.gz"
  rm -rf "$stage"
done
(cd dist && sha256sum ./*.deb ./*.tar.gz > SHA256SUMS && cat SHA256SUMS)
