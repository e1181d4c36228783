#!/usr/bin/env bash
# ptp_quick.sh - the short form of ptp.sh, in every ./test: we follow ptp4l and send
# nothing but requests, ptp4l follows us, pmc reads our datasets, and tshark finds
# nothing wrong.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$VSC_SOURCE/tests/net/world.sh"
# shellcheck source=tests/interop/linuxptp.sh
source "$VSC_SOURCE/tests/interop/linuxptp.sh"

say "we follow ptp4l"
capture following
linuxptp gm 100
follow
becomes 600 is_master 100
error_is_small
"$aes67" stats --ptp --instance a >"$folder/stats"
sed -E -e 's/([0-9a-f]{2}:){5}[0-9a-f]{2} /xx:xx:xx:xx:xx:xx /' \
  -e 's/[+-][0-9]+ ns \(mean\), ±[0-9]+ ns/+N ns (mean), ±N ns/' \
  -e '/^Path Delay/s/[0-9]+/N/' -e 's/(EXCELLENT|GOOD|FAIR|POOR)$/WORD/' \
  -e '/^Diagnosis: the offset is unstable/d' "$folder/stats" |
  diff "$VSC_SOURCE/tests/golden/ptp/stats.txt" - >&2 || fail "$(cat "$folder/stats")"
pmc_says DEFAULT_DATA_SET 'slaveOnly +1'
pmc_says PORT_DATA_SET 'portState +(SLAVE|UNCALIBRATED)'
pmc_says PARENT_DATA_SET 'grandmasterPriority1 +100'
pmc_says CURRENT_DATA_SET 'stepsRemoved +1'
pmc_says TIME_PROPERTIES_DATA_SET 'currentUtcOffset +37'
stop a
end gm
captured following 0x01 0x0d

say "ptp4l follows us"
capture leading
follow --set clock.role=auto --set clock.priority1=100
becomes 300 is_state master
linuxptp slave 255 "slaveOnly 1" "summary_interval -4"
has_offset() { grep -qE 'master offset' "$folder/slave.log"; }
wait_for 400 has_offset || fail "ptp4l does not follow us"
grep -q 'selected best master clock' "$folder/slave.log" || fail "ptp4l does not follow us"
pmc_says PORT_DATA_SET 'portState +MASTER'
pmc_says PARENT_DATA_SET 'grandmasterPriority1 +100'
end slave
stop a
captured leading 0x00 0x08 0x09 0x0b 0x0d
