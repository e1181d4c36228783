#!/usr/bin/env bash
# ardour.sh - Ardour, without a screen, on jackd on one engine's device: it records
# 64 tracks of what the other engine plays, and plays them back, bit by bit.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need jq sox jackd jack_lsp jack_connect
# shellcheck source=tests/apps/ardour_rig.sh
source "$(dirname "$0")/ardour_rig.sh"

two_engines
jack a 1024
start_ardour

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
recorded >"$folder/recorded.raw"
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
as_heard "$folder/played.raw" "$xruns"
end_ardour
stop_jack
stop a
stop b
