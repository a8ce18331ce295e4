#!/bin/sh
# Gives a plain Debian a container engine that the provisioner can use: installs Podman where it is missing and serves its
# Docker-compatible API on a unix socket, in the background, without systemd. May be called again at any time.
#
#   deploy/engine/setup-podman.sh [start] [SOCKET]   install what is missing, serve the API; prints what to export
#   deploy/engine/setup-podman.sh status [SOCKET]    exit 0 when the API answers
#   deploy/engine/setup-podman.sh stop [SOCKET]      end the API service (containers go on running)
#   deploy/engine/setup-podman.sh purge [SOCKET]     stop, and remove all containers, networks, volumes and images of the
#                                                    data root; only with POCKET_ENGINE_ROOT set
#
# SOCKET              default $POCKET_ENGINE_SOCKET, else /run/podman/podman.sock as root, else $XDG_RUNTIME_DIR/podman/podman.sock
# POCKET_ENGINE_ROOT  a directory for images, containers and volumes of an engine of its own (tests, CI);
#                     default: the machine's usual Podman storage
#
# Beside the socket lie SOCKET.pid, SOCKET.log and SOCKET.containers.conf.
# stdout carries only the lines to export, so `eval "$(deploy/engine/setup-podman.sh start /tmp/p.sock)"` works; all else is on stderr.
set -eu

say() { printf '%s\n' "setup-podman: $*" >&2; }
die() { say "$*"; exit 1; }

action=start
case "${1:-}" in
    start | stop | status | purge) action=$1; shift ;;
    -h | --help) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 0 ;;
esac

if [ "$(id -u)" = 0 ]; then
    usual=/run/podman/podman.sock
else
    usual=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/podman/podman.sock
fi
socket=${1:-${POCKET_ENGINE_SOCKET:-$usual}}
socket=${socket#unix://}
case $socket in /*) ;; *) die "the socket must be an absolute path, not '$socket'" ;; esac
# A unix socket's path is limited by the kernel; Podman's own message for it does not say so.
[ ${#socket} -le 104 ] || die "the socket's path is longer than 104 characters: $socket"
pid_file=$socket.pid
log_file=$socket.log
conf_file=$socket.containers.conf
root=${POCKET_ENGINE_ROOT:-}
case $root in '' | /*) ;; *) die "POCKET_ENGINE_ROOT must be an absolute path, not '$root'" ;; esac

needed='podman runc netavark aardvark-dns iptables catatonit conmon'

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

install_missing() {
    missing=
    for package in $needed; do
        installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        die "missing packages:$missing. Run as root: apt-get install -y --no-install-recommends$missing"
    fi
    command -v apt-get >/dev/null || die "no apt-get here; install by hand:$missing"
    say "installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    apt-get install -y -q --no-install-recommends $missing >&2 ||
        { apt-get update -q >&2 && apt-get install -y -q --no-install-recommends $missing >&2; } ||
        die "apt could not install$missing"
}

# Two fixes for hosts that are themselves sandboxes or containers; each only where it is needed:
# 1. Podman asks for 1048576 open files and processes for each container. Without CAP_SYS_RESOURCE the runtime may not raise
#    its own hard limit ("setrlimit RLIMIT_NOFILE: Operation not permitted"), so the defaults are lowered to that limit.
# 2. crun 1.8 refuses a cgroup v1 host that also mounts the unified hierarchy ("cgroups in hybrid mode not supported");
#    runc works there.
write_conf() {
    hard_files=$(awk '/^Max open files/ {print $5}' /proc/self/limits)
    hard_procs=$(awk '/^Max processes/ {print $4}' /proc/self/limits)
    {
        echo '# Written by deploy/engine/setup-podman.sh; changes are lost at the next start.'
        ulimits=
        # CAP_SYS_RESOURCE is bit 24.
        effective=$(awk '/^CapEff/ {print $2}' /proc/self/status)
        if [ $((0x$effective >> 24 & 1)) = 0 ]; then
            [ "$hard_files" = unlimited ] || [ "$hard_files" -ge 1048576 ] || ulimits="\"nofile=$hard_files:$hard_files\""
            [ "$hard_procs" != unlimited ] && [ "$hard_procs" -le 32768 ] || hard_procs=32768
            ulimits="$ulimits${ulimits:+, }\"nproc=$hard_procs:$hard_procs\""
        fi
        if [ -n "$ulimits" ]; then
            echo '[containers]'
            echo "default_ulimits = [$ulimits]"
        fi
        echo '[engine]'
        if [ ! -d /run/systemd/system ]; then
            echo 'cgroup_manager = "cgroupfs"'
            echo 'events_logger = "file"'
        fi
        if [ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" != cgroup2fs ]; then
            echo 'runtime = "runc"'
        fi
    } >"$conf_file"
}

podman_here() {
    if [ -n "$root" ]; then
        CONTAINERS_CONF=$conf_file podman --root "$root/storage" --runroot "$root/run" --tmpdir "$root/tmp" \
            --network-config-dir "$root/networks" "$@"
    else
        CONTAINERS_CONF=$conf_file podman "$@"
    fi
}

answers() {
    [ -S "$socket" ] || return 1
    CONTAINERS_CONF=$conf_file timeout 10 podman --remote --url "unix://$socket" version >/dev/null 2>&1
}

# The pid in the file, if that process is still our service: a pid alone may have been given to another process since.
service_pid() {
    [ -f "$pid_file" ] || return 1
    pid=$(cat "$pid_file")
    case $pid in '' | *[!0-9]*) return 1 ;; esac
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "unix://$socket" || return 1
    printf '%s\n' "$pid"
}

start() {
    install_missing
    mkdir -p "$(dirname "$socket")"
    if answers; then
        say "the engine already answers at $socket"
    else
        if pid=$(service_pid); then
            say "process $pid does not answer; ending it"
            stop
        fi
        write_conf
        rm -f "$socket"
        [ -z "$root" ] || mkdir -p "$root/storage" "$root/run" "$root/tmp" "$root/networks"
        # setsid: the service must outlive this script and the terminal that called it. From /: when the directory that it was
        # started in goes away, conmon fails with "Failed to get working directory" and every start with "write child: broken pipe".
        cd /
        if [ -n "$root" ]; then
            CONTAINERS_CONF=$conf_file setsid podman --root "$root/storage" --runroot "$root/run" --tmpdir "$root/tmp" \
                --network-config-dir "$root/networks" system service --time 0 "unix://$socket" </dev/null >"$log_file" 2>&1 &
        else
            CONTAINERS_CONF=$conf_file setsid podman system service --time 0 "unix://$socket" \
                </dev/null >"$log_file" 2>&1 &
        fi
        echo $! >"$pid_file"
        tries=0
        until answers; do
            tries=$((tries + 1))
            if ! kill -0 "$(cat "$pid_file")" 2>/dev/null || [ "$tries" -ge 100 ]; then
                say "the engine did not come up; its last words ($log_file):"
                tail -n 20 "$log_file" >&2
                exit 1
            fi
            sleep 0.2
        done
        say "podman $(podman --version | awk '{print $3}') answers at $socket (pid $(cat "$pid_file"))"
    fi
    [ -f "$conf_file" ] || write_conf
    echo "export DOCKER_HOST=unix://$socket"
    echo "export POCKET_TEST_ENGINE_SOCKET=$socket"
    echo "export CONTAINERS_CONF=$conf_file"
}

stop() {
    if pid=$(service_pid); then
        kill "$pid" 2>/dev/null || true
        tries=0
        while kill -0 "$pid" 2>/dev/null; do
            tries=$((tries + 1))
            [ "$tries" -lt 50 ] || { kill -9 "$pid" 2>/dev/null || true; break; }
            sleep 0.1
        done
        rm -f "$pid_file" "$socket"
        say "stopped (pid $pid)"
    else
        rm -f "$pid_file"
        say "no service of this script runs at $socket"
    fi
}

purge() {
    [ -n "$root" ] || die "purge removes everything of a data root: set POCKET_ENGINE_ROOT to say which"
    [ -d "$root/storage" ] || { say "nothing at $root"; stop; return 0; }
    [ -f "$conf_file" ] || write_conf
    podman_here rm --all --force --time 0 >/dev/null 2>&1 || true
    podman_here network prune --force >/dev/null 2>&1 || true
    podman_here volume prune --force >/dev/null 2>&1 || true
    podman_here rmi --all --force >/dev/null 2>&1 || true
    stop
    # Podman keeps a conmon for five minutes after each command that was run in a container through the API: of this root they go now.
    for process in /proc/[0-9]*; do
        case $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) in
            *conmon\ *"$root/storage/"*)
                # -9: at a polite end it would call podman once more, which mounts the storage again.
                kill -9 "${process#/proc/}" 2>/dev/null || true ;;
        esac
    done
    umount "$root/storage/overlay" 2>/dev/null || true
    rm -rf "$root"
    rm -f "$log_file" "$conf_file"
    say "removed $root"
}

case $action in
    start) start ;;
    stop) stop ;;
    status) if answers; then say "answers at $socket"; else say "does not answer at $socket"; exit 1; fi ;;
    purge) purge ;;
esac
