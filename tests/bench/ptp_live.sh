#!/usr/bin/env bash
# ptp_live.sh - how near the engine's media clock comes to a master whose true time
# is known, beside the rig's reference slave on the same interface in the same run:
# a table. RIG is the folder of ptp-rig (or VSC_PTP_RIG); CASEs are one-cpu, two-cpus,
# bridge and jitter, all of them unless named; VSC_PTP_RUNS (3) runs of
# VSC_PTP_SECONDS (120) each. In a network namespace (tests/net/in-namespace).
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/../net/world.sh"
rig=${1:-${VSC_PTP_RIG:-}}
[ -n "$rig" ] || skip "name the folder of ptp-rig"
[ -e "$rig/refslave.c" ] || skip "there is no rig in $rig"
need jq make cc taskset
shift || true
cases=("$@")
[ ${#cases[@]} -gt 0 ] || cases=(one-cpu two-cpus bridge jitter)
runs=${VSC_PTP_RUNS:-3} length=${VSC_PTP_SECONDS:-120} skip_s=${VSC_PTP_SKIP:-30}

mkdir "$folder/rig"
cp "$rig"/*.[ch] "$rig/Makefile" "$rig/experiments/pktload.c" "$folder/rig"
{ make -C "$folder/rig" && cc -O2 -o "$folder/rig/pktload" "$folder/rig/pktload.c"; } \
  >"$folder/make.log" 2>&1 || fail "the rig does not build"
PATH=$folder/rig:$PATH

cat >"$folder/ptp.ini" <<'END_OF_PROFILE'
[device]
inputs = 2
outputs = 2
[clock]
module = clock-ptp
role = slave
END_OF_PROFILE

machine one other
cable one va 10.2.0.1/24 other vb 10.2.0.2/24
on_a_switch master slave load

# The first sample of a process that starts now: it has no time yet.
starts() {
  perl -MTime::HiRes=clock_gettime \
    -e 'printf "{\"mono_ns\":%.0f,\"ptp_ns\":1}\n", 1e9 * clock_gettime(4)' >"$1"
}

# figures FILE: as JSON; lying: readings over 1 us off while the state is "locked",
# or, of a slave that has no state, after SKIP.
figures() {
  ptprig-analyse -s "$skip_s" -o "$1.errors" "$1" "$folder/truth" >"$1.json" || true
  jq -r '.state // ""' "$1" | paste -d' ' "$1.errors" - |
    awk -v skip="$skip_s" '
      $3 == "locked" || ($3 == "" && has_none && $1 >= skip) { n++; bad += $2 * $2 >= 1e6 }
      NR == 2 { has_none = $3 == "" }
      END { printf "{\"held\":%d,\"lying\":%d}\n", n, bad }' >>"$1.json"
  jq -cs '(map(select(.window == "all"))[0] | {rms_ns, mean_ns, abs_max_ns}) +
    {settle_s: map(select(.event == "start"))[0].settle_s} +
    (map(select(.held != null))[0])' "$1.json"
}

# run CASE NUMBER: samples of both slaves, in $folder/ref and ours.
run() {
  local from=one to=other out=va in=vb pin_master=() pin_slave=() options=() pids=() lasts=$((length + 4))
  case $1 in
    one-cpu) pin_master=(taskset -c 0) pin_slave=(taskset -c 0) ;;
    two-cpus) pin_master=(taskset -c 0) pin_slave=(taskset -c 1) ;;
    jitter)
      pin_master=(taskset -c 0) pin_slave=(taskset -c 0)
      options=(--pdv-ms 500 --pdv-sm 500 --outp 0.02 --outmean 50000)
      ;;
    bridge) from=master to=slave out=eth0 in=eth0 ;;
    *) fail "no such case: $1" ;;
  esac
  spawn "$from" "$folder/master.log" "${pin_master[@]}" ptprig-master "$out" "$folder/truth" \
    --secs $((lasts + 2)) --ppm 20 --rw 1 --seed "$2" --quiet 1 "${options[@]}"
  pids+=($!)
  if [ "$1" = bridge ]; then
    spawn slave "$folder/sink.log" pktload rx 6000 $((lasts + 2))
    pids+=($!)
    spawn load "$folder/load.log" pktload tx 10.1.0.2 6000 32000 300 "$lasts"
    pids+=($!)
  fi
  sleep 2
  # Both take their identity from the interface, and must not be twins.
  on "$to" ip link set "$in" address 02:00:00:00:00:01
  starts "$folder/ref"
  spawn "$to" "$folder/ref.txt" "${pin_slave[@]}" ptprig-refslave "$in" 0 "$length" 10
  pids+=($!)
  sleep 0.3
  on "$to" ip link set "$in" address 02:00:00:00:00:02
  starts "$folder/ours"
  : >"$folder/ours.log"
  spawn "$to" "$folder/ours.log" "${pin_slave[@]}" "$aes67" run "$folder/ptp.ini" \
    --set engine.interface="$in" --instance ours
  engine_pid[ours]=$!
  wait_for 100 has_settled ours
  "$aes67" clock --json --sample $((length * 10 - 10)) --instance ours >>"$folder/ours"
  wait "${pids[@]}" || true
  "$aes67" status --json --instance ours | jq -c .clock >"$folder/clock" || true
  stop ours
  awk 'NF == 3 { printf "{\"mono_ns\":%s,\"ptp_ns\":%s}\n", $1, $3 }' \
    "$folder/ref.txt" >>"$folder/ref"
}

# Rows of the table: of ours, the reference's, and the ratio of their errors.
rows='def median: sort | if length % 2 == 1 then .[length / 2 | floor]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;
  def row: [.case, .run, .ours.rms_ns, .ours.mean_ns, .ours.settle_s, .ours.held, .ours.lying,
    .ref.rms_ns, .ref.mean_ns, .ref.settle_s, .ref.held, .ref.lying, .ratio];'
print() {
  awk '{ printf "%-9s %6s %8.0f %7.0f %7.1f %7d %6d %9.0f %7.0f %7.1f %7d %6d %7.2f\n",
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 }'
}
printf '%s s each, from %s s on; %s processors, load %s\n' "$length" "$skip_s" "$(nproc)" \
  "$(cut -d' ' -f1 /proc/loadavg)"
printf '%-9s %6s %8s %7s %7s %7s %6s %9s %7s %7s %7s %6s %7s\n' case run RMS mean "1us/s" \
  locked "lying" "reference" mean "1us/s" "held" ">1us" ratio
for case in "${cases[@]}"; do
  : >"$folder/results"
  for number in $(seq "$runs"); do
    run "$case" "$number"
    jq -cn --arg case "$case" --arg run "$number" --argjson ours "$(figures "$folder/ours")" \
      --argjson ref "$(figures "$folder/ref")" \
      '{$case, $run, $ours, $ref, ratio: ($ours.rms_ns / $ref.rms_ns)}' |
      tee -a "$folder/results" | jq -r "$rows row | @tsv" | print
    [ -z "${VSC_PTP_KEEP:-}" ] || cp "$folder"/{ref,ours,truth,ours.log,clock} "$VSC_PTP_KEEP/"
  done
  jq -rs --arg case "$case" "$rows"'
    def all(f): map(f) | median;
    {case: $case, run: "median", ratio: all(.ratio),
     ours: {rms_ns: all(.ours.rms_ns), mean_ns: all(.ours.mean_ns), settle_s: all(.ours.settle_s),
       held: (map(.ours.held) | add), lying: (map(.ours.lying) | add)},
     ref: {rms_ns: all(.ref.rms_ns), mean_ns: all(.ref.mean_ns), settle_s: all(.ref.settle_s),
       held: (map(.ref.held) | add), lying: (map(.ref.lying) | add)}} | row | @tsv' \
    "$folder/results" | print
done
