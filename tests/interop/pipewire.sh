#!/usr/bin/env bash
# pipewire.sh - what PipeWire's rtp-sink announces is listed and played by its
# name.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need pipewire wireplumber pw-cat ffmpeg
modules=$(find /usr/lib -name libpipewire-module-rtp-sink.so -print -quit 2>/dev/null)
[ -n "$modules" ] || skip "PipeWire has no rtp-sink"
on left ip route add 224.0.0.0/4 dev va
on right ip route add 224.0.0.0/4 dev vb

# A server with nothing but a clock, and a client that is the sink: no session bus,
# no session manager, no sound card.
libraries='context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert
  support.* = support/libspa-support }'
cat >"$folder/server.conf" <<END
context.properties = { log.level = 2 support.dbus = false core.daemon = true core.name = pipewire-0 }
$libraries
context.modules = [
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-adapter }
  { name = libpipewire-module-metadata }
  { name = libpipewire-module-spa-node-factory }
  { name = libpipewire-module-link-factory }
]
context.objects = [
  { factory = spa-node-factory
    args = { factory.name = support.node.driver node.name = Dummy-Driver
      node.group = pipewire.dummy priority.driver = 20000 } }
]
END
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
      stream.props = { node.name = rtp-sink node.always-process = true
        node.group = pipewire.dummy } } }
]
END

printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery sap]' 'module = discovery-sap' \
  '[stream]' 'when = always' 'link_offset = 60ms' >"$folder/plain.ini"
engine left b "$folder/plain.ini"
spawn right "$folder/server.log" pipewire -c "$folder/server.conf"
helpers+=($!)
wait_for 50 test -S "$folder/run/pipewire-0" || fail "PipeWire does not start"
spawn right "$folder/sink.log" pipewire -c "$folder/sink.conf"
helpers+=($!)
wait_for 150 lists b 'PipeWire says' || fail "PipeWire's session is not listed"
"$aes67" list --verbose --instance b >&2
"$aes67" subscribe 'PipeWire says' --instance b --channels 1-2 --quiet

# A sound for it: a session manager and a player. What comes is judged by its
# level: PipeWire mixes and converts.
ffmpeg -nostdin -loglevel error -f lavfi -i "sine=997:sample_rate=48000" -t 60 \
  -af volume=4dB -ac 2 "$folder/sine.wav"
export HOME=$folder
spawn right "$folder/wireplumber.log" wireplumber
helpers+=($!)
sleep 1
spawn right "$folder/cat.log" pw-cat --playback --target rtp-sink "$folder/sine.wav"
helpers+=($!)
wait_for 150 is_playing b || skip "PipeWire sends nothing here: $(ask b '.receivers[0].reason')"

is_loud() {
  "$aes67" record --instance b --seconds 1 --format s24le --channels 1-2 - \
    >"$folder/heard.raw" 2>/dev/null || [ $? = 3 ] || fail "record ended with $?"
  ffmpeg -nostdin -f s24le -ar "$rate" -ac 2 -i "$folder/heard.raw" \
    -af volumedetect -f null - 2>&1 | grep -o 'mean_volume: -[0-9]*' |
    awk '{ exit !(-$2 < 40) }'
}
wait_for 5 is_loud || fail "it is silent"
ask b '.receivers[0] | "  \(.encoding), \(.packets) packets, \(.lost) lost," +
  " \(.late) late, \(.malformed) malformed"' >&2
