#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The same traffic of every usual and some odd kind through AF_PACKET and through
# /dev/bpf: the same frames, in full and cut short.  prog/compare.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/compare.py classes directions
