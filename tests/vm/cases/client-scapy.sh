#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# scapy with its code for FreeBSD.
# prog/client_scapy.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
with_bpf python3 tests/vm/prog/client_scapy.py
