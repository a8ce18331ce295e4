#!/bin/sh
# Prints every relative link in the Markdown files of a folder whose target does not exist: "file: target".
# Exits with 0 when all links are good, 1 when one is broken, 2 when it is called wrongly.
set -eu

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "usage: check-links.sh FOLDER" >&2
    exit 2
fi

broken=$(find "$1" -name '*.md' -type f | sort | while IFS= read -r file; do
    folder=$(dirname "$file")
    grep -o '](\([^)]*\))' "$file" | sed 's/^](//; s/)$//; s/#.*$//' | while IFS= read -r target; do
        case "$target" in
            '' | *://* | mailto:* | /*) continue ;;
        esac
        [ -e "$folder/$target" ] || echo "$file: $target"
    done || true
done)

if [ -n "$broken" ]; then
    printf '%s\n' "$broken"
    exit 1
fi
