#!/usr/bin/env bash
# Proves compose.yaml on a real engine: images, up, ready, the journey, what each process may do, a killed service, data that
# outlives its containers, down, nothing left. Runs beside an installation: own project name, ports, volumes and secrets.
#
#   compose-test.sh [--socket PATH] [--no-build]
#
#   --socket     the engine's socket (default: DOCKER_HOST, then Docker's and Podman's usual places)
#   --no-build   take the images that the engine has
#
# Uses docker-compose 1.29 or Compose V2 through the Docker API, also on Podman: podman-compose 1.0.3 starts the same file, but
# drops pids_limit and stop_grace_period, so it would prove less. Needs curl, jq and git.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

socket=
build=true
while [ $# -gt 0 ]; do
    case $1 in
    --socket)
        socket=$2
        shift
        ;;
    --no-build) build=false ;;
    *) die "unknown argument $1 (known: --socket PATH, --no-build)" ;;
    esac
    shift
done
if [ -z "$socket" ]; then
    for candidate in "${DOCKER_HOST#unix://}" /var/run/docker.sock /run/podman/podman.sock "${XDG_RUNTIME_DIR:-/nonexistent}/podman/podman.sock"; do
        if [ -S "$candidate" ]; then
            socket=$candidate
            break
        fi
    done
fi
[ -S "$socket" ] || die "no engine socket. Start one: deploy/engine/setup-podman.sh start /run/podman/podman.sock"
export DOCKER_HOST=unix://$socket
for tool in curl jq git; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install $tool"
done
if command -v docker-compose >/dev/null; then
    compose=(docker-compose)
elif docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
else
    die "no compose: apt-get install docker-compose"
fi
api() { curl -sS --fail --unix-socket "$socket" "http://engine/v1.41$1"; }
if api /version | jq -e 'any(.Components[]?.Name; test("Podman"))' >/dev/null; then
    # With CONTAINER_HOST the podman command talks to the engine behind this socket, wherever that keeps its images.
    export POCKET_ENGINE=podman CONTAINER_HOST=unix://$socket
else
    export POCKET_ENGINE=docker
fi
say "engine   $POCKET_ENGINE $(api /version | jq -r .Version) at $socket, ${compose[*]} $("${compose[@]}" version --short 2>/dev/null)"

$build || say "images   as they are"
! $build || "$here/images/build.sh"

project=pocketci$$
dir=$(mktemp -d "${TMPDIR:-/tmp}/$project.XXXXXX")
files=(-f compose.yaml -f test.yaml)
dc() { (cd "$dir" && "${compose[@]}" -p "$project" "${files[@]}" "$@"); }
finish() {
    local code=$?
    trap - EXIT INT TERM
    if [ $code -ne 0 ]; then
        say "last words of the services:"
        dc logs --no-color --tail 15 2>&1 | sed -E 's/^([a-z]+_[0-9]+) +\| \{"timestamp":"([^"]*)".*"level":"([A-Z]+)","message":"(.*)","threadName".*/\1 \2 \3 \4/' |
            cut -c1-300 >&2 || true
    fi
    dc down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
    rm -rf "$dir"
    exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

# Four free ports in a row, for the four APIs.
port=28081
while (for offset in 0 1 2 3; do ! (exec 3<>"/dev/tcp/127.0.0.1/$((port + offset))") 2>/dev/null || exit 0; done; exit 1); do
    port=$((port + 10))
done
cp "$here"/compose*.yaml "$dir/"
"$here/init.sh" --dir "$dir" ${POCKET_VERSION:+--version "$POCKET_VERSION"} >/dev/null
export POCKET_REGISTRY_PORT=$port POCKET_PROVISIONER_PORT=$((port + 1)) POCKET_ROUTER_PORT=$((port + 2)) POCKET_SYNC_PORT=$((port + 3))
registry=http://127.0.0.1:$POCKET_REGISTRY_PORT
export POCKET_VERSION
POCKET_VERSION=$(sed -n 's/^POCKET_VERSION=//p' "$dir/.env")

# The journey's git remote: a bare repository that sync reads through a mount.
git init -q --bare -b main "$dir/context.git"
chmod 755 "$dir"
cat >"$dir/test.yaml" <<YAML
services:
  sync:
    environment:
      POCKET_SYNC_FILE_URL_ROOT: /srv
    volumes:
      - ./context.git:/srv/context.git:ro
YAML

seconds() { printf '%d.%01d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }
now() { echo $(($(date +%s%N) / 1000000)); }
container() { api "/containers/json?all=true&filters=$(jq -rn --arg p "$project" --arg s "$1" '{label:["com.docker.compose.project=\($p)","com.docker.compose.service=\($s)"]}|tojson|@uri')" | jq -r '.[0].Id'; }
descendants() {
    local child
    for child in $(pgrep -P "$1" || true); do
        echo "$child"
        descendants "$child"
    done
}
services=(registry provisioner router sync)
# Runs or reads the image's own health check: Podman without systemd does not schedule it, Docker does, every 20 s.
is_healthy() {
    local id
    id=$(container "$1")
    if [ "$POCKET_ENGINE" = podman ]; then
        curl -sS --unix-socket "$socket" "http://engine/v4.0.0/libpod/containers/$id/healthcheck" | jq -e '.Status == "healthy"' >/dev/null 2>&1
    else
        api "/containers/$id/json" | jq -e '.State.Health.Status == "healthy"' >/dev/null 2>&1
    fi
}
wait_ready() {
    local service
    local deadline=$((SECONDS + 240))
    for service in "${services[@]}"; do
        until is_healthy "$service"; do
            [ $SECONDS -lt $deadline ] || die "$service is not ready after 240 s"
            sleep 0.3
        done
    done
}
journey() {
    JOURNEY_TENANT_FILE=$dir/tenant "$here/journey.sh" --operator-key "$dir/secrets/operator.key" \
        --context-git "$dir/context.git" --context-url file:///srv/context.git \
        --registry "$registry" --provisioner "http://127.0.0.1:$POCKET_PROVISIONER_PORT" \
        --router "http://127.0.0.1:$POCKET_ROUTER_PORT" --sync "http://127.0.0.1:$POCKET_SYNC_PORT" "$@"
}

started=$(now)
dc up -d >"$dir/up.log" 2>&1 || {
    cat "$dir/up.log" >&2
    die "up failed"
}
wait_ready
echo "up and ready                                                       $(seconds $(($(now) - started)))"

echo "the journey"
journey --backend bundle

echo "what each container may do"
for service in postgres "${services[@]}"; do
    id=$(container "$service")
    inspect=$(api "/containers/$id/json")
    pid=$(jq -r .State.Pid <<<"$inspect")
    pids=$(descendants "$pid")
    for process in $pid $pids; do
        status=/proc/$process/status
        grep -qE '^Uid:\s+1001\s+1001\s+1001' "$status" || die "$service: process $process is not uid 1001: $(grep Uid "$status")"
        grep -qE '^Gid:\s+1001\s+1001\s+1001' "$status" || die "$service: process $process is not gid 1001: $(grep Gid "$status")"
        grep -qE '^CapEff:\s+0+$' "$status" && grep -qE '^CapBnd:\s+0+$' "$status" || die "$service: process $process has capabilities"
        grep -qE '^NoNewPrivs:\s+1$' "$status" || die "$service: process $process may gain privileges"
    done
    awk '$5 == "/" { exit $6 ~ /(^|,)ro(,|$)/ ? 0 : 1 }' "/proc/$pid/mountinfo" || die "$service: the root file system is writable"
    jq -e '.HostConfig | .Memory > 0 and .PidsLimit > 0 and .PidsLimit <= 256 and (.NanoCpus > 0 or .CpuQuota > 0)' <<<"$inspect" >/dev/null ||
        die "$service: a limit is missing: $(jq -c '.HostConfig | {Memory, PidsLimit, NanoCpus, CpuQuota}' <<<"$inspect")"
    jq -e '[.NetworkSettings.Ports[]? | .[]? | select(.HostIp != "127.0.0.1")] | length == 0' <<<"$inspect" >/dev/null ||
        die "$service: a port is published beyond 127.0.0.1"
    jq -e '[.NetworkSettings.Ports | to_entries[]? | select(.value != null and .value != []) | .key | select(test("^(9|5432)"))] | length == 0' <<<"$inspect" >/dev/null ||
        die "$service: a management or database port is published"
    for secret in "$dir"/secrets/*.password "$dir"/secrets/*.key "$dir"/secrets/service-keys/*.key; do
        ! grep -qF "$(cat "$secret")" <<<"$inspect" || die "$service: the secret $(basename "$secret") shows in inspect"
        ! dc logs --no-color "$service" 2>/dev/null | grep -qF "$(cat "$secret")" || die "$service: the secret $(basename "$secret") is in its log"
    done
    printf '  %-12s uid 1001:1001, no capabilities, read-only root, %s MiB of %s MiB used, %s processes\n' "$service" \
        "$(api "/containers/$id/stats?stream=false" | jq '.memory_stats.usage / 1048576 | floor')" \
        "$(jq '.HostConfig.Memory / 1048576 | floor' <<<"$inspect")" "$(wc -w <<<"$pid $pids")"
done

started=$(now)
kill -9 "$(pgrep -P "$(api "/containers/$(container registry)/json" | jq -r .State.Pid)" | head -n 1)"
sleep 1
wait_ready
echo "killed registry is back                                            $(seconds $(($(now) - started)))"

started=$(now)
dc down --timeout 20 >/dev/null 2>&1
dc up -d >"$dir/up.log" 2>&1
wait_ready
curl -sS --fail -o "$dir/answer" -H "Authorization: Bearer $(cat "$dir/secrets/operator.key")" "$registry/api/v1/tenants/$(cat "$dir/tenant")" ||
    die "the tenant did not outlive its containers"
curl -sS --fail -H "Authorization: Bearer $(cat "$dir/secrets/operator.key")" "$registry/api/v1/audit/verify" |
    jq -e '.intact and .noted.files > 0' >/dev/null || die "the ends of the audit chains are not noted in files"
echo "down, up, and the data is there                                    $(seconds $(($(now) - started)))"

# Opt-in engine access: the same journey, and the stack is a real container.
if [[ $(stat -c %A "$socket") == ????rw* ]]; then
    web=$("$here/engine/busybox-image.sh")
    files+=(-f compose.engine.yaml)
    POCKET_ENGINE_GID=$(stat -c %g "$socket")
    export POCKET_ENGINE_GID POCKET_ENGINE_SOCKET=$socket
    dc up -d >"$dir/up.log" 2>&1
    wait_ready
    echo "the journey with the engine's socket"
    journey --backend engine --image "$web"
else
    echo "skipped: the journey with the engine's socket, which its group may not use (chmod 660 $socket)"
fi

dc down --volumes --remove-orphans --timeout 20 >/dev/null 2>&1
left=$(for kind in containers/json?all=true\& networks? volumes?; do
    api "/${kind}filters=$(jq -rn --arg p "$project" '{label:["com.docker.compose.project=\($p)"]}|tojson|@uri')" | jq -r '(.Volumes? // .)[]? | .Id // .Name'
done)
[ -z "$left" ] || die "left behind: $left"
echo "down, nothing left"
