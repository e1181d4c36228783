#!/usr/bin/env bash
# disk_faults.sh - saving fails, or its process is killed, at each system call that
# it makes: afterwards the file is the old one or the new one, never a part; who
# is told that it was saved has the new one; and nothing is left behind but by who
# was killed.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need strace
strace -o /dev/null true 2>/dev/null || skip "no process may be traced"

place=$folder/disk
printf 'old\n' >"$folder/old"
head -c 19999 /dev/zero | tr '\0' n >"$folder/new"
echo >>"$folder/new"

# save INJECT: to a file that holds "old"; its exit code is in $code.
save() {
  rm -rf "$place"
  mkdir "$place"
  cp "$folder/old" "$place/a.ini"
  code=0
  {
    strace -o "$folder/trace" ${1:+-e "inject=$1"} "$tools/save" "$place/a.ini" 20000 ||
      code=$?
  } 2>"$folder/err" # and there the shell says what was killed
}

# judge_file INJECT
judge_file() {
  local left
  if cmp -s "$place/a.ini" "$folder/new"; then
    new=$((new + 1))
  elif cmp -s "$place/a.ini" "$folder/old"; then
    old=$((old + 1))
    [ "$code" != 0 ] || fail "$1: told that it was saved, and it was not"
  else
    fail "$1: neither old nor new: $(wc -c "$place/a.ini")"
  fi
  [[ $1 != @(write|fsync|rename):error* ]] || [ "$code" = 3 ] ||
    fail "$1: it is not told"
  left=$(find "$place" -type f | wc -l)
  [ "$left" = 1 ] || [[ $1 == *signal* ]] ||
    fail "$1: something is left behind"
}

save ''
[ "$code" = 0 ] || fail "cannot save: $(cat "$folder/err")"
cmp "$place/a.ini" "$folder/new" || fail "another file was saved"
# From the first look at the folder on: what the process needed to start is before.
calls=$(sed -n '2,$ { /disk/,$ s/^\([a-z_0-9]*\)(.*/\1/p }' "$folder/trace" |
  grep -v exit | sort -u)
old=0 new=0 tried=0
for call in $calls; do
  for fault in error=ENOSPC error=EIO signal=KILL; do
    for ((n = 1; ; n++)); do
      save "$call:$fault:when=$n"
      grep -q 'INJECTED\|killed by SIGKILL' "$folder/trace" || break
      tried=$((tried + 1))
      judge_file "$call:$fault:when=$n"
    done
  done
done
say "$tried faults in $(wc -w <<<"$calls") system calls: $old times the old file, $new times the new"
for call in openat write fsync rename; do
  [[ " $(tr '\n' ' ' <<<"$calls") " == *" $call "* ]] || fail "$call was not tried: $calls"
done
if [ "$old" -lt 10 ] || [ "$new" -lt 3 ]; then
  fail "not much happened"
fi
