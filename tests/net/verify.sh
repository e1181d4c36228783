#!/usr/bin/env bash
# verify.sh - "aes67 verify" beside an engine: figures of a stream that is as
# described, and what is said of marking, packet time, clock and sender where they
# are not. How punctual this machine is, is judged by nobody.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

# verdict NAME [STREAM|FILE]: $folder/NAME has the answer.
verdict() {
  local code=0
  on right "$aes67" verify "$2" --instance b --seconds 2 --json >"$folder/$1" 2>"$folder/$1.log" || code=$?
  [ "$code" -le 1 ] || fail "$1: exit $code: $(cat "$folder/$1.log")"
  [ "$code" = "$(jq 'if .proof == "fail" then 1 else 0 end' "$folder/$1")" ] || fail "$1: exit $code"
}
# says NAME CHECK VERDICT
says() {
  local word
  word=$(jq -r ".streams[0].checks[] | select(.check == \"$2\") | .verdict" "$folder/$1")
  [ "$word" = "$3" ] || fail "$1: $2 is \"$word\", not $3: $(jq -c ".streams[0].checks[]" "$folder/$1")"
}

a_cable
engine left a interop --set stream.when=always --set "send tx2.dscp=0" --set "send tx3.ttl=1" \
  --set "send tx8.address=10.1.0.2"
engine right b interop --side b --set stream.when=always

say "as described"
"$aes67" sdp show tx1 --instance a >"$folder/tx1.sdp"
verdict good "$folder/tx1.sdp"
jq -c '.streams[0].figures' "$folder/good" >&2
for check in packets sender format order dscp ttl clock; do
  says good "$check" pass
done
[ "$(jq '.streams[0].figures | .packets > 100 and .lead_min_ns >= 0 and .ttl == 32 and .dscp == 34' "$folder/good")" = true ] ||
  fail "figures"
verdict receiver rx1
says receiver format pass

say "not as described"
"$aes67" sdp show tx2 --instance a >"$folder/tx2.sdp"
verdict dscp "$folder/tx2.sdp"
says dscp dscp fail
"$aes67" sdp show tx3 --instance a | sed 's|239.69.1.3/1\b|239.69.1.3/32|' >"$folder/tx3.sdp"
verdict ttl "$folder/tx3.sdp"
says ttl ttl fail
sed 's/^a=ptime:.*/a=ptime:0.125/' "$folder/tx1.sdp" >"$folder/ptime.sdp"
verdict ptime "$folder/ptime.sdp"
says ptime format fail
sed 's/^a=mediaclk:direct=.*/a=mediaclk:direct=4294962496/' "$folder/tx1.sdp" >"$folder/offset.sdp"
verdict offset "$folder/offset.sdp" # a tenth of a second
says offset lead fail
sed 's/239.69.1.1/239.69.77.77/' "$folder/tx1.sdp" >"$folder/nobody.sdp"
verdict nobody "$folder/nobody.sdp"
says nobody packets fail

sed '/^a=mediaclk/d' "$folder/tx1.sdp" >"$folder/unclocked.sdp"
verdict unclocked "$folder/unclocked.sdp"
says unclocked lead pass
mkdir -p "$folder/"$'caf\xe9'
cp "$folder/tx1.sdp" "$folder/"$'caf\xe9/long.sdp'
verdict odd_name "$folder/"$'caf\xe9/long.sdp'
says odd_name packets pass

say "what the engines themselves say"
# proof INSTANCE KIND NAME
proof() {
  "$aes67" status --instance "$1" --json |
    jq -r ".$2[] | select(.name == \"$3\") | \"\(.proof) \(.proof_reason)\"" || true
}
is_marked_wrong() { [ "$(proof a senders tx2)" = "fail dscp: 0: switches look for 34 (AF41) or 46 (EF)" ]; }
wait_for 300 is_marked_wrong || fail "tx2: $(proof a senders tx2)" # a stall begins it anew
is_printed() { { "$aes67" status --instance a || true; } | grep '^ *dscp: 0: switches' >/dev/null; }
wait_for 300 is_printed || fail "status does not say so"
proof b receivers rx1 | tee /dev/stderr | grep -qE '^(pass|warn|fail) [a-z-]+: .' || fail "rx1 has no proof"

say "everything that is sent and heard, but to one address"
code=0
on left "$aes67" verify --instance a --seconds 0.01 >"$folder/all" 2>"$folder/all.log" || code=$?
[ "$code" -le 1 ] || fail "exit $code"
[ "$(grep -c '^[rt]x[1-8]: ' "$folder/all")" = 15 ] || fail "not 15 streams: $(cat "$folder/all" "$folder/all.log")"
grep -q 'tx8: it is sent to one address' "$folder/all.log" || fail "it does not say why"
code=0
on right "$aes67" verify nothing --instance b >&2 || code=$?
[ "$code" = 5 ] || fail "a stream that nobody knows: exit $code"
stop a
stop b
exits 4 verify --instance b
