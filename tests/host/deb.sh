#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck source=tests/vm/lib.sh disable=SC2317 # functions are called by name
#
# debian/ beside what make installs: each file belongs to one package, each pattern
# to a file, and versions agree.  The packages themselves: make test-deb.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

quiet()
{
	"$@" >"$dir/log" 2>&1 && return
	sed 's/^/# /' "$dir/log"
	return 1
}

install_all() { make --no-print-directory install-programs dkms-install SETUP=: DESTDIR="$dir/root"; }

# owners: how often each installed file is in a list of debian/
owners()
{
	local list pattern path

	for list in debian/*.install; do
		while read -r pattern _; do
			for path in "$dir/root"/$pattern; do
				[[ -e $path ]] || echo "nothing: $pattern"
				find "$path" ! -type d -printf "%p\n" 2>/dev/null
			done
		done <"$list"
	done
}

ok "make install-programs dkms-install DESTDIR=" quiet install_all
owners >"$dir/owned"
is "every pattern of debian/*.install has a file" "$(grep '^nothing' "$dir/owned")" ""
is "every file is in one package, and one only" \
	"$(grep -v '^nothing' "$dir/owned" | LC_ALL=C sort | diff - <(find "$dir/root" ! -type d | LC_ALL=C sort))" ""
is "the changelog has the version of dkms.conf" "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)" "$version"
is "the symbols are those of the library" "$(sed -n 's/^ \(cbpf_[a-z_]*\)@.*/\1/p' debian/libcbpf0.symbols | sort)" \
	"$(sed -n 's/^\t\(cbpf_[a-z_]*\);/\1/p' lib/libcbpf.map | sort)"
is "each test that debian/tests declares is there" \
	"$(sed -n 's/^Tests: //p' debian/tests/control | tr ' ' '\n' | sort)" \
	"$(find debian/tests -type f -executable -printf '%f\n' | sort)"
export PKG_CONFIG_PATH=$dir/root/usr/share/pkgconfig
is "pkg-config: where the header is" "$(pkg-config --cflags bsdbpf | xargs)" "-I/usr/include/bsdbpf"
is "pkg-config: the version" "$(pkg-config --modversion bsdbpf)" "$version"
is "plain net/bpf.h is not in the include directory" "$(ls "$dir/root/usr/include/net" 2>/dev/null)" ""
tap_done
