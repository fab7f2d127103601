# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# Random system calls, the same ones each time as far as threads take turns: rounds of a
# fixed seed for a quarter of a minute.  See tests/fuzz/syscall/README.md.
. tests/vm/lib.sh

folder=$(mktemp -d)
log=$folder/log

build/fuzz/syscall --seed 20261130 --seconds 15 --folder "$folder" >"$log" 2>&1
status=$?
sed 's/^/# /' "$log"
ok "random system calls do only what bpf(4) says" test $status = 0
ok "and there were some" grep -qE '[1-9][0-9]* rounds, [0-9]{3,} operations' "$log"

# At its command line.
ok "--help" grep -q "^Usage: syscall " <(build/fuzz/syscall --help)
build/fuzz/syscall --foo 2>/dev/null
is "wrong usage" $? 2
build/fuzz/syscall --print --seed 1 --ops 20 >"$folder/round"
is "the same seed makes the same round" "$(build/fuzz/syscall --print --seed 1 --ops 20)" \
	"$(<"$folder/round")"
echo "0 sit 0 0 0 0 0" >>"$folder/round"
build/fuzz/syscall --replay "$folder/round" 2>/dev/null
is "a file with another operation" $? 2
tap_done
