#!/usr/bin/env bash
# Draws the screens from their HTML sources, one picture pixel per CSS pixel, and writes NAME.png beside this script, or
# beside the link by which it was called. Names that end in -phone are 390×844, in -wide 1440×900, all others 1280×800. The
# browser gets no network; the fonts come from the machine, so one that is missing is refused before anything is drawn.
#
# Needs (Debian): chromium-headless-shell fontconfig fonts-inter fonts-roboto-unhinted fonts-open-sans
#                 fonts-lato fonts-liberation fonts-dejavu-core
# Usage: render.sh [NAME…]     without names, all of them
set -euo pipefail
cd "$(dirname "$0")"

for family in "Inter" "Roboto" "Open Sans" "Lato" "Liberation Sans" "Liberation Serif" "DejaVu Serif" \
    "DejaVu Sans Mono"; do
    found=$(fc-match --format='%{family[0]}' "$family")
    if [ "$found" != "$family" ]; then
        echo "render.sh: font \"$family\" is not installed (\"$found\" would be taken instead)" >&2
        exit 1
    fi
done

profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

draw() {
    local name=$1 size=1280,800
    case $name in *-phone) size=390,844 ;; *-wide) size=1440,900 ;; esac
    chromium-headless-shell --no-sandbox --disable-gpu --user-data-dir="$profile" \
        --host-resolver-rules='MAP * ~NOTFOUND' --disable-background-networking \
        --hide-scrollbars --force-device-scale-factor=1 --force-color-profile=srgb \
        --font-render-hinting=none --disable-lcd-text \
        --window-size="$size" --screenshot="$PWD/$name.png" \
        "file://$PWD/sources/$name.html" >"$profile/log" 2>&1 || { cat "$profile/log" >&2; exit 1; }
    echo "$name.png $size"
}

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for source in sources/*.html; do names+=("$(basename "$source" .html)"); done
fi
for name in "${names[@]}"; do
    if [ ! -f "sources/$name.html" ]; then
        echo "render.sh: no screen is called $name" >&2
        exit 2
    fi
    draw "$name"
done
