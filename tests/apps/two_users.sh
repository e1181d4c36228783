#!/usr/bin/env bash
# two_users.sh - aplay and the mixer of a user whom the engine does not let in are
# told what to do. Only root can be several users, so it is not run in a user
# namespace.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/as_root.sh
source "$(dirname "$0")/../net/as_root.sh"
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need aplay amixer setpriv

stranger=(setpriv --reuid 61003 --regid 61003 --clear-groups --no-new-privs --)
"${stranger[@]}" test -r "$plugin" || skip "other users cannot read $plugin"
# The folder is passed through; what is in it, is the owner's.
chmod 711 "$folder" "$folder/run"
export AES67_RUNTIME_DIR=$folder/shared
mkdir -m 711 "$AES67_RUNTIME_DIR"
engine here a "$folder/mirror.ini"
told other_user "${stranger[@]}" aplay -D aes67 -f S32_LE -c 2 -t raw -r "$rate" -d 1 /dev/zero
told other_user_mixer "${stranger[@]}" amixer -D aes67 contents
stop a
