#!/usr/bin/env bash
# audacity.sh - Audacity, on a screen that nobody sees and told what to do through
# its pipes, records from the device and plays to it, bit by bit.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need audacity Xvfb xdotool pgrep aplay arecord sox

module=$(dpkg -L audacity 2>/dev/null | grep '/mod-script-pipe\.so$') ||
  skip "this Audacity has no mod-script-pipe"
# A name for all of a user's, and one Audacity for them: not beside another.
pipe=/tmp/audacity_script_pipe
! pgrep -x audacity >/dev/null || skip "an Audacity runs already"
rm -f "$pipe.to.$UID" "$pipe.from.$UID" 2>/dev/null || skip "$pipe.* is somebody else's"
trap 'clean_up; rm -f "$pipe.to.$UID" "$pipe.from.$UID"' EXIT

version=$(dpkg-query -W -f '${Version}' audacity)
IFS=.+- read -r major minor micro _ <<<"${version#*:}"

# What it would ask at its first start is answered. The module has its file's date,
# or it were a new one; a file is written as the 32-bit floats that are recorded.
export HOME=$folder/home XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data \
  XDG_CACHE_HOME=$folder/cache TMPDIR=$folder/tmp TZ=UTC \
  NO_AT_BRIDGE=1 DBUS_SESSION_BUS_ADDRESS=disabled:
mkdir -p "$HOME" "$XDG_CONFIG_HOME/audacity" "$XDG_DATA_HOME/audacity" \
  "$XDG_CACHE_HOME" "$TMPDIR"
cat >"$XDG_CONFIG_HOME/audacity/audacity.cfg" <<END
NewPrefsInitialized=1
PrefsVersion=1.1.1r1
[Version]
Major=$major
Minor=$minor
Micro=$micro
[Locale]
Language=en
[GUI]
ShowSplashScreen=0
[Warnings]
DropoutDetected=0
[Update]
DefaultUpdatesChecking=0
UpdateNoticeShown=1
[Directories]
TempDir=$TMPDIR
[AudioIO]
Host=ALSA
PlaybackDevice=aes67
RecordingDevice=aes67
RecordChannels=2
[SamplingRate]
DefaultProjectSampleRate=$rate
DefaultProjectSampleFormatChoice=Format32BitFloat
[Quality]
DitherAlgorithmChoice=None
HQDitherAlgorithmChoice=None
[FileFormats/ExportFormat_SF1_Type]
WAV_10000=6
[Module]
mod-script-pipe=1
[ModulePath]
mod-script-pipe=$module
[ModuleDateTime]
mod-script-pipe=$(date -r "$module" +%Y-%m-%dT%H:%M:%S)
END

has_window() { xdotool search --onlyvisible --name '^Audacity$' >/dev/null 2>&1; }

start_screen() {
  Xvfb -displayfd 3 -screen 0 1280x1024x24 -nolisten tcp \
    3>"$folder/display" >"$folder/xvfb.log" 2>&1 </dev/null &
  helpers+=("$!")
  wait_for 300 test -s "$folder/display" || fail "Xvfb does not start"
  DISPLAY=:$(cat "$folder/display")
  export DISPLAY
}

# At its first start another process of it looks at plug-ins, and makes the pipes
# anew: what the first one reads has to be open by then. Later starts know them.
start_audacity() {
  audacity >"$folder/audacity.log" 2>&1 </dev/null &
  audacity_pid=$!
  helpers+=("$audacity_pid")
  wait_for 600 test -p "$pipe.to.$UID" || fail "Audacity has no pipes"
  # For reading and writing, both: or it waited for an Audacity that has died.
  exec {to}<>"$pipe.to.$UID" {from}<>"$pipe.from.$UID"
  wait_for 600 has_window || fail "Audacity has no window"
  is_done 15 "SelectNone:" && return
  kill -9 "$audacity_pid"
  wait "$audacity_pid" 2>/dev/null || true
  exec {to}>&- {from}>&-
  rm -f "$pipe.to.$UID" "$pipe.from.$UID"
  return 1
}

# is_done SECONDS COMMAND: Audacity says within them that it is done.
is_done() {
  local line=
  printf '%s\n' "$2" >&"$to"
  until [[ $line == "BatchCommand finished: "* ]]; do
    read -r -t "$1" line <&"$from" || return 1
  done
  [ "$line" = "BatchCommand finished: OK" ]
}

tell() { is_done 60 "$1" || fail "Audacity does not do \"$1\""; }

engine here a "$folder/mirror.ini"
start_screen
start_audacity || start_audacity || start_audacity || fail "Audacity does not answer"
rm -f "$pipe.to.$UID" "$pipe.from.$UID"

say "it records"
aplay -q -D aes67 -t raw -f S24_3LE -c 2 -r "$rate" "$(noise 2 60)" \
  >"$folder/play.log" 2>&1 </dev/null &
player=$!
helpers+=("$player")
sleep 0.3
tell "Record2ndChoice:"
sleep 4
tell "Stop:"
kill "$player"
wait "$player" || true
tell "SelectAll:"
tell "Export2: Filename=$folder/heard.wav NumChannels=2"
tell "RemoveTracks:"
sox -V1 "$folder/heard.wav" -t raw -e signed -b 24 "$folder/heard.raw"
is_exact "$folder/heard.raw" 2 search

say "it plays"
sox -t raw -r "$rate" -e signed -b 24 -c 2 "$(noise 2 5)" "$folder/noise.wav"
tell "Import2: Filename=$folder/noise.wav"
tell "SelectAll:"
arecord -q -D aes67 -t raw -f S24_3LE -c 2 -r "$rate" -d 5 "$folder/heard.raw" \
  >"$folder/record.log" 2>&1 </dev/null &
recorder=$!
helpers+=("$recorder")
sleep 0.3
tell "Play:"
wait "$recorder" || fail "arecord: $(cat "$folder/record.log")"
tell "Stop:"
is_exact "$folder/heard.raw" 2 search
stop a
