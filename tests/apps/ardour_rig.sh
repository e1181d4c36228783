# ardour_rig.sh - Ardour with 64 tracks on the JACK server that runs, by ardour.lua.
# Sourced, after alsa.sh.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
ardour=$(compgen -c | grep -x -m1 'ardour[0-9]*-lua') || skip "there is no Ardour"
export HOME=${folder:?} XDG_CONFIG_HOME=$folder/config XDG_CACHE_HOME=$folder/cache

start_ardour() {
  local n
  "$ardour" "$VSC_SOURCE/tests/apps/ardour.lua" "$folder" \
    >"$folder/ardour.log" 2>&1 </dev/null &
  ardour_pid=$!
  helpers+=("$ardour_pid")
  reach ready
  for n in {1..64}; do
    wait_for 50 plays "$n" || fail "track $n is not connected"
  done
}

# plays N: track N, on the system's output N. Ardour may have connected it.
plays() {
  jack_connect "ardour:Audio $1/audio_out 1" "system:playback_$1" >"$folder/connect.log" 2>&1 &&
    return
  jack_lsp -c "system:playback_$1" >"$folder/connected" 2>/dev/null
  grep -q "ardour:Audio $1/audio_out 1" "$folder/connected"
}

is_at() { [ -e "$folder/ardour.$1" ] || ! kill -0 "$ardour_pid" 2>/dev/null; }

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

# recorded: its tracks, raw s24le.
recorded() {
  local n files=()
  for n in {1..64}; do
    files+=("$folder/session/interchange/session/audiofiles/"*"Audio $n-"*.wav)
  done
  sox -V1 -M "${files[@]}" -t raw -e signed -b 24 -
}

end_ardour() {
  local code=0
  touch "$folder/ardour.end"
  wait "$ardour_pid" || code=$?
  [ "$code" = 0 ] || fail "Ardour ended with $code"
}
