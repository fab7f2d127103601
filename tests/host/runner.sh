#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# tests/run itself: a suite that fails in whatever way must be counted as failed,
# or no other result could be believed.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tests/host"
cp tests/run "$dir/tests"

# counts WHAT SCRIPT LINE STATUS: the last line of tests/run with that one suite
counts()
{
	local status=0

	echo "$2" >"$dir/tests/host/it.sh"
	"$dir/tests/run" --host-only --only it >"$dir/out" 2>&1 || status=$?
	is "$1" "$(tail -n 1 "$dir/out"), status $status" "$3, status $4"
}

counts "two that pass" 'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2' \
	"2 passed, 0 failed, 0 skipped" 0
counts "one of each" 'echo "ok 1 - a"; echo "not ok 2 - b"; echo "ok 3 - c # SKIP why"; echo 1..3; exit 1' \
	"1 passed, 1 failed, 1 skipped" 1
counts "a failure behind status 0" 'echo "not ok 1 - a"; echo 1..1' \
	"0 passed, 1 failed, 0 skipped" 1
counts "a status behind nothing but success" 'echo "ok 1 - a"; echo 1..1; exit 99' \
	"1 passed, 1 failed, 0 skipped" 1
counts "silence" ':' "0 passed, 1 failed, 0 skipped" 1
counts "death without a word" 'exit 3' "0 passed, 1 failed, 0 skipped" 1
counts "less than planned" 'echo "ok 1 - a"; echo 1..2' \
	"1 passed, 1 failed, 0 skipped" 1
counts "no plan" 'echo "ok 1 - a"' "1 passed, 1 failed, 0 skipped" 1
counts "a suite that cannot run here" 'echo "1..0 # SKIP why"' \
	"0 passed, 0 failed, 1 skipped" 0
counts "one that takes its runner along" 'echo "ok 1 - a"; echo 1..1; kill -KILL $PPID' \
	"0 passed, 1 failed, 0 skipped" 1

# A machine that runs nothing, but says what it was to run.
mkdir -p "$dir/tools/vm" "$dir/tests/vm"
printf '#!/bin/sh\necho "ok 1 - built"; echo 1..1\n' >"$dir/tests/vm/build"
printf '#!/bin/sh\nshift 7; echo "ok 1 - $*"; echo 1..1\n' >"$dir/tools/vm/run"
chmod +x "$dir/tests/vm/build" "$dir/tools/vm/run"
"$dir/tests/run" --vm-only --share --split 2 --only 'a*' 6.1 6.12 >"$dir/out" 2>&1
is "the cases of two kernels in two machines each" \
	"$(sort "$dir"/build/test-logs/6*-of-2.log | grep ^ok; tail -n 1 "$dir/out")" \
	"ok 1 - tests/vm/run-cases a* 0 2 0 2
ok 1 - tests/vm/run-cases a* 0 2 1 2
ok 1 - tests/vm/run-cases a* 1 2 0 2
ok 1 - tests/vm/run-cases a* 1 2 1 2
7 passed, 0 failed, 0 skipped"
tap_done
