#!/bin/sh
# uninstall.sh - takes the device and its engine off this Mac; logs and saved
# state stay. SPDX-License-Identifier: MIT
set -eu
daemon=/Library/LaunchDaemons/org.aes67-vsc.engine.plist
if [ "$(uname)" != Darwin ] || [ "$(id -u)" != 0 ]; then
  echo "usage, on a Mac: sudo $0" >&2
  exit 2
fi
launchctl bootout system "$daemon" 2>/dev/null || true
rm -f "$daemon"
rm -rf /Library/Audio/Plug-Ins/HAL/aes67-vsc.driver
launchctl kickstart -k system/com.apple.audio.coreaudiod 2>/dev/null ||
  killall coreaudiod 2>/dev/null ||
  echo "coreaudiod did not restart: restart the Mac"
