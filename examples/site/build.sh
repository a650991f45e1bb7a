#!/bin/sh
# Puts each page of pages/ into the frame of layout.html: its first line is the title, the rest the body.
set -eu
mkdir -p out
for page in pages/*.html; do
  title=$(head -n 1 "$page")
  {
    sed "s|{title}|$title|" head.html
    tail -n +2 "$page"
    cat foot.html
  } > "out/$(basename "$page")"
  echo "built $(basename "$page"): $title"
done
cp style.css out/
