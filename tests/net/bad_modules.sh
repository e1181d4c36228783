#!/usr/bin/env bash
# bad_modules.sh - modules that are wrong in every way we know, named in a profile
# or planted: the engine says the path, the cause and the next step (the texts of
# tests/golden/modules), and a stream of two other engines is untouched.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

golden=$VSC_SOURCE/tests/golden/modules
[ -e "$VSC_BUILD/tests/fixtures/wrong-abi.so" ] || fail "the fixtures are not built"
# Ours, so that it is not their owner who makes them bad.
fixtures=$folder/fixtures
mkdir -m 755 "$fixtures"
install -m 644 "$VSC_BUILD"/tests/fixtures/*.so "$fixtures"

a_cable
engine left a interop --set stream.link_offset=20ms
engine right b interop --side b --set stream.link_offset=20ms
listen b 1 "$((seconds + 5))"
play a 1

# told LOG GOLDEN FOLDER: the golden text is there, whole.
told() {
  local text
  text=$(sed "s#@DIR@#$3#g" "$golden/$2.txt")
  grep -qF -- "$text" "$1" || fail "$2: not told: $text; but: $(cat "$1")"
}

# clock MODULE [CODE]: an engine with this clock ends at once with 1, or CODE: 2
# when it is the profile that is wrong.
clock() {
  local code=0
  timeout 5 "$aes67" run interop --instance bad --set "clock.module=$1" \
    >"$folder/bad.out" 2>"$folder/bad.err" </dev/null || code=$?
  [ "$code" = "${2:-1}" ] || fail "clock $1: exit $code: $(cat "$folder/bad.err")"
  [ ! -s "$folder/bad.out" ] || fail "words on stdout: $(cat "$folder/bad.out")"
  ! grep -q '^ready' "$folder/bad.err" || fail "clock $1: it was taken"
}

for name in wrong-abi unresolved no-symbol short-struct tiny-struct unknown-kind \
  huge-instance no-ops bad-options; do
  clock "$fixtures/$name.so"
  told "$folder/bad.err" "$name" "$fixtures"
done

own=$folder/own
mkdir -m 755 "$own"
install -m 644 "$fixtures/clock-silent.so" "$own/clock-x.so"
ln -s clock-x.so "$own/clock-link.so"
clock "$own/clock-link.so"
told "$folder/bad.err" link "$own"
echo 'dlname=x' >"$own/codec-x.la"
install -m 644 "$fixtures/silent-words.so" "$own/codec-x.so"
clock "$own/codec-x.la"
told "$folder/bad.err" archive "$own"
clock "$own/codec-l99.so" 2
told "$folder/bad.err" no-such-file "$own"
echo 'no machine code' >"$own/codec-text.so"
clock "$own/codec-text.so"
grep -q "$own/codec-text.so: .*build it for this machine" "$folder/bad.err" ||
  fail "text as a module: $(cat "$folder/bad.err")"
clock ../modules/codec-l24 2
told "$folder/bad.err" traversal "$own"
chmod 666 "$own/clock-x.so"
clock "$own/clock-x.so"
told "$folder/bad.err" writable-file "$own"
chmod 644 "$own/clock-x.so"
chmod 777 "$own"
clock "$own/clock-x.so"
told "$folder/bad.err" writable-folder "$own"
chmod 755 "$own"

clock codec-l24 2
grep -q -- '--set: module: .*codec-l24.so: a codec, but a clock is needed' "$folder/bad.err" ||
  fail "a codec as the clock: $(cat "$folder/bad.err")"

# Planted where libltdl or the linker would look.
mkdir "$folder/planted"
install -m 644 "$fixtures/clock-silent.so" "$folder/planted/clock-planted.so"
export LTDL_LIBRARY_PATH=$folder/planted LD_LIBRARY_PATH=$folder/planted
(cd "$folder/planted" && clock clock-planted 2)
unset LTDL_LIBRARY_PATH LD_LIBRARY_PATH
grep -q '"clock-planted": no such module in ' "$folder/bad.err" ||
  fail "planted: $(cat "$folder/bad.err")"

# Codecs and transports are found by name: a tree of our own has bad ones. What
# is wrong with one of them costs its streams only.
tree=$folder/tree
mkdir -p "$tree/modules"
chmod 755 "$tree" "$tree/modules"
install -m 755 "$aes67" "$tree/aes67"
cp -rL "$VSC_BUILD/profiles" "$tree/profiles"
install -m 644 "$VSC_BUILD"/modules/*.so "$tree/modules"
codecs=(wrong-abi unresolved failing-init no-symbol missing-op short-ops
  codec-wrong-kind)
sets=()
number=0
for name in "${codecs[@]}"; do
  number=$((number + 1))
  install -m 644 "$fixtures/$name.so" "$tree/modules/codec-bad$number.so"
  sets+=(--set "send tx$number.encoding=bad$number")
done
install -m 644 "$fixtures/wrong-abi.so" "$tree/modules/transport-bad.so"
machine third
cable here vc 10.1.9.1/24 third vd 10.1.9.2/24
aes67=$tree/aes67 engine here third interop "${sets[@]}" \
  --set "send tx8.transport=bad" --set stream.when=always \
  --set "discovery d.module=$fixtures/wrong-abi.so"
"$aes67" status --instance third --json >"$folder/third.json" ||
  [ $? = 3 ] || fail "status of an engine with refused streams is not 3"
for number in 1 2 3 4 5 6 7 8; do
  reason=$(jq -r ".senders[$((number - 1))] | select(.state == \"refused\").reason" \
    "$folder/third.json")
  say "tx$number: $reason"
  module=$tree/modules/transport-bad.so
  [ "$number" = 8 ] || module=$tree/modules/codec-bad$number.so
  [[ $reason == "$module: "*": "* || $reason == "$module: "*", but "* ]] ||
    fail "tx$number: path, cause and next step of $module are not in: $reason"
  grep -qF "$reason" "$folder/third.log" || fail "tx$number: not logged"
done
grep -q 'no licence dongle' "$folder/third.log" ||
  fail "what a failing init says is not told"
grep -q "d: .*wrong-abi.so: built for SDK ABI" "$folder/third.log" ||
  fail "a bad discovery module is not told"
[ "$(jq -r '.receivers[0].state' "$folder/third.json")" != refused ] ||
  fail "a good stream was refused"

code=0
"$tree/aes67" module list >"$folder/list" || code=$?
[ "$code" = 0 ] || fail "module list: exit $code"
for name in clock-ptp clock-system codec-l24 codec-l16 transport-rtp discovery-static; do
  grep -q "$name" "$folder/list" || fail "module list has no $name"
done
grep -q 'built for SDK ABI' "$folder/list" || fail "module list: $(cat "$folder/list")"
code=0
"$aes67" module check "$fixtures/wrong-abi.so" >"$folder/check" 2>&1 || code=$?
[ "$code" = 1 ] || fail "module check of a bad one: exit $code"
told "$folder/check" wrong-abi "$fixtures"
"$aes67" module check "$VSC_BUILD/modules/codec-l24.so" >"$folder/check" 2>&1 ||
  fail "module check of a good one: $(cat "$folder/check")"

stop third
kill -0 "${listener_pid[b]}" || fail "the stream ended before the bad modules did"
heard b
hush a
judge a b 50
stop a
stop b
