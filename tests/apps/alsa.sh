# alsa.sh - what the scripts of tests/apps share: an engine that hears its own 64
# channels, alsa-lib told where our PCM is, noise to play, and the judgement of
# what was recorded. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=tests/net/applications.sh
source "${VSC_SOURCE:?where the sources are}/tests/net/applications.sh"

plugin=$VSC_BUILD/hal/alsa/libasound_module_pcm_aes67.so
[ -e "$plugin" ] || skip "it was built without alsa-lib"
system_conf=/usr/share/alsa/alsa.conf
[ -e "$system_conf" ] || skip "alsa-lib has no alsa.conf"
printf '%s_type.aes67 { lib "%s" }\n' pcm "$plugin" \
  ctl "${plugin/_pcm_/_ctl_}" >"$folder/asound.conf"
export ALSA_CONFIG_PATH=$system_conf:$VSC_SOURCE/hal/alsa/50-aes67.conf:$folder/asound.conf
export AES67_INSTANCE=a

# noise CHANNELS SECONDS: raw s24le, the same each second; its path.
noise() {
  local file=$folder/noise$1x$2.raw n
  if [ ! -e "$file" ]; then
    "$tools/noise" write "$1" 1 >"$folder/noise.once"
    for ((n = 0; n < $2; n++)); do
      cat "$folder/noise.once"
    done >"$file"
  fi
  printf '%s\n' "$file"
}

# is_exact FILE CHANNELS [search]: nothing in it but the noise and silence, and a
# tenth of a second of the noise without a break. With "search", what a program
# leaves out closes up; so it does where one said that it was stopped too long.
is_exact() {
  local line exact silent wrong longest group=$2 how=${3:-compare}
  [ "$2" -lt 8 ] || group=8
  grep -qs 'run!!!' "$folder/record.log" "$folder/play.log" && how=search
  "$tools/noise" "$how" "$2" "$group" 1 <"$1" >"$folder/verdict"
  while read -r line; do
    read -r _ _ exact _ silent _ wrong _ longest _ <<<"$line"
    say "  $exact exact, $silent silent, $wrong wrong; $longest in a row"
    [ "$wrong" = 0 ] || fail "wrong frames in $1: $line"
    [ "$longest" -ge $((rate / 10)) ] || fail "hardly anything in $1: $line"
  done <"$folder/verdict"
}

# loop PLAY RECORD: two commands, one that plays for 5 s, one that records for 4.
loop() {
  local code=0
  bash -c "$2" >"$folder/record.log" 2>&1 </dev/null &
  local recorder=$!
  helpers+=("$recorder")
  sleep 0.3
  timeout 30 bash -c "$1" >"$folder/play.log" 2>&1 </dev/null || code=$?
  [ "$code" = 0 ] || fail "it played with exit $code: $(tail -n 5 "$folder/play.log")"
  wait "$recorder" || code=$?
  [ "$code" = 0 ] || fail "it recorded with exit $code: $(tail -n 5 "$folder/record.log")"
}

# told NAME COMMAND...: it fails, and says what tests/golden/aplay/NAME.txt has:
# source lines, processes, the name of shared memory and alsa-lib's list of settings
# apart.
told() {
  local name=$1 code=0
  shift
  timeout 30 "$@" >"$folder/told" 2>&1 </dev/null || code=$?
  if [ "$code" = 0 ] || [ "$code" = 124 ]; then
    fail "$* was not refused: exit $code: $(cat "$folder/told")"
  fi
  sed -E -e 's|^ALSA lib ([^ /]*/)*([a-z]+\.c):[0-9]+:|ALSA lib \2:LINE:|' \
    -e 's/^([a-z]+: [a-z_]+):[0-9]+:/\1:LINE:/' -e 's/\(pid [0-9]+\)/(pid PID)/' \
    -e 's|"/aes67-[0-9a-f]+-([rt])"|"/aes67-NAME-\1"|' \
    -e '/^[A-Z_]+: +/d' "$folder/told" >"$folder/$name.txt"
  diff -u "$VSC_SOURCE/tests/golden/aplay/$name.txt" "$folder/$name.txt" >&2 ||
    fail "$name: aplay says something else"
}
