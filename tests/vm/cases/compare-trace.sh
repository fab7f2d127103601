#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The module's parameter tx_hook=trace, where the other comparisons have the default:
# sent packets by the tracepoint.  prog/compare.py has it, txhook.c more.
. tests/vm/lib.sh

ko=$PWD/build/$(uname -r)/bsdbpf.ko
rmmod bsdbpf
insmod "$ko" tx_hook=trace
trap 'network_gone; rmmod bsdbpf; insmod "$ko"' EXIT
network
python3 tests/vm/prog/compare.py directions offloads vlans
