#!/usr/bin/env bash
# Builds the images of the suite and loads them into the local engine:
#   localhost/pocketagent/{postgres,registry,provisioner,router,sync}:VERSION
# No image registry is needed: the base comes from Debian packages and jlink (base-image.sh), jib puts the services on it.
#
#   build.sh [--refresh] [MAVEN ARGUMENT...]     --refresh: take the Debian packages of the day
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
if [ "${1:-}" = --refresh ]; then
    refresh=(--refresh)
    shift
fi
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
cd ../..
"${MVNW:-./mvnw}" -B -ntp package -DskipTests -DskipITs \
    -pl registry-service,provisioner-service,router-service,sync-service -am \
    -Dquarkus.container-image.build=true \
    -Dquarkus.container-image.tag="$version" \
    -Dquarkus.jib.base-jvm-image="$base" \
    -Dquarkus.jib.docker-executable-name="$engine" \
    -Dquarkus.jib.working-directory=/app \
    -Dquarkus.jib.jvm-additional-arguments=-XX:MaxRAMPercentage=50,-XX:+ExitOnOutOfMemoryError,-XX:-UsePerfData,-Djava.io.tmpdir=/tmp \
    "$@" >&2

for name in postgres registry provisioner router sync; do
    image=localhost/pocketagent/$name:$version
    bytes=$("$engine" image inspect --format '{{.Size}}' "$image") || die "$image is not there"
    printf '%-50s %4d MiB\n' "$image" $((bytes / 1024 / 1024))
done
say "images built in $((SECONDS - started)) s"
