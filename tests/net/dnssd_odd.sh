#!/usr/bin/env bash
# dnssd_odd.sh - what strangers put into DNS-SD: names of all kinds, addresses that
# are none, more sessions than anybody has, and signals on D-Bus that are not
# avahi-daemon's.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/avahi.sh
source "$(dirname "$0")/avahi.sh"
need jq dbus-send
grep -q libdbus "$VSC_BUILD/modules/discovery-mdns.so" ||
  skip "built without DNS-SD: install libdbus-1-dev"
a_cable
to_groups
for side in left right; do
  bus "$side"
  avahi "$side" "$([ $side = left ] && echo va || echo vb)"
done
printf '%s\n' '[engine]' 'interface = auto' 'log_level = debug' \
  '[discovery mdns]' 'module = discovery-mdns' >"$folder/plain.ini"
DBUS_SYSTEM_BUS_ADDRESS=$(bus_of left) engine left a "$folder/plain.ini"

type=_rtsp._tcp subtype=_ravenna_session._sub._rtsp._tcp
# service NAME [OPTION...]: of a port where nobody listens.
service() {
  spawn right "$folder/publish.log" env DBUS_SYSTEM_BUS_ADDRESS="$(bus_of right)" \
    avahi-publish-service --subtype $subtype "${@:2}" "$1" $type 9
  helpers+=($!)
}
has_said() { grep -qF "$1" "$folder/a.log"; }
stat_of() { ask a ".modules.mdns.$1"; }

say "names of all kinds"
long=$(printf 'x%.0s' {1..63})
service '"><b>&amp;'
service $'esc\e[2J\n'
service 'dots. and \ more.'
service 'Bühne €'
service "$long"
base=rtsp://10.1.0.2:9/by-name
for path in %22%3E%3Cb%3E%26amp%3B esc%1B%5B2J%0A dots.%20and%20%5C%20more. \
  B%C3%BChne%20%E2%82%AC "$long"; do
  wait_for 300 has_said "at $base/$path" || fail "there is no $path"
done
! grep -q $'\e' "$folder/a.log" || fail "the log has an escape sequence"

say "a host that is none"
for address in 127.0.0.1 239.1.2.3 255.255.255.255; do
  spawn right "$folder/address.log" env DBUS_SYSTEM_BUS_ADDRESS="$(bus_of right)" \
    avahi-publish-address -R "host${address//./-}.local" "$address"
  helpers+=($!)
  service "none $address" -H "host${address//./-}.local"
done
are_refused() { [ "$(stat_of malformed)" -ge 3 ]; }
wait_for 300 are_refused || fail "malformed is $(stat_of malformed)"
! has_said 'has "none ' || fail "one was taken"

say "signals of somebody else's"
index=$(on left ip -o link show va | cut -d: -f1)
for name in $(at left dbus-send --system --print-reply --dest=org.freedesktop.DBus \
  / org.freedesktop.DBus.ListNames | grep -o ':1\.[0-9]*'); do
  # One of them is what it listens to.
  for i in {1..20}; do
    at left dbus-send --system --type=signal --dest="$name" "/Client1/ServiceBrowser$i" \
      org.freedesktop.Avahi.ServiceBrowser.ItemRemove "int32:$index" int32:0 \
      string:"$long" string:$type string:local uint32:0
    at left dbus-send --system --type=signal --dest="$name" "/Client1/ServiceResolver$i" \
      org.freedesktop.Avahi.ServiceResolver.Found "int32:$index" int32:0 string:"$long" \
      string:$type string:local string:x.local int32:0 string:10.1.0.66 uint16:66 \
      array:byte:1 uint32:0
  done
done
service last
wait_for 300 has_said "at $base/last" || fail "it finds nothing any more"
! has_said '10.1.0.66' || fail "it was taken in"
! has_said "has \"$long\" no longer" || fail "it was taken in"

say "more sessions than there is room for"
for i in {1..300}; do
  printf '<service-group><name>%s</name><service><type>%s</type>
    <subtype>%s</subtype><port>9</port></service></service-group>\n' \
    "many $i" $type $subtype >"$folder/services.right/$i.service"
done
found() { grep -o 'has "many [0-9]*"' "$folder/a.log" | sort -u | wc -l; }
is_full() { [ "$(stat_of too_many)" -ge 50 ]; }
wait_for 900 is_full || fail "too_many is $(stat_of too_many), $(found) were found"
has_found() { [ "$(found)" -ge "$1" ]; }
wait_for 300 has_found 240 || fail "only $(found) were found"
[ "$(found)" -le 256 ] || fail "$(found) were found"
timeout 5 "$aes67" status --instance a >/dev/null || fail "it does not answer"
say "and those that had none are found when there is"
for i in $(grep -o 'has "many [0-9]*"' "$folder/a.log" | tr -dc '0-9\n' | sort -u | head -n 100); do
  rm "$folder/services.right/$i.service"
done
wait_for 900 has_found 300 || fail "only $(found) were found"
stop a
