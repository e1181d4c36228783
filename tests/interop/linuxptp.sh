# linuxptp.sh - what the scripts with ptp4l share: its instances, our one engine
# beside them, and what a capture must not hold. Sourced, after world.sh.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # folder, aes67: of world.sh
PATH=$PATH:/usr/sbin:/sbin
need ptp4l pmc tshark jq

declare -A linuxptp_pid=()
# Where linuxptp starts; the scripts change them.
place=other
interfaces=(-i vb)

# linuxptp NAME PRIORITY1 [LINE...]: a ptp4l that touches no clock.
linuxptp() {
  local name=$1 priority=$2
  shift 2
  {
    printf '[global]\nfree_running 1\ntime_stamping software\npriority1 %s\n' "$priority"
    printf '%s\n' 'logAnnounceInterval 0' 'logSyncInterval -3' \
      'logMinDelayReqInterval -3' 'tx_timestamp_timeout 50' \
      "uds_address $folder/$name.uds" "$@" |
      awk '{ line[$1] = $0 } END { for (key in line) print line[key] }'
  } >"$folder/$name.cfg"
  spawn "$place" "$folder/$name.log" ptp4l -f "$folder/$name.cfg" -m "${interfaces[@]}"
  linuxptp_pid[$name]=$!
  helpers+=($!)
}

end() {
  kill "${linuxptp_pid[$1]}"
  wait "${linuxptp_pid[$1]}" 2>/dev/null || true
}

ptp_profile

follow() {
  engine here a "$folder/ptp.ini" --set engine.interface=va "$@"
}
clock() { "$aes67" status --json --instance a | jq -r ".clock.$1"; }
is_state() { [ "$(clock state)" = "$1" ]; }
is_master() { is_state locked && [ "$(clock priority1)" = "$1" ]; }
is_named() { is_state locked && [ "$(clock grandmaster)" = "$1" ]; }
# becomes TENTHS COMMAND...
becomes() {
  wait_for "$@" || fail "not \"${*:2}\": $("$aes67" clock --instance a)"
}
says() { clock diagnosis | grep -qF "$1"; }

# pmc_says WHAT REGEX: of our datasets, asked over the network.
pmc_says() {
  on other pmc -4 -i vb -b 1 -s "$folder/none" "GET $1" 2>/dev/null | grep -qE "$2" ||
    fail "pmc does not read \"$2\" of $1"
}

# capture NAME: until "captured NAME".
capture() {
  spawn here "$folder/$1.shark.log" tshark -q -i va -f "udp port 319 or udp port 320" \
    -w "$folder/$1.capture"
  shark=$!
  helpers+=("$shark")
  wait_for 100 test -s "$folder/$1.capture" || fail "tshark does not start"
}

# captured NAME TYPE...: nothing is malformed, and what we sent is of these types.
captured() {
  local name=$1 types
  shift
  sleep 1 # what is in its buffers
  kill -INT "$shark"
  wait "$shark" || true
  [ "$(packets_of "$name" '_ws.malformed || _ws.expert.severity == error')" = 0 ] ||
    fail "tshark calls something malformed"
  types=$(tshark -r "$folder/$name.capture" -Y 'ip.src == 10.1.0.1' -T fields \
    -e ptp.v2.messagetype 2>/dev/null | sort -u | tr '\n' ' ')
  [ "$types" = "$* " ] || fail "we sent messages of types $types, not $*"
}

# packets_of NAME FILTER: how many.
packets_of() { tshark -r "$folder/$1.capture" -Y "$2" 2>/dev/null | wc -l; }

# error_is_small: both machines have the same clock, so the truth is known.
error_is_small() {
  local worst
  worst=$("$aes67" clock --sample 20 --instance a |
    awk '{ d = $3 - $2; d = d < 0 ? -d : d; if (d > w) w = d } END { print w + 0 }')
  say "  the largest error is $worst ns"
  [ "$worst" -lt 50000 ] || fail "the error is $worst ns"
}

machine other
cable here va 10.1.0.1/24 other vb 10.1.0.2/24
