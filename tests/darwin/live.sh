#!/bin/sh
# live.sh - one slice of the bundle in a simulated coreaudiod, in true time, at a
# real engine: arm64 runs under qemu. No network: the engine joins the device's
# outputs to its inputs. SPDX-License-Identifier: MIT
set -eu
source=${1:?usage: live.sh SOURCE BUILD BUNDLE x86_64|aarch64}
build=${2:?}
VSC_BUNDLE=${3:?}
processor=${4:?}
export VSC_BUNDLE
cc=${CC:-cc}
run=
if [ ! -e "$VSC_BUNDLE" ]; then
  echo "skipped: no bundle, see darwin.bundle"
  exit 77
fi
if ! command -v jq >/dev/null; then
  echo "skipped: no jq"
  exit 77
fi
if [ "$processor" = aarch64 ]; then
  cc=aarch64-linux-gnu-gcc
  run=qemu-aarch64
  for program in $cc $run; do
    if ! command -v "$program" >/dev/null; then
      echo "skipped: no $program"
      exit 77
    fi
  done
fi
folder=$(mktemp -d)
engine=
beside=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
  for pid in $engine $beside; do
    kill "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

echo 'int main(void) { return 0; }' >"$folder/empty.c"
if ! $cc -static -o "$folder/empty" "$folder/empty.c"; then
  echo "skipped: $cc has no C library to link"
  exit 77
fi
cd "$source"
for program in live replay; do
  $cc -std=c11 -O2 -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L -I. \
    -Isdk/include -isystem hal/coreaudio/apple -static -o "$folder/$program" \
    tests/coreaudio/host_agree.c tests/coreaudio/host_walk.c \
    tests/coreaudio/host_devices.c tests/coreaudio/minicf.c \
    tests/coreaudio/simulated_host.c tests/coreaudio/trace_read.c \
    tests/coreaudio/trace_replay.c hal/coreaudio/trace_line.c \
    tests/darwin/$program.c \
    tests/darwin/factory.c tests/darwin/machine_real.c tests/darwin/macho.c \
    tests/darwin/shims.c "tests/darwin/shims_$processor.c" -lm
done

mkdir -m 700 "$folder/run" "$folder/state"
export AES67_RUNTIME_DIR="$folder/run" AES67_INSTANCE=live
export XDG_STATE_HOME="$folder/state"
cat >"$folder/live.ini" <<'END'
[device]
inputs = 64
outputs = 64
[clock]
module = clock-system
[loopback all]
from = out 1-64
to = in 1-64
delay = 10ms
END
# start_engine PPM OPTION...: its clock runs so much fast.
start_engine() {
  STEPPING_PPM=$1
  shift
  STEPPING_PPM=$STEPPING_PPM LD_PRELOAD=$build/tests/net/libstepping.so \
    "$build/aes67" run "$folder/live.ini" "$@" 2>"$folder/engine.log" &
  engine=$!
  left=100
  while ! grep -q '^ready' "$folder/engine.log"; do
    left=$((left - 1))
    if [ $left = 0 ] || ! kill -0 $engine; then
      cat "$folder/engine.log"
      exit 1
    fi
    sleep 0.1
  done
}
start_engine 0
# Another instance: another device, which nobody uses.
printf '[device]\ninputs = 2\noutputs = 2\n[clock]\nmodule = clock-system\n' \
  >"$folder/beside.ini"
"$build/aes67" run "$folder/beside.ini" --instance beside 2>"$folder/beside.log" &
beside=$!
if ! $run "$folder/live" 480 10000 >"$folder/told"; then
  cat "$folder/told" "$folder/engine.log"
  exit 1
fi
cat "$folder/told"
grep -q ' 2 devices$' "$folder/told" || {
  echo "FAIL the other engine's device is not there"
  cat "$folder/beside.log"
  exit 1
}
kill $beside
wait $beside || true
beside=

# The program was in time, so the engine was not: it has counted what it was too late
# for, or woke so late that what it brought was asked for before.
silent=$(sed -n 's/.* \([0-9]*\) silent though in time.*/\1/p' "$folder/told")
late=$("$build/aes67" status --json | jq '.loopbacks[0].late_frames')
woke=$("$build/aes67" stats --json | jq '.audio.lateness_ns.max')
echo "the engine was too late for $late frames, and woke $woke ns late at most"
# Ten times as long as the worst was.
[ "$woke" -lt 1000000 ] || late=$((late + 10 * woke / 20833))
if [ "$silent" -gt "$late" ]; then
  echo "FAIL $silent silent frames, of which $late are explained"
  exit 1
fi

# The engine is killed and comes back, comes back with a clock a second ahead, each
# time another 490 ppm off, and then the rate is another: what is right goes on.
$run "$folder/live" 480 20000 restless >"$folder/told" &
host=$!
for clock in 37 38; do
  left=600
  while [ "$(grep -c '^heard in seed' "$folder/told")" -le $((clock - 37)) ] &&
    [ $left -gt 0 ] && kill -0 $host; do
    left=$((left - 1))
    sleep 0.1
  done
  sleep 1
  kill -9 $engine
  wait $engine || true
  start_engine $((980 * (clock - 37) - 490)) --set "clock.utc_offset=$clock"
done
if ! wait $host; then
  cat "$folder/told" "$folder/engine.log"
  exit 1
fi
cat "$folder/told"
grep -q 'exact in [4-9] seeds' "$folder/told" || {
  echo "FAIL it did not recover each time"
  exit 1
}

# A trace of the same, and all of it asked again.
packaging/darwin/bundle.sh . "$folder/trace.driver" --trace
VSC_BUNDLE=$folder/trace.driver/Contents/MacOS/aes67-vsc \
  $run "$folder/live" 480 500 2>"$folder/trace"
$run "$folder/replay" <"$folder/trace"
