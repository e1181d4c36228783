#!/usr/bin/env bash
# wire.sh - what the audio thread takes of a core to send and receive 64 channels
# in packets of 250 us: eight streams of 8 beside two of 32. Interleaved,
# SECONDS a run (5), ROUNDS of them (5); the medians, and their ratio to the first.
# In a network namespace (tests/net/in-namespace).
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/../net/world.sh"
need awk taskset
a_cable

# cpu_ns INSTANCE: of the audio thread, until now.
cpu_ns() {
  local task
  for task in "/proc/${engine_pid[$1]}/task"/*; do
    if [ "$(cat "$task/comm")" = aes67-audio ]; then
      cut -d' ' -f1 "$task/schedstat"
    fi
  done
}

# run WORD PROFILE [OPTION...]: a line "WORD PERCENT" for each engine.
run() {
  local word=$1 profile=$2 instance before=() after=() from to
  shift 2
  engine left a "$profile" --set stream.when=always "$@"
  engine right b "$profile" --side b --set stream.when=always "$@"
  taskset -acp 0 "${engine_pid[a]}" >/dev/null
  taskset -acp 1 "${engine_pid[b]}" >/dev/null
  sleep 0.5
  from=$(date +%s%N)
  before=("$(cpu_ns a)" "$(cpu_ns b)")
  sleep "${SECONDS_A_RUN:-5}"
  after=("$(cpu_ns a)" "$(cpu_ns b)")
  to=$(date +%s%N)
  for instance in 0 1; do
    echo "$word $(((after[instance] - before[instance]) * 100000 / (to - from)))" >>"$folder/runs"
  done
  stop a
  stop b
}

for _ in $(seq "${ROUNDS:-5}"); do
  run narrow low-latency
  run narrow+xdp low-latency --set "transport rtp.xdp=yes"
  run wide wide
  run wide+xdp wide --set "transport rtp.xdp=yes"
done

printf 'load %s, %s processors\n' "$(cut -d' ' -f1 /proc/loadavg)" "$(nproc)"
sort -k1,1 -k2,2n "$folder/runs" | awk '
  { x[$1, ++n[$1]] = $2 / 1000 }
  function median(w) { return x[w, int((n[w] + 1) / 2)] }
  END {
    for (w in n)
      printf "%-12s %6.2f %% of a core (%.2f to %.2f), ratio %.2f\n", \
        w, median(w), x[w, 1], x[w, n[w]], median(w) / median("narrow")
  }'
