#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The demonstration works, and shows what it is meant to show.
. tests/vm/lib.sh

shows() { ok "it shows: $1" grep -qE "$1" "$out"; }

out=$(mktemp)
trap 'rm -f "$out"' EXIT
tests/vm/demo >"$out" 2>&1
is "the demonstration's status" $? 0
((tap_failed == 0)) || sed 's/^/# /' "$out"
shows "$pcap_lib/libpcap"
shows '/proc/[0-9]+/fd/[0-9]+ -> /dev/bpf'
shows '/proc/net/packet: empty'
shows '^ +[0-9]+ vl +p[-i]-s------ '
shows 'IP 10\.9\.0\.2 > 10\.9\.0\.1: ICMP echo reply'
shows 'IP6 fd09::2 > fd09::1: ICMP6, echo reply'
shows '10\.9\.0\.2\.53 > .* A 10\.9\.0\.2'
shows 'HTTP: GET /hello.txt'
shows 'HTTP: HTTP/1\.[01] 200 OK'
shows 'vlan 7, .* 10\.9\.7\.2 > 10\.9\.7\.1: ICMP echo reply'
is "its counters say so twice: nothing dropped" "$(grep -c '0 packets dropped by kernel' "$out")" 2
tap_done
