#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# The manual page bpf(4) beside what it describes: the names in it are those of the
# header, the sysctls, the columns and the errors those of the driver, and its
# examples compile.  What it says of each error is tested in the test machine:
# tests/vm/cases/errno*.c.
. tests/vm/lib.sh

page=tools/man/bpf.4
header=include/uapi/net/bpf.h
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# section TITLE: its lines
section() { sed -n "/^\.Sh $1\$/,/^\.Sh /p" "$page"; }

# names PATTERN [FILE...]: each match once
names()
{
	local pattern=$1
	shift
	grep -ohE "$pattern" "$@" | sort -u
}

# nothing_but WHAT FIRST SECOND: is every line of the first one of the second?
nothing_but()
{
	is "$1" "$(comm -23 <(sort -u <<<"$2") <(sort -u <<<"$3") | paste -sd ' ')" ""
}

if command -v mandoc >/dev/null; then
	is "mandoc has no warning" "$(mandoc -T lint -W warning "$page" 2>&1)" ""
else
	skip "mandoc has no warning" "not installed"
fi

if command -v man >/dev/null; then
	is "man shows it without a warning" "$(man --local-file "$page" 2>&1 >/dev/null)" ""
else
	skip "man shows it without a warning" "not installed"
fi

# Commands: all, those that only are other names, those of the page.
defined=$(sed -nE 's/^#define (BIOC[A-Z0-9]+)\s.*/\1/p' $header)
aliases=$(sed -nE 's/^#define (BIOC[A-Z0-9]+)\sBIOC.*/\1/p' $header)
codes=$(comm -23 <(sort <<<"$defined") <(sort <<<"$aliases"))
foreign=$(names '^\.(It )?Li BIOC[A-Z0-9]+' "$page" | names 'BIOC[A-Z0-9]+')
ours=$(sed -E '/^\.(It )?Li /d; /^\.\\"/d' "$page" | names 'BIOC[A-Z0-9]+')
table=$(sed -n '/^\.It Sy Command Ta/,/^\.El/p' "$page" | names '^\.It Dv BIOC[A-Z0-9]+' |
	names 'BIOC[A-Z0-9]+')
described=$(section IOCTLS | grep '^\.It Dv ' | grep -v ' Ta ' | names 'BIOC[A-Z0-9]+')
is "the header has commands to compare with" "$((${#defined} > 400))" 1
nothing_but "every command of the header is in the page" "$defined" "$ours"
nothing_but "every command in the page is in the header" "$ours" "$defined"
nothing_but "and none of those of other systems is" \
	"$(comm -12 <(sort <<<"$foreign") <(sort <<<"$defined"))" ""
is "the page names commands of other systems" "$((${#foreign} > 50))" 1
nothing_but "every command has a row in the table" "$codes" "$table"
nothing_but "every command has a description" "$codes" "$described"

constants='\b(BPF_(T|D|FILDROP|BUFMODE)_[A-Z_]+|BPF_MEMWORDS|BPF_ALIGNMENT|DLT_[A-Z0-9_]+[A-Z0-9])\b'
in_headers=$(names "$constants" include/uapi/net/*.h)
nothing_but "every constant in the page is in a header" \
	"$(sed '/^\.Li /d' "$page" | names "$constants" | grep -vx DLT_NULL)" "$in_headers"
nothing_but "every time stamp format and flag of the header is in the page" \
	"$(names 'BPF_T_[A-Z]+\b' $header | grep -vE '_(FORMAT|FLAG|VALID|NORMAL)$')" \
	"$(names 'BPF_T_[A-Z]+\b' "$page")"

# names of the sysctls in the driver, and everything it calls one in a comment
sysctls=$(
	sed -nE 's/.*\.procname\s*= "([a-z_]+)".*/net.bpf.\1/p' src/*.c
	names '\bnet\.bpf\.[a-z_]+' src/*.[ch]
)
documented=$(section "SYSCTL VARIABLES" | names '^\.It Va net\.bpf\.[a-z_]+' |
	names 'net\.bpf\.[a-z_]+')
nothing_but "every sysctl of the driver is described" "$sysctls" "$documented"
nothing_but "every sysctl described is the driver's" "$documented" "$sysctls"

columns=$({
	sed -nE 's/.*seq_puts\(seq, "( *Pid .*)"\);.*/\1/p' src/stats.c
	sed -nE 's/^\tX\([A-Z]+, "([a-z]+)"\).*/D\1/p' src/loss.h
	sed -nE 's/.*seq_puts\(seq, filters \? "(.*)\\n" : .*/\1/p' src/stats.c
} | tr -s ' ' '\n' | grep .)
is "the columns of /proc/net/bpf are described, in their order" \
	"$(section FILES | sed -nE 's/^\.It Sy ([A-Z][a-z]+)$/\1/p')" "$columns"

# The direction's letters are not in the list of the driver.
is "the flags of /proc/net/bpf are described, in their order" \
	"$(section FILES | sed -nE 's/^\.It Cm ([a-z])$/\1/p' | tr -d '\n')" \
	"$(sed -nE 's/.* letters\[\] = "([a-z-]+)";/\1/p' src/stats.c | tr -d -)"

# Internal: ETIME is a read of 0 bytes, ERESTARTSYS is EINTR.
errors=$(names '\-E[A-Z]+\b' src/*.c | sed 's/^-//; /^ETIME$/d; s/^ERESTARTSYS$/EINTR/')
listed=$(section ERRORS | names '^\.It .*Ta Er E[A-Z]+ Ta' | names '\bE[A-Z]+\b')
nothing_but "every error in the driver is in the table" "$errors" "$listed"

# example N: the Nth literal block of EXAMPLES as C
example()
{
	section EXAMPLES | awk -v n="$1" '
		/^\.Ed/ { on = 0 }
		on == n && !/^\.Bd/ { print }
		/^\.Bd -literal/ { on = ++count }' | sed 's/\\e/\\/g; s/\\&//g'
}

count=$(section EXAMPLES | grep -c '^\.Bd -literal')
is "there are examples" "$((count > 0))" 1
for ((i = 1; i <= count; i++)); do
	example "$i" >"$dir/$i.c"
	for bits in 64 32; do
		if ! echo '#include <stdio.h>' | gcc -m$bits -x c -fsyntax-only - 2>/dev/null; then
			skip "example $i compiles, $bits bits" "this gcc has no -m$bits library"
			continue
		fi
		is "example $i compiles, $bits bits" "$(gcc -m$bits -O2 -Wall -Wextra -Werror \
			-Iinclude/uapi -c -o "$dir/$i.o" "$dir/$i.c" 2>&1 | sed '2,$s/^/# /')" ""
	done
done
tap_done
