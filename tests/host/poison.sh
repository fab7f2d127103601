#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# A kernel that writes marks into pages and objects which it frees, instead of zeros
# into those that it gives out as Debian's does: what the cases poison and record read
# would be these marks.  It is locked down as far as can be after the module was loaded,
# which must make no difference.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
kdir=$(tools/vm/kernel-path --kdir 6.1) || exit
if ! make --no-print-directory module tools KDIR="$kdir" >"$dir/log" 2>&1 ||
	! make --no-print-directory -C tests/vm >>"$dir/log" 2>&1; then
	sed 's/^/# /' "$dir/log"
	echo "Bail out! the module or its cases do not build"
	exit 1
fi
# shellcheck disable=SC2016 # for the machine's shell
tools/vm/run --kernel 6.1 --append "init_on_alloc=0 init_on_free=0 page_poison=1 slub_debug=P" -- bash -c '
	[[ -e /sys/kernel/security/lockdown ]] || mount -t securityfs none /sys/kernel/security
	echo confidentiality >/sys/kernel/security/lockdown
	build/bsdbpf-check | sed "s/^/said /"
	tests/vm/run-cases "poison|record|rights"' >"$dir/said" 2>"$dir/log"
is "the cases pass in a machine with marks, locked down" $? 0
sed 's/^/# /' "$dir/log"
ok "the machine was locked down, with the module loaded" \
	grep -q '^said OK *signature: kernel lockdown is confidentiality, and the module is loaded' "$dir/said"
for name in poison record rights; do
	ok "$name has run" grep -q "^ok - $name: ended" "$dir/said"
	is "$name has no failure" "$(grep "^not ok - $name" "$dir/said")" ""
done
tap_done
