#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Loopback, where AF_PACKET sees every frame twice, and a bridge: the same frames
# through AF_PACKET and /dev/bpf.  prog/compare.py has it.
. tests/vm/lib.sh

trap "network_gone; ip netns del west; ip netns del east" EXIT
network
python3 tests/vm/prog/compare.py loopback bridge
