#!/usr/bin/env bash
# ptp_diagnosis.sh - masters with one fault each, and followers that say which: each
# pair on a cable of its own, all at once. What the ports themselves can lack is in
# ptp.sh, another domain and other programs in tests/interop/ptp.sh.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

ptp_profile 'role = slave'

# begin FAULT [OPTION...]: a follower, and a master with that.
begin() {
  local fault=$1
  shift
  machine "master-$fault" "follower-$fault"
  cable "master-$fault" vm 10.1.0.1/24 "follower-$fault" vs 10.1.0.2/24
  if [ "$fault" != silent ]; then
    spawn "master-$fault" "$folder/master-$fault.log" "$tools/ptp-faulty" 10.1.0.1 "$fault"
    helpers+=($!)
  fi
  engine "follower-$fault" "$fault" "$folder/ptp.ini" --set engine.interface=vs "$@"
}

says() { clock "$1" diagnosis | grep -qE "$2"; }

# wants FAULT REGEX: the sentence comes, and "stats --ptp" has it, too. Half a minute
# is enough for the slowest; the rest is for a machine that has other work.
wants() {
  wait_for 900 says "$1" "$2" ||
    fail "$1: no \"$2\": $(clock "$1" diagnosis) $("$aes67" clock --instance "$1")"
  say "$1: $(clock "$1" diagnosis)"
}

begin silent
begin old
begin mute
begin lonely
begin deaf --set clock.delay_req=multicast
begin turns
begin noisy
begin none
wants silent '^no Announce heard on vs, 224.0.1.129 is joined'
"$aes67" stats --ptp --instance silent |
  grep -qx 'Diagnosis: no Announce heard on vs, 224.0.1.129 is joined.*' ||
  fail "$("$aes67" stats --ptp --instance silent)"
wants old '^only PTP version 1 is heard on vs: switch the master to AES67 mode'
wants mute '^Announce is heard and no Sync'
wants lonely '^Sync comes without Follow_Up: is UDP port 320 filtered'
wants deaf '^no Delay_Resp to [0-9]+ requests: a hybrid master\? set clock.delay_req = unicast'
wants turns '^two masters take turns'
wants noisy '^the offset is unstable: [0-9]+ ns of noise'
# Its stamps are not the kernel's: on a busy machine it is not a good one.
is_locked() { [ "$(clock none state)" = locked ]; }
wait_for 900 is_locked || says none '^the offset is unstable' ||
  fail "none: not locked: $("$aes67" clock --instance none)"
wants none '^$|^the offset is unstable'
for fault in silent old mute lonely deaf turns noisy none; do
  stop "$fault"
done
