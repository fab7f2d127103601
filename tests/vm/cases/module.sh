#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The module as a file and as part of the kernel: its names, what loads it, what it
# leaves behind when it is unloaded.  Loading and unloading under traffic is
# module_reload.c.
. tests/vm/lib.sh

release=$(uname -r)
ko=$PWD/build/$release/bsdbpf.ko
loaded() { [[ -d /sys/module/bsdbpf ]]; }
# opens NODE: can it be opened?
opens() { (exec 9<>"$1") 2>/dev/null; }

aliases=$(modinfo -F alias "$ko" | LC_ALL=C sort | tr '\n' ' ')
is "the module's aliases" "$aliases" "char-major-10-243 char-major-1[0]-244 devname:bpf "
is "its license" "$(modinfo -F license "$ko")" GPL
is "its version is that of dkms.conf" "$(modinfo -F version "$ko")" \
	"$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)"
is "the nodes are for root only" "$(stat -c '%a %u:%g %t:%T' /dev/bpf /dev/bpf0 | tr '\n' ' ')" \
	"600 0:0 a:f3 600 0:0 a:f4 "

# What a kernel that never had it looks like; loading and unloading must lead here.
# An open descriptor with an interface, buffers and a filter is used in between.
trace()
{
	grep -h bsdbpf /proc/net/ptype /proc/vmallocinfo /proc/slabinfo /proc/misc \
		/proc/kallsyms /proc/iomem 2>/dev/null
	ls -d /dev/bpf* /proc/net/bpf /sys/class/misc/bpf* /sys/module/bsdbpf 2>/dev/null
}
network
ip netns exec left python3 -c '
import fcntl, signal
bpf = open("/dev/bpf", "rb+", 0)
fcntl.ioctl(bpf, 0x4028426c, b"vl".ljust(40, b"\0"))	# BIOCSETIF
signal.pause()' &
user=$!
wait_for 60 listening vl
ok "traces while a descriptor is open: the hook" grep -q bsdbpf <(left cat /proc/net/ptype)
is "rmmod is refused while it is" "$(rmmod bsdbpf 2>&1 | grep -c 'in use')" 1
ok "and the device still works" opens /dev/bpf
kill $user
wait $user 2>/dev/null
ok "rmmod works when it is closed" rmmod bsdbpf
is "nothing of the module is left" "$(trace)" ""
network_gone

# As "make install" leaves it: a node that exists anyway loads it.
mount -t tmpfs tmpfs "/lib/modules/$release"
mkdir "/lib/modules/$release/updates"
cp "$ko" "/lib/modules/$release/updates"
depmod "$release" 2>/dev/null
ok "depmod knows the node" grep -qx 'bsdbpf bpf c10:243' "/lib/modules/$release/modules.devname"
for minor in 243 244; do
	mknod /dev/module-node c 10 $minor
	ok "not loaded" test ! -d /sys/module/bsdbpf
	ok "opening a static node 10:$minor loads it" opens /dev/module-node
	ok "loaded" loaded
	rm /dev/module-node
	rmmod bsdbpf
done
umount "/lib/modules/$release"
insmod "$ko"
ok "loaded again for the next case" opens /dev/bpf0
tap_done
