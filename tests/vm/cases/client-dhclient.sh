#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# ISC's dhclient and dhcpd, built for a BSD.
# prog/client_dhclient.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/client_dhclient.py
