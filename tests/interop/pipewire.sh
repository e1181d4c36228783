#!/usr/bin/env bash
# pipewire.sh - what PipeWire's rtp-sink announces is listed and played by its
# name; what we announce its rtp-source has in the graph by its name, and it is
# heard there.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
# shellcheck source=tests/apps/session.sh
source "$VSC_SOURCE/tests/apps/session.sh"
need pw-cat ffmpeg
modules=$(find /usr/lib -name libpipewire-module-rtp-sink.so -print -quit 2>/dev/null)
[ -n "$modules" ] || skip "PipeWire has no rtp-sink"
to_groups

# A client of it is the sink.
libraries='context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert
  support.* = support/libspa-support }'
cat >"$folder/sink.conf" <<END
context.properties = { log.level = 2 support.dbus = false }
$libraries
context.modules = [
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-adapter }
  { name = libpipewire-module-metadata }
  { name = libpipewire-module-rtp-sink
    args = { local.ifname = vb source.ip = 10.1.0.2 sap.ip = 239.255.255.255
      destination.ip = 239.69.7.5 destination.port = 5004 net.ttl = 32
      sess.name = "PipeWire says" audio.format = S24BE audio.rate = 48000
      audio.channels = 2
      stream.props = { node.name = rtp-sink } } }
]
END

printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery sap]' 'module = discovery-sap' \
  '[stream]' 'when = always' 'link_offset = 60ms' >"$folder/plain.ini"
engine left b "$folder/plain.ini"
pipewire_machine=right
pipewire_starts
spawn right "$folder/sink.log" pipewire -c "$folder/sink.conf"
helpers+=($!)
wait_for 150 lists b 'PipeWire says' || fail "PipeWire's session is not listed"
"$aes67" list --verbose --instance b >&2
"$aes67" subscribe 'PipeWire says' --instance b --channels 1-2 --quiet

# A sound for it. What comes is judged by its level: PipeWire mixes and converts.
ffmpeg -nostdin -loglevel error -f lavfi -i "sine=997:sample_rate=48000" -t 60 \
  -af volume=4dB -ac 2 "$folder/sine.wav"
spawn right "$folder/cat.log" pw-cat --playback --target rtp-sink "$folder/sine.wav"
helpers+=($!)
wait_for 150 is_playing b || skip "PipeWire sends nothing here: $(ask b '.receivers[0].reason')"

# mean_volume FFMPEG-OPTION...: of what they open, in dB below full scale.
mean_volume() {
  ffmpeg -nostdin "$@" -af volumedetect -f null - 2>&1 |
    sed -n 's/.*mean_volume: -\([0-9]*\).*/\1/p'
}
is_loud() { [ "$(mean_volume "$@" | grep . || echo 99)" -lt 40 ]; }
we_hear_it() {
  "$aes67" record --instance b --seconds 1 --format s24le --channels 1-2 - \
    >"$folder/heard.raw" 2>/dev/null || [ $? = 3 ] || fail "record ended with $?"
  is_loud -f s24le -ar "$rate" -ac 2 -i "$folder/heard.raw"
}
wait_for 5 we_hear_it || fail "it is silent"
ask b '.receivers[0] | "  \(.encoding), \(.packets) packets, \(.lost) lost," +
  " \(.late) late, \(.malformed) malformed"' >&2

say "ours in PipeWire's graph"
sed -e 's/module-rtp-sink/module-rtp-source/' -e '/source\.ip/,$d' \
  "$folder/sink.conf" >"$folder/source.conf"
printf '%s\n' '    args = { local.ifname = vb sap.ip = 239.255.255.255 sess.latency.msec = 100 } }' \
  ']' >>"$folder/source.conf"
spawn right "$folder/source.log" pipewire -c "$folder/source.conf"
helpers+=($!)
engine left a "$folder/plain.ini" --set 'discovery sap.period=1s'
"$aes67" publish 'Ours <to> them' --instance a --channels 1-2 --quiet
spawn here "$folder/play.log" "$aes67" play --instance a --loop --channels 1-2 \
  "$folder/sine.wav"
helpers+=($!)
is_in_graph() { on right timeout 5 pw-cli ls Node 2>/dev/null | grep -q '"Ours <to> them"'; }
# Without somebody who listens it goes, and comes with the next announcement.
they_hear_us() {
  wait_for 150 is_in_graph || fail "our session is not in PipeWire's graph"
  on right timeout -s INT 4 pw-record --target 'Ours <to> them' --channels 2 \
    --format s16 --rate "$rate" "$folder/theirs.wav" >"$folder/record.log" 2>&1 || true
  is_loud -i "$folder/theirs.wav"
}
try they_hear_us
