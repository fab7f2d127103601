#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# Times never go back from record to record, even while the stack stamps packets
# before they wait in a queue.  prog/compare.py has it.
. tests/vm/lib.sh

trap network_gone EXIT
network
python3 tests/vm/prog/compare.py stamps
