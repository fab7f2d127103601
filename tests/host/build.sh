#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# What make does: builds for several kernels side by side, installs below DESTDIR,
# says what is wrong; and that programs can use the headers it installs.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
multi=$(gcc -print-multiarch)
make() { command make --no-print-directory "$@"; }

# quiet COMMAND...: shows what it said if it failed.
quiet()
{
	"$@" >"$dir/log" 2>&1 && return
	sed 's/^/# /' "$dir/log"
	return 1
}

make KDIR=/nonsense >"$dir/out" 2>&1
is "make KDIR=/nonsense fails" "$?" 2
ok "and names the folder" grep -q "no kernel headers in '/nonsense'" "$dir/out"
ok "and says what to install" grep -q 'Install linux-headers-' "$dir/out"

# probed RELEASE HAVE...: did the probe say so?
probed() { grep -qx "$2" "build/$1/src/kconf.h"; }

for line in 6.1 6.12; do
	kdir=$(tools/vm/kernel-path --kdir $line) && release=$(tools/vm/kernel-path --release $line)
	make module KDIR="$kdir" >"$dir/out" 2>&1
	is "$release: the module builds" "$?" 0
	is "$release: without a warning" "$(grep -i 'warning' "$dir/out")" ""
	ko=build/$release/bsdbpf.ko
	before=$(stat -c %Y:%Z "$ko" build/"$release"/src/*.o)
	make module KDIR="$kdir" >"$dir/out" 2>&1
	is "$release: a second make compiles nothing" "$(grep -E '^ *(CC|LD|PROBE) ' "$dir/out")" ""
	is "$release: and writes nothing" "$(stat -c %Y:%Z "$ko" build/"$release"/src/*.o)" "$before"
	is "$release: license" "$(modinfo -F license "$ko")" GPL
	is "$release: version" "$(modinfo -F version "$ko")" "$version"
	is "$release: the kernel it is for" "$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)" "$release"
	case $line in
	6.1) ok "6.1 has no skb_frags_readable()" probed "$release" '/[*] HAVE_SKB_FRAGS_READABLE: no [*]/' ;;
	6.12) ok "6.12 has skb_frags_readable()" probed "$release" '#define HAVE_SKB_FRAGS_READABLE 1' ;;
	esac

	ok "$release: make install" quiet make install KDIR="$kdir" DESTDIR="$dir/root"
	is "$release: what it installs" "$(cd "$dir/root" && find . -type f ! -name 'cbpf*.3' -printf '%m %P\n' | LC_ALL=C sort)" \
"644 lib/modules/$release/updates/bsdbpf.ko
644 usr/include/bsdbpf/machine/atomic.h
644 usr/include/bsdbpf/net/bpf.h
644 usr/include/bsdbpf/net/bpf_dlt.h
644 usr/include/cbpf.h
644 usr/lib/udev/rules.d/60-bsdbpf.rules
644 usr/lib/$multi/libcbpf.a
644 usr/lib/$multi/libcbpf.so.0
644 usr/lib/$multi/pkgconfig/cbpf.pc
644 usr/share/doc/bsdbpf/examples/modprobe.conf
644 usr/share/doc/bsdbpf/examples/sysctl.conf
644 usr/share/man/man1/bpfasm.1
644 usr/share/man/man1/bpfcap.1
644 usr/share/man/man1/bpfdis.1
644 usr/share/man/man1/bpfrun.1
644 usr/share/man/man4/bpf.4
644 usr/share/man/man8/bpfstat.8
644 usr/share/man/man8/bsdbpf-check.8
644 usr/share/pkgconfig/bsdbpf.pc
755 usr/bin/bpfasm
755 usr/bin/bpfcap
755 usr/bin/bpfdis
755 usr/bin/bpfrun
755 usr/sbin/bpfstat
755 usr/sbin/bsdbpf-check"
	ok "$release: make uninstall" quiet make uninstall KDIR="$kdir" DESTDIR="$dir/root"
	is "$release: leaves nothing" "$(find "$dir/root" -type f)" ""
done

# A probe that cannot compile anything must not pass for an old kernel.
CC=false FLAGS=-O2 sh tools/kconf/probe >"$dir/out" 2>&1
is "a probe without a compiler fails" "$?" 1
ok "and says why" grep -q 'cannot compile against the kernel headers' "$dir/out"

make install KDIR="$kdir" DESTDIR="$dir/root" >/dev/null 2>&1
include=$dir/root/usr/include/bsdbpf
strict=(-Wall -Wextra -pedantic -Werror -fsyntax-only "-I$include")
# compiles WHAT COMPILER FLAG... < SOURCE
compiles()
{
	local what=$1
	shift
	ok "$what" quiet "$@" "${strict[@]}" -
}

# What each program may rely on, whatever it included before.
use='unsigned int size = BPF_WORDALIGN(sizeof(struct bpf_hdr));
struct bpf_insn insn = BPF_STMT(BPF_RET | BPF_K, 1);
struct bpf_program prog = { 1, &insn };
unsigned long commands[] = { BIOCSETF, BIOCSETIF, BIOCSRTIMEOUT, BIOCGDLTLIST, DLT_EN10MB };
bpf_u_int32 number; bpf_int32 other; struct bpf_stat stats;'
pairs=("alone|" "before pcap.h||#include <pcap.h>" "after pcap.h|#include <pcap.h>|")
for pair in "${pairs[@]}"; do
	IFS='|' read -r name first after <<<"$pair"
	text=$(printf '#define _DEFAULT_SOURCE\n%s\n#include <net/bpf.h>\n%s\n%s' "$first" "$after" "$use")
	for std in c99 c11 gnu17; do
		compiles "the header $name, $std" gcc -std=$std -x c <<<"$text"
	done
	if command -v g++ >/dev/null; then
		compiles "the header $name, C++" g++ -std=c++17 -x c++ <<<"$text"
	else
		skip "the header $name, C++" "no g++"
	fi
	if echo 'int main(void) { return 0; }' | gcc -m32 -x c -include stdio.h -o /dev/null - 2>/dev/null; then
		compiles "the header $name, 32 bits" gcc -m32 -x c <<<"$text"
	else
		skip "the header $name, 32 bits" "this gcc has no -m32 library"
	fi
done
tap_done
