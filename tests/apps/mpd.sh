#!/usr/bin/env bash
# mpd.sh - mpd plays through its alsa output, and through its pipe output into
# aes67 play: what the other engine hears is the file, bit by bit.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need mpd mpc sox

mkdir "$folder/music"
sox -t raw -r "$rate" -e signed -b 24 -c 2 "$(noise 2 5)" "$folder/music/noise.wav"
cat >"$folder/mpd.conf" <<END
music_directory "$folder/music"
db_file "$folder/mpd.db"
bind_to_address "$folder/mpd.socket"
replaygain "off"
audio_output {
  type "alsa"
  name "alsa"
  device "aes67:a"
  format "$rate:32:2"
  mixer_type "none"
}
audio_output {
  type "pipe"
  name "pipe"
  command "exec $aes67 play --quiet --instance a --channels 2 --format s32le -"
  format "$rate:32:2"
  mixer_type "none"
}
END
export MPD_HOST=$folder/mpd.socket

two_engines
mpd --no-daemon --stderr "$folder/mpd.conf" >"$folder/mpd.log" 2>&1 </dev/null &
server=$!
helpers+=("$server")
wait_for 100 mpc -q update --wait 2>/dev/null || fail "mpd does not start"
mpc -q add noise.wav
for output in alsa pipe; do
  say "$output"
  mpc -q enable only "$output" >"$folder/mpc.log"
  between a b "mpc -q play && mpc -q idle player && sleep 5 && mpc -q stop" \
    "arecord -q -D aes67:b -f S24_3LE -c 2 -t raw -r $rate -d 4 $folder/heard.raw"
  is_sound "$folder/heard.raw" 2 search
done
kill "$server"
wait "$server" || fail "mpd ended with $?"
stop a
stop b
