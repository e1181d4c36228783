#!/usr/bin/env bash
# two_users.sh - an engine of one user, applications of others: [device] group lets
# its members in, everybody else is told what to do. Only root can be several users,
# so it is not run in a user namespace.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/as_root.sh
source "$(dirname "$0")/as_root.sh"
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq setpriv getent

owner=61001 member=61002 stranger=61003
group=$(getent group audio | cut -d : -f 3) || true
[ -n "$group" ] || skip "there is no group \"audio\""

# become USER COMMAND...: a user of no group but audio, the stranger of none.
become() {
  local groups=(--groups "$group")
  [ "$1" != $stranger ] || groups=(--clear-groups)
  exec setpriv --reuid "$1" --regid "$1" "${groups[@]}" --no-new-privs -- "${@:2}"
}
be() { (become "$@"); }
be $stranger test -x "$aes67" || skip "other users cannot run $aes67"

chmod 711 "$folder"
install -d -o $owner -m 700 "$folder/run" "$folder/state"
install -d -o $owner -m 711 "$folder/open"
install -d -o $owner -m 700 "$folder/shared"

# run_as_owner FOLDER [OPTION...]: until it is ready or has ended.
run_as_owner() {
  : >"$folder/g.log"
  become $owner "$aes67" run interop --instance g --set engine.interface=lo --set clock.module=clock-system \
    --runtime-dir "$@" >"$folder/g.log" 2>&1 </dev/null &
  engine_pid[g]=$!
  wait_for 100 has_settled g || fail "neither ready nor ended"
}

# says USER CODE PATTERN WORD...: aes67 WORD... of that user.
says() {
  local code=0
  be "$1" timeout 20 "$aes67" "${@:4}" --instance g >"$folder/out" 2>"$folder/err" \
    </dev/null || code=$?
  { [ "$code" = "$2" ] && grep -q -- "$3" "$folder/err" "$folder/out"; } ||
    fail "$1: aes67 ${*:4}: exit $code: $(cat "$folder/err" "$folder/out")"
}

# access PATH: mode, owner, group
access() { stat -c '%a %u %g' "$1"; }

say "without a group"
run_as_owner "$folder/open"
is_ready g || fail "the engine does not start"
says $owner 0 '^recorded' record --seconds 0.1 --runtime-dir "$folder/open" /dev/null --format s24le
for who in $member $stranger; do
  says "$who" 1 '\[device\] group' record --seconds 0.1 --runtime-dir "$folder/open" /dev/null --format s24le
  says "$who" 1 'not permitted' status --runtime-dir "$folder/open"
done
stop g

say "a folder that the group cannot reach"
run_as_owner "$folder/run/inner" --set device.group=audio
! is_ready g || fail "the engine starts where nobody gets to"
grep -q -- '--runtime-dir' "$folder/g.log" || fail "what to do is not told"
unset "engine_pid[g]"

say "a group that its user is not in"
run_as_owner "$folder/shared" --set device.group=disk
! is_ready g || fail "the engine starts for a group that it is not in"
grep -q 'group: this user is not in group "disk"' "$folder/g.log" || fail "why is not told"
unset "engine_pid[g]"

say "with a group"
run_as_owner "$folder/shared" --set device.group=audio
is_ready g || fail "the engine does not start"
[ "$(access "$folder/shared")" = "750 $owner $group" ] || fail "$(access "$folder/shared")"
[ "$(access "$folder/shared/g.sock")" = "660 $owner $group" ] || fail "the socket"
says $member 0 '"state": "running"' status --json --runtime-dir "$folder/shared"
says $member 0 '^recorded' record --seconds 0.1 --runtime-dir "$folder/shared" /dev/null --format s24le
says $owner 0 '^recorded' record --seconds 0.1 --runtime-dir "$folder/shared" /dev/null --format s24le
says $stranger 1 'closed to us' status --runtime-dir "$folder/shared"
says $stranger 1 '\[device\] group' record --seconds 0.1 --runtime-dir "$folder/shared" /dev/null --format s24le
objects=$(grep -o '/dev/shm/aes67-[0-9a-f]*-[rt]' "/proc/${engine_pid[g]}/maps" | sort -u)
for object in $objects; do
  mode=640
  [[ $object == *-r ]] || mode=660
  [ "$(access "$object")" = "$mode $owner $group" ] || fail "$object: $(access "$object")"
done
stop g

say "the next one without a group"
run_as_owner "$folder/shared"
is_ready g || fail "the engine does not start"
says $member 1 '\[device\] group' record --seconds 0.1 --runtime-dir "$folder/shared" /dev/null --format s24le
stop g
