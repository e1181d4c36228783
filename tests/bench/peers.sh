# peers.sh - other people's programs that do the job of figures.sh: eight streams of
# eight channels sent from the machine left, and received on the machine right into
# float samples, at the time of a clock. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=tests/net/world.sh
source "$(dirname "${BASH_SOURCE[0]}")/../net/world.sh"

peers="gstreamer pipewire ffmpeg"

# has_peer NAME: is it there?
has_peer() {
  case $1 in
    gstreamer)
      command -v gst-launch-1.0 >/dev/null &&
        gst-inspect-1.0 rtpL24pay >/dev/null 2>&1 &&
        gst-inspect-1.0 audiotestsrc >/dev/null 2>&1
      ;;
    pipewire)
      command -v pipewire >/dev/null && command -v pw-link >/dev/null &&
        [ -n "$(find /usr/lib -name 'libpipewire-module-rtp-s*.so' -print -quit)" ]
      ;;
    ffmpeg) command -v ffmpeg >/dev/null ;;
  esac
}

# Each: send_NAME PACKET_US, and then receive_NAME PACKET_US; the pid is added to pids.
runs() {
  pids+=("$1")
  helpers+=("$1")
}

send_gstreamer() {
  local n frames=$(($1 * 48 / 1000)) time=$(($1 * 1000)) line=()
  for n in 1 2 3 4 5 6 7 8; do
    line+=(audiotestsrc is-live=true wave=silence "samplesperbuffer=$frames" !
      'audio/x-raw,format=F32LE,rate=48000,channels=8,channel-mask=(bitmask)0' !
      audioconvert dithering=none ! 'audio/x-raw,format=S24BE' !
      rtpL24pay pt=96 "min-ptime=$time" "max-ptime=$time" !
      udpsink "host=239.69.1.$n" port=5004 multicast-iface=va ttl-mc=32 sync=false async=false)
  done
  spawn left "$folder/gst-send.log" gst-launch-1.0 -q "${line[@]}"
  runs "$!"
}

receive_gstreamer() {
  local n line=()
  for n in 1 2 3 4 5 6 7 8; do
    line+=(udpsrc "address=239.69.1.$n" port=5004 multicast-iface=vb buffer-size=2000000
      'caps=application/x-rtp,media=audio,clock-rate=48000,encoding-name=L24,channels=8,payload=96' !
      rtpjitterbuffer latency=5 ! rtpL24depay ! audioconvert dithering=none !
      'audio/x-raw,format=F32LE' ! fakesink sync=true async=false)
  done
  spawn right "$folder/gst-receive.log" gst-launch-1.0 -q "${line[@]}"
  runs "$!"
}

send_ffmpeg() {
  local n frames=$(($1 * 48 / 1000)) outputs=()
  for n in 1 2 3 4 5 6 7 8; do
    outputs+=(-map 0:a -c:a pcm_s24be -payload_type 96 -f rtp
      "rtp://239.69.1.$n:$((5000 + 4 * n))?ttl=32&pkt_size=$((12 + frames * 24))&localaddr=10.1.0.1")
  done
  spawn left "$folder/ffmpeg-send.log" ffmpeg -hide_banner -loglevel error -nostdin -re -f lavfi \
    -i "aevalsrc=0|0|0|0|0|0|0|0:s=48000:n=$frames" "${outputs[@]}"
  runs "$!"
}

# It has no play-out clock: it converts what has come.
receive_ffmpeg() {
  local n maps=() description=$folder/eight.sdp
  printf 'v=0\no=- 1 1 IN IP4 10.1.0.1\ns=eight\nt=0 0\n' >"$description"
  for n in 1 2 3 4 5 6 7 8; do
    printf 'm=audio %d RTP/AVP 96\nc=IN IP4 239.69.1.%d/32\na=rtpmap:96 L24/48000/8\n' \
      $((5000 + 4 * n)) "$n" >>"$description"
    maps+=(-map "0:$((n - 1))" -c:a pcm_f32le)
  done
  spawn right "$folder/ffmpeg-receive.log" ffmpeg -hide_banner -loglevel error -nostdin \
    -fflags nobuffer -flags low_delay -probesize 32 -analyzeduration 0 -max_delay 0 \
    -reorder_queue_size 0 -protocol_whitelist file,udp,rtp -i "$description" "${maps[@]}" -f null -
  runs "$!"
}

# What all nodes of a graph are.
pipewire_plain='node.group = g node.always-process = true node.autoconnect = false
  adapter.auto-port-config = { mode = dsp monitor = false control = false position = preserve }'
eight='[ AUX0 AUX1 AUX2 AUX3 AUX4 AUX5 AUX6 AUX7 ]'

# pipewire_daemon MACHINE PACKET_US NODE CHANNELS POSITION: with a graph of its own and a
# cycle a packet, in which NODE, a device of no hardware, is what others are linked to.
# More modules are read from stdin.
pipewire_daemon() {
  local place=$folder/pipewire.$1 frames=$(($2 * 48 / 1000))
  rm -rf "$place"
  mkdir -p "$place"
  cat >"$place/pipewire.conf" <<END
context.properties = { core.daemon = true core.name = pipewire-0 log.level = 1
  default.clock.rate = 48000 default.clock.power-of-two-quantum = false
  default.clock.quantum = $frames default.clock.min-quantum = $frames default.clock.max-quantum = $frames }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert
  support.* = support/libspa-support }
context.objects = [
  { factory = spa-node-factory args = { factory.name = support.node.driver
    node.name = driver node.group = g priority.driver = 20000 } }
  { factory = adapter args = { factory.name = support.null-audio-sink node.name = $3
    media.class = Audio/Sink audio.rate = 48000 audio.channels = $4 audio.position = $5
    object.linger = true ${pipewire_plain/monitor = false/monitor = true} } } ]
context.modules = [
  { name = libpipewire-module-rt args = { rt.prio = 75 } flags = [ ifexists nofail ] }
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-metadata }
  { name = libpipewire-module-spa-node-factory }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-access }
  { name = libpipewire-module-adapter }
  { name = libpipewire-module-link-factory }
  { name = libpipewire-module-session-manager }
$(cat)
]
END
  spawn "$1" "$place.log" env XDG_RUNTIME_DIR="$place" PIPEWIRE_RUNTIME_DIR="$place" \
    PIPEWIRE_CONFIG_DIR="$place" pipewire -c pipewire.conf
  runs "$!"
}

# pipewire_link MACHINE OPTION...
pipewire_link() {
  local place=$folder/pipewire.$1
  XDG_RUNTIME_DIR=$place PIPEWIRE_RUNTIME_DIR=$place timeout 5 pw-link "${@:2}" 2>/dev/null
}
# pipewire_join MACHINE FROM... TO...: as many of each.
pipewire_join() {
  local n ports=("${@:2}") half=$((($# - 1) / 2))
  for ((n = 0; n < half; n++)); do
    pipewire_link "$1" "${ports[n]}" "${ports[n + half]}" || true
  done
}
# has_ports MACHINE -i|-o PATTERN: 64 of them.
has_ports() { [ "$(pipewire_link "$1" "$2" | grep -c "$3")" = 64 ]; }

# Packets of less than a millisecond it makes only because no more fits into them. Its
# receiver tells sessions apart by their origin, in which the address is all that
# differs.
send_pipewire() {
  local n from=()
  for n in 1 2 3 4 5 6 7 8; do
    from+=(silence:monitor_AUX{0..7})
    on left ip addr replace "10.1.0.1$n/24" dev va
    cat <<END
  { name = libpipewire-module-rtp-sink args = { local.ifname = va source.ip = 10.1.0.1$n
    destination.ip = 239.69.1.$n destination.port = 5004 net.ttl = 32
    net.mtu = $(($1 * 48 * 24 / 1000)) sess.min-ptime = 0 sess.max-ptime = 1
    sess.name = s$n audio.format = S24BE audio.rate = 48000 audio.channels = 8
    audio.position = $eight stream.props = { node.name = sink-$n $pipewire_plain } } }
END
  done >"$folder/sinks"
  pipewire_daemon left "$1" silence 8 "$eight" <"$folder/sinks"
  wait_for 50 has_ports left -i '^sink-.:' || true
  pipewire_join left "${from[@]}" sink-{1..8}:input_AUX{0..7}
}

# Sessions are announced every five seconds.
receive_pipewire() {
  pipewire_daemon right "$1" hall 64 "[ $(printf 'AUX%d ' {0..63})]" <<END
  { name = libpipewire-module-rtp-source args = { local.ifname = vb sess.latency.msec = 5
    stream.props = { node.name = source $pipewire_plain }
    stream.rules = [ { matches = [ { rtp.session = "~.*" } ]
      actions = { create-stream = { sess.latency.msec = 5 } } } ] } }
END
  wait_for 100 has_ports right -o '^s.:output_' || true
  pipewire_join right s{1..8}:output_{1..8} hall:playback_AUX{0..63}
}
