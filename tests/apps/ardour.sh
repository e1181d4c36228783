#!/usr/bin/env bash
# ardour.sh - Ardour, without a screen, on jackd on one engine's device: it records
# 64 tracks of what the other engine plays, and plays them back, bit by bit.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need jq sox jackd jack_lsp jack_connect
ardour=$(compgen -c | grep -x -m1 'ardour[0-9]*-lua') || skip "there is no Ardour"
export HOME=$folder XDG_CONFIG_HOME=$folder/config XDG_CACHE_HOME=$folder/cache

two_engines
jack a 1024
"$ardour" "$(dirname "$0")/ardour.lua" "$folder" >"$folder/ardour.log" 2>&1 </dev/null &
daw=$!
helpers+=("$daw")

is_at() { [ -e "$folder/ardour.$1" ] || ! kill -0 "$daw" 2>/dev/null; }

# reach WHAT: it says so, or has ended.
reach() {
  wait_for 600 is_at "$1"
  [ -e "$folder/ardour.$1" ] || fail "Ardour does not get to \"$1\""
}

# order WHAT DONE
order() {
  touch "$folder/ardour.$1"
  reach "$2"
}

# as_heard FILE XRUNS: all of it is noise, if JACK was in time since.
as_heard() {
  if [ "$(jack_xruns)" = "$2" ]; then
    is_sound "$1" 64 search
  else
    say "JACK was late"
    "$tools/noise" search 64 8 1 <"$1" >"$folder/verdict"
    has_heard "$folder/verdict"
  fi
}

reach ready
for n in {1..64}; do
  jack_connect "ardour:Audio $n/audio_out 1" "system:playback_$n" 2>/dev/null
done

say "recording"
play b 1
sleep 1
xruns=$(jack_xruns)
counted b a >"$folder/counted.before"
order record recording
sleep 5
order stop stopped
counted_since b a
hush b
files=()
for n in {1..64}; do
  files+=("$folder/session/interchange/session/audiofiles/"*"Audio $n-"*.wav)
done
sox -V1 -M "${files[@]}" -t raw -e signed -b 24 "$folder/recorded.raw"
as_heard "$folder/recorded.raw" "$xruns"
# What is silent there is played as silence.
cp "$folder/counted" "$folder/counted.recorded"

say "playing"
order play playing
xruns=$(jack_xruns)
counted a b >"$folder/counted.before"
arecord -q -D aes67:b -f S24_3LE -c 64 -t raw -r "$rate" -d 3 "$folder/played.raw"
counted_since a b
paste "$folder/counted" "$folder/counted.recorded" |
  awk '{ print $1 + $3, $2 + $4 }' >"$folder/counted.both"
mv "$folder/counted.both" "$folder/counted"
touch "$folder/ardour.end"
as_heard "$folder/played.raw" "$xruns"
wait "$daw" || fail "Ardour ended with $?"
stop_jack
stop a
stop b
