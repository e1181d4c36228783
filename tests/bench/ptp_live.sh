#!/usr/bin/env bash
# ptp_live.sh - how near the engine's media clock comes to a master whose true time
# is known, beside the rig's reference slave on the same interface in the same run:
# a table. CASEs are one-cpu, two-cpus, bridge and jitter, all of them unless named;
# VSC_PTP_RUNS (3) runs of VSC_PTP_SECONDS (120) each. In a network namespace
# (tests/net/in-namespace).
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/../net/world.sh"
use_ptp_rig
need jq taskset perl
cases=("$@")
[ ${#cases[@]} -gt 0 ] || cases=(one-cpu two-cpus bridge jitter)
runs=${VSC_PTP_RUNS:-3} length=${VSC_PTP_SECONDS:-120} skip_s=${VSC_PTP_SKIP:-30}

ptp_profile 'role = slave'

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
rows='def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
  def row: [.case, .run] + (.ours | [.rms_ns, .mean_ns, .settle_s, .held, .lying]) +
    (.ref | [.rms_ns, .mean_ns, .settle_s, .held, .lying]) + [.ratio] | @tsv;
  def both(f): {rms_ns: map(f.rms_ns) | median, mean_ns: map(f.mean_ns) | median,
    settle_s: map(f.settle_s) | median, held: map(f.held) | add, lying: map(f.lying) | add};'

# result CASE NUMBER: as JSON, of the run that was.
result() {
  jq -cn --arg case "$1" --arg run "$2" --argjson ours "$(figures "$folder/ours")" \
    --argjson ref "$(figures "$folder/ref")" \
    '{$case, $run, $ours, $ref, ratio: ($ours.rms_ns / $ref.rms_ns)}' 2>>"$folder/judge.log"
}

print() {
  awk '{ printf "%-8s %6s %6.0f %6.0f %5.1f %7d %6d %10.0f %6.0f %5.1f %6d %6d %6.2f\n",
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 }'
}

printf '%s s each, RMS and mean in ns from %s s on; s: until 1 us held; %s\n' \
  "$length" "$skip_s" "$(load_now)"
printf '%-8s %6s %6s %6s %5s %7s %6s %10s %6s %5s %6s %6s %6s\n' case run ours mean s \
  locked '>1us' reference mean s held '>1us' ratio
for case in "${cases[@]}"; do
  : >"$folder/results"
  for number in $(seq "$runs"); do
    run "$case" "$number"
    if result "$case" "$number" >"$folder/result"; then
      tee -a "$folder/results" <"$folder/result" | jq -r "$rows row" | print
    else
      say "$case $number: there are no figures; $(tail -n 1 "$folder/judge.log")"
    fi
    [ -z "${VSC_PTP_KEEP:-}" ] || cp "$folder"/{ref,ours,truth,ours.log,clock} "$VSC_PTP_KEEP/"
  done
  [ ! -s "$folder/results" ] || jq -rs --arg case "$case" "$rows"'
    {$case, run: "median", ours: both(.ours), ref: both(.ref), ratio: map(.ratio) | median} |
    row' "$folder/results" | print
done
