#!/bin/sh
# Makes the image localhost/pocketagent/web:VERSION without any registry: Debian's static busybox, a few links, one small page.
# The `web` template can run it where no registry is reachable. About 2 MB; built in a second; may be called again at any time.
#
#   deploy/engine/busybox-image.sh [VERSION]     default 1; imports it into the engine and prints the image's full name
#   deploy/engine/busybox-image.sh --tar FILE    only writes the root file system (for `docker import`, any other machine)
#
# The engine: $DOCKER_HOST (unix:///path), else $POCKET_TEST_ENGINE_SOCKET, else the `podman` or `docker` command's own default.
# In the image: uid 10001, PORT (8080) and MESSAGE from the environment, /tmp must be writable (a tmpfs).
set -eu

say() { printf '%s\n' "busybox-image: $*" >&2; }
die() { say "$*"; exit 1; }

version=1
tar_only=
case "${1:-}" in
    -h | --help) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 0 ;;
    --tar) tar_only=${2:?"--tar needs a file name"} ;;
    '') ;;
    *) version=$1 ;;
esac
image=localhost/pocketagent/web:$version

busybox=/usr/bin/busybox
[ -x "$busybox" ] || busybox=/bin/busybox
if ! dpkg-query -W -f '${Status}' busybox-static 2>/dev/null | grep -q 'install ok installed'; then
    [ "$(id -u)" = 0 ] || die "busybox-static is missing. Run as root: apt-get install -y busybox-static"
    say "installing busybox-static"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends busybox-static >&2 ||
        { apt-get update -q >&2 && apt-get install -y -q --no-install-recommends busybox-static >&2; } ||
        die "apt could not install busybox-static"
    [ -x /usr/bin/busybox ] && busybox=/usr/bin/busybox || busybox=/bin/busybox
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rootfs=$work/rootfs
mkdir -p "$rootfs/bin" "$rootfs/etc" "$rootfs/tmp" "$rootfs/data" "$rootfs/proc" "$rootfs/sys" "$rootfs/dev" "$rootfs/run" \
    "$rootfs/usr/bin"
cp "$busybox" "$rootfs/bin/busybox"
"$rootfs/bin/busybox" --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "$rootfs/bin/$applet"
done
ln -s /bin/env "$rootfs/usr/bin/env"
printf 'root:x:0:0:root:/:/bin/sh\npocket:x:10001:10001:pocket:/tmp:/bin/sh\n' >"$rootfs/etc/passwd"
printf 'root:x:0:\npocket:x:10001:\n' >"$rootfs/etc/group"
cat >"$rootfs/bin/pocket-web" <<'PAGE'
#!/bin/sh
# Writes the page with this container's names, then becomes the server. busybox httpd handles TERM by its default: it ends.
escape() { printf '%s' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }
stack=$(escape "${POCKET_STACK:-$(hostname)}")
tenant=$(escape "${POCKET_TENANT:-}")
message=$(escape "${MESSAGE:-It works.}")
www=${TMPDIR:-/tmp}/www
mkdir -p "$www"
cat >"$www/index.html" <<HTML
<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>$stack</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem;color-scheme:light dark}</style>
<h1>$stack</h1>
<p>$message</p>
<p><small>PocketAgent Cloud${tenant:+, tenant $tenant}</small></p>
</html>
HTML
exec httpd -f -p "${PORT:-8080}" -h "$www"
PAGE
chmod 755 "$rootfs/bin/pocket-web" "$rootfs/bin/busybox"
# 1777: an engine that copies a directory's mode to the tmpfs over it (Podman) would else leave 0755 root, which uid 10001 cannot write.
chmod 1777 "$rootfs/tmp"
# Sorted, with one fixed time and owner: the same busybox gives the same bytes.
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$rootfs" -cf "$work/rootfs.tar" .

if [ -n "$tar_only" ]; then
    cp "$work/rootfs.tar" "$tar_only"
    say "wrote $tar_only"
    exit 0
fi

host=${DOCKER_HOST:-}
[ -n "$host" ] || [ -z "${POCKET_TEST_ENGINE_SOCKET:-}" ] || host=unix://$POCKET_TEST_ENGINE_SOCKET
set -- --change 'CMD ["/bin/pocket-web"]' --change 'USER 10001:10001' --change 'EXPOSE 8080'
if command -v docker >/dev/null && docker ${host:+--host "$host"} version >/dev/null 2>&1; then
    docker ${host:+--host "$host"} import "$@" "$work/rootfs.tar" "$image" >&2
elif command -v podman >/dev/null; then
    podman ${host:+--remote --url "$host"} import "$@" "$work/rootfs.tar" "$image" >&2
else
    die "no docker or podman command reaches an engine; deploy/engine/setup-podman.sh installs and starts podman"
fi
say "made $image"
printf '%s\n' "$image"
