#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Wireshark's dumpcap on two interfaces at once.
# prog/client_dumpcap.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/client_dumpcap.py
