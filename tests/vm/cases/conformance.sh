# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# The conformance suite: every statement about /dev/bpf that applies to us, asked of
# the device; and those of 32-bit programs, where they can be built and run.
set -uo pipefail

status=0
build/vm/conformance || status=1

skip32()
{
	echo "ok 1 - 32-bit programs # SKIP $1"
	echo 1..1
	exit $status
}

[[ -x build/vm/conformance32 ]] || skip32 "the compiler makes none: install gcc-multilib"
build/vm/conformance32 none >/dev/null 2>&1 || skip32 "this kernel runs none"
build/vm/conformance32 || status=1
exit $status
