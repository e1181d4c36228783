# alsa.sh - what the scripts of tests/apps share: an engine that hears its own 64
# channels, or two on two machines, alsa-lib told where our PCM is, noise to play,
# and the judgement of what was recorded. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=tests/net/applications.sh
# Shared memory of our own: a JACK server that is killed leaves its place taken.
if [ -z "${VSC_OWN_MEMORY:-}" ] && unshare -m true 2>/dev/null; then
  export VSC_OWN_MEMORY=1
  exec unshare -m sh -c 'mount -t tmpfs tmpfs /dev/shm; exec "$@"' sh "$BASH" "$0" "$@"
fi
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

# two_engines: "a" and "b" on two machines, 64 channels each way; programs here
# have the device of either, as aes67:a and aes67:b.
two_engines() {
  a_cable
  local set=(--set "stream.link_offset=${link_offset_ms}ms")
  engine left a interop "${set[@]}"
  engine right b interop --side b "${set[@]}"
}

# counted FROM TO: of each stream on the way, the frames that were not written in
# time, wholly or on some channels, were lost, or nobody had the time to send or play.
counted() {
  # shellcheck disable=SC2016 # a variable of jq's
  paste <(ask "$1" '([.clients[].late_frames] | add // 0) as $late |
      .senders[].underrun_frames + $late') \
    <(ask "$2" '.receivers[] | .lost_frames + .skipped_frames')
}

# between FROM TO PLAY RECORD: the loop, from one engine to the other; "explains"
# wants what it counts.
between() {
  counted "$1" "$2" >"$folder/counted.before"
  loop "$3" "$4"
  counted_since "$1" "$2"
}

# counted_since FROM TO: since counted.before, for "is_sound".
counted_since() {
  counted "$1" "$2" >"$folder/counted.after"
  paste "$folder/counted.before" "$folder/counted.after" |
    awk '{ print $3 - $1, $4 - $2 }' >"$folder/counted"
  { is_in_time "$1" && is_in_time "$2"; } || say "the machine was late"
}

# is_sound FILE CHANNELS [search]: nothing in it but the noise and silence; no more
# silence than "between" has counted, and where that is none no less than a second
# without a break.
is_sound() {
  local line exact silent wrong longest under missing group=$2
  if grep -qsE 'Underrun|run!!!|too slow' "$folder"/{play,record,mpd}.log; then
    say "a program was late, by its own words"
    is_exact "$1" "$2" search
    return
  fi
  [ "$2" -lt 8 ] || group=8
  "$tools/noise" "${3:-compare}" "$2" "$group" 1 <"$1" >"$folder/verdict"
  while read -r line && read -r under missing <&3; do
    read -r _ _ exact _ silent _ wrong _ longest _ <<<"$line"
    say "  $exact exact ($longest in a row), $silent silent" \
      "(explained: $missing on the way, $under underrun), $wrong wrong"
    [ "$wrong" = 0 ] || fail "wrong frames in $1: $line"
    [ "$exact" -ge "$exact_wanted" ] || fail "hardly anything in $1: $line"
    [ "$silent" -le $((missing + under)) ] || fail "silence that nothing explains: $line"
    [ $((missing + under)) -gt 0 ] || [ "$longest" -ge "$rate" ] || fail "it breaks off: $line"
  done <"$folder/verdict" 3<"$folder/counted"
  [ -s "$folder/verdict" ] || fail "nothing was compared"
}

# through NAME COMMAND...: it sends back on a what b plays, until b has heard
# enough; what it says is in $folder/NAME.
through() {
  local name=$1 code=0
  shift
  : >"$folder/$name.log"
  "$@" >"$folder/$name" 2>"$folder/$name.log" </dev/null &
  local pid=$!
  helpers+=("$pid")
  wait_for 150 grep -q '^started' "$folder/$name.log" || fail "$name does not start"
  hear_back
  kill -INT "$pid"
  wait "$pid" || code=$?
  [ "$code" = 0 ] || fail "$name ended with $code"
  # A client of "jackd -v" has more to say.
  sed -i '/^{/!d' "$folder/$name"
}

# hear_back: 64 channels of b, for 5 s.
hear_back() {
  manner=search listen b 1 5
  sleep 0.5
  play b 1
  heard b
  hush b
}

# comes_back FRAMES [XRUNS]: what b heard is what it played, so many frames and two
# link offsets later. An application that was late may have left out some, or
# waited for others: then it is what b played, without anything else.
comes_back() {
  local line exact wrong
  if [ "${2:-0}" -gt 0 ]; then
    say "the application was late $2 times"
    while read -r line; do
      read -r _ _ exact _ _ _ wrong _ <<<"$line"
      say "  $line"
      [ "$wrong" = 0 ] || fail "wrong frames: $line"
      [ "$exact" -ge "$exact_wanted" ] || fail "hardly anything came back: $line"
    done <"$folder/heard.b"
    return
  fi
  detour=$(($1 + offset))
  # What a lost, or had not from its application in time.
  detour_silent=$(counted a a | awk '$1 + $2 > most { most = $1 + $2 } END { print most + 0 }')
  judge b b 50
}

# --- JACK

# jack INSTANCE PERIOD: a server on its device, which waits for its clients, with
# three periods; it knows the device's own latencies. Until its ports are there.
jack() {
  export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1
  export JACK_DEFAULT_SERVER=aes67-test-$$
  jackd -v -S -r -d alsa -d "aes67:$1" -r "$rate" -p "$2" -n 3 \
    -I "$(ask_status "$1" .device.input_latency)" \
    -O "$(ask_status "$1" .device.output_latency)" \
    >"$folder/jackd.log" 2>&1 </dev/null &
  jackd_pid=$!
  helpers+=("$jackd_pid")
  wait_for 100 has_jack_ports || fail "there are no 128 ports"
}

ask_status() { "$aes67" status --json --instance "$1" | jq -r "$2"; }

has_jack_ports() { [ "$(jack_lsp 2>/dev/null | grep -c '^system:')" = 128 ]; }

# How often jackd was late, or one of its clients: one that is very late may hear
# some channels of one period and some of the next, and it is not our fault. Only
# -v tells of the server's own.
jack_xruns() { grep -c 'ALSA XRun\|JackEngine::XRun\|Process error' "$folder/jackd.log" || true; }

# with_jack COMMAND...: until JACK was never late meanwhile, three times at
# most; fails if it always was.
with_jack() {
  local before n
  for n in 1 2 3; do
    before=$(jack_xruns)
    "$@"
    [ "$(jack_xruns)" != "$before" ] || return 0
    say "JACK was late, in attempt $n of 3"
  done
  return 1
}

# has_heard FILE: each line a stream, of which something was exact.
has_heard() {
  local line exact
  while read -r line; do
    read -r _ _ exact _ <<<"$line"
    [ "$exact" -ge "$exact_wanted" ] || fail "hardly anything in $1: $line"
  done <"$1"
}

stop_jack() {
  kill "$jackd_pid"
  wait "$jackd_pid" 2>/dev/null || true
}
