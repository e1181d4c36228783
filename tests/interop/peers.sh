# peers.sh - what the scripts of tests/interop share, beyond tests/net/world.sh: an
# engine on the machine "left", somebody else's program on the machine "right",
# and the judgement of the noise that went from one to the other. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=tests/net/world.sh
source "${VSC_SOURCE:?where the sources are}/tests/net/world.sh"

# A tenth of a second without one lost or silent frame must be among what was
# heard. A busy machine may not be in time for each of them, but for some:
# therefore there are several seconds, and several attempts.
run_wanted=$((rate / 10))
attempts=4
listen_seconds=4

need jq timeout
a_cable
on right ip route add 239.0.0.0/8 dev vb

# profile NAME BASE STREAM: BASE with the one stream NAME, in the folder. What is
# exact is asked here, not what is quick: there is time to answer.
profile() {
  local n
  {
    printf 'include = %s\n[device]\nheadroom = 480\n' "$2"
    for n in 1 2 3 4 5 6 7 8; do
      [ "$3" = "tx$n" ] || printf '[send tx%s]\nenabled = no\n' "$n"
      [ "$3" = "rx$n" ] || printf '[receive rx%s]\nenabled = no\n' "$n"
    done
  } >"$folder/$1.ini"
}

# noise CHANNELS: the file of a second of noise for that many.
noise() {
  [ -e "$folder/noise$1.raw" ] || "$tools/noise" write "$1" 1 >"$folder/noise$1.raw"
  printf '%s\n' "$folder/noise$1.raw"
}

# is_exact FILE CHANNELS [SOURCE,...]: raw s24le: nothing in it but the noise and
# silence, and enough of the noise without a break. A peer's file closes the gaps that
# lost packets leave: the search finds its place again behind them, and what is
# then not found is wrong.
is_exact() {
  local exact silent wrong longest alignments
  read -r _ _ exact _ silent _ wrong _ longest _ _ _ _ _ alignments _ < \
    <("$tools/noise" search "$2" "$2" 1 "${@:3}" <"$1")
  say "  $exact frames exact, $silent silent, $wrong wrong; $longest in a row;" \
    "aligned $alignments times"
  [ "$wrong" = 0 ] || fail "$wrong wrong frames"
  [ "$longest" -ge "$run_wanted" ]
}

# try COMMAND...: until it has delivered.
try() {
  local n
  for ((n = 1; n <= attempts; n++)); do
    ! "$@" || return 0
  done
  fail "not in $attempts attempts"
}

# --- ours to theirs

# we_send BASE COMMAND [SOURCE,...]: the 8 channels of tx1; COMMAND SDP RAW writes
# what the machine "right" hears, whose channels are those SOURCEs.
we_send() {
  say "$1"
  profile "$1.tx1" "$1" tx1
  engine left a "$folder/$1.tx1.ini"
  "$aes67" sdp show tx1 --instance a >"$folder/tx1.sdp"
  spawn here "$folder/play.log" "$aes67" play --instance a --loop \
    --format s24le --channels 1-8 "$(noise 8)"
  player_pid[a]=$!
  wait_for 100 has_sent || fail "nothing is sent"
  try is_heard_by_peer "${@:2}"
  ask a '.senders[0] | "  sender: \(.packets) packets, \(.late) late," +
    " \(.skipped) skipped, \(.underrun_frames) frames underrun"' >&2
  hush a
  stop a
}

has_sent() { [ "$(ask a '.senders[0].packets')" -gt 0 ]; }

is_heard_by_peer() {
  rm -f "$folder/heard.raw"
  "$1" "$folder/tx1.sdp" "$folder/heard.raw"
  [ -s "$folder/heard.raw" ] || fail "the peer has written nothing"
  is_exact "$folder/heard.raw" 8 "${@:2}"
}

# --- theirs to ours

# they_send CHANNELS ADDRESS COMMAND: COMMAND RAW ADDRESS is run on the machine
# "right" and sends, in a loop, until it is killed.
they_send() {
  profile rx1 interop rx1
  engine left b "$folder/rx1.ini" --set "receive rx1.address=$2" \
    --set "receive rx1.channels=1-$1" --set "receive rx1.rtp_offset=auto" \
    --set stream.link_offset=20ms
  "$3" "$(noise "$1")" "$2"
  try is_heard_by_us "$1"
  stop b
}

is_heard_by_us() {
  # 3: some frames were silent.
  "$aes67" record --instance b --seconds "$listen_seconds" --format s24le \
    --channels "1-$1" - >"$folder/heard.raw" 2>"$folder/record.log" ||
    [ $? = 3 ] || fail "record ended with $?"
  ask b '.receivers[0] | "  receiver: \(.packets) packets, \(.lost) lost," +
    " \(.late) late, \(.skipped) skipped, \(.malformed) malformed"' >&2
  is_exact "$folder/heard.raw" "$1"
}

# RTP says nothing about loudspeakers, yet rtpL24depay takes eight channels for a
# 7.1 set and sorts them. How, it says itself: which of ours becomes its n-th.
order_of_gst() {
  printf '%b' '\1\0\0\2\0\0\3\0\0\4\0\0\5\0\0\6\0\0\7\0\0\10\0\0' >"$folder/order"
  gst-launch-1.0 -q filesrc location="$folder/order" ! queue ! \
    "audio/x-raw,format=S24LE,layout=interleaved,rate=$rate,channels=8,channel-mask=(bitmask)0" ! \
    rawaudioparse use-sink-caps=true ! audioconvert ! rtpL24pay ! \
    rtpL24depay ! audioconvert ! audio/x-raw,format=S24LE ! \
    filesink location="$folder/sorted" >"$folder/gst.log" 2>&1 ||
    fail "gst-launch-1.0 ended with $?"
  od -An -v -tu1 -w3 "$folder/sorted" | awk '{ print $1 }' | paste -sd, -
}
