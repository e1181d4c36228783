#!/usr/bin/env bash
# stream.sh - "aes67 stream": a file goes out through a sender of its own, bit for
# bit and to its last frame, beside what plays on every channel of the device; the
# sender is gone with the command, however that ends, and nothing of it is kept.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

a_cable
offset=(--set stream.link_offset=20ms)
engine left a interop "${offset[@]}"
# The last eight inputs make room for it; what is played on them goes nowhere.
printf '%s\n' 'include = interop' '[engine]' 'side = b' '[receive rx8]' 'enabled = no' \
  '[receive song]' 'address = 239.69.9.9' 'channels = 57-58' >"$folder/b.ini"
engine right b "$folder/b.ini" "${offset[@]}"

file_seconds=4
file_frames=$((file_seconds * rate))
"$tools/noise" write 2 7 >"$folder/second"
for ((n = 0; n < file_seconds; n++)); do
  cat "$folder/second"
done >"$folder/song.raw"
raw=(--format s24le --channels 2)

# stream OPTION...: of the file, in the background.
stream() {
  : >"$folder/stream" # what the one before said is not ours
  spawn here "$folder/stream" "$aes67" stream --instance a "$@" \
    --address 239.69.9.9 "$folder/song.raw"
  streamer=$!
  helpers+=("$streamer")
}

senders() { ask a '[.senders[].name] | join(" ")'; }
has_sender() { [[ " $(senders) " == *" song "* ]]; }
has_none() { ! has_sender; }

is_sending() { grep -q '^sending' "$folder/stream"; }

# begun: it is there, has its own shared memory, and says so.
begun() {
  wait_for 30 is_sending || fail "it does not begin: $(cat "$folder/stream")"
  has_sender || fail "there is no sender: $(senders)"
  mapfile -t memory < <(awk '$6 ~ "^/dev/shm/" { print $6 }' "/proc/$streamer/maps" | sort -u)
  [ ${#memory[@]} = 2 ] || fail "it has mapped: ${memory[*]}"
}

# ended CODE...: and the sender with it.
ended() {
  local code=0 name
  wait "$streamer" || code=$?
  [[ " $* " == *" $code "* ]] || fail "stream: exit $code, not $*: $(cat "$folder/stream")"
  wait_for 10 has_none || fail "the sender is still there: $(senders)"
  for name in "${memory[@]}"; do
    [ ! -e "$name" ] || fail "its shared memory is still there: $name"
  done
}

# refused CODE WORDS OPTION...: and told why.
refused() {
  local code=0
  timeout 20 "$aes67" stream --instance a "${@:3}" >"$folder/stream" 2>&1 \
    </dev/null || code=$?
  [ "$code" = "$1" ] || fail "stream ${*:3}: exit $code, not $1"
  grep -qF -- "$2" "$folder/stream" || fail "not told: $2: $(cat "$folder/stream")"
}

before=$(senders)
play a 1
listen b 1 $((file_seconds + 6))
sleep 1

say "a file, while 64 channels play"
"$aes67" record --instance b --channels 57-58 --seconds $((file_seconds + 3)) \
  --format s24le - 2>"$folder/record.song" </dev/null |
  "$tools/noise" compare 2 2 7 >"$folder/heard.song" &
recorder=$!
helpers+=("$recorder")
sleep 1
stream "${raw[@]}"
begun
grep -q 'sending .* as stream "song": 2 channels L24, 1 ms packets, to 239.69.9.9:5004; .*aes67 sdp show "song"' \
  "$folder/stream" || fail "$(cat "$folder/stream")"
ask a '.senders[] | select(.name == "song") | .client.app' | grep -q 'aes67 stream' ||
  fail "whose it is, is not told"
"$aes67" sdp show song --instance a >"$folder/song.sdp"
"$aes67" sdp check --json "$folder/song.sdp" |
  jq -e '.ok and .streams[0] == (.streams[0] + {channels: 2, address: "239.69.9.9", port: 5004})' \
    >/dev/null || fail "$(cat "$folder/song.sdp")"
[ "$("$aes67" route show --instance a --json | jq '.routes | length')" = 16 ] ||
  fail "it is among the device's routes"
refused 2 'there is a stream "song" already' "${raw[@]}" --address 239.69.9.8 "$folder/song.raw"
refused 2 'address: "song" sends to the same address and port' "${raw[@]}" --address 239.69.9.9 \
  --name other "$folder/song.raw"
# A change of the engine's own streams leaves it alone.
"$aes67" configure --instance a --set "send tx9.address=239.69.9.1" \
  --set "send tx9.channels=1-8" 2>/dev/null
"$aes67" configure --instance a --remove "send tx9" 2>/dev/null
has_sender || fail "gone with a change of others"
late=$(ask a '.senders[] | select(.name == "song") | .skipped * 48')
code=0
wait "$streamer" || code=$?
[ "$code" = 0 ] || [ "$code" = 3 ] || fail "exit $code: $(cat "$folder/stream")"
wait_for 10 has_none || fail "the sender is still there"
wait "$recorder" || true
played=$(said stream frames)
[ "$played" = "$file_frames" ] || fail "played $played of $file_frames frames"
read -r _ _ exact _ _ _ wrong _ _ _ first _ <"$folder/heard.song"
lost=$(ask b '.receivers[] | select(.name == "song") | .lost_frames + .skipped_frames')
own=$(($(said stream silent) + $(said stream late) + $(said record.song late)))
say "song: $exact exact of $file_frames, $wrong wrong ($lost lost on the way, $own in play and record)"
[ "$wrong" = 0 ] || fail "$wrong wrong frames"
[ "$exact" -ge $((rate / 2)) ] || fail "only $exact frames are exact"
[ $((exact + lost + own + late)) -ge "$file_frames" ] || fail "$file_frames frames were played"
if [ "$exact" = "$file_frames" ]; then
  place=$(($(said record.song position) + first - $(said stream position)))
  [ "$place" = 960 ] || fail "the file is $place frames late, the link offset is 960"
fi

say "what else played"
heard b
hush a
judge a b 50 1 2 3 4 5 6 7

say "the end by a signal"
for signal in INT TERM KILL; do
  stream "${raw[@]}" --loop --name song --port 5006 --packet-time 4ms --encoding L16
  begun
  ask a '.senders[] | select(.name == "song") | "\(.address) \(.encoding) \(.packet_time_ns)"' |
    grep -qx '239.69.9.9:5006 L16 4000000' || fail "not as wished: $(ask a '.senders[-1]')"
  kill -$signal "$streamer"
  if [ $signal = KILL ]; then
    ended 137
  else
    ended 0 3 # 3: a busy machine was late
  fi
done
[ "$(senders)" = "$before" ] || fail "the senders were $before, they are $(senders)"

# outlives_engine HOW: a sender sends, though no application has the device open;
# its engine ends, and the command says so.
outlives_engine() {
  local code=0 name
  stream "${raw[@]}" --loop
  begun
  sleep 1
  [ "$(ask a '.senders[-1].packets')" -gt 100 ] || fail "nothing is sent: $(ask a '.senders[-1]')"
  if [ "$1" = stop ]; then
    stop a
  else
    kill -9 "${engine_pid[a]}"
    wait "${engine_pid[a]}" 2>/dev/null || true
    sleep 1.2 # until its heart has been still for long enough
  fi
  wait "$streamer" || code=$?
  [ "$code" = 4 ] || fail "exit $code, not 4: $(cat "$folder/stream")"
  grep -q 'the engine of instance "a" has ended' "$folder/stream" || fail "$(cat "$folder/stream")"
  engine left a interop "${offset[@]}"
  [ "$(senders)" = "$before" ] || fail "something was kept: $(senders)"
  for name in "${memory[@]}"; do
    [ ! -e "$name" ] || fail "its shared memory is still there: $name"
  done
}

say "the engine ends"
outlives_engine stop
say "the engine dies"
outlives_engine crash

say "mistakes"
head -c 4800 "$folder/second" >"$folder/short.raw"
refused 2 'say where to: --address' "$folder/short.raw"
refused 2 'not both' --stream tx1 --port 5004 "$folder/short.raw"
refused 2 'raw samples need --channels' --address 239.1.1.1 --format s24le "$folder/short.raw"
refused 2 '--channels is for raw samples' --address 239.1.1.1 --channels 2 "$folder/short.raw"
refused 2 'address: "239.1.1" is not an IPv4 address' --address 239.1.1 "${raw[@]}" "$folder/short.raw"
refused 2 'port: "0" is not in 1..65535' --address 239.1.1.1 --port 0 "${raw[@]}" "$folder/short.raw"
refused 2 'packet_time: "1" has no unit' --address 239.1.1.1 --packet-time 1 "${raw[@]}" \
  "$folder/short.raw"
refused 2 'address: "tx1" sends to the same address and port' --address 239.69.1.1 "${raw[@]}" "$folder/short.raw"
refused 2 'there is a stream "tx1" already' --address 239.1.1.1 --name tx1 "${raw[@]}" \
  "$folder/short.raw"
refused 2 'packet_time: a packet of 64 channels would hold' --address 239.1.1.1 --format s24le --channels 64 "$folder/short.raw"
refused 2 'encoding: "codec-l23": no such module' --address 239.1.1.1 --encoding L23 "${raw[@]}" \
  "$folder/short.raw"
refused 5 'no sender is named "x"' --stream x "$folder/short.raw"
refused 5 'no-such-file' --address 239.1.1.1 "$folder/no-such-file"
[ "$(senders)" = "$before" ] || fail "something was left: $(senders)"

say "through a sender that is there"
"$tools/noise" write 8 7 >"$folder/eight"
head -c 240000 "$folder/eight" >"$folder/eight.raw"
code=0
"$aes67" stream --instance a --stream tx1 --format s24le "$folder/eight.raw" \
  >"$folder/stream" 2>&1 </dev/null || code=$?
[ "$code" = 0 ] || [ "$code" = 3 ] || fail "exit $code: $(cat "$folder/stream")"
stop a
stop b
