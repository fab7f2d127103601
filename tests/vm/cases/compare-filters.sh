#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Filters: what passes through AF_PACKET passes through /dev/bpf and nothing else.
# prog/compare.py has them.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/compare.py filters
