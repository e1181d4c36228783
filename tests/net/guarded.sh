#!/usr/bin/env bash
# guarded.sh - two engines as they are installed, 64 channels each way, with
# librtguard before the C library: while applications come and go and routes
# change, their audio threads do nothing that is not planned. Nor does the thread
# that calls an application back.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

guard=$VSC_BUILD/tests/rt/librtguard.so
[ -e "$guard" ] || skip "librtguard is not in this build"
cat >"$folder/guarded" <<END
#!/bin/sh
LD_PRELOAD=$guard exec $aes67 "\$@"
END
chmod +x "$folder/guarded"
aes67=$folder/guarded

a_cable
engine left a low-latency --set "transport rtp.xdp=yes" # one each way of sending
engine right b low-latency --side b

for _ in 1 2; do
  play a 1
  play b 2
  for map in '1>3, 2>4' '1>3, 1>4' '1>1, 2>2'; do
    listen b 1 0.5
    "$aes67" route set rx1 "$map" --instance b >"$folder/route.log" 2>&1 ||
      fail "route set rx1 \"$map\""
    "$aes67" stats --json --instance a >/dev/null
    heard b || true # which channel carries what has changed
  done
  hush a
  hush b
  sleep 0.2 # the audio threads stop, and start again with the next
done
mkfifo "$folder/enter"
LD_PRELOAD=$guard "$VSC_BUILD/sdk/examples/duplex_feedback" b \
  <"$folder/enter" >"$folder/said.log" 2>"$folder/callback.log" &
example=$!
helpers+=("$example")
exec 7>"$folder/enter"
play a 1
sleep 2
echo >&7
wait "$example" || fail "duplex_feedback ended with $?"
hush a
stop a
stop b

line=$(grep '^rtguard: aes67-client: ' "$folder/callback.log") ||
  fail "no callback was guarded"
say "callbacks: $line"

for instance in a b; do
  line=$(grep '^rtguard: aes67-audio: ' "$folder/$instance.log") ||
    fail "nothing was guarded"
  say "$instance: $line"
  [[ $line == *"nothing unplanned" ]] || fail "not that"
  sleeps=${line%% sleeps*}
  sleeps=${sleeps##* }
  [ "$sleeps" -ge 1000 ] || fail "only $sleeps wake-ups were guarded"
done
