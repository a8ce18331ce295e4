#!/usr/bin/env bash
# Builds the image that all four services stand on, without any image registry: a Debian root file system without a shell or a
# package manager, and a Java 25 runtime made by jlink. Writes a docker-archive that jib reads as tar://, and prints its path.
# Needs a JDK 25, mmdebstrap and a Debian mirror; neither podman nor docker. Works as root and as a plain user.
#
#   base-image.sh [--refresh]     --refresh: build again although nothing here has changed, for Debian's security updates
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

# What the services use by jdeps, and what operators want at hand: jcmd for thread and heap dumps, JFR for profiles.
# java.desktop for java.beans (Hibernate, SnakeYAML) only. No jdk.localedata: one language saves 9 MB.
MODULES=java.base,java.compiler,java.desktop,java.instrument,java.logging,java.management,java.management.rmi,java.naming
MODULES+=,java.net.http,java.rmi,java.security.jgss,java.security.sasl,java.sql,java.sql.rowset,java.transaction.xa,java.xml
MODULES+=,java.xml.crypto,jdk.attach,jdk.crypto.cryptoki,jdk.crypto.ec,jdk.jcmd,jdk.jfr,jdk.management,jdk.management.jfr
MODULES+=,jdk.naming.dns,jdk.net,jdk.security.auth,jdk.unsupported,jdk.zipfs
# libc-bin for the locale C.UTF-8: without it the JVM cannot open files whose names are not ASCII.
PACKAGES=(base-files libc6 libc-bin libgcc-s1 gcc-12-base zlib1g ca-certificates tzdata netbase)

refresh=false
for argument in "$@"; do
    case $argument in
    --refresh) refresh=true ;;
    *) die "unknown argument $argument (known: --refresh)" ;;
    esac
done

jdk=$(find_jdk)
hash=$(input_hash "$(cat base-image.sh lib.sh java/*.java)" "$(cat "$jdk/release")" "$(dpkg --print-architecture)")
out=$(image_cache)/base-$hash.tar
if [ -f "$out" ] && ! $refresh; then
    printf '%s\n' "$out"
    exit 0
fi

say "building the base image with $jdk ..."
started=$SECONDS
work=$(mktemp -d "${TMPDIR:-/tmp}/pocket-base.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
debian_tree "$root" "${PACKAGES[@]}"
ca_bundle "$root"
accounts "$root" pocket /home/pocket
# No program but java gets in.
rm -rf "${root:?}"/{usr/,}{bin,sbin}/* "$root"/etc/{init.d,default,update-motd.d,profile.d,skel}

"$jdk/bin/jlink" --add-modules "$MODULES" --no-header-files --no-man-pages --compress zip-6 --output "$root/opt/java"
"$jdk/bin/javac" -proc:none -Xlint:all -Werror -d "$work/classes" java/*.java
"$jdk/bin/java" -cp "$work/classes" TrustStore "$root/usr/share/ca-certificates" "$root/opt/java/lib/security/cacerts" >/dev/null
mkdir -p "$root/opt/probe"
cp "$work/classes/HealthProbe.class" "$root/opt/probe/"
check_libraries "$root" "$root/opt/java/bin" "$root/opt/java/lib/server"
# The shared class archive halves the start of every JVM here; it remembers the time of lib/modules, so that is set first.
touch -d "@$IMAGE_EPOCH" "$root/opt/java/lib/modules"
"$root/opt/java/bin/java" -Xshare:dump >"$work/cds.log" 2>&1 || {
    cat "$work/cds.log" >&2
    die "the class archive could not be made"
}

# The health check is part of the image, in exec form: podman-compose 1.0.3 would wrap one of the compose file in /bin/sh.
config=$(
    cat <<JSON
{"User":"$RUN_UID:$RUN_GID","WorkingDir":"/home/pocket",
"Env":["PATH=/opt/java/bin","JAVA_HOME=/opt/java","HOME=/home/pocket","LANG=C.UTF-8","SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
"Healthcheck":{"Test":["CMD","/opt/java/bin/java","-XX:+UseSerialGC","-XX:TieredStopAtLevel=1","-XX:-UsePerfData","-Xmx8m","-cp","/opt/probe","HealthProbe"],
"Interval":20000000000,"Timeout":6000000000,"StartPeriod":60000000000,"Retries":3},
"Labels":{"org.opencontainers.image.title":"PocketAgent Cloud base","org.opencontainers.image.licenses":"Apache-2.0","dev.pocketagent.inputs":"$hash"}}
JSON
)
docker_archive "$root" "$out" "localhost/pocketagent/base:$hash" "$(tr -d '\n' <<<"$config")" home/pocket var/lib/pocket
say "base image: $(($(stat -c %s "$out") / 1024 / 1024)) MiB in $((SECONDS - started)) s"
printf '%s\n' "$out"
