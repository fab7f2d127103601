#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# In a machine that is locked down, and where the module is not loaded: what the kernel
# says to an unsigned module and to one of a stranger's key, and what bsdbpf-check does.
# TREE: the module as "make install" has put it there, signed.
. tests/vm/lib.sh

tree=$1
release=$(uname -r)
installed=/lib/modules/$release/updates/bsdbpf.ko
rm -f /.dockerenv /run/.containerenv
said=/run/said
finds() { ok "$1" grep -q "^$2" $said; }

if ! grep -qF '[integrity]' /sys/kernel/security/lockdown 2>/dev/null &&
	! { mount -t securityfs none /sys/kernel/security && grep -qF '[integrity]' /sys/kernel/security/lockdown; }; then
	skip "lockdown" "this kernel has none"
	tap_done
fi
mount -t tmpfs tmpfs "/lib/modules/$release"
mkdir "/lib/modules/$release/updates"

cp "build/$release/bsdbpf.ko" "$installed"
depmod "$release" 2>/dev/null
ok "an unsigned module is refused" grep -q 'Key was rejected\|Operation not permitted\|Required key' <(modprobe bsdbpf 2>&1)
build/bsdbpf-check >$said
is "unsigned: exit status" $? 1
finds "unsigned: it is found" \
	"PROBLEM signature: kernel lockdown is integrity, and $installed is not signed; do: see SECURE BOOT"
finds "unsigned: so is what the kernel said" "NOTE *log: the kernel's last word on it: .*modprobe.*restricted"

cp "$tree$installed" "$installed"
depmod "$release" 2>/dev/null
is "make install SIGN_KEY= has signed it" "$(modinfo -F signer bsdbpf)" "somebody of the tests"
ok "signed by a stranger it is refused" grep -q 'Required key\|Key was rejected\|Operation not permitted' <(modprobe bsdbpf 2>&1)
build/bsdbpf-check >$said
is "signed by a stranger: exit status" $? 1
finds "signed by a stranger: it is found" \
	"PROBLEM signature: kernel lockdown is integrity, and the kernel has no key of \"somebody of the tests\""
tap_done
