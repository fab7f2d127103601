# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# What the cases of bsdbpf-check(8) share: a copy of it that also nobody can run, and how
# to judge what it says.  Source lib.sh first.

release=$(uname -r)
ko=$PWD/build/$release/bsdbpf.ko
modules=/lib/modules/$release
user=$(mktemp -d)
# The tree may be closed to nobody; what the host is in, this machine is not.
cp build/bsdbpf-check "$user"
chmod 755 "$user"
rm -f /.dockerenv /run/.containerenv
check=$user/bsdbpf-check

# said TOPIC: status and text of its findings in the last run
said() { sed -n "s/^\([A-Z]*\) *$1: /\1 /p" "$user/out"; }

# finds WHAT STATUS TOPIC PATTERN: does the last run say so, and exit accordingly?  A
# problem must be the only topic that has any.
finds()
{
	local want=0 topics

	# a release has characters that mean something to grep
	ok "$1" grep -qE "^$2 *$3: ${4//+/\\+}" "$user/out"
	[[ $2 != PROBLEM ]] || want=1
	is "$1: exit status" "$result" "$want"
	topics=$(sed -n 's/^PROBLEM *\([a-z]*\):.*/\1/p' "$user/out" | sort -u | paste -sd ' ')
	if ((want)); then
		is "$1: nothing else is wrong" "$topics" "$3"
		ok "$1: it says what to do" grep -qE "^PROBLEM *$3: .*; do: ." "$user/out"
	else
		is "$1: nothing is wrong" "$topics" ""
	fi
}

# run [COMMAND...]: what it says, and its exit status
run()
{
	result=0
	"${@:-$check}" >"$user/out" 2>&1 || result=$?
}

# as_nobody [GROUP]
as_nobody()
{
	run setpriv --reuid 65534 --regid 65534 "${1:---clear-groups}" "$check"
}

remake_node()
{
	rm -f /dev/bpf
	mknod -m 600 /dev/bpf c 10 243
}
