# avahi.sh - machines with a D-Bus and an avahi-daemon of their own, for the
# scripts of tests/net and tests/interop, beyond world.sh. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=tests/net/world.sh
source "${VSC_SOURCE:?where the sources are}/tests/net/world.sh"
need avahi-daemon avahi-browse avahi-publish-service dbus-daemon
# avahi-daemon wants to be a user of its own and a folder in /run: both are made
# up, for it alone.
unshare -m true 2>/dev/null || skip "this system allows no mount namespaces"

# shellcheck disable=SC2034 # of use to those who source this
declare -A avahi_pid=() bus_pid=()

# bus_of MACHINE: the address of its D-Bus.
bus_of() { printf 'unix:path=%s/bus.%s' "$folder" "$1"; }

# bus MACHINE: starts its D-Bus.
bus() {
  cat >"$folder/bus.$1.conf" <<EOF
<busconfig>
  <type>system</type>
  <listen>$(bus_of "$1")</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
EOF
  rm -f "$folder/bus.$1"
  spawn "$1" "$folder/bus.$1.log" dbus-daemon --nofork --nopidfile \
    --config-file="$folder/bus.$1.conf"
  # shellcheck disable=SC2034
  bus_pid[$1]=$!
  helpers+=($!)
  wait_for 100 test -S "$folder/bus.$1" || fail "no D-Bus on $1"
}

# avahi MACHINE INTERFACE: starts its avahi-daemon, until it has a host name; it
# reads $folder/services.MACHINE.
avahi() {
  mkdir -p "$folder/services.$1"
  : >"$folder/avahi.$1.log"
  printf '%s\n' '[server]' "host-name=$1" 'use-ipv6=no' "allow-interfaces=$2" \
    '[publish]' 'publish-workstation=no' 'publish-hinfo=no' \
    '[wide-area]' 'enable-wide-area=no' >"$folder/avahi.$1.conf"
  printf '%s\n' 'root:x:0:0::/:/bin/sh' 'avahi:x:0:0::/:/bin/sh' >"$folder/passwd"
  printf '%s\n' 'root:x:0:' 'avahi:x:0:' >"$folder/group"
  # shellcheck disable=SC2016 # the inner shell's
  spawn "$1" "$folder/avahi.$1.log" env DBUS_SYSTEM_BUS_ADDRESS="$(bus_of "$1")" \
    unshare -m sh -c 'mount -t tmpfs none /run &&
      mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group &&
      mount --bind "$0/services.$1" /etc/avahi/services &&
      exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$0/avahi.$1.conf"' \
    "$folder" "$1"
  # shellcheck disable=SC2034
  avahi_pid[$1]=$!
  helpers+=($!)
  wait_for 200 grep -q 'Server startup complete' "$folder/avahi.$1.log" ||
    skip "avahi-daemon does not run here: $(tail -n 3 "$folder/avahi.$1.log")"
}

# at MACHINE COMMAND...: there, with its D-Bus.
at() {
  local place=$1
  shift
  on "$place" env DBUS_SYSTEM_BUS_ADDRESS="$(bus_of "$place")" "$@"
}

# browsed MACHINE [TYPE]: what its avahi-daemon knows, resolved, one a line.
browsed() {
  at "$1" timeout 20 avahi-browse -trp \
    "${2:-_ravenna_session._sub._rtsp._tcp}" 2>/dev/null | grep '^=' || true
}
