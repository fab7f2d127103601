#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# VLAN tags: AF_PACKET keeps them beside the frame, where libpcap puts them back in;
# /dev/bpf has the frame as it was on the link.  prog/compare.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/compare.py vlans
