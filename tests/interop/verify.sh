#!/usr/bin/env bash
# verify.sh - "aes67 verify" of clean streams: ours, GStreamer's, ffmpeg's at its best,
# and ffmpeg as people run it, which sends 1024 frames at once: that is told. How
# punctual this machine is, is judged by nobody.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need ffmpeg gst-launch-1.0

# verdict NAME FILE|STREAM: what the engine on the left hears of it.
verdict() {
  local code=0
  on left "$aes67" verify "$2" --instance a --seconds 4 --json >"$folder/$1" 2>"$folder/$1.log" || code=$?
  [ "$code" -le 1 ] || fail "$1: exit $code: $(cat "$folder/$1.log")"
  say "$1: $(jq -c '[.streams[].checks[] | select(.verdict != "pass")]' "$folder/$1")"
}
# clean NAME: nothing is wrong with it but, maybe, when it came. Nobody's packets are
# lost on a cable, but a machine that sleeps leaves some out.
clean() {
  [ "$(jq -r '[.streams[].checks[] | select(.verdict != "pass") |
    select([.check] | inside(["ts-df", "spacing", "drift", "lead", "loss"]) | not)] | length' \
    "$folder/$1")" = 0 ] || fail "$1: $(jq -c '.streams[].checks' "$folder/$1")"
  [ "$(jq '.streams[0].figures.packets' "$folder/$1")" -gt 100 ] || fail "$1: hardly any packets"
}
# described NAME ADDRESS TTL RTPMAP: as their programs would write it, if they did.
described() {
  printf 'v=0\r\no=- 1 1 IN IP4 10.1.0.2\r\ns=%s\r\nc=IN IP4 %s/%s\r\nt=0 0\r\nm=audio 5004 RTP/AVP %s\r\na=rtpmap:%s\r\n' \
    "$1" "$2" "$3" "${4%% *}" "$4" >"$folder/$1.sdp"
}
# ffmpeg_says NAME ADDRESS OPTION...: two channels of a sine.
ffmpeg_says() {
  spawn right "$folder/$1.log" ffmpeg -nostdin -loglevel warning "${@:3}" \
    -ac 2 -c:a pcm_s24be -f rtp -payload_type 97 -sdp_file "$folder/$1.sdp" \
    "rtp://$2:5004?ttl=16&pkt_size=300&dscp=34&localaddr=10.1.0.2"
  helpers+=($!)
  wait_for 100 test -s "$folder/$1.sdp" || fail "ffmpeg describes nothing"
}

engine left a interop --set stream.when=always
engine right b interop --side b --set stream.when=always
verdict ours rx1
clean ours

spawn right "$folder/gst.log" gst-launch-1.0 -q audiotestsrc is-live=true samplesperbuffer=48 ! \
  audio/x-raw,format=S24BE,rate=48000,channels=8 ! \
  rtpL24pay pt=98 min-ptime=1000000 max-ptime=1000000 ! \
  udpsink host=239.69.7.3 port=5004 multicast-iface=vb ttl-mc=32 qos-dscp=34
helpers+=($!)
described gstreamer 239.69.7.3 32 "98 L24/48000/8"
verdict gstreamer "$folder/gstreamer.sdp"
clean gstreamer

ffmpeg_says paced 239.69.7.1 -f lavfi -i sine=1000:sample_rate=48000 -af asetnsamples=n=64:p=0,arealtime
verdict paced "$folder/paced.sdp"
clean paced
ffmpeg_says bursts 239.69.7.2 -re -f lavfi -i sine=1000:sample_rate=48000
verdict bursts "$folder/bursts.sdp"
clean bursts
jq -e '.streams[0].checks[] | select(.check == "ts-df") | .verdict == "fail" and (.reason | endswith("bursts"))' \
  "$folder/bursts" >/dev/null || fail "bursts are not told"
