#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# bsdbpf-check(8) where the device is broken for real: each part that it looks at is
# broken alone, has to be its finding, and the only problem; whole again it is no more.
# The module itself is check_module.sh; lockdown needs a machine of its own:
# tests/host/lockdown.sh.
. tests/vm/lib.sh
. tests/vm/check.sh

ip link add check0 type dummy
ip link set check0 up
run
finds "whole, but not installed" NOTE module "loaded, but not installed for $release"
is "the device is found" "$(said number | sort | paste -sd ,)" "OK 10:243 is bpf,OK 10:244 is bpf0"
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
finds "another device in its place" PROBLEM node "/dev/bpf is something else: character special file, 1:3 in"
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

# the node that was made by hand would outlive the module
rm -f /dev/bpf
rmmod bsdbpf
insmod "build/$(uname -r)/bsdbpf.ko"
tap_done
