#!/usr/bin/env bash
# sap.sh - what ffmpeg and PipeWire announce is listed and played by its name; what
# we announce ffmpeg finds and hears; tshark takes all that we say, and that we
# take it back.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need ffmpeg tshark
to_groups

printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery sap]' 'module = discovery-sap' 'period = 1s' \
  '[stream]' 'when = always' 'link_offset = 40ms' >"$folder/plain.ini"

# --- ours: captured from the first announcement to the last deletion

spawn right "$folder/tshark.log" tshark -i vb -f 'udp port 9875' -w "$folder/sap.pcap"
helpers+=($!)
capture=$!
wait_for 50 grep -q 'Capturing' "$folder/tshark.log" || fail "tshark does not capture"
sleep 0.5
engine left a "$folder/plain.ini"
"$aes67" publish 'Name "with" <b> & more' --instance a --channels 1-8 --quiet

spawn here "$folder/play.log" "$aes67" play --instance a --loop \
  --format s24le --channels 1-8 "$(noise 8)"
player_pid[a]=$!

hears_ours() {
  rm -f "$folder/heard.raw"
  on right timeout 30 ffmpeg -nostdin -loglevel warning -y \
    -protocol_whitelist sap,file,udp,rtp \
    -i "sap://239.255.255.255:9875" \
    -t "$listen_seconds" -c:a pcm_s24le -f s24le "$folder/heard.raw" \
    2>"$folder/ffmpeg.log" || fail "ffmpeg ended with $?"
  is_exact "$folder/heard.raw" 8
}
say "ffmpeg finds and hears ours"
try hears_ours
hush a
stop a
sleep 0.5
kill -INT "$capture"
wait "$capture" 2>/dev/null || true

say "tshark takes what we said"
fields() { tshark -r "$folder/sap.pcap" -Y "$1" -T fields "${@:2}" 2>/dev/null; }
[ -z "$(fields '_ws.malformed || sdp.invalid' -e frame.number)" ] ||
  fail "tshark complains of $(fields '_ws.malformed || sdp.invalid' -e _ws.expert.message)"
fields sap -e ip.ttl -e ip.dst -e sap.originating_source -e sap.payload_type |
  sort -u >"$folder/heads"
printf '255\t%s\t10.1.0.1\tapplication/sdp\n' 224.2.127.254 239.255.255.255 |
  diff - "$folder/heads" || fail "heads are otherwise"
[ "$(fields 'sap.flags.t == 1' -e ip.dst | sort -u | wc -l)" = 2 ] ||
  fail "no deletion was sent to both groups"
[ "$(fields sap -e sdp.session_name | sort -u)" = 'Name "with" <b> & more' ] ||
  fail "the name is $(fields sap -e sdp.session_name | sort -u)"
[ "$(fields 'sap.flags.t == 0' -e sap.message_identifier_hash | sort -u | wc -l)" = 1 ] ||
  fail "the hash changes without a change"

# --- theirs

engine left b "$folder/plain.ini"

# plays_by_name NAME CHANNELS
plays_by_name() {
  wait_for 100 lists b "$1" || fail "\"$1\" is not listed"
  "$aes67" subscribe "$1" --instance b --channels "1-$2" --quiet
  try is_heard_by_us "$2"
  [ "$(ask b '.receivers[0].state')" != refused ] || fail "refused"
}

say "ffmpeg's announcement is listed and played by its name"
# shellcheck disable=SC2317
spawn right "$folder/ffmpeg.log" ffmpeg -nostdin -loglevel warning \
  -stream_loop -1 -f s24le -ar "$rate" -ac 2 -i "$(noise 2)" \
  -af asetnsamples=n=64:p=0,arealtime -c:a pcm_s24be -metadata title='ffmpeg says' \
  -f sap "sap://239.69.7.2:5006?announce_addr=239.255.255.255&ttl=32&same_port=1"
theirs=$!
helpers+=("$theirs")
plays_by_name 'ffmpeg says' 2
say "and gone when ffmpeg has taken it back"
kill -INT "$theirs"
wait_for 50 lists_not b 'ffmpeg says' || fail "it is still listed"
"$aes67" unsubscribe 'ffmpeg says' --instance b --quiet
