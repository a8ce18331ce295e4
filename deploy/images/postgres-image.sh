#!/usr/bin/env bash
# Builds the PostgreSQL image of compose.yaml from Debian's packages, without any image registry. Writes a docker-archive and
# prints its path. Needs mmdebstrap and a Debian mirror; neither podman nor docker.
#
#   postgres-image.sh [--refresh] [--version VERSION]     tags localhost/pocketagent/postgres:VERSION (default: dev)
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

# The server, its clients (pg_dump for backups: always the server's own major version), a shell and four tools for the
# entrypoint. Named one by one, because Debian's dependencies would add LLVM, Perl and OpenSSL's tool: 180 MB for nothing.
PACKAGES=(base-files libc6 libc-bin libgcc-s1 gcc-12-base tzdata netbase dash coreutils libacl1 libattr1 libselinux1 libpcre2-8-0
    postgresql-15 postgresql-client-15 libpq5 libssl3 libxml2 libicu72 libstdc++6 liblzma5 zlib1g liblz4-1 libzstd1
    libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 libldap-2.5-0 libsasl2-2
    libgnutls30 libhogweed6 libnettle8 libgmp10 libidn2-0 libunistring2 libp11-kit0 libtasn1-6 libffi8 libpam0g libaudit1
    libcap-ng0 libsystemd0 libcap2 libgcrypt20 libgpg-error0 libreadline8 libtinfo6)
PROGRAMS='(dash|sh|cat|mv|rm|ls|locale)'

refresh=false
version=dev
while [ $# -gt 0 ]; do
    case $1 in
    --refresh) refresh=true ;;
    --version)
        version=${2:?--version needs a value}
        shift
        ;;
    *) die "unknown argument $1 (known: --refresh, --version)" ;;
    esac
    shift
done

hash=$(input_hash "$(cat postgres-image.sh lib.sh postgres/*)" "$(dpkg --print-architecture)" "$version")
out=$(image_cache)/postgres-$hash.tar
if [ -f "$out" ] && ! $refresh; then
    printf '%s\n' "$out"
    exit 0
fi

say "building the PostgreSQL image ..."
started=$SECONDS
work=$(mktemp -d "${TMPDIR:-/tmp}/pocket-postgres.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
debian_tree "$root" "${PACKAGES[@]}"
accounts "$root" postgres /var/lib/postgresql
find "$root"/{usr/,}{bin,sbin} -mindepth 1 -regextype posix-extended ! -regex ".*/$PROGRAMS" -delete
# Compiling queries is off (jit=off): its library would bring LLVM. Test files and header files serve nobody here.
rm -rf "$root"/usr/lib/postgresql/15/lib/{bitcode,llvmjit*,pgxs} "$root"/usr/include \
    "$root"/usr/lib/*/{perl*,gconv} "$root"/etc/{init.d,default,cron.d,logrotate.d,update-motd.d,profile.d,skel}
check_libraries "$root" "$root"/usr/lib/postgresql/15/bin "$root"/bin
cp postgres/entrypoint.sh "$root/entrypoint.sh"
chmod 755 "$root/entrypoint.sh"

config=$(
    cat <<JSON
{"User":"$RUN_UID:$RUN_GID","WorkingDir":"/var/lib/postgresql","Entrypoint":["/entrypoint.sh"],"Cmd":["postgres"],
"Env":["PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin","PGDATA=/var/lib/postgresql/data","HOME=/var/lib/postgresql","PGHOST=/tmp","PGUSER=postgres","LANG=C.UTF-8"],
"ExposedPorts":{"5432/tcp":{}},"StopSignal":"SIGINT",
"Healthcheck":{"Test":["CMD","/usr/lib/postgresql/15/bin/pg_isready","-q","-h","127.0.0.1"],"Interval":10000000000,"Timeout":5000000000,"StartPeriod":60000000000,"Retries":3},
"Labels":{"org.opencontainers.image.title":"PocketAgent Cloud PostgreSQL","org.opencontainers.image.version":"$version","dev.pocketagent.inputs":"$hash"}}
JSON
)
docker_archive "$root" "$out" "localhost/pocketagent/postgres:$version" "$(tr -d '\n' <<<"$config")" var/lib/postgresql
say "PostgreSQL image: $(($(stat -c %s "$out") / 1024 / 1024)) MiB in $((SECONDS - started)) s"
printf '%s\n' "$out"
