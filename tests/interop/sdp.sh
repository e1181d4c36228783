#!/usr/bin/env bash
# sdp.sh - what we write is understood by other people's parsers as we mean it:
# sdpoker (the st2110 dialect), sdp-transform, GStreamer and ffmpeg (all of them),
# for one stream and for ST 2022-7.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/../net/world.sh"
npm=${VSC_NPM:-$VSC_SOURCE/build/npm}/node_modules
need jq node ffprobe gst-launch-1.0 gst-inspect-1.0
for package in sdpoker sdp-transform; do
  [ -d "$npm/$package" ] ||
    skip "no $package in build/npm: ./test interop installs it through npm"
done
gst-inspect-1.0 --exists sdpdemux || skip "GStreamer has no \"sdpdemux\""
ip route add 224.0.0.0/4 dev lo

# says ENCODING/RATE/CHANNELS PTIME LEGS: a session for us to say anew.
says() {
  local leg
  printf 'v=0\no=- 77 3 IN IP4 127.0.0.1\ns=a "b" <c>\nt=0 0\n'
  [ "$3" = 1 ] || printf 'a=group:DUP one two\n'
  for ((leg = 1; leg <= $3; leg++)); do
    printf 'm=audio 5%d04 RTP/AVP 97\nc=IN IP4 239.69.%d.9/32\n' "$leg" "$leg"
    printf 'a=rtpmap:97 %s\na=ptime:%s\n' "$1" "$2"
    printf 'a=source-filter: incl IN IP4 239.69.%d.9 127.0.0.1\n' "$leg"
    printf 'a=ts-refclk:%s\na=mediaclk:direct=0\n' "$clock"
    [ "$3" = 1 ] || printf 'a=mid:%s\n' "$([ "$leg" = 1 ] && echo one || echo two)"
  done
}

# What a parser that answers in JSON must have read: [[ENCODING, RATE, CHANNELS,
# ADDRESS, PORT], ...].
meant() {
  "$aes67" sdp check --json "$1" |
    jq -c '[.streams[] | [.encoding, .rate, .channels, .address, .port]]'
}

transform_reads() {
  NODE_PATH=$npm node -e '
    const sdp = require("sdp-transform");
    const s = sdp.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    console.log(JSON.stringify(s.media.map(m => [m.rtp[0].codec, m.rtp[0].rate,
      Number(m.rtp[0].encoding || 1), (m.connection || s.connection).ip.split("/")[0],
      m.port])));' "$1"
}

# has LINES PATTERN FILE
has() { [ "$(grep -c "$2" "$3" 2>/dev/null)" -ge "$1" ]; }

# listen LINES PATTERN COMMAND...: run it until its words have the pattern so
# often: it would wait for packets.
listen() {
  local lines=$1 pattern=$2
  shift 2
  spawn here "$folder/words" "$@"
  helpers=($!)
  wait_for 100 has "$lines" "$pattern" "$folder/words" || true
  kill -9 "${helpers[0]}" 2>/dev/null || true
  wait "${helpers[0]}" 2>/dev/null || true
}

# Encoding, rate and channels are what its caps have.
gst_reads() {
  listen "$2" 'caps: application.x-rtp' env GST_DEBUG=sdpdemux:5 \
    GST_DEBUG_NO_COLOR=1 \
    gst-launch-1.0 filesrc location="$1" ! sdpdemux ! fakesink
  sed -n 's/.*caps: application.x-rtp.*clock-rate=(int)\([0-9]*\), encoding-name=(string)\([A-Z0-9]*\), encoding-params=(string)\([0-9]*\).*/["\2",\1,\3]/p' \
    "$folder/words" | head -n "$2" | paste -sd, - | sed 's/.*/[&]/'
}

ffmpeg_reads() {
  listen "$2" 'audio channels set to' ffprobe -loglevel debug \
    -protocol_whitelist file,udp,rtp -i "$1"
  awk '/audio codec set to/ { codec = $NF } /audio samplerate set to/ { rate = $NF }
    /audio channels set to/ { print codec, rate, $NF }' "$folder/words" |
    paste -sd, -
}

# agrees PARSER GOT WANT
agrees() {
  [ "$2" = "$3" ] || {
    cat "$text" >&2
    fail "$1 reads $2 where we mean $3"
  }
}

# ffmpeg_name ENCODING: it knows no AM824 and says so.
ffmpeg_name() {
  case $1 in
    L16) echo pcm_s16be ;;
    L24) echo pcm_s24be ;;
    *) echo '(null)' ;;
  esac
}

text=$folder/said.sdp
# one ENCODING/RATE/CHANNELS PTIME LEGS DIALECT
one() {
  local encoding rate channels want ffmpeg strict=--duplicate
  IFS=/ read -r encoding rate channels <<<"$1"
  says "$1" "$2" "$3" >"$folder/source.sdp"
  "$aes67" sdp show "$folder/source.sdp" --dialect "$4" >"$text" ||
    fail "cannot say $*"
  want=$(meant "$text")
  agrees sdp-transform "$(transform_reads "$text")" "$want"
  agrees GStreamer "$(gst_reads "$text" "$3")" "$(jq -c 'map(.[:3])' <<<"$want")"
  ffmpeg="$(ffmpeg_name "$encoding") $rate $channels"
  [ "$3" = 1 ] || ffmpeg+=,$ffmpeg
  agrees ffmpeg "$(ffmpeg_reads "$text" "$3")" "$ffmpeg"
  [ "$4" = st2110 ] || return 0
  [ "$3" = 2 ] || strict=
  # Of its older rules, the rates that are out of its scope are refused.
  case $encoding/$rate in
    L24/44100 | L16/96000 | AM824/*) return 0 ;;
  esac
  # shellcheck disable=SC2086 # nothing, or one word
  node "$npm/sdpoker/sdpoker.js" --checkEndings --whitespace $strict "$text" >"$folder/sdpoker.log" 2>&1 ||
    { cat "$text" >&2; fail "sdpoker refuses $*"; }
  count=$((count + 1))
}

clock=ptp=IEEE1588-2008:00-1D-C1-FF-FE-50-36-33:0
count=0
for dialect in aes67 dante st2110; do
  for legs in 1 2; do
    for format in L24/48000/8 L16/48000/2 L24/96000/4 AM824/48000/16; do
      one "$format" 0.125 "$legs" "$dialect"
    done
  done
  one L24/48000/1 1 1 "$dialect"
  one L16/44100/2 1.09 1 "$dialect"
  one L24/48000/2 0.333 1 "$dialect"
  clock=localmac=02-00-00-00-00-01
  one L24/48000/2 4 1 "$dialect"
  clock=ptp=IEEE1588-2008:00-1D-C1-FF-FE-50-36-33:0
done
[ "$count" -ge 8 ] || fail "sdpoker saw only $count descriptions"

# And it would have told.
one L24/48000/8 1 1 st2110
sed -i /mediaclk/d "$text"
! node "$npm/sdpoker/sdpoker.js" "$text" >"$folder/sdpoker.log" 2>&1 ||
  fail "sdpoker accepts a stream without a media clock"
say "$count descriptions judged by sdpoker"
