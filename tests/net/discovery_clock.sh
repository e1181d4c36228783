#!/usr/bin/env bash
# discovery_clock.sh - what is announced names the grandmaster that the clock
# follows, and within a second of a change the new one, in a higher version.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq
a_cable
to_groups
printf '%s\n' '[engine]' 'interface = auto' '[discovery sap]' \
  'module = discovery-sap' '[clock]' 'module = clock-ptp' 'role = auto' \
  >"$folder/ptp.ini"

grandmaster() { "$aes67" status --json --instance "$1" | jq -r .clock.grandmaster; }
# announced INSTANCE KEY: of "x", as that engine sees it.
announced() { "$aes67" list --json --instance "$1" | jq -r ".streams[] | select(.name == \"x\") | .$2"; }
names() { [ "$(announced "$1" clock)" = "ptp=IEEE1588-2008:$2:0" ]; }
leads() { [ "$(grandmaster "$1")" = "$2" ]; }
is_known() { [[ "$(grandmaster "$1")" =~ [1-9A-F] ]]; }

engine left a "$folder/ptp.ini" --set clock.priority1=200
"$aes67" publish x --instance a --channels 1-2 --quiet
wait_for 200 is_known a || skip "nobody becomes grandmaster here: $(ask a .clock.diagnosis)"
first=$(grandmaster a)
wait_for 10 names a "$first" || fail "$(announced a clock) is announced, not $first"
version=$(announced a version)

engine right b "$folder/ptp.ini" --set clock.priority1=100
wait_for 200 is_known b || fail "the second has no grandmaster"
wait_for 300 leads a "$(grandmaster b)" || skip "the first does not follow"
second=$(grandmaster b)
[ "$first" != "$second" ] || fail "it is the same one"
wait_for 10 names b "$second" || fail "$(announced b clock) is announced, not $second"
[ "$(announced b version)" -gt "$version" ] || fail "the version has not grown"
say "from $first to $second"
