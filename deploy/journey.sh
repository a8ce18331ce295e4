#!/usr/bin/env bash
# Walks the main job over HTTP against a running suite and fails on the first thing that is not as it should be: tenant, keys,
# a git source synced, changed and read back, a stack planned and deployed, a streamed chat, usage, audit; and what must be
# refused is refused. Creates a tenant of its own name each time. Needs curl, jq and git.
#
#   journey.sh --operator-key FILE --context-git DIRECTORY --context-url URL
#              [--registry URL] [--provisioner URL] [--router URL] [--sync URL] [--image NAME] [--backend NAME]
#
#   --context-git   a bare git repository that this script may push to
#   --context-url   the same repository as the sync service reaches it
#   --image         image of the stack (default: the template's own)
#   --backend       fail unless the stack runs on this backend: engine or bundle
set -euo pipefail

registry=http://127.0.0.1:8081
provisioner=http://127.0.0.1:8082
router=http://127.0.0.1:8083
sync=http://127.0.0.1:8084
operator_key=
image=
expected_backend=
context_git=
context_url=
while [ $# -gt 0 ]; do
    case $1 in
    --registry) registry=$2 ;;
    --provisioner) provisioner=$2 ;;
    --router) router=$2 ;;
    --sync) sync=$2 ;;
    --operator-key) operator_key=$(cat "$2") ;;
    --image) image=$2 ;;
    --backend) expected_backend=$2 ;;
    --context-git) context_git=$2 ;;
    --context-url) context_url=$2 ;;
    *)
        echo "error: unknown argument $1" >&2
        exit 2
        ;;
    esac
    shift 2
done
: "${operator_key:?--operator-key is missing}" "${context_git:?--context-git is missing}" "${context_url:?--context-url is missing}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
step_started=
step() {
    step_started=$(date +%s%N)
    printf '  %-68s' "$*"
}
ok() { printf 'ok  %5d ms%s\n' $((($(date +%s%N) - step_started) / 1000000)) "${1:+  $1}"; }
fail() {
    printf 'FAILED\n' >&1
    printf '%s\n' "$*" >&2
    [ ! -s "$work/head" ] || sed 's/^/    | /' "$work/head" >&2
    [ ! -s "$work/body" ] || { head -c 2000 "$work/body" | sed 's/^/    | /' >&2 && echo >&2; }
    exit 1
}

# call EXPECTED_STATUS METHOD URL KEY [BODY] [CURL ARGUMENT...] : leaves the answer in $work/head and $work/body.
call() {
    local expected=$1 method=$2 url=$3 key=$4 body=${5:-} status
    shift $(($# < 5 ? $# : 5))
    : >"$work/head"
    : >"$work/body"
    status=$(curl -sS --max-time 60 -o "$work/body" -D "$work/head" -w '%{http_code}' -X "$method" \
        ${key:+-H "Authorization: Bearer $key"} ${body:+-H 'Content-Type: application/json' --data "$body"} "$@" "$url") ||
        fail "$method $url: no answer"
    [ "$status" = "$expected" ] || fail "$method $url answered $status, expected $expected"
}
field() { jq -er "$1" "$work/body" || fail "the answer has no $1"; }
header() { sed -n "s/^$1: *\([^\r]*\)\r*$/\1/Ip" "$work/head" | head -n 1; }
# problem CODE : the answer is a problem document with this code, and tells nothing about the inside.
problem() {
    [[ $(header content-type) == application/problem+json* ]] || fail "not application/problem+json"
    [ "$(field .code)" = "$1" ] || fail "expected the code $1"
    ! grep -qE 'dev\.pocketagent|java\.|at [a-z]+\.[A-Z]' "$work/body" || fail "the answer tells about the inside"
}
# operation BASE_URL KEY : waits for the operation of the last answer.
operation() {
    local url state i
    url=$(header location)
    [[ $url == http* ]] || url=$1$url
    for ((i = 0; i < 240; i++)); do
        call 200 GET "$url" "$2"
        state=$(field .state)
        case $state in
        succeeded) return 0 ;;
        failed | cancelled) fail "the operation $state" ;;
        esac
        sleep 0.25
    done
    fail "the operation is still $state after 60 s"
}
commit_context() {
    git -C "$work/context" add -A
    git -C "$work/context" -c user.name=journey -c user.email=journey@example.invalid commit -qm "$1"
    git -C "$work/context" push -q origin HEAD:main
}

slug=journey-$(date +%s)-$$
token=$(head -c 300 /dev/urandom | LC_ALL=C tr -dc a-z | cut -c1-12)

step "a tenant on the plan starter"
call 201 POST "$registry/api/v1/tenants" "$operator_key" '{"slug":"'"$slug"'","name":"Journey","plan":"starter"}' -H "Idempotency-Key: $slug"
tenant=$(field .id)
call 201 POST "$registry/api/v1/tenants" "$operator_key" '{"slug":"'"$slug"'","name":"Journey","plan":"starter"}' -H "Idempotency-Key: $slug"
[ "$(field .id)" = "$tenant" ] || fail "the same Idempotency-Key made a second tenant"
ok "$slug"

step "a key for its administrator and one for an agent"
call 201 POST "$registry/api/v1/tenants/$tenant/keys" "$operator_key" '{"name":"journey","role":"tenant-admin"}'
admin=$(field .secret)
call 201 POST "$registry/api/v1/tenants/$tenant/keys" "$operator_key" '{"name":"journey agent","role":"agent"}'
agent=$(field .secret)
agent_key_id=$(field .id)
agent_key_etag=$(header etag)
[[ $admin == pocket_tn_* && $agent == pocket_ag_* ]] || fail "the keys have the wrong kind"
ok

step "context and a skill in git, synced"
git clone -q "$context_git" "$work/context" 2>/dev/null
mkdir -p "$work/context/skills/greeting" "$work/context/context"
echo "# Journey $token" >"$work/context/context/MISSION.md"
printf -- '---\nname: greeting\ndescription: Greets people. Use when a conversation starts.\n---\n\nSay hello.\n' >"$work/context/skills/greeting/SKILL.md"
commit_context "context"
# By the operator, whose alone file URLs are.
[[ $context_url != file:* ]] || call 400 POST "$sync/api/v1/sources" "$admin" '{"name":"context","kind":"git","url":"'"$context_url"'","ref":"main"}'
call 201 POST "$sync/api/v1/sources" "$operator_key" '{"tenantId":"'"$tenant"'","name":"context","kind":"git","url":"'"$context_url"'","ref":"main"}'
source=$(field .id)
call 202 POST "$sync/api/v1/sources/$source/sync" "$admin" '{}'
operation "$sync" "$admin"
call 200 GET "$sync/api/v1/sources/$source/context" "$admin"
grep -q "Journey $token" "$work/body" || fail "the context is not there"
grep -q greeting "$work/body" || fail "the skill is not there"
revision=$(field .revision)
etag=$(header etag)
call 304 GET "$sync/api/v1/sources/$source/context" "$admin" "" -H "If-None-Match: $etag"
ok "revision ${revision:0:8}"

step "a change pushed, synced and seen"
echo "Changed $token" >>"$work/context/context/MISSION.md"
commit_context "change"
call 202 POST "$sync/api/v1/sources/$source/sync" "$admin" '{}'
operation "$sync" "$admin"
call 200 GET "$sync/api/v1/sources/$source/context" "$admin" "" -H "If-None-Match: $etag"
grep -q "Changed $token" "$work/body" || fail "the change is not there"
[ "$(field .revision)" != "$revision" ] || fail "the revision did not move"
ok

step "a stack planned and deployed"
stack=$(jq -nc --arg image "$image" '{name: "hello", template: "web", parameters: (if $image == "" then {} else {image: $image} end)}')
call 200 POST "$provisioner/api/v1/stacks/plan" "$admin" "$stack"
field '.changes | length > 0' >/dev/null
backend=$(field .backend)
[ -z "$expected_backend" ] || [ "$backend" = "$expected_backend" ] || fail "the backend is $backend, not $expected_backend"
call 202 POST "$provisioner/api/v1/stacks" "$admin" "$stack"
stack_id=$(field .stackId)
operation "$provisioner" "$admin"
call 200 GET "$provisioner/api/v1/stacks/$stack_id" "$admin"
[ "$backend" = bundle ] || [ "$(field .state)" = running ] || fail "the stack does not run"
ok "backend $backend, state $(field .state)"

step "a streamed chat through pocket/auto"
chat='{"model":"pocket/auto","stream":true,"messages":[{"role":"user","content":"Say hello in one sentence."}]}'
call 200 POST "$router/v1/chat/completions" "$agent" "$chat" -N
events=$(grep -c '^data: {' "$work/body" || true)
grep -q '^data: \[DONE\]' "$work/body" || fail "the stream did not end with [DONE]"
[ "$events" -ge 2 ] || fail "only $events events: this is no stream"
ok "$events events, model $(header x-pocket-model)"

step "its usage is counted"
for ((i = 0; i < 40; i++)); do
    call 200 GET "$router/api/v1/usage?limit=10" "$admin"
    [ "$(jq '.items | length' "$work/body")" -eq 0 ] || break
    sleep 0.25
done
[ "$(field '.items[0].tenantId')" = "$tenant" ] || fail "another tenant's usage"
[ "$(field '.items[0].outputTokens')" -gt 0 ] || fail "no tokens counted"
ok "$(field '.items[0].inputTokens') + $(field '.items[0].outputTokens') tokens"

step "the audit trail is there and its chain intact"
call 200 GET "$registry/api/v1/audit?tenant=$tenant&limit=50" "$operator_key"
[ "$(jq '.items | length' "$work/body")" -ge 3 ] || fail "fewer rows than changes"
call 200 GET "$registry/api/v1/audit/verify?tenant=$tenant" "$operator_key"
[ "$(jq -r '.tenants[0].intact' "$work/body")" = true ] || fail "the chain is broken"
ok "$(jq -r '.tenants[0].rows' "$work/body") rows"

step "refused: no key, a mistyped key, another tenant, an unknown field"
call 401 GET "$registry/api/v1/tenants" ""
problem unauthenticated
call 401 GET "$registry/api/v1/tenants" "${admin%?}$([ "${admin: -1}" = x ] && echo y || echo x)"
problem unauthenticated
call 201 POST "$registry/api/v1/tenants" "$operator_key" '{"slug":"'"$slug"'-b","name":"Other","plan":"starter"}'
other=$(field .id)
call 201 POST "$registry/api/v1/tenants/$other/keys" "$operator_key" '{"name":"other","role":"tenant-admin"}'
other_key=$(field .secret)
call 404 GET "$sync/api/v1/sources/$source" "$other_key"
problem not_found
call 404 GET "$provisioner/api/v1/stacks/$stack_id" "$other_key"
problem not_found
call 404 GET "$registry/api/v1/tenants/$tenant" "$other_key"
problem not_found
call 400 POST "$registry/api/v1/tenants" "$operator_key" '{"slug":"x-'"$slug"'","name":"X","plan":"starter","isAdmin":true}'
problem invalid_input
ok

step "a revoked key is refused everywhere within 5 s"
call 204 DELETE "$registry/api/v1/keys/$agent_key_id" "$operator_key" "" ${agent_key_etag:+-H "If-Match: $agent_key_etag"}
for ((i = 0; i < 20; i++)); do
    status=$(curl -sS -o "$work/body" -w '%{http_code}' -H "Authorization: Bearer $agent" "$router/v1/models")
    [ "$status" != 401 ] || break
    sleep 0.25
done
[ "$status" = 401 ] || fail "the router still answers $status"
ok

step "the stack deleted"
call 200 GET "$provisioner/api/v1/stacks/$stack_id" "$admin"
call 202 DELETE "$provisioner/api/v1/stacks/$stack_id" "$admin" "" -H "If-Match: $(header etag)"
operation "$provisioner" "$admin"
ok

printf '%s\n' "$tenant" >"${JOURNEY_TENANT_FILE:-/dev/null}"
