# jack_card.sh - sound cards "speaker" and "mic" of ALSA's that are JACK's without
# hardware, on its own clock. Sourced behind alsa.sh.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
need jackd jack_lsp jack_connect
compgen -G '/usr/lib/*/alsa-lib/libasound_module_pcm_jack.so' >/dev/null ||
  skip "alsa-lib has no plug-in for JACK"

export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=aes67-test-$$
cat >"$folder/cards.conf" <<'END'
pcm.speaker { type jack name "speaker" playback_ports { 0 system:playback_1 1 system:playback_2 } }
pcm.mic { type jack name "mic" capture_ports { 0 system:capture_1 1 system:capture_2 } }
END
export ALSA_CONFIG_PATH=$ALSA_CONFIG_PATH:$folder/cards.conf
jackd -d dummy -r "$rate" -p 1024 >"$folder/jackd.log" 2>&1 &
server=$!
helpers+=("$server")
has_ports() { [ "$(jack_lsp 2>/dev/null | grep -c "^$1:")" = 2 ]; }
has_server() { [ "$(jack_lsp 2>/dev/null | grep -c '^system:')" -gt 0 ]; }
wait_for 100 has_server || fail "there is no JACK: $(cat "$folder/jackd.log")"
