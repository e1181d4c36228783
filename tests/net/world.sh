# world.sh - what the scripts of tests/net and tests/interop share: machines that
# are network namespaces, cables between them, engines, known noise from one to
# another, and the judgement of what arrived. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
set -euo pipefail

: "${VSC_BUILD:?where the build is}" "${VSC_SOURCE:?where the sources are}"
aes67=$VSC_BUILD/aes67
tools=$VSC_BUILD/tests/net
# shellcheck disable=SC2034 # of use to those who source this
seconds=10 rate=48000 channels=64
# shellcheck disable=SC2034
[ -z "${VSC_LONG:-}" ] || seconds=60
period=48000 # frames of the noise
group=8 # channels of a stream

folder=$(mktemp -d)
mkdir -m 700 "$folder/run"
export XDG_RUNTIME_DIR=$folder/run XDG_STATE_HOME=$folder/state LC_ALL=C
unset AES67_INSTANCE AES67_RUNTIME_DIR

declare -A machine_pid=() engine_pid=() player_pid=() listener_pid=()
helpers=()

say() { printf '%s\n' "$*" >&2; }

fail() {
  local log
  say "FAIL: $*"
  for log in "$folder"/*.log; do
    [ ! -s "$log" ] || say "--- $(basename "$log")" "$(tail -n 20 "$log")"
  done
  exit 1
}

skip() {
  say "skipped: $*"
  exit 77
}

# need COMMAND...: or the test is skipped, by name.
need() {
  local command
  for command in "$@"; do
    command -v "$command" >/dev/null || skip "there is no command \"$command\""
  done
}

# Engines first, and in good order: they take their shared memory with them.
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
  local pid
  for pid in "${engine_pid[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  wait_for 20 have_ended "${engine_pid[@]}" || true
  for pid in "${helpers[@]}" "${player_pid[@]}" "${listener_pid[@]}" \
    "${engine_pid[@]}" "${machine_pid[@]}"; do
    kill -9 "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$folder"
}

# shellcheck disable=SC2317
have_ended() {
  local pid
  for pid in "$@"; do
    ! kill -0 "$pid" 2>/dev/null || return 1
  done
}

trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# wait_for TENTHS COMMAND...: until it succeeds.
wait_for() {
  local left=$1
  shift
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}

# use_ptp_rig: its programs, in PATH. It is not ours to ship: ../shared/lab/ptp-rig
# beside the checkout, or in VSC_SHARED.
use_ptp_rig() {
  local rig=${VSC_SHARED:-$VSC_SOURCE/../shared}/lab/ptp-rig
  need make cc
  [ -e "$rig/Makefile" ] || skip "there is no PTP rig in $rig: give VSC_SHARED"
  mkdir "$folder/rig"
  cp "$rig"/*.[ch] "$rig/Makefile" "$rig/experiments/pktload.c" "$folder/rig"
  make -s -C "$folder/rig" ptprig-master ptprig-analyse ptprig-refslave pktload \
    >"$folder/make.log" 2>&1 || skip "the PTP rig does not build"
  PATH=$folder/rig:$PATH
}

# --- machines and cables. "here" is the namespace that the script runs in.

# machine NAME...: each a new one.
machine() {
  local name
  for name in "$@"; do
    unshare -n sleep infinity &
    machine_pid[$name]=$!
    wait_for 50 is_apart "$!" || fail "no namespace for $name"
    on "$name" ip link set lo up
  done
}

is_apart() {
  [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# on MACHINE COMMAND...
on() {
  local place=$1
  shift
  if [ "$place" = here ]; then
    "$@"
  else
    nsenter --net="/proc/${machine_pid[$place]}/ns/net" -- "$@"
  fi
}

# spawn MACHINE LOG COMMAND...: in the background; its pid is then in $!.
spawn() {
  local place=$1 log=$2
  shift 2
  local enter=()
  [ "$place" = here ] ||
    enter=(nsenter --net="/proc/${machine_pid[$place]}/ns/net" --)
  "${enter[@]}" "$@" >"$log" 2>&1 </dev/null &
}

# cable MACHINE INTERFACE ADDRESS/BITS MACHINE INTERFACE ADDRESS/BITS. IPv6 does
# not talk on it: what is counted there is ours.
cable() {
  ip link add "$2" type veth peer name "$5"
  local n
  for n in 1 4; do
    [ "${!n}" = here ] || move "${@:n:2}"
    ends "${@:n:3}"
  done
}

# a_cable: the machines left and right, 10.1.0.1 on va and 10.1.0.2 on vb.
a_cable() {
  machine left right
  cable left va 10.1.0.1/24 right vb 10.1.0.2/24
}

# to_groups: programs that name no interface send to groups along the cable, too.
to_groups() {
  on left ip route add 224.0.0.0/4 dev va
  on right ip route add 224.0.0.0/4 dev vb
}

# on_a_switch MACHINE...: all are made and have 10.1.0.1, .2, ... on eth0 of a switch
# that sends every group to every port.
on_a_switch() {
  local name number=1
  machine switch "$@"
  on switch ip link add br0 type bridge mcast_snooping 0 2>/dev/null ||
    skip "this kernel has no bridges"
  on switch ip link set br0 up
  for name in "$@"; do
    cable "$name" eth0 10.1.0.$number/24 switch "to-$name" 192.0.2.$number/32
    on switch ip addr flush dev "to-$name"
    on switch ip link set "to-$name" master br0
    number=$((number + 1))
  done
}

move() { ip link set "$2" netns "${machine_pid[$1]}"; }

ends() {
  on "$1" ip link set "$2" addrgenmode none
  on "$1" ip addr add "$3" dev "$2"
  on "$1" ip link set "$2" up
}

# packets MACHINE INTERFACE rx|tx: how many there have been.
packets() {
  on "$1" cat /proc/net/dev |
    awk -v want="$2:" -v column="$([ "$3" = rx ] && echo 3 || echo 11)" \
      '{ sub(/:/, ": ") } $1 == want { print $column }'
}

# datagrams MACHINE OutDatagrams|NoPorts|...: what its kernel counts of UDP.
datagrams() {
  on "$1" cat /proc/net/snmp | awk -v want="$2" '
    /^Udp:/ && column { print $column }
    /^Udp:/ { for (i = 2; i <= NF; i++) if ($i == want) column = i }'
}

# --- what programs take

# cpu_ns PID...: what they have used so far, all threads; who has ended has nothing.
cpu_ns() {
  local pid
  for pid in "$@"; do
    cat "/proc/$pid/task"/*/schedstat 2>/dev/null || true
  done | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# load_now: what else the machine does, in words.
load_now() { printf 'load %s, %s processors' "$(cut -d' ' -f1 /proc/loadavg)" "$(nproc)"; }

# --- engines

# engine MACHINE INSTANCE PROFILE [OPTION...]: until it is ready. All machines here
# have one kernel's TAI, and engines go by that: a profile that names clock-ptp
# itself, or is_shipped=yes, is about PTP.
engine() {
  local place=$1 instance=$2 profile=$3 clock=(--set clock.module=clock-system)
  shift 3
  if [ -n "${is_shipped:-}" ] || grep -qs clock-ptp "$profile"; then
    clock=()
  fi
  : >"$folder/$instance.log"
  spawn "$place" "$folder/$instance.log" "$aes67" run "$profile" "${clock[@]}" "$@" \
    --instance "$instance"
  engine_pid[$instance]=$!
  wait_for 100 has_settled "$instance"
  is_ready "$instance" || fail "the engine \"$instance\" does not start"
}

is_ready() { grep -q '^ready' "$folder/$1.log"; }
has_settled() { is_ready "$1" || ! kill -0 "${engine_pid[$1]}" 2>/dev/null; }

# stop INSTANCE: it ends in good order, with exit 0.
stop() {
  local code=0
  kill "${engine_pid[$1]}"
  wait "${engine_pid[$1]}" || code=$?
  unset "engine_pid[$1]"
  [ "$code" = 0 ] || fail "the engine \"$1\" ended with $code"
}

# ask INSTANCE FILTER: of "stats --json", by jq.
ask() { "$aes67" stats --json --instance "$1" | jq -r "$2"; }

# clock INSTANCE FIELD: of its media clock.
clock() { "$aes67" status --json --instance "$1" | jq -r ".clock.$2"; }

# ptp_profile [LINE...]: $folder/ptp.ini, for the clock alone, with these lines in [clock].
ptp_profile() {
  printf '%s\n' '[device]' 'inputs = 2' 'outputs = 2' '[clock]' 'module = clock-ptp' "$@" \
    >"$folder/ptp.ini"
}

# exits CODE COMMAND...: of aes67; output is in $folder/out and $folder/err.
exits() {
  local wanted=$1 code=0
  shift
  timeout 20 "$aes67" "$@" >"$folder/out" 2>"$folder/err" </dev/null || code=$?
  [ "$code" = "$wanted" ] ||
    fail "aes67 $*: exit $code, not $wanted: $(cat "$folder/out" "$folder/err")"
}

# --- what is found

# lists INSTANCE NAME: as found on the network.
lists() {
  "$aes67" list --json --instance "$1" | jq -e --arg name "$2" \
    '.streams | any(.direction == "found" and .name == $name)' >/dev/null
}
lists_not() { ! lists "$@"; }

# state_of INSTANCE [RECEIVER]: of the first without a name.
state_of() {
  "$aes67" status --json --instance "$1" | jq -r --arg name "${2:-}" \
    '[.receivers[] | select($name == "" or .name == $name)][0].state'
}
is_playing() { [ "$(state_of "$@")" = playing ]; }

# --- noise from one to the other

# play INSTANCE SEED [OPTION...]: noise SEED on all channels, until "hush".
play() {
  local instance=$1 seed=$2
  shift 2
  [ -e "$folder/noise.$seed" ] ||
    "$tools/noise" write "$channels" "$seed" >"$folder/noise.$seed"
  spawn here "$folder/play.$instance" "$aes67" play --instance "$instance" \
    --loop --format s24le --channels "$channels" "$@" "$folder/noise.$seed"
  player_pid[$instance]=$!
}

hush() {
  kill "${player_pid[$1]}" 2>/dev/null || true
  wait "${player_pid[$1]}" 2>/dev/null || true
  unset "player_pid[$1]"
}

# listen INSTANCE[.WORD] SEED SECONDS [SOURCE,...]: records all channels and
# compares them as they come; "heard" waits for the end. With manner=search a jump
# of the noise is no mistake.
listen() {
  local pipe=$folder/pipe.$1
  rm -f "$pipe"
  mkfifo "$pipe"
  "$tools/noise" "${manner:-compare}" "$channels" "$group" "$2" "${@:4}" <"$pipe" >"$folder/heard.$1" &
  listener_pid[$1]=$!
  "$aes67" record --instance "${1%.*}" --seconds "$3" --format s24le - \
    >"$pipe" 2>"$folder/record.$1" </dev/null &
  helpers+=($!)
}

heard() {
  wait "${listener_pid[$1]}"
  unset "listener_pid[$1]"
}

# said FILE WHAT: the number before ("frames", "silent", "late") or behind
# ("position") the word, in what play and record said.
said() {
  if [ "$2" = position ]; then
    sed -n 's/.*position \([0-9-]*\).*/\1/p' "$folder/$1"
  else
    sed -n "s/.* \([0-9]*\) $2.*/\1/p" "$folder/$1"
  fi
}

# judge FROM TO[.WORD] LEAST [STREAM...]: after "heard" and "hush": of what TO heard
# of FROM, or of these streams, nothing is wrong or shifted, what is silent the
# counters explain, and LEAST percent or more is exact: the last only where the
# machine was in time, for a busy one is no fault of ours. detour: frames that it
# took longer on the way, in which detour_silent were lost.
judge() {
  local from=$1 to=$2 least=$3 wanted=" ${*:4} "
  local link began heard own shift lines line number verdicts missing=() under
  link=$(ask "${to%.*}" '.receivers[0].link_offset_ns / 1000000000')
  link=$(awk "BEGIN { printf \"%.0f\", ${link:-0} * $rate }")
  began=$(said "play.$from" position)
  heard=$(said "record.$to" position)
  if [ -z "$link" ] || [ -z "$began" ] || [ -z "$heard" ]; then
    fail "no report: $(cat "$folder/play.$from" "$folder/record.$to")"
  fi
  # What the two applications themselves were too late for.
  own=$(($(said "play.$from" late) + $(said "record.$to" silent) + $(said "record.$to" late)))
  own=$((own + ${detour_silent:-0}))
  if ! is_in_time "$from" || ! is_in_time "${to%.*}"; then
    say "the machine was late: no share is demanded"
    least=0
  fi
  shift=$((heard - link - began - ${detour:-0}))
  # By their place in the recording: a receiver may be gone meanwhile.
  while read -r number lines; do
    missing[number - 1]=$lines
  done < <("$aes67" status --json --instance "${to%.*}" | jq -r --argjson n "$group" '.receivers[] |
    "\((.channels | split("-")[0] | tonumber + $n - 1) / $n) \(.lost_frames + .skipped_frames)"')
  lines=$(ask "$from" '.senders[].underrun_frames')
  mapfile -t under <<<"$lines"
  mapfile -t verdicts <"$folder/heard.$to"
  [ ${#verdicts[@]} = $((channels / group)) ] || fail "nothing was compared"
  for line in "${verdicts[@]}"; do
    number=${line%% *}
    if [ "$wanted" = "  " ] || [[ $wanted == *" $number "* ]]; then
      judge_stream "$from to $to, stream $line" "$shift" "$least" \
        "${missing[number - 1]:-0}" "${under[number - 1]:-0}" "$own"
    fi
  done
}

# one_way SECONDS LEAST: noise from a to b, and what came of it.
one_way() {
  listen b 1 "$1"
  play a 1
  heard b
  hush a
  judge a b "$2"
}

# both_ways SECONDS LEAST: noise from a to b and from b to a, and what came of it.
both_ways() {
  listen a 2 "$1"
  listen b 1 "$1"
  play a 1
  play b 2
  heard a
  heard b
  hush a
  hush b
  judge a b "$2"
  judge b a "$2"
}

# is_in_time INSTANCE: did its wake-ups, but a few, come before a sound could break?
is_in_time() { [ "$(ask "$1" '.audio.lateness_ns.p99')" -lt 2000000 ]; }

# What must be exact whatever the machine does: a hundredth of a second.
exact_wanted=480

# judge_stream "WORDS stream VERDICT" SHIFT LEAST MISSING UNDERRUN OWN
judge_stream() {
  local exact silent wrong phase explained=$(($4 + $5 + $6))
  read -r _ _ exact _ silent _ wrong _ _ _ _ _ phase _ <<<"${1##*stream }"
  say "${1%% exact*}: $exact exact, $silent silent" \
    "(explained: $4 on the way, $5 underrun, $6 by play and record), $wrong wrong"
  [ "$wrong" = 0 ] || fail "$wrong wrong frames: $1"
  [ "$exact" -ge "$exact_wanted" ] || fail "only $exact frames are exact"
  [ $((($2 - phase) % period)) = 0 ] ||
    fail "shifted: noise frame $phase is where $2 belongs"
  [ "$silent" -le "$explained" ] ||
    fail "$silent frames are silent, the counters explain $explained"
  [ $((exact * 100)) -ge $(($3 * (exact + silent - $6))) ] ||
    fail "fewer than $3 % are exact"
}
