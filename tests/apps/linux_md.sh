#!/usr/bin/env bash
# linux_md.sh - every line of "What to type" in docs/linux.md, as it is written
# there, after aes67 device install, on one engine.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need aplay sox

if [ "${1:-}" != inside ]; then
  rm -rf "$folder"
  exec unshare --mount bash "$0" inside
fi
# Of its own, for jackd's sake: see jack_names.sh.
mount -t tmpfs tmpfs /dev/shm 2>/dev/null || skip "this namespace mounts nothing"
unset ALSA_CONFIG_PATH AES67_INSTANCE XDG_CONFIG_HOME
export HOME=$folder/home PATH=$VSC_BUILD:$PATH
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=aes67-doc-$$
mkdir "$HOME"
cd "$HOME"
aes67 device install --user >"$folder/install.log" 2>&1 || fail "it cannot be installed"
engine here default "$folder/mirror.ini"
sox -n -r "$rate" -b 24 -c 2 take.wav synth 2 sine 440 gain -6

text=$VSC_SOURCE/docs/linux.md
has_ports() { [ "$(jack_lsp 2>/dev/null | grep -c '^system:')" = 128 ]; }

# try LINE: until it ends with 0; 3 is aes67's word for a machine that was late.
try() {
  local program code=0
  program=${1##*=aes67 }
  program=${program%% *}
  if ! command -v "$program" >/dev/null; then
    say "  there is no $program"
    return 0
  fi
  if [ "$program" = jackd ]; then
    # It stays.
    bash -c "exec ${1/ -d / -r -d }" >"$folder/jackd.log" 2>&1 </dev/null &
    helpers+=($!)
    wait_for 100 has_ports || fail "jackd has no ports"
    return 0
  fi
  timeout 100 bash -o pipefail -c "$1" >"$folder/line.log" 2>&1 </dev/null || code=$?
  if [ "$code" = 3 ] && [[ $1 == *aes67\ play* || $1 == *aes67\ record* ]]; then
    say "  the machine was late"
    code=0
  fi
  [ "$code" = 0 ] || fail "\"$1\" ended with $code"
}

tried=0
while IFS= read -r line; do
  say "$line"
  rm -f ./*.w64 ./*.flac
  try "$line"
  tried=$((tried + 1))
done < <(sed -n '/^## What to type/,/^## When/s/^    \([a-zA-Z].*\)$/\1/p' "$text" |
  grep -v '^audio_output')
[ "$tried" -ge 12 ] || fail "only $tried lines were found"

# The two outputs of mpd, as they are written.
if command -v mpd >/dev/null && command -v mpc >/dev/null; then
  say "mpd"
  mkdir music
  mv take.wav music
  {
    printf 'music_directory "%s"\ndb_file "%s"\nbind_to_address "%s"\n' \
      "$PWD/music" "$PWD/mpd.db" "$PWD/mpd.socket"
    sed -n '/^    audio_output/,/^    }/s/^    //p' "$text"
  } >mpd.conf
  export MPD_HOST=$PWD/mpd.socket
  kill "${helpers[-1]}" 2>/dev/null || true # jackd has the channels
  mpd --no-daemon --stderr mpd.conf >"$folder/mpd.log" 2>&1 </dev/null &
  helpers+=($!)
  wait_for 100 mpc -q update --wait 2>/dev/null || fail "mpd does not start"
  mpc -q add take.wav
  plays() { aes67 status --json | jq -e '.clients[] | select(.writes == "1-2")' >/dev/null; }
  for output in 1 2; do
    mpc -q enable only "$output" 2>/dev/null
    mpc -q play
    wait_for 150 plays || fail "output $output does not play: $(mpc 2>&1)"
    mpc -q stop
    wait_for 150 eval '! plays' || fail "output $output does not stop"
  done
  kill "${helpers[-1]}"
fi
stop default
