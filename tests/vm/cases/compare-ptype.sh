#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The module's parameter tx_hook=ptype, where the other comparisons have the default:
# sent packets by the hook of packet sockets.  prog/compare.py has it, txhook.c more.
. tests/vm/lib.sh

ko=$PWD/build/$(uname -r)/bsdbpf.ko
rmmod bsdbpf
insmod "$ko" tx_hook=ptype
trap 'network_gone; rmmod bsdbpf; insmod "$ko"' EXIT
network
python3 tests/vm/prog/compare.py directions offloads vlans
