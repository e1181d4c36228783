#!/usr/bin/env bash
# latency.sh - "aes67 latency" between two machines: what an engine reflects comes
# back after two link offsets exactly, what an application there plays again also
# after its buffer; the stages add up to the mean; nobody there is said.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

samples=200
[ -z "${VSC_LONG:-}" ] || samples=5000

# measure NAME [OPTION...]: exit 3 is a machine that was late.
measure() {
  local code=0
  "$aes67" latency --instance a --samples "$samples" --json \
    --report "$folder/$1.report" "${@:2}" >"$folder/$1" 2>"$folder/$1.log" || code=$?
  [ "$code" = 0 ] || [ "$code" = 3 ] || fail "$1: exit $code"
  jq -r '"  p50 \(.round_trip_ns.p50) ns, p99 \(.round_trip_ns.p99), max \(.round_trip_ns.max);" +
    " \(.drop_outs_per_minute) drop-outs a minute; \(.ledger | map("\(.stage) \(.ns | floor)") | join(", "))"' \
    "$folder/$1" >&2
  [ "$(jq -S . "$folder/$1")" = "$(jq -S . "$folder/$1.report")" ] || { diff "$folder/$1" "$folder/$1.report" >&2; fail "$1: the report is another"; }
  holds "$1" '.samples > 0 and .exact_frames > 4800'
  holds "$1" '([.ledger[].ns] | add) - .round_trip_ns.mean | fabs < 2'
  holds "$1" '([.ledger[].engine_to_engine_ns] | add) - .engine_to_engine_ns | fabs < 2'
  holds "$1" '.engine_drop_outs >= 0 and .engine_drop_outs_per_minute >= 0'
  holds "$1" '.clock_steps > 0 or .wrong_frames == 0'
}
holds() { jq -e "$2" "$folder/$1" >/dev/null || fail "$1: not so: $2: $(cat "$folder/$1")"; }
stage() { jq "[.ledger[] | select(.stage == \"$2\").ns] | add * 48 / 1e6 + 0.5 | floor" "$folder/$1"; }

a_cable
engine left a low-latency --set stream.link_offset=20ms --set device.headroom=480
engine right b low-latency --side b --set stream.link_offset=15ms --set device.headroom=480 \
  --set stream.when=always

say "nobody is there"
exits 1 latency --instance a --samples 10
grep -q 'did not come to input 1' "$folder/err" || fail "it does not say why"
grep -q -- '--reflect' "$folder/err" || fail "it does not say what to do"

say "an application reflects"
"$aes67" latency --reflect --instance b 2>"$folder/reflect.log" &
reflector=$!
helpers+=("$reflector")
wait_for 100 grep -q '^.*reflecting 64 channels' "$folder/reflect.log" || fail "it does not start"
measure application --far b
own=$(sed -n 's/.*each \([0-9]*\) frames.*/\1/p' "$folder/reflect.log")
[ "$(stage application far)" = "$own" ] || fail "the far end takes $(stage application far) frames, not $own"
[ "$(stage application link_there)" = 720 ] || fail "not the far link offset"
kill "$reflector"
wait "$reflector" || fail "the reflector ended with $?"

exits 5 latency --instance a --samples 10 --far a
grep -q 'engine "a" has no receiver of 239.69.1.1:5004' "$folder/err" || fail "it does not say who is asked"

say "the engine reflects"
"$aes67" configure --instance b --set "loopback back.from=in 1-64" --set "loopback back.to=out 1-64" >&2
measure engine --far b --output 3 --input 3
[ "$(stage engine far)" = 0 ] || fail "the far end takes $(stage engine far) frames"
[ "$(stage engine link_back)" = 960 ] || fail "not our link offset"
holds engine '.path == "one application, the far engine reflects"'
holds engine '.engine_to_engine_ns == 35333333'
exits 1 latency --instance a --samples 10 --output 3 --input 3 --report /nowhere/file
grep -q 'cannot write "/nowhere/file": No such file' "$folder/err" || fail "it does not say that"

say "the engine hears itself"
stop a
engine left a low-latency --set "receive rx1.address=239.69.1.1" --set stream.link_offset=20ms \
  --set device.headroom=480 --set stream.when=always
measure own
[ "$(stage own link_there)$(stage own far)" = 00 ] || fail "there is a far end"
holds own '.path == "one application, a stream of its own engine"'
