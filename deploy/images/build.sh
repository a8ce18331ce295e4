#!/usr/bin/env bash
# Builds the images of the suite and loads them into the local engine:
#   localhost/pocketagent/{postgres,registry-service,provisioner-service,router-service,sync-service}:VERSION
# No image registry is needed: the base comes from Debian packages and jlink (base-image.sh), jib puts the services on it.
#
#   build.sh [--refresh] [--no-aot] [MAVEN ARGUMENT...]
#
#   --refresh           take the Debian packages of the day
#   --no-aot            leave out the AOT caches: no container is run while building, images are 80 MiB smaller, and services
#                       take three times as long to start
#
#   JAVA_HOME           a JDK 25 (else it is searched for)
#   POCKET_ENGINE       podman or docker (else what is there)
#   CONTAINER_HOST      socket of the Podman engine that gets the images (else the local store)
#   POCKET_BASE_IMAGE   another Java 25 base, for example one of your registry; needs "java" on its PATH
#   MVNW                another way to call Maven
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

refresh=()
aot=true
while :; do
    case ${1:-} in
    --refresh) refresh=(--refresh) ;;
    --no-aot) aot=false ;;
    *) break ;;
    esac
    shift
done
JAVA_HOME=$(find_jdk)
export JAVA_HOME
engine=$(find_engine)
[ -n "$engine" ] || die "no container engine: install podman, or start Docker"
started=$SECONDS

version=$(sed -n 's:^    <version>\(.*\)</version>$:\1:p' ../../pom.xml | head -n 1)
base=${POCKET_BASE_IMAGE:-tar://$(./base-image.sh "${refresh[@]}")}
postgres=$(./postgres-image.sh --version "$version" "${refresh[@]}")
"$engine" load --quiet --input "$postgres" >&2

# Half of the container's memory for the heap: the rest is for code, threads, buffers and the moment of a health check. The JVM
# ends on the first OutOfMemoryError, because a restarted service is worth more than a half-dead one.
JVM=(-XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData -Djava.io.tmpdir=/tmp)
LOGGING=-Djava.util.logging.manager=org.jboss.logmanager.LogManager
cd ../..
# An output folder of its own: target/quarkus-app belongs to ./pocket and its AOT caches. Where the OpenAPI documents go is
# counted from above that folder.
"${MVNW:-./mvnw}" -B -ntp package -Dmaven.test.skip=true -DskipITs -Djacoco.skip -Dformatter.skip -Dimpsort.skip \
    -Dquarkus.package.output-directory=image \
    -Dquarkus.smallrye-openapi.store-schema-directory=../../docs/openapi \
    -pl registry-service,provisioner-service,router-service,sync-service -am \
    -Dquarkus.container-image.build=true \
    -Dquarkus.container-image.tag="$version" \
    -Dquarkus.jib.base-jvm-image="$base" \
    -Dquarkus.jib.docker-executable-name="$engine" \
    -Dquarkus.jib.working-directory=/app \
    -Dquarkus.jib.jvm-additional-arguments="$(
        IFS=,
        printf '%s' "${JVM[*]}"
    )" \
    "$@" >&2

# train NAME : starts the service once in its own image, without a database, ends it, and puts the AOT cache that the JVM wrote
# into the image (JEP 514). It has to be recorded there: the cache fits this very runtime and these very jars only.
train() {
    local name=$1 image=localhost/pocketagent/$1-service:$version dir=$work/$1 container="pocket-train-$1-$$" i
    mkdir -p "$dir"
    chmod 777 "$dir"
    "$engine" run --detach --name "$container" --network none --volume "$dir:/aot" --volume "$work/secrets:/run/secrets:ro" \
        --tmpfs /var/lib/pocket:mode=1777 --env POCKET_KEK_FILE="/run/secrets/kek-$name.key" \
        --env POCKET_SERVICE_KEY_FILE="/run/secrets/service-keys/$name.key" --env POCKET_DB_PASSWORD_FILE="/run/secrets/db-$name.password" \
        --env POCKET_REGISTRY_AUDIT_HEADS_DIR=/var/lib/pocket/audit-heads --env POCKET_SYNC_STORE_DIR=/var/lib/pocket/store --env POCKET_SYNC_PUBLISH_ROOT=/var/lib/pocket/published \
        --env POCKET_ROUTER_USAGE_JOURNAL_DIR=/var/lib/pocket/usage --env POCKET_PROVISIONER_BACKEND=bundle --env POCKET_PROVISIONER_BUNDLE_DIR=/var/lib/pocket/bundles \
        --env POCKET_REGISTRY_BOOTSTRAP_OPERATOR_KEY_FILE=/run/secrets/operator.key \
        --env POCKET_REGISTRY_BOOTSTRAP_SERVICE_KEYS_DIR=/run/secrets/service-keys --env QUARKUS_LOG_CONSOLE_JSON_ENABLED=true \
        --entrypoint java "$image" -XX:AOTCacheOutput=/aot/app.aot "$LOGGING" "${JVM[@]}" -jar quarkus-run.jar >/dev/null 2>"$dir/run.log" ||
        { cat "$dir/run.log" >&2 && die "the training run of $name did not start"; }
    for ((i = 0; i < 240; i++)); do
        ! "$engine" logs "$container" 2>&1 | grep -q 'Listening on' || break
        sleep 0.25
    done
    sleep 2
    # SIGTERM, and then the JVM assembles the cache in a second process.
    "$engine" stop --time 120 "$container" >/dev/null 2>&1 || true
    if [ ! -s "$dir/app.aot" ]; then
        "$engine" logs "$container" 2>&1 | tail -n 20 | cut -c1-300 >&2
        "$engine" rm --force "$container" >/dev/null 2>&1
        die "the training run of $name wrote no AOT cache"
    fi
    "$engine" rm --force "$container" >/dev/null 2>&1
    mv "$dir/app.aot" "$work/context/app.aot"
    chmod 644 "$work/context/app.aot"
    local entrypoint format=()
    printf -v entrypoint '"%s",' java -XX:AOTCache=/app/app.aot "$LOGGING" "${JVM[@]}" -jar
    # Podman's own format knows no health checks.
    [ "$engine" != podman ] || format=(--format docker)
    printf 'FROM %s\nCOPY app.aot /app/app.aot\nENTRYPOINT [%s"quarkus-run.jar"]\n' "$image" "$entrypoint" >"$work/context/Dockerfile"
    "$engine" build --quiet "${format[@]}" --tag "$image" "$work/context" >"$work/build.log" 2>&1 ||
        { cat "$work/build.log" >&2 && die "the image of $name with its AOT cache could not be built"; }
}

if $aot; then
    say "recording AOT caches ..."
    work=$(mktemp -d "${TMPDIR:-/tmp}/pocket-aot.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    deploy/init.sh --dir "$work" >/dev/null
    # The secrets of this run are nobody's, and a container of another user id reads them through its mount.
    chmod -R a+rX "$work"
    mkdir "$work/context"
    for name in registry provisioner router sync; do
        train "$name"
    done
fi

for name in postgres registry-service provisioner-service router-service sync-service; do
    image=localhost/pocketagent/$name:$version
    bytes=$("$engine" image inspect --format '{{.Size}}' "$image") || die "$image is not there"
    printf '%-50s %4d MiB\n' "$image" $((bytes / 1024 / 1024))
done
say "images built in $((SECONDS - started)) s"
