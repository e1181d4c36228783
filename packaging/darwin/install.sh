#!/bin/sh
# install.sh - the device and its engine on this Mac: bundle, daemon, logs. Run
# with sudo beside aes67-vsc.driver; the aes67 command is installed already.
# SPDX-License-Identifier: MIT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bundle=${1:-$here/aes67-vsc.driver}
profile=${2:-low-latency}
drivers=/Library/Audio/Plug-Ins/HAL
daemon=/Library/LaunchDaemons/org.aes67-vsc.engine.plist
logs=/Library/Logs/aes67-vsc

if [ "$(uname)" != Darwin ] || [ "$(id -u)" != 0 ] || [ ! -d "$bundle" ]; then
  echo "usage, on a Mac: sudo $0 [aes67-vsc.driver] [PROFILE]" >&2
  exit 2
fi
aes67=$(command -v aes67 || echo /usr/local/bin/aes67)
if [ ! -x "$aes67" ]; then
  echo "there is no aes67 command in /usr/local/bin: install it first" >&2
  exit 1
fi

# launchd opens the log as root: where only root writes, never in a home, whose
# user could have put a link there. He finds it at home by a link of his own.
if [ -L "$logs" ]; then
  echo "$logs is a link: remove it first" >&2
  exit 1
fi
mkdir -p "$logs"
chown root:wheel "$logs"
chmod 755 "$logs"
user=${SUDO_USER:-root}
# root has two: "/var/root /private/var/root".
home=$(dscl . -read "/Users/$user" NFSHomeDirectory |
  sed -n 's|^[^/]*\(/[^ ]*\).*|\1|p')
# shellcheck disable=SC2016 # of the inner shell
sudo -u "$user" sh -c 'mkdir -p "$1" && ln -sfn "$2" "$1/engine.log"' sh \
  "$home/Library/Logs/aes67-vsc" "$logs/engine.log" ||
  echo "no link to the log in $home/Library/Logs/aes67-vsc" >&2

# Others must be able to read it, or coreaudiod's helper loads nothing and says
# nothing. The linker signed the program; Info.plist is sealed here.
rm -rf "$drivers/aes67-vsc.driver"
mkdir -p "$drivers"
cp -R "$bundle" "$drivers/aes67-vsc.driver"
chown -R root:wheel "$drivers/aes67-vsc.driver"
chmod -R u=rwX,go=rX "$drivers/aes67-vsc.driver"
xattr -dr com.apple.quarantine "$drivers/aes67-vsc.driver" 2>/dev/null || true
codesign --force --sign "${VSC_SIGN:--}" "$drivers/aes67-vsc.driver"

launchctl bootout system "$daemon" 2>/dev/null || true
sed -e "s|@AES67@|$aes67|" -e "s|@PROFILE@|$profile|" -e "s|@LOGS@|$logs|" \
  "$here/org.aes67-vsc.engine.plist" >"$daemon"
chown root:wheel "$daemon"
chmod 644 "$daemon"
launchctl bootstrap system "$daemon"

# Since macOS 14.4 launchctl may not; an older coreaudiod ignores the second.
launchctl kickstart -k system/com.apple.audio.coreaudiod 2>/dev/null ||
  killall coreaudiod 2>/dev/null ||
  echo "coreaudiod did not restart: restart the Mac"
echo "installed; the engine's log is $logs/engine.log"
