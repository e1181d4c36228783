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
loosely=" key-of-another-section time-comma time-range time-space \
time-too-fine time-without-unit unknown-key-long-list "
# What is wrong with the text is told before what is wrong with its meaning.
in_rounds=" include-broken many-mistakes-all-told "
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
      [[ $in_rounds == *" $name "* ]] ||
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
wrong '1: [receive] needs a name: [receive NAME]' '[receive]' 'ttl = 1'
wrong '2: rate' '[device]' 'rate = 48001'
wrong '1: channels: channels are needed' '[send t]' 'address = 239.1.1.1'
wrong '1: a stream to send needs an address' '[send t]' 'channels = 1-8'
wrong '2: address: write an IPv4 address' '[send t]' 'address = 239.1.1' 'channels = 1-8'
wrong '3: channels: channel 65: the device has 64 inputs' '[receive r]' \
  'address = 239.1.1.1' 'channels = 60-65'
wrong '4: map' "${receive[@]}" 'map = 9>1'
wrong '4: link_offset: write a time' "${receive[@]}" 'link_offset = 3 sacks'
wrong '4: link_offset: 24000 frames; with a ring of 8192 frames' "${receive[@]}" \
  'link_offset = 500ms'
wrong '4: feeds a device input that "r" feeds already' "${receive[@]}" \
  '[receive s]' 'address = 239.1.1.2' 'channels = 8-9'
wrong '4: sends to the same address and port as "a"' '[send a]' \
  'address = 239.1.1.1' 'channels = 1-8' '[send b]' 'address = 239.1.1.1' 'channels = 9-16'
loop=('[loopback l]' 'from = out 1-8' 'to = in 1-8')
wrong '2: from: write outputs as in out 1-8' '[loopback l]' 'from = 1-8' 'to = in 1-8'
wrong '3: to: 7 channels, and "from" has 8' '[loopback l]' 'from = out 1-8' 'to = in 2-8'
wrong '3: to: channel 65: the device has 64 inputs' '[loopback l]' 'from = out 1' 'to = in 65'
wrong '4: delay: "47frames" is too short; from out to in the least is 48 frames (1ms)' \
  "${loop[@]}" 'delay = 47frames'
wrong '4: delay: write a time such as 3ms, or frames as in 96frames' "${loop[@]}" 'delay = 3'
wrong '6: to: device input 8 is fed by "r" already' "${receive[@]}" \
  '[loopback l]' 'from = out 1-8' 'to = in 8-15'
wrong '2: from: sound would go in a circle: "l" is fed by "m", that is fed by "l"' \
  "${loop[@]}" '[loopback m]' 'from = in 8' 'to = out 8'
refused no-such-profile
grep -q 'no profile "no-such-profile"; see: aes67 profile list' "$folder/err" ||
  fail "$(cat "$folder/err")"
refused interop --set stream.ttl=0
grep -qF -- '--set: ttl: "0" is not in 1..255' "$folder/err" || fail "$(cat "$folder/err")"
refused interop --set nonsense
refused interop --set stream.nonsense=1
