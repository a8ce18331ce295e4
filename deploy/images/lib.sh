# shellcheck shell=bash
# Shared by the scripts in this directory; sourced, never run.

# Every file in an image carries this time, so that the same inputs give the same bytes (2026-01-01T00:00:00Z).
IMAGE_EPOCH=1767225600
DEBIAN_SUITE=bookworm
# Who every container of the suite runs as. The group is written out wherever the user is: a bare uid leaves group 0.
RUN_UID=1001
RUN_GID=1001

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

# Prints the folder of a JDK 25 or newer; looks at JAVA_HOME, the PATH and the usual folders, in this order.
find_jdk() {
    local candidate feature on_path
    on_path=$(command -v javac || true)
    for candidate in "${JAVA_HOME:-}" "${on_path:+$(dirname "$(dirname "$(readlink -f "$on_path")")")}" \
        /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/jdk*; do
        [ -x "$candidate/bin/javac" ] && [ -r "$candidate/release" ] || continue
        feature=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$candidate/release")
        if [ "${feature:-0}" -ge 25 ]; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    say "error: no JDK 25 found. Install one (a package such as temurin-25-jdk, or https://adoptium.net) and set JAVA_HOME to it."
    return 1
}

# Prints the engine's command: podman or docker, or what POCKET_ENGINE names. Empty when there is none.
find_engine() {
    if [ -n "${POCKET_ENGINE:-}" ]; then
        printf '%s\n' "$POCKET_ENGINE"
    elif command -v podman >/dev/null; then
        printf 'podman\n'
    elif command -v docker >/dev/null && docker info >/dev/null 2>&1; then
        printf 'docker\n'
    fi
}

# Where finished image archives are kept. They depend on their inputs only, so all checkouts of a user share them.
image_cache() {
    local dir=${POCKET_IMAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pocketagent/images}
    mkdir -p "$dir"
    # Archives of inputs that are no more.
    find "$dir" -name '*.tar' -mtime +30 -delete
    (cd "$dir" && pwd)
}

# input_hash TEXT... : names a build by what goes into it. Debian's security updates are no input: --refresh takes those of the day.
input_hash() {
    printf '%s\n' "$@" | sha256sum | cut -c1-16
}

# debian_tree DIR PACKAGE... : unpacks exactly the named packages into DIR, without running a maintainer script, and leaves
# their descriptions in var/lib/dpkg/status.d, where image scanners look. mmdebstrap downloads them and checks the signatures;
# what they depend on is downloaded too, but only what is named gets in.
debian_tree() {
    local dir=$1 list package deb
    shift
    command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: apt-get install mmdebstrap"
    list=$(
        IFS=,
        printf '%s' "$*"
    )
    # Without a mirror of your own, mmdebstrap takes Debian's own mirror, with updates and security.
    mmdebstrap --quiet --variant=extract --include="$list" --skip=cleanup/apt \
        "$DEBIAN_SUITE" "$dir.tar" ${POCKET_DEBIAN_MIRROR:+"$POCKET_DEBIAN_MIRROR"}
    mkdir -p "$dir.debs" "$dir/var/lib/dpkg/status.d"
    tar -C "$dir.debs" -xf "$dir.tar" ./var/cache/apt/archives
    for package in "$@"; do
        deb=$(find "$dir.debs" -name "${package}_*.deb")
        [ -f "$deb" ] || die "package $package was not downloaded"
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$dir" -xf - --no-same-owner
        dpkg-deb -f "$deb" >"$dir/var/lib/dpkg/status.d/$package"
    done
    rm -rf "$dir.tar" "$dir.debs"
    # Licences (copyright files) stay; manuals, change logs and translations go.
    find "$dir/usr/share/doc" ! -type d ! -name copyright -delete
    rm -rf "$dir"/usr/share/{man,info,locale,lintian,doc-base,bash-completion,menu,pixmaps,bug,dict}
    find "$dir/usr/share/doc" -type d -empty -delete
    # Nothing in an image may raise its rights.
    find "$dir" -type f -perm /6000 -exec chmod ug-s {} +
    mkdir -p "$dir"/{etc,tmp,proc,sys,dev,run/secrets,var/tmp}
    chmod 1777 "$dir/tmp" "$dir/var/tmp"
}

# check_libraries DIR BIN_DIR... : fails when a program there needs a shared library that DIR does not have.
check_libraries() {
    local dir=$1 loader missing
    shift
    loader=$(find "$dir"/lib* -name 'ld-linux*' -type f | head -n 1)
    missing=$(find "$@" -type f -perm /111 | while read -r program; do
        # The loader goes on to the build machine's own folders, so what it finds there counts as missing too.
        "$loader" --inhibit-cache --library-path "$(echo "$dir"/{usr/,}lib/*-linux-gnu | tr ' ' ':')" --list "$program" 2>&1 |
            awk -v dir="$dir/" '/=> not found/ || / => / && index($3, dir) != 1 { print $1 } /error while loading/ { print }'
    done | sort -u)
    [ -z "$missing" ] || die "libraries missing in the image: $missing"
}

# accounts DIR NAME HOME : a passwd and group with root, nobody and the one user the image runs as.
accounts() {
    local dir=$1 name=$2 home=$3
    printf '%s\n' 'root:x:0:0:root:/root:/usr/sbin/nologin' "$name:x:$RUN_UID:$RUN_GID:$name:$home:/usr/sbin/nologin" \
        'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' >"$dir/etc/passwd"
    printf '%s\n' 'root:x:0:' "$name:x:$RUN_GID:" 'nogroup:x:65534:' >"$dir/etc/group"
    printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$dir/etc/nsswitch.conf"
}

# ca_bundle DIR : the PEM bundle that update-ca-certificates would have written, had maintainer scripts run.
ca_bundle() {
    local dir=$1
    mkdir -p "$dir/etc/ssl/certs"
    find "$dir/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | xargs cat >"$dir/etc/ssl/certs/ca-certificates.crt"
}

# docker_archive DIR OUT TAG CONFIG_JSON [OWNED_PATH...] : one-layer image in the format of "docker save", which jib reads as
# tar:// and docker and podman load. All files belong to root, except the owned paths (directories of the run user).
docker_archive() {
    local dir=$1 out=$2 tag=$3 config=$4 stage owned=() path layer image
    shift 4
    stage=$(mktemp -d "$out.XXXXXX")
    for path in "$@"; do
        mkdir -p "$dir/$path"
        owned+=("./$path")
    done
    local flags=(--sort=name --mtime="@$IMAGE_EPOCH" --numeric-owner --format=gnu --no-recursion)
    # A path may be in a layer once: podman refuses duplicates.
    (cd "$dir" && find . | LC_ALL=C sort | grep -vxF -f <(printf '%s\n' "${owned[@]:-/}")) >"$stage/files"
    tar -C "$dir" "${flags[@]}" --owner=0 --group=0 -cf "$stage/layer.tar" -T "$stage/files"
    if [ ${#owned[@]} -gt 0 ]; then
        tar -C "$dir" "${flags[@]}" --owner="$RUN_UID" --group="$RUN_GID" -rf "$stage/layer.tar" "${owned[@]}"
    fi
    layer=$(sha256sum "$stage/layer.tar" | cut -d' ' -f1)
    mv "$stage/layer.tar" "$stage/$layer.tar"
    printf '{"architecture":"%s","os":"linux","created":"%s","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"%s","created_by":"%s"}]}' \
        "$(dpkg --print-architecture)" "$(date -u -d "@$IMAGE_EPOCH" +%FT%TZ)" "$config" "$layer" \
        "$(date -u -d "@$IMAGE_EPOCH" +%FT%TZ)" "deploy/images/$(basename "$0")" >"$stage/config.json"
    image=$(sha256sum "$stage/config.json" | cut -d' ' -f1)
    mv "$stage/config.json" "$stage/$image.json"
    printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["%s.tar"]}]' "$image" "$tag" "$layer" >"$stage/manifest.json"
    tar -C "$stage" --sort=name --mtime="@$IMAGE_EPOCH" --numeric-owner --owner=0 --group=0 --format=gnu \
        -cf "$out.part" manifest.json "$image.json" "$layer.tar"
    mv "$out.part" "$out"
    rm -rf "$stage"
}
