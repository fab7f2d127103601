#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# dhcpcd with its code for the BSDs gets a lease.
# prog/client_dhcpcd.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/client_dhcpcd.py
