#!/usr/bin/env bash
# rooms.sh - aes67 stats --all: three machines on a switch; those that are told to
# tell how they are do so, the others send nothing; one that goes is gone; rubbish
# is counted and printed harmless.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "${VSC_SOURCE:?where the sources are}/tests/net/world.sh"
need jq
on_a_switch one two three
group=239.255.67.67

# room MACHINE NAME: an engine that tells, with one receiver.
room() {
  engine "$1" "$2" speaker --set clock.module=clock-system --set "engine.name=$2" \
    --set "engine.stats_address=$group" --set "bridge speaker.enabled=no"
}
# all CODE FILTER: what machine three hears, by jq.
all() {
  local code=0
  on three timeout 60 "$aes67" stats --all --interface eth0 --json >"$folder/all" \
    2>"$folder/all.log" || code=$?
  [ "$code" = "$1" ] || fail "stats --all ended with $code: $(cat "$folder/all" "$folder/all.log")"
  jq -r "$2" "$folder/all"
}

say "nobody tells anything that was not told to"
engine two quiet speaker --set clock.module=clock-system --set "bridge speaker.enabled=no"
sleep 3
[ "$(datagrams two OutDatagrams)" = 0 ] || fail "a quiet engine has sent $(datagrams two OutDatagrams) datagrams"
all 5 '.rooms | length' >"$folder/number"
[ "$(cat "$folder/number")" = 0 ] || fail "a room that did not tell"
stop quiet

say "two rooms, heard on a third machine"
room one kitchen
before=$(datagrams two OutDatagrams)
SECONDS=0
room two bath
rooms=$(all 0 '.rooms[] | "\(.name) \(.source) \(.state) \(.receivers[0].name) \(.receivers[0].state)"')
say "$rooms"
[ "$rooms" = "bath 10.1.0.2 running main waiting
kitchen 10.1.0.1 running main waiting" ] || fail "not the two rooms"

told() { echo $(($(datagrams two OutDatagrams) - before)); }
has_told_twice() { [ "$(told)" -ge 2 ]; }
wait_for 300 has_told_twice || fail "it tells no more"
n=$(told)
[ "$n" -le $((SECONDS + 2)) ] || fail "$n datagrams in $SECONDS s"

say "beside an engine it needs no names"
on one "$aes67" stats --all --instance kitchen >"$folder/words" ||
  fail "$(cat "$folder/words")"
grep -q '^bath  *running  *10.1.0.2 ' "$folder/words" || fail "$(cat "$folder/words")"

spawn three "$folder/watch" "$aes67" stats --all --watch --json --interface eth0
watcher=$!
helpers+=("$watcher")
# watched FILTER: of what it said last.
watched() { tail -n 1 "$folder/watch" | jq -r "$1" 2>/dev/null; }
state() { watched ".rooms[] | select(.name == \"$1\") | .state"; }
is() { [ "$(state "$1")" = "$2" ]; }
wait_for 300 is bath running || fail "not heard: $(tail -n 1 "$folder/watch")"

say "rubbish, and a room that would clear the screen"
# rubbish: twice a second, until there was enough.
rubbish() {
  local n=0
  printf '%s' '{"schema":"vsc.room/1","name":"\u001b[2Jevil","instance":"x",' \
    '"state":"run\u0007","clock":"free","offset_ns":0,"receivers":[],' \
    '"bridges":[],"more":0}' >"$folder/evil"
  on one ip route add 224.0.0.0/4 dev eth0
  while [ ! -e "$folder/enough" ]; do
    # shellcheck disable=SC2016 # for the other shell
    on one bash -c 'head -c 1200 /dev/urandom >"/dev/udp/$1/5067"
      cat "$2" >"/dev/udp/$1/5067"' sh "$group" "$folder/evil"
    n=$((n + 1))
    sleep 0.5
  done
  echo "$n" >"$folder/sent"
}
rubbish &
sender=$!
helpers+=("$sender")
on three "$aes67" stats --all --interface eth0 >"$folder/words" || [ "$?" = 3 ] ||
  fail "rubbish ends it"
grep -qF '\x1B[2Jevil' "$folder/words" || grep -qF '\x1b[2Jevil' "$folder/words" ||
  fail "not escaped: $(cat -v "$folder/words")"
! grep -q $'\x1b' "$folder/words" || fail "an escape got through"
grep -q 'datagrams were none of ours' "$folder/words" || fail "rubbish is not counted"
touch "$folder/enough"
wait "$sender"
is_counted() {
  [ "$(watched '"\(.malformed) \(.refused) \(.rooms | length)"')" = "$(cat "$folder/sent") 0 3" ]
}
wait_for 300 is_counted || fail "not what was sent: $(tail -n 1 "$folder/watch")"

say "a room goes"
stop bath
wait_for 300 is bath gone || fail "it is not gone: $(tail -n 1 "$folder/watch")"
wait_for 300 is kitchen running || fail "the other is gone, too: $(tail -n 1 "$folder/watch")"
code=0
kill "$watcher"
wait "$watcher" || code=$?
[ "$code" = 3 ] || fail "with one gone it ended with $code"
stop kitchen
