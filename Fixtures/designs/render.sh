#!/usr/bin/env bash
# Draws every sample design from its HTML source, at its own size, one picture pixel per CSS pixel.
# Reads sources/*.html and app/sources/*.html, writes NAME.png, NAME.jpg or NAME.webp above them. The browser gets
# no network; the fonts come from the machine, so one that is missing is refused before anything is drawn.
#
# Needs (Debian): chromium-headless-shell fontconfig fonts-inter fonts-roboto-unhinted fonts-open-sans
#                 fonts-lato fonts-liberation fonts-dejavu-core
# Usage: render.sh [NAME…]     without names, all of them
set -euo pipefail
cd "$(dirname "$0")"

# name, width, height, format
designs="
sign-in        448 448 png
pricing        448 336 png
dashboard      560 420 png
coffee-hero    448 336 png
notifications  336 448 png
team           560 420 png
orders         448 336 jpg
wallet-phone   224 448 png
wireframe-shop 448 336 png
profile        336 448 webp
servers-dark   640 480 png
contact        448 448 png
landing-page   960 640 png
music-phone    390 844 jpg
app/overview   960 640 png
app/orders     960 640 png
app/plants     960 640 png
app/customers  960 640 png
app/deliveries 960 640 png
app/settings   960 640 png
"

for family in "Inter" "Roboto" "Open Sans" "Lato" "Liberation Sans" "Liberation Serif" "DejaVu Sans" "DejaVu Serif"; do
    found=$(fc-match --format='%{family[0]}' "$family")
    if [ "$found" != "$family" ]; then
        echo "render.sh: font \"$family\" is not installed (\"$found\" would be taken instead)" >&2
        exit 1
    fi
done

profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

draw() {
    local name=$1 width=$2 height=$3 format=$4
    local source="$PWD/$(dirname "$1")/sources/$(basename "$1").html"
    chromium-headless-shell --no-sandbox --disable-gpu --user-data-dir="$profile" \
        --host-resolver-rules='MAP * ~NOTFOUND' --disable-background-networking \
        --hide-scrollbars --force-device-scale-factor=1 --force-color-profile=srgb \
        --font-render-hinting=none --disable-lcd-text \
        --window-size="$width,$height" --screenshot="$PWD/$name.$format" \
        "file://$source" >"$profile/log" 2>&1 || { cat "$profile/log" >&2; exit 1; }
    echo "$name.$format ${width}x$height"
}

drawn=0
while read -r name width height format; do
    [ -n "$name" ] || continue
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
    draw "$name" "$width" "$height" "$format" </dev/null
    drawn=$((drawn + 1))
done <<<"$designs"

if [ $drawn -eq 0 ]; then
    echo "render.sh: no design is called $*" >&2
    exit 2
fi
