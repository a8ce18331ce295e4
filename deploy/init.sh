#!/usr/bin/env bash
# Prepares an installation beside compose.yaml: .env, router.env and secrets/. Safe to run again: a value or a file that is
# there is never changed. Needs bash and coreutils only; no JDK, no engine.
#
#   init.sh [--dir DIRECTORY] [--version VERSION]     DIRECTORY: where compose.yaml lies (default: beside this script)
set -euo pipefail
umask 077

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$here
version=
while [ $# -gt 0 ]; do
    case $1 in
    --dir) dir=${2:?--dir needs a value} ;;
    --version) version=${2:?--version needs a value} ;;
    *)
        echo "error: unknown argument $1 (known: --dir, --version)" >&2
        exit 2
        ;;
    esac
    shift 2
done
if [ -z "$version" ] && [ -f "$here/../pom.xml" ]; then
    version=$(sed -n 's:^    <version>\(.*\)</version>$:\1:p' "$here/../pom.xml" | head -n 1)
fi
[ -n "$version" ] || {
    echo "error: pass --version with the version of the images, for example --version 0.1.0" >&2
    exit 2
}

ALPHABET=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz
CONTAINER_ID=1001

# random_base62 LENGTH : uniform, from the kernel's generator. 4 KiB give about 990 digits.
random_base62() {
    local text
    text=$(head -c 4096 /dev/urandom | LC_ALL=C tr -dc "$ALPHABET")
    printf '%s' "${text:0:$1}"
}

# crc32 TEXT : the checksum of zip and gzip, as a decimal number.
crc32() {
    local text=$1 crc=$((0xFFFFFFFF)) i bit code
    for ((i = 0; i < ${#text}; i++)); do
        printf -v code '%d' "'${text:i:1}"
        crc=$((crc ^ code))
        for ((bit = 0; bit < 8; bit++)); do
            crc=$(((crc >> 1) ^ (0xEDB88320 & -(crc & 1))))
        done
    done
    printf '%d' $((crc ^ 0xFFFFFFFF))
}

# api_key KIND : pocket_<kind>_<43 base62><6 base62 CRC32>, the same as service-kit's ApiKey.
api_key() {
    local body rest digits='' i
    body="pocket_$1_$(random_base62 43)"
    rest=$(crc32 "$body")
    for ((i = 0; i < 6; i++)); do
        digits=${ALPHABET:rest % 62:1}$digits
        rest=$((rest / 62))
    done
    printf '%s%s\n' "$body" "$digits"
}

made=()
# secret PATH COMMAND... : writes the command's output there unless the file is already filled, and makes it readable for the
# containers' user and nobody else. Without root that takes mode 444 below a folder that only this user may enter.
secret() {
    local path=$dir/secrets/$1
    shift
    mkdir -p "$(dirname "$path")"
    if [ ! -s "$path" ]; then
        "$@" >"$path.new"
        mv "$path.new" "$path"
        made+=("${path#"$dir"/}")
    fi
    if [ "$(id -u)" = 0 ]; then
        chown "$CONTAINER_ID:$CONTAINER_ID" "$path"
        chmod 400 "$path"
    else
        chmod 444 "$path"
    fi
}
password() { random_base62 43 && echo; }
kek() { head -c 32 /dev/urandom | base64; }

mkdir -p "$dir/secrets"
chmod 700 "$dir/secrets"
for service in registry provisioner router sync; do
    secret "db-$service.password" password
    secret "kek-$service.key" kek
done
for service in provisioner router sync; do
    secret "service-keys/$service.key" api_key svc
done
secret operator.key api_key op
mkdir -p "$dir/secrets/providers"
chmod 755 "$dir/secrets/providers" "$dir/secrets/service-keys"

# setting NAME VALUE COMMENT : adds a line to .env unless the name is there.
setting() {
    grep -q "^$1=" "$dir/.env" || printf '# %s\n%s=%s\n' "$3" "$1" "$2" >>"$dir/.env"
}
touch "$dir/.env"
setting POCKET_VERSION "$version" "Version of the images."
setting POCKET_BIND 127.0.0.1 "Address on which the four APIs are published; keep it, and put a TLS proxy in front."

if [ ! -e "$dir/router.env" ]; then
    cat >"$dir/router.env" <<'ENV'
# Model providers of the router. Without any, requests go to the built-in pocket/sandbox, which says so in every answer.
# The API key is a file in secrets/providers, readable for uid 1001 (chown 1001:1001, chmod 400).
#POCKET_ROUTER_PROVIDERS_OPENAI_TYPE=openai-compatible
#POCKET_ROUTER_PROVIDERS_OPENAI_BASE_URL=https://api.openai.com/v1
#POCKET_ROUTER_PROVIDERS_OPENAI_API_KEY_FILE=/run/providers/openai.key
#POCKET_ROUTER_PROVIDERS_OPENAI_MODELS=gpt-4.1-mini:400000:1600000:1047576,gpt-4.1:2000000:8000000:1047576
#POCKET_ROUTER_AUTO=gpt-4.1-mini,pocket/sandbox
ENV
    made+=(router.env)
fi

if [ ${#made[@]} -gt 0 ]; then
    printf 'made     %s\n' "${made[@]}"
else
    echo "nothing to do: everything is there"
fi
echo "keep     $dir/secrets (in your backup: without the kek-*.key files no stored secret can be read again)"
echo "operator $dir/secrets/operator.key"
