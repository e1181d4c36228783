# session.sh - a PipeWire of its own with a session manager, for the scripts that
# have sourced world.sh. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
: "${folder:?world.sh makes it}"
need pipewire wireplumber pw-cli
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
  clock.power-of-two-quantum = false
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

# pipewire_starts: the daemon and the session manager, on $pipewire_machine or here.
pipewire_starts() {
  spawn "${pipewire_machine:-here}" "$folder/pipewire.log" pipewire
  pipewire_pid=$!
  helpers+=("$pipewire_pid")
  wait_for 50 timeout 5 pw-cli info 0 >/dev/null 2>&1 || fail "PipeWire does not start"
  spawn "${pipewire_machine:-here}" "$folder/wireplumber.log" wireplumber
  manager_pid=$!
  helpers+=("$manager_pid")
}

pipewire_ends() {
  kill "$manager_pid" "$pipewire_pid" 2>/dev/null || true
  wait "$manager_pid" "$pipewire_pid" 2>/dev/null || true
}
