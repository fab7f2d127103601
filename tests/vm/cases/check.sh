#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# bsdbpf-check(8) where things are broken for real: each part that it looks at is
# broken alone, has to be its finding, and the only problem; whole again it is no more.
# Lockdown needs a machine of its own: tests/host/lockdown.sh.
. tests/vm/lib.sh

release=$(uname -r)
ko=$PWD/build/$release/bsdbpf.ko
modules=/lib/modules/$release
user=$(mktemp -d)
# Nobody need not be able to reach the tree; what the host is in, this machine is not.
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

	ok "$1" grep -qE "^$2 *$3: $4" "$user/out"
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

ip link add check0 type dummy
ip link set check0 up
run
finds "whole, but not installed" NOTE module "loaded, but not installed for $release"
is "the device is found" "$(said number | paste -sd ,)" "OK 10:243 is bpf,OK 10:244 is bpf0"
is "its node is" "$(said node)" "OK /dev/bpf is 10:243, mode 600, root:root"
is "it can be opened" "$(said open)" "OK /dev/bpf can be opened"
ok "the interfaces are found" grep -q "^OK *interface: up: lo check0$" "$user/out"
ok "no finding is longer than its line" test "$(grep -cvE '^(OK|NOTE|PROBLEM) +[a-z]+: ' "$user/out")" = 0

# Rights.
as_nobody
finds "nobody, mode 600" PROBLEM permission "/dev/bpf has mode 600, root:root, you are nobody"
chgrp mail /dev/bpf
chmod 660 /dev/bpf
as_nobody
finds "nobody, not in the node's group" PROBLEM permission ".*usermod -aG mail nobody"
as_nobody --groups=8
finds "nobody, in the node's group" OK permission "nobody .* may read and write"
is "which opens it" "$(said open)" "OK /dev/bpf can be opened"
chmod 604 /dev/bpf
as_nobody
finds "everybody may read" NOTE permission "everybody can open /dev/bpf"
ok "and not write" grep -q "NOTE *permission: nobody .* may read /dev/bpf but not write" "$user/out"

# The node.
rm /dev/bpf
run
finds "no node" PROBLEM node "there is no /dev/bpf though the module is loaded"
touch /.dockerenv
run
finds "no node in a container" PROBLEM node "there is no /dev/bpf in this container"
rm /.dockerenv
mknod /dev/bpf c 1 3
run
finds "another device in its place" PROBLEM node "/dev/bpf is something else: .* 1:3;"
remake_node
mkdir /run/nodev
mount -t tmpfs -o nodev none /run/nodev
mknod -m 600 /run/nodev/bpf c 10 243
mount --bind /run/nodev/bpf /dev/bpf
run
umount /dev/bpf /run/nodev
finds "nodev" PROBLEM node "/dev/bpf lies on a file system that is mounted with nodev"

# A container whose list of devices does not have it.
mkdir /run/devices
if mount -t cgroup -o devices none /run/devices 2>/dev/null; then
	mkdir /run/devices/none
	echo 'c 10:243 rwm' >/run/devices/none/devices.deny
	run bash -c "echo \$BASHPID >/run/devices/none/tasks; exec $check"
	finds "a list of devices" PROBLEM permission "Operation not permitted: the list of devices"
	rmdir /run/devices/none
	umount /run/devices
else
	skip "a list of devices" "this kernel has no devices cgroup"
fi

# Settings, each in a network namespace of its own.
setting()
{
	run unshare --net sh -c "ip link set lo up; sysctl -qw $1; exec $check"
}
setting net.bpf.bufsize=1024
finds "small buffers" PROBLEM sysctl "net.bpf.bufsize is 1024: .*; do: as root: sysctl net.bpf.bufsize=524288"
setting net.bpf.jit_enable=0
finds "interpreter" NOTE engine "filters are interpreted, net.bpf.jit_enable is 0"
is "a namespace of its own is told" "$(said namespace | cut -d ' ' -f 1-3)" "NOTE a network"

# Interfaces.
run unshare --net "$check"
finds "no interface is up" PROBLEM interface "none is up"
run "$check" -i check1
finds "one that is not there" PROBLEM interface "there is no check1"
ip link set check0 down
run "$check" -i check0
finds "one that is down" PROBLEM interface "check0 is down; do: as root: ip link set check0 up"
ip link add check2 type veth peer name check3
ip link set check2 up
run "$check" --interface check2
finds "one without a link" NOTE interface "check2 is up, but has no link"
ip link del check2
ip link del check0

# libpcap: Debian's, and ours.
run
is "Debian's libpcap is told" "$(said libpcap | grep -c 'does not know')" 1
run env LD_LIBRARY_PATH="$pcap_lib" "$check"
is "the patched one is found" "$(said libpcap)" "OK $pcap_lib/libpcap.so.1 knows /dev/bpf"

# Not loaded, and where that comes from.
rmmod bsdbpf
mount -t tmpfs tmpfs "$modules"
mkdir "$modules/updates"
mkdir -p /lib/modules/1.2.3/updates
cp "$ko" /lib/modules/1.2.3/updates
run
finds "not built, but for another" PROBLEM module "not built for this kernel, $release, but for 1.2.3;"
sed "s/vermagic=${release:0:3}/vermagic=9.9/" "$ko" >"$modules/updates/bsdbpf.ko"
depmod "$release" 2>/dev/null
run
finds "another kernel's" PROBLEM module "/lib/modules/$release/updates/bsdbpf.ko is for the kernel 9.9"
ok "and that is true" grep -q 'Exec format error' <(modprobe bsdbpf 2>&1)
cp "$ko" "$modules/updates"
depmod "$release" 2>/dev/null
rm -f /dev/bpf
run
finds "installed, not loaded" PROBLEM module "installed, but not loaded; do: as root: modprobe bsdbpf"
echo 'blacklist bsdbpf' >/etc/modprobe.d/check.conf
remake_node
run
finds "on a blacklist" PROBLEM module "not loaded, and a file of modprobe.d says it must not be"
rm /etc/modprobe.d/check.conf
run
finds "a node that loads it" OK module "installed; opening /dev/bpf loads it"
ok "and looking has not loaded it" test ! -d /sys/module/bsdbpf
rm /dev/bpf
insmod "build/$release/test/minor.ko"
run
ok "the number is another driver's" grep -q '^PROBLEM number: 10:243 belongs to another driver, "squatter"' "$user/out"
ok "and that is true" grep -q 'resource busy' <(modprobe bsdbpf 2>&1)
rmmod minor
rm -f /dev/squatter

modprobe bsdbpf
run
finds "loaded again" OK module "version .* is loaded and installed"
umount "$modules"
tap_done
