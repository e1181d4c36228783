#!/usr/bin/env bash
# ptp.sh - linuxptp on the other machine: we follow ptp4l in domains 0 and 127
# and through a boundary clock; ptp4l follows us; two of its masters change places; pmc
# reads our datasets; tshark finds nothing malformed; a follower sends no
# Announce and no Sync.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$VSC_SOURCE/tests/net/world.sh"
PATH=$PATH:/usr/sbin:/sbin
need ptp4l pmc tshark jq

machine other
cable here va 10.1.0.1/24 other vb 10.1.0.2/24

# linuxptp NAME PRIORITY1 [LINE...]: a ptp4l that touches no clock.
linuxptp() {
  local name=$1 priority=$2
  shift 2
  {
    printf '[global]\nfree_running 1\ntime_stamping software\npriority1 %s\n' "$priority"
    printf 'logAnnounceInterval 0\nlogSyncInterval -3\nlogMinDelayReqInterval -3\n'
    printf 'tx_timestamp_timeout 50\nuds_address %s\n' "$folder/$name.uds"
    printf '%s\n' "$@"
  } >"$folder/$name.cfg"
  spawn "$place" "$folder/$name.log" ptp4l -f "$folder/$name.cfg" -m "${interfaces[@]}"
  linuxptp_pid[$name]=$!
  helpers+=($!)
}
declare -A linuxptp_pid=()
place=other
interfaces=(-i vb)
end() {
  kill "${linuxptp_pid[$1]}"
  wait "${linuxptp_pid[$1]}" 2>/dev/null || true
}

clock() { "$aes67" status --json --instance a | jq -r ".clock.$1"; }
is_state() { [ "$(clock state)" = "$1" ]; }
is_master() { [ "$(clock state)" = locked ] && [ "$(clock priority1)" = "$1" ]; }
# becomes TENTHS COMMAND...
becomes() {
  wait_for "$@" || fail "not \"${*:2}\": $("$aes67" clock --instance a)"
}
follow() {
  engine here a "$folder/ptp.ini" --set engine.interface=va "$@"
}
cat >"$folder/ptp.ini" <<'END'
[device]
inputs = 2
outputs = 2
[clock]
module = clock-ptp
END

say "we follow: two steps, domain 0"
spawn here "$folder/shark.log" tshark -q -i va -f "udp port 319 or udp port 320" \
  -w "$folder/capture"
shark=$!
helpers+=("$shark")
linuxptp gm 100
follow
becomes 300 is_state locked
"$aes67" stats --ptp --instance a >"$folder/stats"
grep -qx 'PTP State: SLAVE' "$folder/stats" || fail "$(cat "$folder/stats")"
grep -qE '^Grand Master: ([0-9a-f]{2}:){5}[0-9a-f]{2} \(priority 100\)$' "$folder/stats" ||
  fail "$(cat "$folder/stats")"
grep -qE '^Offset from Master: [+-][0-9]+ ns \(mean\), ±[0-9]+ ns \(jitter\)$' \
  "$folder/stats" || fail "$(cat "$folder/stats")"
grep -qE '^Path Delay: [0-9]+ ns$' "$folder/stats" || fail "$(cat "$folder/stats")"
grep -qE '^Lock Quality: (EXCELLENT|GOOD|FAIR|POOR)$' "$folder/stats" ||
  fail "$(cat "$folder/stats")"
# Both machines have the same clock, so the truth is known.
worst=$("$aes67" clock --sample 20 --instance a |
  awk '{ d = $3 - $2; d = d < 0 ? -d : d; if (d > w) w = d } END { print w + 0 }')
say "the largest error is $worst ns"
[ "$worst" -lt 20000 ] || fail "the error is $worst ns"
pmc_says() {
  on other pmc -4 -i vb -b 1 -s "$folder/none" "$1" 2>/dev/null | grep -qE "$2" ||
    fail "pmc does not read \"$2\" of $1"
}
pmc_says 'GET DEFAULT_DATA_SET' 'slaveOnly +1'
pmc_says 'GET PORT_DATA_SET' 'portState +(SLAVE|UNCALIBRATED)'
pmc_says 'GET PARENT_DATA_SET' 'grandmasterPriority1 +100'
pmc_says 'GET CURRENT_DATA_SET' 'stepsRemoved +1'
pmc_says 'GET TIME_PROPERTIES_DATA_SET' 'currentUtcOffset +37'

say "a better master comes, and goes"
linuxptp better 50
becomes 200 is_master 50
end better
becomes 300 is_master 100
stop a
end gm
kill -INT "$shark"
wait "$shark" || true
[ "$(tshark -r "$folder/capture" -Y _ws.malformed 2>/dev/null | wc -l)" = 0 ] ||
  fail "tshark calls something malformed"
types=$(tshark -r "$folder/capture" -Y 'ip.src == 10.1.0.1' -T fields \
  -e ptp.v2.messagetype 2>/dev/null | sort -u | tr '\n' ' ')
[ "$types" = "0x01 0x0d " ] || fail "a follower sent messages of types $types"

say "a tie of everything but the identity, and the death of the better"
linuxptp first 100 "clockIdentity 000000.fffe.000001"
linuxptp second 100 "clockIdentity 000000.fffe.000002" "hybrid_e2e 1"
is_named() { [ "$(clock state)" = locked ] && [ "$(clock grandmaster)" = "$1" ]; }
follow
becomes 300 is_named 00-00-00-FF-FE-00-00-01
end first
becomes 300 is_named 00-00-00-FF-FE-00-00-02
[ "$(clock generation)" -le 2 ] || fail "generation $(clock generation)"
stop a

say "we ask by unicast, as a hybrid master wants it"
spawn here "$folder/shark.log" tshark -q -i va -f "udp port 319 or udp port 320" \
  -w "$folder/unicast"
shark=$!
helpers+=("$shark")
sleep 1
follow --set clock.delay_req=unicast
becomes 300 is_state locked
sleep 2
stop a
end second
kill -INT "$shark"
wait "$shark" || true
[ "$(tshark -r "$folder/unicast" -Y 'ip.src == 10.1.0.1 && ip.dst == 224.0.1.129' \
  2>/dev/null | wc -l)" = 0 ] || fail "something is asked by multicast"
[ "$(tshark -r "$folder/unicast" -Y 'ip.dst == 10.1.0.1 && ptp.v2.messagetype == 9' \
  2>/dev/null | wc -l)" -gt 0 ] || fail "no answer by unicast"

say "we follow: domain 127"
# One step ptp4l can only with hardware: the unit tests do that.
linuxptp gm 100 "domainNumber 127"
follow
says() { clock diagnosis | grep -qF "$1"; }
becomes 150 says 'clock.domain = 127'
stop a
follow --set clock.domain=127 --set clock.preset=st2059
becomes 300 is_state locked
stop a
end gm

say "we follow: through a boundary clock"
machine far
cable other vc 10.2.0.1/24 far vd 10.2.0.2/24
place=far interfaces=(-i vd)
linuxptp gm 60
place=other interfaces=(-i vb -i vc)
linuxptp boundary 128
interfaces=(-i vb)
follow
becomes 400 is_master 60
pmc_says 'GET CURRENT_DATA_SET' 'stepsRemoved +2'
stop a
end boundary
end gm

say "ptp4l follows us"
follow --set clock.role=auto --set clock.priority1=100
becomes 100 is_state master
linuxptp slave 255 "slaveOnly 1" "delay_filter_length 10"
has_offset() { grep -qE 'rms +[0-9]+' "$folder/slave.log"; }
becomes 400 has_offset
pmc_says 'GET PORT_DATA_SET' 'portState +MASTER'
say "$(grep -E 'rms' "$folder/slave.log" | tail -n 1)"
grep -q 'selected best master clock' "$folder/slave.log" || fail "ptp4l does not follow us"
end slave

say "ptp4l is better, dies, and we take over"
linuxptp gm 50
becomes 200 is_master 50
end gm
becomes 200 is_state master
[ "$(clock generation)" -le 2 ] || fail "generation $(clock generation)"
stop a
