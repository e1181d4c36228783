#!/usr/bin/env bash
# bad_profiles.sh - "aes67 run" on the broken profiles of tests/golden/profiles, and
# on mistakes that only an engine sees: exit 2, file and line of each, and nothing
# else is said or done.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"

golden=$VSC_SOURCE/tests/golden/profiles
mkdir "$folder/config"
cp -r "$golden/installed" "$folder/config/aes67"
export XDG_CONFIG_HOME=$folder/config

# The golden texts were made with tables of a unit test. Where the engine's own
# tables allow other values, place and key are compared, not the whole line; where
# they allow anything, or tell it later, there is nothing to compare.
loosely=" key-of-another-section many-mistakes-all-told time-comma time-range time-space \
time-too-fine time-without-unit unknown-key-far unknown-key-long-list "
not_here=" real-comma good include-twice time-negative value-quoted word-far word-near "

# refused PROFILE [OPTION...]: 2, and only lines that name a place.
refused() {
  local code=0
  timeout 10 "$aes67" run "$@" --instance bad >"$folder/out" 2>"$folder/err" \
    </dev/null || code=$?
  [ "$code" = 2 ] || fail "$*: exit $code, not 2: $(cat "$folder/err")"
  [ ! -s "$folder/out" ] || fail "$*: words on stdout: $(cat "$folder/out")"
  ! grep -av -e '^aes67: no profile ' -e '^aes67: [^ ]*\(:[0-9]*\)\?: ' "$folder/err" >&2 ||
    fail "$*: a line without a place"
  ! ls "$XDG_RUNTIME_DIR"/aes67/bad* 2>/dev/null ||
    fail "$*: an engine was begun"
}

compared=0
for expected in "$golden"/*.expected; do
  name=$(basename "$expected" .expected)
  [[ $not_here != *" $name "* ]] || continue
  refused "$golden/$name.ini"
  sed -e 's/^aes67: //' -e "s#$golden/##g" -e "s#$folder/config/aes67/#installed/#g" \
    "$folder/err" >"$folder/told"
  while IFS= read -r line; do
    if [[ $loosely == *" $name "* ]] && [[ $line =~ ^[^:]*:[0-9]*:\ [a-z_]* ]]; then
      line=${BASH_REMATCH[0]}
    fi
    if grep -qaF -- "$line" "$folder/told"; then
      compared=$((compared + 1))
    else
      fail "$name: not told: $line; but: $(cat "$folder/told")"
    fi
  done <"$expected"
done
say "$compared lines"
[ "$compared" -ge 60 ] || fail "only $compared golden lines were compared"

# wrong LINE KEYS: the profile of these lines is refused, and LINE is told.
wrong() {
  local line=$1
  shift
  printf '%s\n' "$@" >"$folder/p.ini"
  refused "$folder/p.ini"
  grep -qF -- "$folder/p.ini:$line" "$folder/err" ||
    fail "not told: $line; but: $(cat "$folder/err")"
}

receive=('[receive r]' 'address = 239.1.1.1' 'channels = 1-8')
wrong '1: unknown section [bogus]; there are [engine]' '[bogus]'
wrong '1: unknown section [dvice]; did you mean [device]?' '[dvice]'
wrong '1: [receive] needs a name: [receive NAME]' '[receive]' 'ttl = 1'
wrong '2: rate: "48001" is not 44100 or 48000 times' '[device]' 'rate = 48001'
wrong '1: [send t] needs channels' '[send t]' 'address = 239.1.1.1'
wrong '1: [send t] needs an address' '[send t]' 'channels = 1-8'
wrong '2: address: "239.1.1" is not an IPv4 address' '[send t]' 'address = 239.1.1' 'channels = 1-8'
wrong '3: channels: channel 65: the device has 64 inputs' '[receive r]' \
  'address = 239.1.1.1' 'channels = 60-65'
wrong '4: map' "${receive[@]}" 'map = 9>1'
wrong '4: link_offset: "3 sacks" is not a time' "${receive[@]}" 'link_offset = 3 sacks'
wrong '4: link_offset: 24000 frames; with a ring of 8192 frames' "${receive[@]}" \
  'link_offset = 500ms'
wrong '6: channels: "r" feeds device input 8 already' "${receive[@]}" \
  '[receive s]' 'address = 239.1.1.2' 'channels = 8-9'
wrong '5: address: "a" sends to the same address and port' '[send a]' \
  'address = 239.1.1.1' 'channels = 1-8' '[send b]' 'address = 239.1.1.1' 'channels = 9-16'
wrong '4: map: device input 2 is fed twice' "${receive[@]}" 'map = 1>2, 2>2'
wrong '2: address: "255.255.255.255" is neither a group' '[send t]' \
  'address = 255.255.255.255' 'channels = 1-8'
wrong '4: source: "239.1.1.2" is not the address of a host' "${receive[@]}" 'source = 239.1.1.2'
wrong '4: rtp_offset: "later" is not auto, sdp, or a number' "${receive[@]}" 'rtp_offset = later'
wrong '2: buffer: 8192 frames; with a ring of 8192 frames it may be at most 2048' \
  '[device]' 'buffer = 8192'
wrong '2: ring: "8000" is not 0 or a power of two' '[device]' 'ring = 8000'
wrong '2: module: "discovery-x": no such module in' '[discovery d]' 'module = discovery-x'
wrong '1: [discovery d] needs the key "module"' '[discovery d]' 'folder = /tmp'
wrong '1: [transport rpt] "transport-rpt": no such module in' '[transport rpt]' 'x = 1'
wrong '2: unknown key "x" in [codec l24]; allowed: none' '[codec l24]' 'x = 1'
# In [stream], whether a stream uses it or not.
wrong '2: link_offset: "-3ms" is not a time' '[stream]' 'link_offset = -3ms'
wrong '2: link_offset: "0s" is not more than 0' '[stream]' 'link_offset = 0s'
wrong '2: encoding: "codec-l23": no such module in' '[stream]' 'encoding = L23'
wrong '2: transport: "transport-udp": no such module in' '[stream]' 'transport = udp'

# once LINE PROFILE OPTION...: that is told, and no other line.
once() {
  refused "${@:2}"
  if [ "$(wc -l <"$folder/err")" != 1 ] || ! grep -qF -- "aes67: $1" "$folder/err"; then
    fail "not told, or not alone: $1; but: $(cat "$folder/err")"
  fi
}

once 'no profile "low-latncy"; did you mean "low-latency"? see: aes67 profile list' low-latncy
once 'no profile "no-such-profile"; see: aes67 profile list' no-such-profile
once 'no profile "./no-such.ini": No such file or directory' ./no-such.ini
once 'no profile "/tmp": it is a folder' /tmp
# 16 streams have it from there.
once '--set: ttl: "0" is not in 1..255' interop --set stream.ttl=0
once '--set: link_offset: "3" has no unit' interop --set stream.link_offset=3
once '--set: transport: 40 bytes are too long' interop \
  --set stream.transport=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
once '--set: encoding: "codec-l23": no such module in' interop --set stream.encoding=L23
once '--set: packet_time: a packet of 8 channels would hold 4608 bytes' interop \
  --set stream.packet_time=4ms
once '--set: unknown section [rx1]; did you mean [receive rx1]?' interop --set rx1.ttl=3
once '--set: [send x] needs an address' interop --set "send x.channels=1-8"
once '--set: module: "system": no such module in' interop --set clock.module=system
grep -q 'did you mean "clock-system"?' "$folder/err" || fail "$(cat "$folder/err")"
once '--set: utc_offset: "x" is not a whole number' interop --set clock.utc_offset=x
refused interop --set nonsense
refused interop --set stream.nonsense=1

# One mistake hides no other.
printf '%s\n' '[stream]' 'ttl = 0' 'link_offset = 3' '[device]' 'rate = 1' '[clock]' \
  'module = clock-x' '[send a]' 'port = 0' 'address = 239.1' 'channels = 8-1' 'no key' \
  '[receive b]' 'channels = 1' 'address = 1.2.3' '[recieve c]' >"$folder/p.ini"
refused "$folder/p.ini"
for line in 2 3 5 7 9 10 11 12 15 16; do
  grep -q "p.ini:$line: " "$folder/err" || fail "line $line is not told: $(cat "$folder/err")"
done
[ "$(wc -l <"$folder/err")" = 10 ] || fail "more than what is wrong: $(cat "$folder/err")"
