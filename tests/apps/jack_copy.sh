#!/usr/bin/env bash
# jack_copy.sh - jackd on one engine's device: a recorder records 64 channels of
# what the other engine plays, and a client sends them back; they come back after
# the latency that JACK reports and the two link offsets, to the frame.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
program=$VSC_BUILD/tests/apps/copy
[ -x "$program" ] || skip "it was built without JACK"
need jq sox jackd jack_lsp jack_rec

two_engines
jack a 512
if with_jack through copy "$program" 64; then
  say "there and back: $(cat "$folder/copy")"
  comes_back "$(jq .latency "$folder/copy")"
else
  has_heard "$folder/heard.b"
fi

mapfile -t ports < <(seq -f 'system:capture_%g' 64)
record() {
  counted b a >"$folder/counted.before"
  jack_rec -f "$folder/heard.wav" -d 4 -b 32 "${ports[@]}" >"$folder/rec.log" 2>&1
  counted_since b a
  # It connects one port after the other.
  sox "$folder/heard.wav" -t raw -e signed -b 24 "$folder/heard.raw" trim 0.5
}

say "a recorder"
play b 1
if with_jack record; then
  is_sound "$folder/heard.raw" 64 search
else
  "$tools/noise" search 64 8 1 <"$folder/heard.raw" >"$folder/verdict"
  has_heard "$folder/verdict"
fi
hush b
stop_jack
stop a
stop b
