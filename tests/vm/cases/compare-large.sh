#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Frames of 9000 bytes, super packets of 64 KB, frames above a snap length of 65535,
# packets in fragments and lists of fragments: the same through AF_PACKET and /dev/bpf.
# prog/compare.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/compare.py large cut offloads
