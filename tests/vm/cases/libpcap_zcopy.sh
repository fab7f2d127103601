# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# The patched libpcap where the device offers zero-copy buffers: all that it does
# without them, prog/pcapapi.c in a network of its own.
set -euo pipefail

LD_LIBRARY_PATH=$PWD/build/libpcap/lib exec unshare --net sh -c '
	ip link set lo up
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	sysctl -qw net.bpf.zerocopy_enable=1
	ip link add vl type veth peer name vr
	ip link add dn0 type dummy
	ip link set vl up
	ip link set vr up
	exec build/vm/pcapapi zerocopy'
