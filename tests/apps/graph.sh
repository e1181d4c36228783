# graph.sh - what the PipeWire scripts of tests/apps share: a PipeWire of their
# own with a session manager, our bridge in it, and what is asked of both. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "${BASH_SOURCE[0]}")/alsa.sh"
need pipewire wireplumber pw-cli pw-dump pw-link pw-play pw-record pw-metadata

bridge=$VSC_BUILD/aes67-pipewire
[ -x "$bridge" ] || skip "it was built without libpipewire"
export XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data
export PIPEWIRE_RUNTIME_DIR=$XDG_RUNTIME_DIR PIPEWIRE_DEBUG=${PIPEWIRE_DEBUG:-1}
# Nobody else's: no bus, no Bluetooth.
export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent DISABLE_RTKIT=1
unset PIPEWIRE_REMOTE
mkdir -p "$XDG_CONFIG_HOME/pipewire/pipewire.conf.d"
# Short cycles on virtual machines, too.
cat >"$XDG_CONFIG_HOME/pipewire/pipewire.conf.d/test.conf" <<'END'
context.properties = {
  default.clock.min-quantum = 16
  vm.overrides = { default.clock.min-quantum = 16 }
}
END

# The session manager only links: it needs neither bus nor sound cards.
mkdir -p "$XDG_CONFIG_HOME/wireplumber/main.lua.d" \
  "$XDG_CONFIG_HOME/wireplumber/bluetooth.lua.d"
cat >"$XDG_CONFIG_HOME/wireplumber/main.lua.d/51-test.lua" <<'END'
alsa_monitor.enabled = false
v4l2_monitor.enabled = false
libcamera_monitor.enabled = false
default_access.properties["enable-flatpak-portal"] = false
END
printf 'bluez_monitor.enabled = false\n' \
  >"$XDG_CONFIG_HOME/wireplumber/bluetooth.lua.d/51-test.lua"

# pipewire_starts: the daemon and the session manager.
pipewire_starts() {
  pipewire >"$folder/pipewire.log" 2>&1 &
  pipewire_pid=$!
  helpers+=("$pipewire_pid")
  wait_for 50 pw-cli info 0 >/dev/null 2>&1 || fail "PipeWire does not start"
  wireplumber >"$folder/wireplumber.log" 2>&1 &
  manager_pid=$!
  helpers+=("$manager_pid")
}

pipewire_ends() {
  kill "$manager_pid" "$pipewire_pid" 2>/dev/null || true
  wait "$manager_pid" "$pipewire_pid" 2>/dev/null || true
}

# bridge_starts INSTANCE [OPTION...]: until its ports are in the graph.
bridge_starts() {
  : >"$folder/bridge.$1.log"
  "$bridge" --instance "$@" >"$folder/bridge.$1.log" 2>&1 &
  bridge_pid=$!
  helpers+=("$bridge_pid")
  wait_for 100 has_ports "$1" || fail "the bridge's ports are not there"
}

# count_ports INSTANCE -o|-i
count_ports() {
  pw-link "$2" 2>/dev/null | grep -c "^aes67\.$1\." || true
}

has_ports() {
  [ "$(count_ports "$1" -o)" = 64 ] && [ "$(count_ports "$1" -i)" = 64 ]
}
