# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# What shell cases share: TAP, waiting for conditions, and the network they run
# in.  Source it first; call tap_done last.
#
# The network that "network" makes:
#
#	namespace left                     namespace right
#	  vl 10.9.0.1/24  fd09::1/64 ------- vr 10.9.0.2/24  fd09::2/64
#	  02:00:00:00:00:01                  02:00:00:00:00:02
#
# IPv6 addresses are usable at once (nodad), and nothing sends by itself.
set -uo pipefail

pcap_lib=$PWD/build/libpcap/lib
tap_count=0
tap_failed=0

# ok WHAT COMMAND...: a test; passes when the command succeeds.
ok()
{
	local what=$1
	shift
	tap_count=$((tap_count + 1))
	if "$@"; then
		echo "ok $tap_count - $what"
	else
		echo "not ok $tap_count - $what"
		echo "# failed: $*"
		tap_failed=1
	fi
}

# is WHAT GOT EXPECTED
is()
{
	ok "$1" test "$2" = "$3"
	[[ $2 == "$3" ]] || printf '#      got: %s\n# expected: %s\n' "$2" "$3"
}

# skip WHAT WHY
skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

tap_done()
{
	echo "1..$tap_count"
	exit $tap_failed
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when it has not in time.
wait_for()
{
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || { echo "# timed out: $*" >&2; return 1; }
		sleep 0.05 # between two looks at the condition
	done
}

left() { ip netns exec left "$@"; }
right() { ip netns exec right "$@"; }

network()
{
	local ns

	ip netns add left
	ip netns add right
	for ns in left right; do
		ip netns exec $ns sysctl -qp tests/vm/quiet.conf
		ip -n $ns link set lo up
	done
	ip -n left link add vl address 02:00:00:00:00:01 type veth \
		peer name vr address 02:00:00:00:00:02 netns right
	ip -n left address add 10.9.0.1/24 dev vl
	ip -n left address add fd09::1/64 dev vl nodad
	ip -n right address add 10.9.0.2/24 dev vr
	ip -n right address add fd09::2/64 dev vr nodad
	ip -n left link set vl up
	ip -n right link set vr up
}

network_gone()
{
	ip netns del left
	ip netns del right
}

# listening IFNAME [NAMESPACE]: does a descriptor listen there?
listening()
{
	ip netns exec "${2:-left}" awk -v "i=$1" '$2 == i { found = 1 } END { exit !found }' /proc/net/bpf
}

# with_bpf COMMAND...: a program with the patched libpcap instead of Debian's.
with_bpf() { LD_LIBRARY_PATH=$pcap_lib "$@"; }
