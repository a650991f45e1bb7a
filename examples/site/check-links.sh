#!/bin/sh
# Every link to a page of the site leads to one.
set -eu
bad=0
for page in out/*.html; do
  for link in $(grep -o 'href="[^":#]*"' "$page" | sed 's/href="//; s/"$//'); do
    if [ ! -e "out/${link#/}" ] && [ "$link" != "/" ]; then
      echo "$page links to $link, which is not there" >&2
      bad=1
    fi
  done
done
exit $bad
