#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck source=tests/vm/lib.sh disable=SC2317 # functions are called by name
#
# libcbpf as a program gets it: installed, found by pkg-config, with its header alone,
# in C and C++, shared and static; the manual page beside it; and what a system that
# allows no new code makes of it.  What filters do is tested in tests/unit.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
page=tools/man/cbpf.3
lib() { make --no-print-directory -C lib "$@" >"$dir/log" 2>&1 || { sed 's/^/# /' "$dir/log"; false; }; }

# quiet COMMAND...: shows what it said if it failed.
quiet()
{
	"$@" >"$dir/log" 2>&1 && return
	sed 's/^/# /' "$dir/log"
	return 1
}

# words: of the standard input, each once, in one line
words() { LC_ALL=C sort -u | paste -sd ' '; }
# flat: C without blanks, a declaration a line
flat() { tr -d ' \n\t"' | sed 's/;/;\n/g'; }

ok "it builds" lib all O="$dir/64"
is "without a warning" "$(grep -i warning "$dir/log")" ""
# The same as make lib has it, to be installed.
ok "it builds for all" lib all
multi=$(gcc -print-multiarch)
ok "make install" lib install DESTDIR="$dir/root"
functions=$(sed -n 's/^\t\(cbpf_[a-z_]*\);/\1/p' lib/libcbpf.map | words)
is "what it installs" "$(cd "$dir/root" && find . ! -type d -printf '%m %P\n' | LC_ALL=C sort)" \
	"$({
		printf '644 usr/%s\n' "lib/$multi/pkgconfig/cbpf.pc" "lib/$multi/libcbpf.a" \
			"lib/$multi/libcbpf.so.0" include/cbpf.h share/man/man3/cbpf.3
		# shellcheck disable=SC2086 # words
		printf '644 usr/share/man/man3/%s.3\n' $functions
		echo "777 usr/lib/$multi/libcbpf.so"
	} | LC_ALL=C sort)"
ok "make uninstall" lib uninstall DESTDIR="$dir/root"
is "leaves nothing" "$(find "$dir/root" ! -type d)" ""

prefix="$dir/prefix"
libdir=$prefix/lib64
ok "make install elsewhere" lib install PREFIX="$prefix" LIBDIR="$libdir"
export PKG_CONFIG_PATH=$libdir/pkgconfig
is "pkg-config: the version" "$(pkg-config --modversion cbpf)" "$version"
is "pkg-config: the flags" "$(pkg-config --cflags --libs cbpf | xargs)" "-I$prefix/include -L$libdir -lcbpf"

so=$libdir/libcbpf.so.0
is "soname" "$(readelf -dW "$so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')" libcbpf.so.0
is "it needs libc only" "$(readelf -dW "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')" libc.so.6
is "it has no text relocations" "$(readelf -dW "$so" | grep -c TEXTREL)" 0
is "it asks for no executable stack" "$(readelf -lW "$so" | awk '$1 == "GNU_STACK" { print $7 }')" RW

# What the header declares, the list has, the libraries export and the page describes.
declared=$(tr '\n' ' ' <"$prefix/include/cbpf.h" | sed 's|/\*|\n&|g; s|\*/|*/\n|g' | grep -v '^/\*' |
	grep -oE '\bcbpf_[a-z_]+\(' | tr -d '(' | words)
is "every function of the header is public" "$functions" "$declared"
is "the shared library exports those" \
	"$(nm --dynamic --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | words)" "$declared"
is "and so does the static one" \
	"$(nm --extern-only --defined-only "$libdir/libcbpf.a" | awk 'NF == 3 { print $3 }' | words)" "$declared"
is "the page names them" "$(sed -n 's/^\.Nm \(cbpf_[a-z_]*\).*/\1/p' $page | words)" "$declared"
is "its synopsis has them" "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.F[no] \(cbpf_[a-z_]*\).*/\1/p' $page | words)" "$declared"
is "every error is in the page" "$(grep -oE '^\.It Dv CBPF_E_[A-Z]+' $page | cut -c 8- | words)" \
	"$(grep -oE '^\sCBPF_E_[A-Z]+' "$prefix/include/cbpf.h" | tr -d '\t' | words)"
is "every constant of the page is in the header" \
	"$(grep -oE '\bCBPF_[A-Z_]+\b' $page | LC_ALL=C sort -u | LC_ALL=C comm -23 - \
		<(grep -oE '\bCBPF_[A-Z_]+\b' "$prefix/include/cbpf.h" | LC_ALL=C sort -u))" ""
is "the header names no other file of the sources" \
	"$(grep -nE '#include|port\.h|opcode\.h|\bu32\b' "$prefix/include/cbpf.h" | grep -vE '<std(bool|def|int)\.h>')" ""
is "the prototypes of the page are those of the header" "$(
	awk '/^\.Sh DESC/ { exit }
		/^\.Ft / { sub(/^\.Ft /, ""); type = $0 }
		/^\.F[o] / { name = $2; arguments = ""; comma = "" }
		/^\.Fa / { sub(/^\.Fa /, ""); arguments = arguments comma $0; comma = "," }
		/^\.Fc/ { print type name "(" arguments ");" }
		/^\.Fn / { name = $2; sub(/^\.Fn [a-z_]+ /, ""); gsub(/" "/, ","); print type name "(" $0 ");" }' \
		$page | flat | LC_ALL=C sort)" \
	"$(gcc -fpreprocessed -dD -P -E "$prefix/include/cbpf.h" 2>/dev/null | sed ':a; /\\$/ { N; s/\\\n//; ba }; /^#/d' | tr '\n' ' ' | sed 's/[;{}]/&\n/g' |
		grep -E '\bcbpf_[a-z_]+\(' | flat | LC_ALL=C sort)"

if command -v mandoc >/dev/null; then
	is "mandoc has no warning" "$(mandoc -T lint -W warning $page 2>&1)" ""
else
	skip "mandoc has no warning" "not installed"
fi
if command -v man >/dev/null; then
	for name in cbpf cbpf_filter_run; do
		is "man finds $name" "$(MANPATH=$prefix/share/man man -P cat 3 $name 2>&1 | grep -c '^LIBRARY')" 1
	done
else
	skip "man finds it" "not installed"
fi

# The header alone, as strict as compilers can be.
for std in c99 c11 gnu17; do
	ok "the header, $std" quiet gcc -std=$std -Wall -Wextra -pedantic -Werror -fsyntax-only \
		-I"$prefix/include" -include cbpf.h -x c /dev/null
done
for std in c++11 c++17; do
	if command -v g++ >/dev/null; then
		ok "the header, $std" quiet g++ -std=$std -Wall -Wextra -pedantic -Werror -fsyntax-only \
			-I"$prefix/include" -include cbpf.h -x c++ /dev/null
	else
		skip "the header, $std" "no g++"
	fi
done

interpreted="interpreted: 40 0
executable memory: 0, writable: 0
executable memory: 0, writable: 0"
if [[ $(uname -m) == x86_64 ]]; then
	engine=native
	best="native: 40 0
executable memory: 1, writable: 0
executable memory: 0, writable: 0"
else
	engine=interpreted
	best=$interpreted
fi

# program WHAT COMPILER FLAG...: compiles and runs it
program()
{
	local what=$1
	shift
	ok "$what: compiles" quiet "$@" -Wall -Wextra -Werror -o "$dir/program" tests/host/lib_filter.c \
		"${flags[@]}"
	is "$what: runs" "$(LD_LIBRARY_PATH=$libdir "$dir/program")" "$best"
	is "$what: interprets if told to" "$(LD_LIBRARY_PATH=$libdir "$dir/program" -)" "$interpreted"
}
for kind in shared static; do
	mapfile -t flags < <(pkg-config --cflags --libs cbpf | xargs -n 1)
	[[ $kind == shared ]] || flags=("${flags[@]/-lcbpf/-l:libcbpf.a}")
	program "$kind, C" gcc -O2
	program "$kind, C, with branch tracking" gcc -O2 -fcf-protection
	is "$kind: who needs it" "$(readelf -dW "$dir/program" | grep -c 'NEEDED.*libcbpf.so.0')" \
		"$([[ $kind == static ]] || echo 1)$([[ $kind == shared ]] || echo 0)"
	if command -v g++ >/dev/null; then
		program "$kind, C++" g++ -O2 -x c++
	else
		skip "$kind, C++" "no g++"
	fi
done

ok "a launcher builds" quiet gcc -O2 -Wall -Wextra -Werror -o "$dir/deny" tests/host/lib_deny.c
if "$dir/deny" true 2>/dev/null; then
	is "the interpreter, where code is not allowed" "$("$dir/deny" "$dir/program")" "$interpreted"
else
	skip "the interpreter, where code is not allowed" "no seccomp"
fi

# Another processor: the interpreter is all there is.
if echo 'int main(void) { return 0; }' | gcc -m32 -x c -include stdio.h -o /dev/null - 2>/dev/null; then
	ok "32 bits: it builds" lib all CC='gcc -m32' O="$dir/32"
	is "32 bits: without a warning" "$(grep -i warning "$dir/log")" ""
	ok "32 bits: a program" quiet gcc -m32 -O2 -Wall -o "$dir/program" tests/host/lib_filter.c \
		-I"$dir/32/include" "$dir/32/libcbpf.a"
	is "32 bits: runs" "$("$dir/program")" "$interpreted"
else
	skip "32 bits" "this gcc has no -m32 library"
fi

# The example of the manual page, beside libpcap and tcpdump.
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' $page | sed '1,/^\.Bd/d; /^\.Ed/d; s/\\e/\\/g' >"$dir/count.c"
mapfile -t flags < <(pkg-config --cflags --libs cbpf libpcap | xargs -n 1)
ok "the example compiles" quiet gcc -std=c11 -D_DEFAULT_SOURCE -O2 -Wall -Wextra -Werror \
	-o "$dir/count" "$dir/count.c" "${flags[@]}"
count() { LD_LIBRARY_PATH=$libdir "$@" "$dir/count" "$expression" "$dir/capture"; }
python3 tests/host/capture.py 3000 >"$dir/capture"
for expression in 'tcp port 80' 'ip[6:2] & 0x1fff != 0' 'greater 100'; do
	if ! command -v tcpdump >/dev/null; then
		skip "the example: $expression" "no tcpdump"
		continue
	fi
	found=$(tcpdump --count -r "$dir/capture" "$expression" 2>/dev/null)
	ok "some packets are $expression" test "${found% packets}" -gt 20 -a "${found% packets}" -lt 2900
	is "the example: $expression" "$(count command)" "$found, $engine"
	if "$dir/deny" true 2>/dev/null; then
		is "the example, no code allowed: $expression" "$(count "$dir/deny")" "$found, interpreted"
	fi
done
expression='ip6 protochain 17'
is "the example says what is wrong" "$(count command 2>&1)" "$expression: jump out of the program"

ok "make uninstall from there" lib uninstall PREFIX="$prefix" LIBDIR="$libdir"
is "leaves nothing" "$(find "$prefix" ! -type d)" ""
tap_done
