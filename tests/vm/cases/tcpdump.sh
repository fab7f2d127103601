#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Debian's tcpdump on /dev/bpf: options, output, statistics, complaints.
# prog/tcpdump.py has them.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/tcpdump.py
