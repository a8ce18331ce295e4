#!/bin/sh
# Starts PostgreSQL for the suite, safe to run again at any time:
#  - the first start makes the cluster, with data checksums;
#  - every start makes sure that each service has its own database and its own role without any further right, with the
#    password from its secret file (change the file and restart, and the password is changed).
# The superuser exists on the socket inside the container only (peer); over the network it is refused.
#
#   POCKET_DATABASES    names, a database and a role each (default: registry provisioner router sync)
#   POCKET_DB_SECRETS   directory of the files db-<name>.password (default: /run/secrets)
#   PGDATA              data directory (default: /var/lib/postgresql/data; mount the volume on its parent)
# Arguments after "postgres" go to the server: postgres -c max_connections=200. Any other command is run as it stands.
set -eu

: "${PGDATA:=/var/lib/postgresql/data}"
: "${POCKET_DATABASES:=registry provisioner router sync}"
: "${POCKET_DB_SECRETS:=/run/secrets}"
export PGDATA
SOCKETS=/tmp

say() { printf 'postgres-image: %s\n' "$*" >&2; }

[ "${1:-postgres}" = postgres ] || exec "$@"
[ $# -eq 0 ] || shift

for name in $POCKET_DATABASES; do
    [ -r "$POCKET_DB_SECRETS/db-$name.password" ] || {
        say "cannot read $POCKET_DB_SECRETS/db-$name.password: run deploy/init.sh, and mount the file readable for uid 1001"
        exit 1
    }
done

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    say "first start: making the cluster in $PGDATA"
    # Made beside its place and moved there when whole, so that a crash in between leaves nothing half done.
    rm -rf "$PGDATA.new"
    initdb --pgdata="$PGDATA.new" --username=postgres --data-checksums --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=peer --auth-host=scram-sha-256 --no-instructions >&2
    rm -rf "$PGDATA"
    mv "$PGDATA.new" "$PGDATA"
fi

cat >"$PGDATA/pg_hba.conf" <<HBA
# Written by the image at every start.
local all postgres peer
local all all scram-sha-256
host all postgres all reject
host all all all scram-sha-256
HBA

pg_ctl start --wait --timeout=300 --silent \
    --options="-c listen_addresses='' -c unix_socket_directories=$SOCKETS -c log_min_messages=warning" >&2
for name in $POCKET_DATABASES; do
    IFS= read -r password <"$POCKET_DB_SECRETS/db-$name.password" || [ -n "$password" ] || {
        say "$POCKET_DB_SECRETS/db-$name.password is empty"
        exit 1
    }
    POCKET_ROLE=$name POCKET_ROLE_PASSWORD=$password psql --host="$SOCKETS" --username=postgres --dbname=postgres \
        --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
\getenv role POCKET_ROLE
\getenv password POCKET_ROLE_PASSWORD
SET log_min_error_statement = panic;
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
SQL
done
password=
pg_ctl stop --wait --mode=fast --silent >&2
say "databases ready: $POCKET_DATABASES"

exec postgres -c listen_addresses='*' -c unix_socket_directories="$SOCKETS" -c logging_collector=off -c jit=off \
    -c log_line_prefix='%m [%p] %u@%d ' -c log_timezone=UTC -c timezone=UTC -c shared_buffers=128MB "$@"
