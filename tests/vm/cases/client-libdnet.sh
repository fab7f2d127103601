#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# libdnet's eth_open() and eth_send(), its code for the BSDs.
# prog/client_libdnet.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/client_libdnet.py
