#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The programs of examples/.  prog/client_example.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/client_example.py
