#!/usr/bin/env bash
# tsdf.sh - TS-DF and spacing as "aes67 verify" has them and as another program does,
# of the same packets: captures of other makers' streams, and our own on the cable,
# within 5 %. The other program and the captures are not part of these sources: in
# ../shared beside the checkout, or in VSC_SHARED.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need tshark dumpcap python3 awk
shared=${VSC_SHARED:-$VSC_SOURCE/../shared}
other=$shared/lab/check/tsdf.py
[ -e "$other" ] || skip "there is no $other: give VSC_SHARED"

# agree FILE GROUP PORT ENCODING CHANNELS PACKET_US
agree() {
  local here there
  [ -e "$1" ] || fail "there is no $1"
  here=$(tshark -n -r "$1" -Y "ip.dst == $2 && udp.dstport == $3" -T fields -E separator=' ' \
    -e frame.time_epoch -e udp.payload 2>/dev/null | "$VSC_BUILD/tests/interop/replay" "$4" 48000 "$5") ||
    fail "$1: we see no packets"
  there=$(python3 "$other" "$1" "$2" "$3" 48000 "$6" 2>/dev/null | awk '
    $1 == "packets" { packets = $2 } $1 == "PIT" { mean = $6 } $1 == "TS-DF" { worst = $4 }
    END { print packets, worst, mean }')
  say "$(basename "$1"): packets, TS-DF, spacing (us): ours $here; theirs $there"
  awk -v here="$here" -v there="$there" '
    function far(a, b) { return a > b * 1.05 || a < b * 0.95 }
    BEGIN { split(here, a, " "); split(there, b, " ")
      exit a[1] != b[1] || b[2] <= 0 || far(a[2], b[2]) || far(a[3], b[3]) }' ||
    fail "they do not agree"
}

pcap=$shared/corpus/pcap
agree "$pcap/ebu-l24-48k-8ch-125us.pcap" 239.32.37.1 50030 L24 8 125
agree "$pcap/ref-gst-l24-8ch-1ms.pcap" 239.69.7.3 5004 L24 8 1000
agree "$pcap/ref-gst-l16-2ch-125us.pcap" 239.69.7.4 5004 L16 2 125

engine left a interop --set stream.when=always
on right dumpcap -q -i vb -a duration:4 -f 'udp port 5004 and dst 239.69.1.1' -w "$folder/ours.pcap" \
  2>"$folder/dumpcap.log" || {
  ! grep -qi permission "$folder/dumpcap.log" || skip "dumpcap may not capture"
  fail "dumpcap ended with $?"
}
agree "$folder/ours.pcap" 239.69.1.1 5004 L24 8 1000
