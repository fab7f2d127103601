#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Frames replayed through /dev/bpf arrive byte for byte at the other end of the
# link, where AF_PACKET listens.  prog/inject.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/inject.py
