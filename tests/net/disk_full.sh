#!/usr/bin/env bash
# disk_full.sh - the engine's state cannot be saved because the disk is full: what
# was saved before is whole, the command says why, and once there is room it is
# saved.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/applications.sh
if [ -z "${VSC_OWN_MOUNTS:-}" ]; then
  unshare -m true 2>/dev/null || { echo "skipped: no mount namespace" >&2; exit 77; }
  VSC_OWN_MOUNTS=1 exec unshare -m "$0" "$@"
fi
source "$(dirname "$0")/applications.sh"

disk=$folder/disk
mkdir "$disk"
mount -t tmpfs -o size=64k tmpfs "$disk" || skip "no tmpfs may be mounted"
export XDG_STATE_HOME=$disk
saved=$disk/aes67/a.ini

engine here a "$folder/mirror.ini"
duplex d a 1 64 64 60
"$aes67" configure --log-level debug --instance a
[ -s "$saved" ] || fail "nothing is saved in $(find "$disk")"
cp "$saved" "$folder/before"
dd if=/dev/zero of="$disk/full" bs=4k 2>/dev/null || true
code=0
"$aes67" configure --log-level warn --set "receive rx1.link_offset=21ms" --instance a \
  2>"$folder/err" || code=$?
cat "$folder/err" >&2
[ "$code" = 1 ] || fail "exit $code, not 1"
grep -qi 'space' "$folder/err" || fail "the cause is not told"
cmp "$folder/before" "$saved" || fail "what was saved before is gone"
[ "$(find "$disk/aes67" -type f | wc -l)" = 1 ] || fail "something is left behind: $(ls "$disk/aes67")"
rm "$disk/full"
"$aes67" configure --log-level warn --instance a
grep -q 'log_level = warn' "$saved" || fail "it is not saved: $(cat "$saved")"
finish d
is_sound d
stop a
umount -l "$disk"
