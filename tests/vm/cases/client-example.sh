#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The program of examples/, as 64-bit and as 32-bit program.  prog/client_example.py
# has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/client_example.py
