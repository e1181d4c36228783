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

# Each: send_NAME PACKET_US, receive_NAME PACKET_US; the pid is added to pids.

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
  pids+=("$!")
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
  pids+=("$!")
}

send_ffmpeg() {
  local n frames=$(($1 * 48 / 1000)) outputs=()
  for n in 1 2 3 4 5 6 7 8; do
    outputs+=(-map 0:a -c:a pcm_s24be -payload_type 96 -f rtp
      "rtp://239.69.1.$n:$((5000 + 4 * n))?ttl=32&pkt_size=$((12 + frames * 24))&localaddr=10.1.0.1")
  done
  spawn left "$folder/ffmpeg-send.log" ffmpeg -hide_banner -loglevel error -nostdin -re -f lavfi \
    -i "aevalsrc=0|0|0|0|0|0|0|0:s=48000:n=$frames" "${outputs[@]}"
  pids+=("$!")
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
  pids+=("$!")
}

# A daemon with a graph of its own: silence and eight senders. It announces all of them
# as one session, and receives only what is announced: so its receivers are left out.
pipewire_profile() {
  local n frames=$(($1 * 48 / 1000)) time
  time=$(awk "BEGIN { print $1 / 1000 }")
  local position='[ AUX0 AUX1 AUX2 AUX3 AUX4 AUX5 AUX6 AUX7 ]'
  local plain='node.group = g node.always-process = true node.autoconnect = false
    adapter.auto-port-config = { mode = dsp monitor = true control = false position = preserve }'
  cat <<END
context.properties = { core.daemon = true core.name = pipewire-0 log.level = 1
  default.clock.rate = 48000 default.clock.power-of-two-quantum = false
  default.clock.quantum = $frames default.clock.min-quantum = $frames default.clock.max-quantum = $frames }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert
  support.* = support/libspa-support }
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
END
  for n in 1 2 3 4 5 6 7 8; do
    cat <<END
  { name = libpipewire-module-rtp-sink args = { local.ifname = va source.ip = 10.1.0.1
    destination.ip = 239.69.1.$n destination.port = 5004 net.ttl = 32 net.mtu = 1460
    sess.name = s$n sess.min-ptime = $time sess.max-ptime = $time audio.format = S24BE
    audio.rate = 48000 audio.channels = 8 audio.position = $position
    stream.props = { node.name = sink-$n ${plain/monitor = true/monitor = false} } } }
END
  done
  cat <<END
]
context.objects = [
  { factory = spa-node-factory args = { factory.name = support.node.driver
    node.name = driver node.group = g priority.driver = 20000 } }
  { factory = adapter args = { factory.name = support.null-audio-sink node.name = silence
    media.class = Audio/Sink audio.rate = 48000 audio.position = $position
    object.linger = true $plain } } ]
END
}

pipewire_link() {
  XDG_RUNTIME_DIR=$folder/pipewire PIPEWIRE_RUNTIME_DIR=$folder/pipewire timeout 5 pw-link "$@" 2>/dev/null
}
has_inputs() { [ "$(pipewire_link -i | grep -c '^sink-.:')" = 64 ]; }

send_pipewire() {
  local n c place=$folder/pipewire pid
  rm -rf "$place"
  mkdir -p "$place"
  pipewire_profile "$1" >"$place/pipewire.conf"
  spawn left "$place.log" env XDG_RUNTIME_DIR="$place" PIPEWIRE_RUNTIME_DIR="$place" \
    PIPEWIRE_CONFIG_DIR="$place" pipewire -c pipewire.conf
  pid=$!
  wait_for 50 has_inputs || true
  for n in 1 2 3 4 5 6 7 8; do
    for c in 0 1 2 3 4 5 6 7; do
      pipewire_link "silence:monitor_AUX$c" "sink-$n:input_AUX$c" || true
    done
  done
  pids+=("$pid")
}
receive_pipewire() { :; }
