#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# bpfcap(1): what it stores and counts, in rows of files and with several processes, and
# that it loses nothing however it ends.  prog/bpfcap.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/bpfcap.py
