#!/usr/bin/env bash
# figures.sh [ROW]... - what the engine takes, beside the bound of this machine
# (bound_linux.c) and other programs that do the job (peers.sh): one table. Two
# machines and a cable, all of them namespaces. What is compared runs by turns, in the
# same minute; a ratio is the median of those of the turns. In a network namespace
# (tests/net/in-namespace). Without a ROW: all of all_rows, which takes 12 minutes.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/bench/peers.sh
source "$(dirname "$0")/peers.sh"
need jq awk

all_rows="codec cpu below streams dropouts waking start memory"
bound=$VSC_BUILD/tests/bench/bound
tap=$VSC_BUILD/tests/bench/libtap.so
turns=5 # ours and the bound, each after the other
window=2 # s of a turn
outage=120 # s of drop-outs
[ -z "${VSC_LONG:-}" ] || turns=15 window=4 outage=600

# quantile SHARE: of the numbers on stdin.
quantile() {
  sort -g | awk -v q="$1" '{ x[NR] = $1 } END { if (NR) print x[int((NR - 1) * q) + 1] }'
}
median() { printf '%s\n' "$@" | quantile 0.5; }

# row WHAT OURS BOUND RATIO [GSTREAMER [PIPEWIRE [FFMPEG]]]
row() {
  printf '| %-40s | %-17s | %-17s | %-5s | %-15s | %-15s | %-15s |\n' "$1" "$2" "$3" \
    "${4:--}" "${5:--}" "${6:--}" "${7:--}"
}

# look WANTED PID...: over the window, how many CPU seconds they take in a second, and
# which share of so many packets a second comes to the machine right: "LOAD SHARE".
look() {
  local cpu came time
  came=$(packets right vb rx)
  cpu=$(cpu_ns "${@:2}")
  time=${EPOCHREALTIME/./}
  sleep "$window"
  cpu=$(($(cpu_ns "${@:2}") - cpu))
  time=$((${EPOCHREALTIME/./} - time))
  came=$(($(packets right vb rx) - came))
  echo "$(ratio_of "$cpu" "1000 * $time" %.5f) $(ratio_of "$came * 1e6" "$1 * $time" %.4f)"
}

# with_share LOAD SHARE: the share where not all packets came.
with_share() {
  awk -v load="$1" -v share="$2" \
    'BEGIN { printf share < 0.95 ? "%.4f (%.0f%%)\n" : "%.4f\n", load, 100 * share }'
}

# ratio_of A B [FORMAT]
ratio_of() { awk "BEGIN { printf \"${3:-%.2f}\", ($2) ? ($1) / ($2) : 0 }"; }

# --- the two, each on both machines; who runs is in pids

# A profile of COUNT streams of CHANNELS each way.
streams_profile() {
  local n
  printf '[engine]\ninterface = auto\n[device]\ninputs = %d\noutputs = %d\n' $(($1 * $2)) $(($1 * $2))
  for ((n = 1; n <= $1; n++)); do
    printf '[%s]\nchannels = %d-%d\naddress = %s\n' \
      "send tx$n" $(($2 * n - $2 + 1)) $(($2 * n)) "239.69.1.$n" \
      "receive rx$n" $(($2 * n - $2 + 1)) $(($2 * n)) "239.69.2.$n"
  done
}

# ours PROFILE PACKET_US [OPTION...]: tapped where TAP says so.
ours() {
  local options=(--set stream.when=always --set "stream.packet_time=${2}us"
    --set stream.link_offset=3ms "${@:3}")
  LD_PRELOAD=${TAP:+$tap} engine left a "$1" "${options[@]}"
  TAP='' engine right b "$1" --side b "${options[@]}"
  pids=("${engine_pid[a]}" "${engine_pid[b]}")
}

ours_end() {
  stop a
  stop b
}

# the_bound PACKET_US SECONDS STREAMS CHANNELS [DELAY_US...]: what they say is in
# $folder/bound.a and .b.
the_bound() {
  local frames=$(($1 * 48 / 1000))
  LD_PRELOAD=${TAP:+$tap} spawn left "$folder/bound.a" \
    "$bound" run va a "$3" "$4" "$frames" "$2" "${@:5}"
  pids=("$!")
  TAP='' spawn right "$folder/bound.b" \
    "$bound" run vb b "$3" "$4" "$frames" "$2" "${@:5}"
  pids+=("$!")
}

# The bound or a peer, before its time.
pids_end() {
  kill "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true
}

# turns_of PACKET_US STREAMS CHANNELS PROFILE [OPTION...]: a line a turn in
# $folder/turns: CPU of both machines and the share of packets that came, of ours, who
# has the streams of PROFILE, and of the bound.
turns_of() {
  local n
  for ((n = 0; n < turns; n++)); do
    ours "$4" "$1" "${@:5}"
    sleep 0.5
    look "$(ask a ".senders | length * 1000000 / $1")" "${pids[@]}"
    ours_end
    the_bound "$1" 60 "$2" "$3"
    sleep 0.5
    look "$(($2 * 1000000 / $1))" "${pids[@]}"
    pids_end
  done >"$folder/looks"
  paste - - <"$folder/looks" >"$folder/turns"
}

# of_turns EXPRESSION: its median; for one machine.
of_turns() {
  awk "{ ours = \$1 / 2; came = \$2; bound = \$3 / 2; bound_came = \$4; print $1 }" \
    "$folder/turns" | quantile 0.5
}
# For the sound that came, since a machine that is too slow does without some.
ratio_of_turns() { printf %.2f "$(of_turns 'ours / came / (bound / bound_came)')"; }

# --- peers

# of_peers PACKET_US WHAT: prints what the function WHAT says of its pids, while each
# peer runs; a word a peer.
of_peers() {
  local peer
  for peer in $peers; do
    if ! has_peer "$peer"; then
      echo -
      continue
    fi
    pids=()
    "send_$peer" "$1"
    "receive_$peer" "$1"
    sleep 3
    "$2" "$1"
    pids_end
  done
}

load_of_peer() {
  local load share
  read -r load share < <(look $((8000000 / $1)) "${pids[@]}")
  with_share "$load" "$share"
}

memory_of() {
  local pid
  for pid in "$@"; do
    awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"
  done | awk '{ sum += $1 } END { printf "%.1f\n", sum / 1024 }'
}
memory_of_peer() { memory_of "${pids[@]}"; }

# --- rows

row_codec() {
  local shape
  "$VSC_BUILD/tests/bench/bench_codec" >"$folder/codec"
  for shape in " 8 x 12" "64 x 12" " 8 x 48"; do
    awk -v shape="L24 $shape" '
      $0 == shape { is = 1; next }
      /^L/ { is = 0 }
      is && $2 == "decode" && !d { d = $3; sub(/.*encode +/, ""); e = $1 }
      is && $1 == "memcpy" { printf "%s / %s\n%s\n%.2f\n", d, e, $2, (d + e) / 2 / $2 }
    ' "$folder/codec" >"$folder/one"
    mapfile -t one <"$folder/one"
    row "L24 ${shape# }: decode / encode, ns; memcpy" "${one[@]}"
  done
}

# cpu_row WORDS PACKET_US PROFILE [OPTION...]: peers that are to be beside it are in
# others.
cpu_row() {
  turns_of "$2" 8 8 "${@:3}"
  row "CPU s/s, 64 x 64, $1" "$(with_share "$(of_turns ours)" "$(of_turns came)")" \
    "$(with_share "$(of_turns bound)" "$(of_turns bound_came)")" "$(ratio_of_turns)" \
    "${others[@]}"
}

row_cpu() {
  local time others
  for time in 1000 250 125; do
    others=()
    [ "$time" = 125 ] || mapfile -t others < <(of_peers "$time" load_of_peer)
    cpu_row "$time us" "$time" low-latency
  done
}

# What the bound does not do: streams of 32 channels, and AF_XDP.
row_below() {
  local others=() xdp=(--set "transport rtp.xdp=yes")
  cpu_row "250 us, wide" 250 wide
  ours low-latency 250 "${xdp[@]}"
  ours_end
  if grep -q '(AF_XDP)' "$folder/a.log"; then
    cpu_row "250 us, xdp" 250 low-latency "${xdp[@]}"
    cpu_row "250 us, wide, xdp" 250 wide "${xdp[@]}"
  else
    say "no AF_XDP here: $(grep AF_XDP "$folder/a.log")"
  fi
}

# As many come as go.
row_streams() {
  local count
  for count in 1 8 64; do
    streams_profile "$count" 2 >"$folder/streams.ini"
    turns_of 1000 "$count" 2 "$folder/streams.ini"
    row "CPU us a packet, $count of 2 channels, 1 ms" \
      "$(of_turns "int(ours / came * 5e4 / $count + 0.5) / 100")" \
      "$(of_turns "int(bound / bound_came * 5e4 / $count + 0.5) / 100")" "$(ratio_of_turns)"
  done
}

# By turns of 30 s, since it disturbs an engine to be asked how many it had, which the
# bound is not; their drop-outs are added: of both machines, and each stream has
# another link offset. Of the bound, 4 frames more, which the engine grants itself; it
# counts nothing of its first second, either. While ours are counted nothing runs but
# who asks them twice.
row_dropouts() {
  local delays=(500 750 1000 2000 3000 5000 10000 20000) options=() late=() n
  for n in "${!delays[@]}"; do
    options+=(--set "receive rx$((n + 1)).link_offset=${delays[n]}us")
    late+=($((delays[n] + 83)))
  done
  for ((n = 0; n < outage; n += 30)); do
    ours low-latency 250 "${options[@]}"
    sleep 1
    counters before
    sleep 30
    counters after
    ours_end
    dropouts -1 before
    dropouts 1 after
    the_bound 250 30 8 8 "${late[@]}"
    wait "${pids[@]}"
    awk '{ print "bound", $1 * 1000 - 83, $4 }' "$folder"/bound.[ab]
  done >"$folder/dropouts"
  # Of two machines: half a machine's.
  awk -v seconds="$outage" '
    { sum[$1, $2] += $3; delay[$2] }
    END { for (d in delay) print d, sum["ours", d] * 30 / seconds, sum["bound", d] * 30 / seconds,
      sum["bound", d] < 30 ? "-" : sprintf("%.2f", sum["ours", d] / sum["bound", d]) }
  ' "$folder/dropouts" | sort -n | while read -r delay mine his ratio; do
    row "drop-outs a minute, link offset $(ratio_of "$delay" 1000) ms" "$mine" "$his" "$ratio"
  done
}

# counters WORD: of both engines so far.
counters() {
  local side
  for side in a b; do
    "$aes67" stats --json --instance $side >"$folder/$1.$side"
  done
}

# dropouts SIGN WORD: of each receiver, in those counters.
dropouts() {
  jq -r ".receivers[] | \"ours \(.link_offset_ns / 1000) \(.dropouts * $1)\"" "$folder/$2".[ab]
}

# The instrument is the same for both (tap_linux.c), and 10 s each.
row_waking() {
  local n
  for n in 1 2 3; do
    TAP=$folder/tap.ours ours low-latency 250
    sleep 5
    ours_end
    TAP=$folder/tap.bound the_bound 250 5 8 8
    wait "${pids[@]}"
    sed 's/^/ours /' "$folder/tap.ours"
    sed 's/^/bound /' "$folder/tap.bound"
    printf 'bare wake %s\n' "$("$bound" sleep 250 5)"
  done >"$folder/taps"
  tapped wake "wake-up late" bound
  tapped wake "the same, bare thread" bare
  tapped wire "due to wire, 8 packets" bound
  tapped ring "wire to timeline" bound
}

# tapped WHAT WORDS WHOSE: medians of the turns.
tapped() {
  local column who found=()
  for who in ours "$3"; do
    found+=("$(for column in 3 4 5; do
      awk -v who="$who" -v what="$1" -v c=$column '$1 == who && $2 == what { print $c }' \
        "$folder/taps" | quantile 0.5
    done | paste -sd' ')")
  done
  row "$2, us p50 p99 p99.9" "${found[@]}" "$(ratio_of "${found[0]%% *}" "${found[1]%% *}")"
}

# From the command to its first packet.
row_start() {
  local n all_ours=() all_bound=() others=() peer
  for ((n = 0; n < turns; n++)); do
    listen_for_first
    ours low-latency 250
    all_ours+=("$(first_came)")
    ours_end
    listen_for_first
    the_bound 250 1 8 8
    all_bound+=("$(first_came)")
    wait "${pids[@]}"
  done
  for peer in $peers; do
    others+=("$(! has_peer "$peer" || first_of "$peer")")
  done
  all_ours=("$(median "${all_ours[@]}")")
  all_bound=("$(median "${all_bound[@]}")")
  row "start to first packet, ms" "${all_ours[0]}" "${all_bound[0]}" \
    "$(ratio_of "${all_ours[0]}" "${all_bound[0]}")" "${others[@]}"
}

first_of() {
  pids=()
  listen_for_first
  "send_$1" 250
  first_came
  pids_end
}

listen_for_first() {
  spawn right "$folder/first" "$bound" first vb
  listener=$!
  helpers+=("$listener")
  wait_for 50 grep -q listening "$folder/first"
  began=${EPOCHREALTIME/./}
}

# "-" where nothing comes.
first_came() {
  local came
  if wait_for 100 is_heard; then
    came=$(tail -n 1 "$folder/first")
    ratio_of "$came - ${began}000" 1e6 %.0f
  else
    kill "$listener"
    echo -
  fi
}
is_heard() { [ "$(wc -l <"$folder/first")" = 2 ]; }

row_memory() {
  local mine his others=()
  ours low-latency 250
  sleep 1
  mine=$(memory_of "${pids[0]}")
  ours_end
  the_bound 250 60 8 8
  sleep 1
  his=$(memory_of "${pids[0]}")
  pids_end
  mapfile -t others < <(of_peers 250 memory_of_peer)
  row "memory (PSS), 64 x 64, MiB" "$mine" "$his" "$(ratio_of "$mine" "$his")" "${others[@]}"
}

[ $# -gt 0 ] || read -ra rows <<<"$all_rows"
rows+=("$@")
for name in "${rows[@]}"; do
  [[ " $all_rows " == *" $name "* ]] || fail "no row \"$name\"; there are: $all_rows"
done
a_cable
to_groups
printf '%s processors (%s), Linux %s, load %s, %s\n\n' "$(nproc)" \
  "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)" "$(uname -r)" \
  "$(cut -d' ' -f1 /proc/loadavg)" "$(date +%F)"
row what ours bound ratio GStreamer PipeWire ffmpeg
row --- --- --- --- --- --- ---
for name in "${rows[@]}"; do
  "row_$name"
done
