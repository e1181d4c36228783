#!/usr/bin/env bash
# names.sh - names of sessions that are out to be read as something else (escape
# sequences, HTML, quotes, broken UTF-8, text that is turned around) are listed,
# subscribed to, shown, logged and told to applications without harm; what is
# saved of them is read back as it was; names of ours are saved, or refused.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq iconv
machine left

mkdir "$folder/found"
printf '%s\n' '[engine]' 'interface = lo' 'log_level = debug' \
  '[discovery folder]' 'module = discovery-static' "folder = $folder/found" \
  '[stream]' 'when = always' >"$folder/plain.ini"

# A name as it is sent, and as it is shown.
given=(
  $'\x1b[2J\x1b]0;owned\x07clear\x7f'
  '<script>alert("x")</script>&amp;'
  "it's \"quoted\" \\ \`id\` \$(id) %n%s"
  $'bad \xff\xfe\xc0\xaf utf \xed\xa0\x80'
  $'turn \xe2\x80\xaename\xe2\x81\xa9 \xd8\x9cround\xe2\x80\xa8x'
  $'c1 \xc2\x9b31m csi'
  ' ; a [comment] = or ; section] '
  "ends in \\"
  '{"json": [1, null]}'
  'tab	and  blanks'
)
shown=(
  '[2J]0;ownedclear'
  '<script>alert("x")</script>&amp;'
  "it's \"quoted\" \\ \`id\` \$(id) %n%s"
  'bad ???? utf ???'
  'turn name roundx'
  'c1 31m csi'
  '; a [comment] = or ; section]'
  "ends in \\"
  '{"json": [1, null]}'
  'taband  blanks'
)
for i in "${!given[@]}"; do
  printf 'v=0\r\no=- %d 1 IN IP4 127.0.0.1\r\ns=%s\r\nc=IN IP4 239.69.9.%d/9\r\nt=0 0\r\nm=audio 5004 RTP/AVP 96\r\na=rtpmap:96 L24/48000/2\r\na=ptime:1\r\n' \
    $((i + 1)) "${given[i]}" $((i + 1)) >"$folder/found/$i.sdp"
done

# is_clean FILE: nothing in it that a terminal obeys, that is no text, or that
# turns text around.
is_clean() {
  iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 || fail "$(basename "$1") is not UTF-8"
  ! grep -naP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xd8\x9c' \
    <(tr -d '\r' <"$1") >&2 || fail "$(basename "$1") has what it should not"
}

# says NAME ARGUMENT...: what aes67 says is clean.
says() {
  local code=0
  "$aes67" "${@:2}" --instance a >"$folder/$1.out" 2>"$folder/$1.words" || code=$?
  is_clean "$folder/$1.out"
  is_clean "$folder/$1.words"
  return $code
}

say "they are listed"
engine left a "$folder/plain.ini"
for i in "${!shown[@]}"; do
  wait_for 20 lists a "${shown[i]}" || fail "\"${shown[i]}\" is not listed"
done
says list list
says verbose list --verbose
says json list --json

say "subscribed to by name, and shown"
for i in "${!shown[@]}"; do
  says subscribe subscribe "${shown[i]}" --channels $((2 * i + 1))-$((2 * i + 2)) ||
    fail "cannot subscribe to \"${shown[i]}\": $(cat "$folder/subscribe.words")"
  says sdp sdp show "${shown[i]}" || fail "cannot show \"${shown[i]}\": $(cat "$folder/sdp.words")"
  says file sdp show "$folder/found/$i.sdp" || fail "cannot show $i.sdp: $(cat "$folder/file.words")"
  says check sdp check "$folder/found/$i.sdp" || true
  says check.json sdp check --json "$folder/found/$i.sdp" || true
done
sessions() { "$aes67" list --json --instance a | jq -c '[.streams[] | select((.receiver // "") != "").name] | sort'; }
told=$(sessions)
[ "$told" = "$(printf '%s\n' "${shown[@]}" | jq -Rc . | jq -sc sort)" ] ||
  fail "subscriptions are $told"
for what in status stats 'device names' 'route show' 'profile show --effective'; do
  # shellcheck disable=SC2086 # words
  says "${what%% *}" $what || true
  # shellcheck disable=SC2086
  says "${what%% *}.json" $what --json || true
done
is_clean "$folder/a.log"

say "saved, and read again"
stop a
is_clean "$folder/state/aes67/a.ini"
engine left a "$folder/plain.ini"
[ "$(sessions)" = "$told" ] || fail "subscriptions are $(sessions) after a restart"
for name in "${shown[@]}"; do
  says unsubscribe unsubscribe "$name" || fail "no subscription to \"$name\" any more"
done

say "waited for as they were asked for, or refused"
for name in $'x\nline' $'x\x1b[2J' $'x\xff' 'x = y ; z [a]' 'x ' $'x\t' '"x"'; do
  says subscribe subscribe "$name" --channels 1-2 || {
    [ -s "$folder/subscribe.words" ] || fail "\"$name\" is refused without a word"
    say "  $(head -n 1 "$folder/subscribe.words")"
    continue
  }
  stop a
  engine left a "$folder/plain.ini"
  says unsubscribe unsubscribe "$name" || fail "\"$name\" is not what is waited for after a restart"
done

say "one that is longer than what is said of it"
long=x$(printf 'ü%.0s' {1..60})
"$aes67" subscribe "$long" --instance a --channels 1-2 --quiet
says status.json status --json
jq -e '.receivers[0].reason | test("xüüü.*has been found yet")' \
  "$folder/status.json.out" >/dev/null || fail "$(jq -c .receivers "$folder/status.json.out")"
says unsubscribe unsubscribe "$long"

say "ours are announced as they are, or refused"
is_ours() {
  says ours.json list --json
  jq -e --arg name "$1" '.streams | any(.sender == $name)' "$folder/ours.json.out" >/dev/null
}
for name in "${shown[@]}" $'new\nline' $'\x1b[2J' $'bad \xff' 'a=b' '[x]' $'turn \xe2\x80\xaeround'; do
  says publish publish "$name" --channels 1-2 || {
    grep -q . "$folder/publish.words" || fail "\"$name\" is refused without a word"
    say "  $(cat "$folder/publish.words")"
    continue
  }
  wait_for 30 is_ours "$name" || fail "\"$name\" is not there"
  says ours list
done
says names device names
before=$("$aes67" status --json --instance a | jq -c '[.senders[].name] | sort')
is_clean "$folder/a.log"
stop a
engine left a "$folder/plain.ini"
[ "$("$aes67" status --json --instance a | jq -c '[.senders[].name] | sort')" = "$before" ] ||
  fail "after a restart there are others than $before"
stop a
