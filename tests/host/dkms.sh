#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# DKMS for real: add, build, install and remove of what "make dkms-install" copies,
# for each test kernel.  In trees of its own and with a configuration of its own,
# which covers the host's in a mount namespace, so that the host stays as it is.
. tests/vm/lib.sh

if [[ ! ${DKMS_TEST_DIR:-} ]]; then
	command -v dkms >/dev/null ||
		{ echo "1..0 # SKIP no dkms here: tools/setup/packages dkms"; exit 0; }
	DKMS_TEST_DIR=$(mktemp -d) || exit
	trap 'rm -rf "$DKMS_TEST_DIR"' EXIT
	export DKMS_TEST_DIR
	userns=()
	((EUID == 0)) || userns=(--map-root-user)
	unshare --mount "${userns[@]}" bash "$0"
	exit
fi

dir=$DKMS_TEST_DIR
log=$dir/log
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
module=bsdbpf/$version

# run COMMAND...: shows what it said if it failed.
run()
{
	"$@" >"$log" 2>&1 && return
	sed 's/^/# /' "$log"
	return 1
}

# in_dkms ACTION OPTION...
in_dkms()
{
	local action=$1
	shift
	run dkms "$action" "$module" --dkmstree "$dir/dkms" --sourcetree "$dir/usr/src" \
		--installtree "$dir/modules" --no-depmod "$@"
}

# says SUBSTRING: does dkms say so about our module?
says()
{
	dkms status "$module" --dkmstree "$dir/dkms" --sourcetree "$dir/usr/src" \
		--installtree "$dir/modules" 2>&1 | grep -qF "$1"
}

# no_warning LOG: is it the log of a build without any?
no_warning() { grep -q bsdbpf.ko "$1" && ! grep 'warning:' "$1"; }

# hosts: what must not change.
hosts() { ls -lA --time-style=full-iso /var/lib/dkms /usr/src 2>/dev/null; }

mkdir "$dir/dkms" "$dir/modules"
# no signing: it would make a key for the host
echo 'sign_file=/nonexistent' >"$dir/framework.conf"
mount --bind "$dir/framework.conf" /etc/dkms/framework.conf || exit
before=$(hosts)

ok "make dkms-install copies the sources" \
	run make --no-print-directory dkms-install DESTDIR="$dir"
source=$dir/usr/src/bsdbpf-$version
is "just what a module build reads" "$(cd "$source" && find . -mindepth 1 -maxdepth 1 | sort | tr '\n' ' ')" \
	"./Kbuild ./dkms.conf ./include ./src ./tools "
is "and it is the tree's" "$(for i in Kbuild dkms.conf include src tools/kconf; do
	diff -r "$i" "$source/$i"; done)" ""
ok "dkms add" in_dkms add

for line in 6.1 6.12; do
	if ! kdir=$(tools/vm/kernel-path --kdir $line); then
		ok "headers of $line" false
		continue
	fi
	kernel=$(tools/vm/kernel-path --release $line)
	mkdir "$dir/modules/$kernel"
	ok "$kernel: dkms build" in_dkms build -k "$kernel" --kernelsourcedir "$kdir"
	ok "$kernel: the status is built" says "$kernel, x86_64: built"
	ok "$kernel: no warning" no_warning "$dir/dkms/$module/$kernel"/*/log/make.log
	ok "$kernel: dkms install" in_dkms install -k "$kernel" --kernelsourcedir "$kdir"
	ko=$(echo "$dir/modules/$kernel/updates/dkms"/bsdbpf.ko*)
	ok "$kernel: the module is installed" test -s "$ko"
	is "$kernel: it is for that kernel" "$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)" "$kernel"
	is "$kernel: it is of this version" "$(modinfo -F version "$ko")" "$version"
done

ok "dkms remove" in_dkms remove --all
is "the modules are gone" "$(find "$dir/modules" -name '*bsdbpf*')" ""
is "and DKMS knows nothing of them" "$(find "$dir/dkms" -name '*bsdbpf*')" ""
is "the host's own trees are as before" "$(hosts)" "$before"
tap_done
