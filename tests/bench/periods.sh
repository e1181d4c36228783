#!/usr/bin/env bash
# periods.sh - how often arecord and aplay, and jackd with a client, were late on
# the device at each period, beside jackd's dummy driver in the same seconds: a
# table. 10 s each; with VSC_LONG 60. In a network namespace (tests/net/in-namespace).
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/../apps/alsa.sh"
program=$VSC_BUILD/tests/apps/copy
[ -x "$program" ] || skip "it was built without JACK"
need jq jackd jack_lsp aplay arecord

# server NAME OPTION...: a JACK server and a client, until "late_of".
declare -A server_pid=() client_pid=()
server() {
  local name=$1
  shift
  export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1
  JACK_DEFAULT_SERVER=$name-$$ jackd -r "$@" >"$folder/jackd-$name.log" 2>&1 </dev/null &
  server_pid[$name]=$!
  helpers+=($!)
  wait_for 100 has_ports "$name" || return 0
  JACK_DEFAULT_SERVER=$name-$$ "$program" 2 >"$folder/copy-$name" 2>"$folder/copy-$name.log" </dev/null &
  client_pid[$name]=$!
  helpers+=($!)
}

has_ports() { JACK_DEFAULT_SERVER=$1-$$ jack_lsp 2>/dev/null | grep -q '^system:playback_2'; }

# late_of NAME: xruns that the client was told of, in $late.
late_of() {
  if [ -n "${client_pid[$1]:-}" ]; then
    kill -INT "${client_pid[$1]}" 2>/dev/null || true
    wait "${client_pid[$1]}" || true
  fi
  kill "${server_pid[$1]}" 2>/dev/null || true
  wait "${server_pid[$1]}" 2>/dev/null || true
  late=$(jq -r 'if .latency > 0 then .xruns else "ended" end' "$folder/copy-$1" 2>/dev/null) || true
}

# late_in LOG CODE: of a program of alsa-utils that was stopped, or ended.
late_in() {
  if [ "$2" = 0 ]; then
    grep -c 'overrun!\|underrun!' "$1" || true
  else
    echo "-"
  fi
}

two_engines
printf '%s s each, %s; buffers of 3 periods\n' "$seconds" "$(load_now)"
printf '%7s %9s %9s %9s %12s %12s\n' period ms arecord aplay "jackd aes67" "jackd dummy"
for frames in 16 32 64 128 256 512 1024; do
  shape=(-q -f S24_3LE -c 2 -t raw -r "$rate" "--period-size=$frames"
    "--buffer-size=$((3 * frames))")
  server aes67 -d alsa -d aes67:b -r "$rate" -p "$frames" -n 3
  server dummy -d dummy -r "$rate" -p "$frames"
  timeout "$seconds" arecord "${shape[@]}" -D aes67:a /dev/null >"$folder/rec.log" 2>&1 </dev/null &
  recorder=$!
  timeout "$seconds" aplay "${shape[@]}" -D aes67:a /dev/zero >"$folder/play.log" 2>&1 </dev/null &
  player=$!
  helpers+=("$recorder" "$player")
  rec=0 play=0
  wait "$recorder" || rec=$(($? == 124 ? 0 : $?))
  wait "$player" || play=$(($? == 124 ? 0 : $?))
  late_of aes67
  late_aes67=$late
  late_of dummy
  printf '%7s %9s %9s %9s %12s %12s\n' "$frames" \
    "$(awk -v f="$frames" -v r="$rate" 'BEGIN { printf "%.2f", f * 1000 / r }')" \
    "$(late_in "$folder/rec.log" "$rec")" "$(late_in "$folder/play.log" "$play")" \
    "${late_aes67:--}" "${late:--}"
  client_pid=()
done
stop a
stop b
