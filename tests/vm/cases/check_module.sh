#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# bsdbpf-check(8) where the module is not built, for another kernel, not loaded, forbidden,
# or its number another driver's; and which libpcap there is.  The device is check.sh.
. tests/vm/lib.sh
. tests/vm/check.sh

# libpcap: Debian's, and ours.
run
is "Debian's libpcap is told" "$(said libpcap | grep -c 'does not know')" 1
run env LD_LIBRARY_PATH="$pcap_lib" "$check"
is "the patched one is found" "$(said libpcap)" "OK $pcap_lib/libpcap.so.0.8 knows /dev/bpf"

# Not loaded, and where that comes from.
rmmod bsdbpf
mount -t tmpfs tmpfs "$modules"
mkdir "$modules/updates"
mkdir -p /lib/modules/1.2.3/updates
cp "$ko" /lib/modules/1.2.3/updates
run
finds "not built, but for another" PROBLEM module "not built for this kernel, $release, but for 1.2.3;"
sed "s/vermagic=${release:0:3}/vermagic=9.9/; s/ modversions/ xodversions/" "$ko" >"$modules/updates/bsdbpf.ko"
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
