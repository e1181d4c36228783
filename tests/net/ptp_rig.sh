#!/usr/bin/env bash
# ptp_rig.sh - our follower against a master that lies on purpose and knows by how
# much, that of the PTP rig. Figures are for people, each with that of a clean path in
# the same run and of the rig's own follower; what must hold is that it is locked and
# does not step.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
use_ptp_rig

span=${VSC_PTP_SECONDS:-20} # of each case
settle=10

ptp_profile 'role = slave'

is_state() { [ "$(clock f state)" = "$1" ]; }
is_following() { is_state locked || is_state locking; }
rms() { sed -n 's/.*"all".*"rms_ns":\([0-9.]*\).*"abs_max_ns":\([0-9.]*\).*/\1 \2/p' "$1"; }

machine other
cable here va 10.1.0.1/24 other vb 10.1.0.2/24

# try NAME MOST [OPTION...]: a master with these options; MOST, ns, is the largest
# RMS that is no fault: ten times and more what there is, for a busy machine.
try() {
  local name=$1 most=$2 before
  shift 2
  spawn other "$folder/master.log" ptprig-master vb "$folder/truth" \
    --ppm 20 --rw 1 "$@"
  local master=$!
  helpers+=("$master")
  sleep 1
  engine here f "$folder/ptp.ini" --set engine.interface=va "${options[@]}"
  : >"$folder/reference"
  local refslave=
  if [ -z "${alone:-}" ]; then
    spawn here "$folder/reference" ptprig-refslave va "${domain:-0}" \
      $((settle + span)) 20
    refslave=$!
    helpers+=("$refslave")
  fi
  wait_for 600 is_state locked || fail "$name: not locked: $("$aes67" clock --instance f)"
  sleep "$settle"
  before=$(clock f generation)
  "$aes67" clock --sample $((10 * span)) --instance f >"$folder/samples" &
  local sampler=$! looks=0 locked=0
  while kill -0 "$sampler" 2>/dev/null; do
    looks=$((looks + 1))
    ! is_state locked || locked=$((locked + 1))
    sleep 0.5
  done
  is_following || fail "$name: $("$aes67" clock --instance f)"
  [ "$(clock f generation)" = "$before" ] || fail "$name: it stepped"
  [ -z "$refslave" ] || wait "$refslave" || true
  kill "$master" 2>/dev/null || true
  wait "$master" || true
  ptprig-analyse "$folder/samples" "$folder/truth" >"$folder/ours" || true
  ptprig-analyse -s "$settle" "$folder/reference" "$folder/truth" \
    >"$folder/theirs" 2>&1 || true
  tell "$name" "$most" "$((100 * locked / looks))"
  stop f
}
options=()

# tell NAME MOST LOCKED
tell() {
  local ours theirs largest
  read -r ours largest <<<"$(rms "$folder/ours")"
  read -r theirs _ <<<"$(rms "$folder/theirs")"
  say "$(printf '%-44s RMS %6.0f ns, at most %6.0f, locked %3.0f %%; the rig'\''s %6s' "$1" \
    "${ours:-0}" "${largest:-0}" "$3" "${theirs:--}")"
  [ -n "$ours" ] || fail "$1: no figures: $(cat "$folder/ours")"
  awk -v e="$ours" -v most="$2" 'BEGIN { exit !(e < most) }' ||
    fail "$1: the error is $ours ns"
}

hostile=(--fuzz 1)
try "clean" 5000
try "20 % of Syncs lost" 5000 --loss-sync 0.2
try "every malformed kind, one an interval" 5000 "${hostile[@]}"
try "both, Follow_Ups and answers lost, too" 5000 "${hostile[@]}" --loss-sync 0.2 \
  --loss-fup 0.1 --loss-dresp 0.3 --fup-delay 300 --fup-jitter 20000 --fup-first 0.1
try "empty datagrams" 5000 --fuzz 1 --fuzz-kind 23
try "corrections of 2^63-1" 5000 --fuzz 1 --fuzz-kind 9
try "corrections of -2^63" 5000 --fuzz 1 --fuzz-kind 10
try "a one-step master" 20000 --onestep 1
try "a Dante leader: epoch at power-on" 5000 --epoch 2574e9 --ptpscale 0 \
  --utcvalid 0 --utcoff 0 --prio1 249
try "a boundary clock's Announce" 5000 --steps 2
try "leap second flags, another UTC offset" 5000 --at 15:leap61=1 \
  --at 22:leap61=0 --at 22:utcoff=38
options=(--set clock.delay_req=unicast)
# Unicast comes to the program that opened the port last: to one only.
alone=1 try "a hybrid master: unicast requests" 5000 --dresp-mode 0
options=(--set clock.asymmetry_ns=0)
try "10 us there, 4 us back" 50000 --delay-ms 10000 --delay-sm 4000
options=(--set clock.asymmetry_ns=3000)
try "the same, asymmetry_ns = 3000" 5000 --delay-ms 10000 --delay-sm 4000
options=(--set clock.domain=127)
domain=127 try "ST 2059-2: domain 127" 5000 --domain 127 --logann -2 --logsync -3
