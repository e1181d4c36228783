#!/usr/bin/env bash
# portaudio.sh - a PortAudio application with 64 inputs and outputs on one engine
# sends back what the other engine plays: it comes back exactly, after the latency
# that PortAudio told the application and the two link offsets.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
program=$VSC_BUILD/tests/apps/portaudio
[ -x "$program" ] || skip "it was built without PortAudio"
need jq

two_engines
for frames in 128 512; do
  through portaudio "$program" aes67 64 "$frames"
  say "$frames frames: $(cat "$folder/portaudio")"
  comes_back "$(jq .latency "$folder/portaudio")" "$(jq .flags "$folder/portaudio")"
done
stop a
stop b
