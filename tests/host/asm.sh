#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# bpfasm, bpfdis and bpfrun at their command lines: each thing that may be said, and
# each that is wrong, with the message and the exit status.  They run with address and
# undefined behaviour sanitizers.  Whole programs, other assemblers and damaged input
# are in asm.py.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
build()
{
	make --no-print-directory tools && make --no-print-directory -C tools/bpfasm O="$dir" \
		CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' &&
		gcc -o "$dir/asm_vectors" tests/host/asm_vectors.c build/libcbpf.a &&
		"$dir/asm_vectors" >"$dir/vectors"
}
if ! build >"$dir/log" 2>&1; then
	sed 's/^/# /' "$dir/log"
	echo "Bail out! bpfasm does not build"
	exit 1
fi

# says WHAT STATUS INPUT PROGRAM OPTION...: runs it on INPUT, in which printf's escapes
# count; what it prints is the standard input, where lines after "--" are standard
# error's
says()
{
	local what=$1 status=$2 input=$3 program=$4 got=0
	shift 4
	# Who ends with an error does not tidy up before.
	printf '%b' "$input" | ASAN_OPTIONS=detect_leaks=$((status == 0)) timeout 30 "$dir/$program" "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[[ -s $dir/err ]] && { echo --; cat "$dir/err"; } >>"$dir/out"
	is "$what" "$(cat "$dir/out"; echo "status $got")" "$(cat; echo "status $status")"
}

# makes SOURCE NUMBERS: bpfasm makes them of SOURCE
makes() { says "bpfasm: $1" 0 "$1" bpfasm <<<"$2"; }

# From Linux's Documentation/networking/filter.rst, source and result.
arp='ldh [12]\njne #0x806, drop\nret #-1\ndrop: ret #0\n'
makes "$arp" '4,40 0 0 12,21 0 1 2054,6 0 0 4294967295,6 0 0 0,'
says "as C" 0 "$arp" bpfasm -c <<'END'
{ 0x28,  0,  0, 0x0000000c },
{ 0x15,  0,  1, 0x00000806 },
{ 0x06,  0,  0, 0xffffffff },
{ 0x06,  0,  0, 0x00000000 },
END
says "as decimal numbers" 0 "$arp" bpfasm --decimal <<'END'
4
40 0 0 12
21 0 1 2054
6 0 0 4294967295
6 0 0 0
END
is "raw" "$(printf '%b' "$arp" | "$dir/bpfasm" --raw | od -An -v -tx1 | tr -d ' \n')" \
	280000000c000000150000010608000006000000ffffffff0600000000000000

# Each instruction and operand, with the numbers of net/bpf.h and linux/filter.h.
# one SOURCE CODE K
one() { makes "$1\\nret a" "2,$2 0 0 $3,22 0 0 0,"; }
one 'ld #7' 0 7
one 'ldi #7' 0 7
one 'LDI 0x1F' 0 31
one 'ld [7]' 32 7
one 'ldh [007]' 40 7
one 'ldb [0b111]' 48 7
one 'ld [x+7]' 64 7
one 'ldh [x + 7]' 72 7
one 'ldb [%x + -1]' 80 4294967295
one 'ld M[7]' 96 7
one 'ld len' 128 0
one 'ld #len' 128 0
one 'ld #pktlen' 128 0
one 'ldx #7' 1 7
one 'ldxi 7' 1 7
one 'ldx m[7]' 97 7
one 'ldx #len' 129 0
one 'ldxb 4*([7]&0xf)' 177 7
one 'ldx 4 * ( [ 7 ] & 15 )' 177 7
one 'st M[15]' 2 15
one 'stx M[0]' 3 0
code=4
for name in add sub mul div or and lsh rsh; do
	one "$name #7" $code 7
	one "$name x" $((code + 8)) 0
	code=$((code + 16))
done
one 'neg' 132 0
one 'mod #7' 148 7
one 'mod %x' 156 0
one 'xor #-2147483648' 164 2147483648
one 'xor X' 172 0
one 'tax' 7 0
one 'txa' 135 0
one 'l: ja m\nm:' 5 0
one '.insn 48, 0, 0, 9' 48 9
makes 'ret %a' '1,22 0 0 0,'
makes 'ret #96' '1,6 0 0 96,'
code=21
for name in jeq jgt jge jset; do
	rest='ret #1\nb:ret #2\nc:ret #3'
	numbers='6 0 0 1,6 0 0 2,6 0 0 3,'
	makes "$name #9, b, c\\n$rest" "4,$code 1 2 9,$numbers"
	makes "$name #9, c\\n$rest" "4,$code 2 0 9,$numbers"
	makes "$name x,c,b\\n$rest" "4,$((code + 8)) 2 1 0,$numbers"
	makes "$name %x,b\\n$rest" "4,$((code + 8)) 1 0 0,$numbers"
	code=$((code + 16))
done
makes 'jneq #9, b ret #1 b: ret #2' '3,21 0 1 9,6 0 0 1,6 0 0 2,'
makes 'jlt #9, b ret #1 b: ret #2' '3,53 0 1 9,6 0 0 1,6 0 0 2,'
makes 'jle x, b ret #1 b: ret #2' '3,45 0 1 0,6 0 0 1,6 0 0 2,'
makes 'jmp b ret #1 B: ret #3 b: ret #2' '4,5 0 0 2,6 0 0 1,6 0 0 3,6 0 0 2,'
makes '# one { \n ; two\n/* three\n*/ ret /**/ #1 ; four\n # five' '1,6 0 0 1,'

# Linux's ancillary data, from linux/filter.h: SKF_AD_OFF + SKF_AD_...
while read -r name offset; do
	one "ld $name" 32 $((0xfffff000 + offset))
done <<'END'
proto 0
#type 4
ifidx 8
nla 12
#nlan 16
mark 20
queue 24
hatype 28
rxhash 32
#cpu 36
vlan_tci 44
vlan_avail 48
#vlan_pr 48
#poff 52
#rand 56
vlan_tpid 60
END
one 'ldb [-2097152]' 48 4292870144
one 'ldh [x + -1048576]' 72 4293918720
for offset in -2147483648 -2097153 -4095 -4032 -1; do
	says "warns: nothing at $offset" 0 "ld [$offset]\\nret a" bpfasm <<END
2,32 0 0 $((offset + 0x100000000)),22 0 0 0,
--
stdin:1: warning: there is nothing at $offset, the program ends with 0
END
done
says "warns: nothing" 0 '; nothing' bpfasm <<'END'
0,
--
stdin: warning: no instructions: this program accepts every packet
END

# wrong SOURCE MESSAGE: bpfasm's complaint
wrong() { says "bpfasm: $1" 1 "$1" bpfasm <<<"--"$'\n'"stdin:$2"; }
wrong 'ret #1\n\nload [5]\nret a' '3: "load" is neither an instruction nor, without a ":", a label'
wrong 'ld\nret a' '1: expected an operand: #k, [k], x or another, not the end of the line'
wrong 'ret' '1: expected an operand: #k, [k], x or another, not the end of the file'
wrong 'ret 5' '1: expected 4*([k]&0xf), not "5"'
wrong 'ret x' '1: ret does not take x; it takes: #k, a'
wrong 'ldh M[3]' '1: ldh does not take M[k]; it takes: [k], [x + k]'
wrong 'ldi [3]' '1: expected a number, not "["'
wrong 'ld M[x + 3]' '1: M[] takes a number only'
wrong 'ld [x - 3]' '1: expected "+", not "-"'
wrong 'ld [a + 3]' '1: expected a number, not "a"'
wrong 'ld [%a + 3]' '1: expected x, not "a"'
wrong 'ld [3' '1: expected "]", not the end of the file'
wrong 'ld #foo' '1: expected a number, or the name of a value, not "foo"'
wrong 'ld #4294967296' '1: 4294967296 is too large: numbers have 32 bits'
wrong 'ld #99999999999999999999' '1: 99999999999999999999 is too large: numbers have 32 bits'
wrong 'ld #-2147483649' '1: -2147483649 is too small: at least -2147483648'
wrong 'ld #12k' '1: "12k" is no number'
wrong 'ld #08' '1: "08" is no number'
wrong 'ld #0b12' '1: "0b12" is no number'
wrong 'ldxb 4*([14]&0xe)' '1: expected 0xf, not "0xe"'
wrong 'ldxb 3*([14]&0xf)' '1: expected 4*([k]&0xf), not "3"'
wrong 'neg #1' '1: expected a label or an instruction, not "#"'
wrong 'tax \x01' '1: expected a label or an instruction, not a byte 0x01'
wrong 'ld /* [0]\nret a\n' '1: this comment does not end: here should be a */ somewhere'
wrong 'ret #1\nja' '2: expected a label, not the end of the file'
wrong 'jeq #1\nret a' '1: expected a "," and a label, not the end of the line'
wrong 'jeq #1, \nret a' '1: expected a label, not the end of the line'
wrong 'ja jlt\njlt: ret a' '1: expected a label, not "jlt"'
wrong 'Tax: ret a' '1: "Tax" is an instruction, not a label'
wrong 'jeq #1, 3\nret a' '1: expected a label, not "3"'
wrong 'jne #1, b, c\nb: c: ret a' '1: this jump has one label only'
wrong 'ja b\nret a' '1: there is no label "b"'
wrong 'ja b\nret a\nb:' '3: no instruction follows label "b"'
wrong 'b: ret a\nja b\nret a' '2: label "b" is in line 1: jumps only go forward'
wrong 'b: ja b\nret a' '1: label "b" is in line 1: jumps only go forward'
wrong 'b: ret a\nc:b: ret a' '2: label "b" is in line 1 already'
wrong '.insn 65536, 0, 0, 0' '1: 65536 is too large: at most 65535'
wrong '.insn 6, 256, 0, 0' '1: 256 is too large: at most 255'
wrong '.insn 6, 0, 0' '1: expected ",", not the end of the file'
wrong '\n.insn 0x99,0,0,0\nret a' '2: instruction 0: unknown operation'
wrong 'ret a\n.insn 5,0,0,7\nret a' '2: instruction 1: jump out of the program'
wrong 'ret a\n\nst M[16]\nret a' '3: instruction 1: no such word of scratch memory'
wrong 'div #0 ret a' '1: instruction 0: division by the constant 0'
wrong 'ret a\nl: tax\n' '2: instruction 1: last instruction is not a return'
many=$(printf 'tax\\n%.0s' {1..255})
makes "jgt #1,b\\n${many}b:ret #1\\nc:ret a" \
	"258,37 255 0 1,$(printf '7 0 0 0,%.0s' {1..255})6 0 0 1,22 0 0 0,"
wrong "jeq #1,b,c\\n${many}b:ret #1\\nc:ret a" \
	'1: label "c" is 256 instructions away, not 255 or less'
wrong "$(printf 'tax\\n%.0s' {1..4096})ret a" '4097: instruction 4096: too many instructions'

# bpfdis: formats that bpfasm does not write.
# dis WHAT INPUT: what bpfdis makes of it is the standard input
dis() { says "bpfdis: $1" 0 "$2" bpfdis; }
both=$'\tld [12]\n\tret a'
dis "lines with blanks and without the last end" ' 2\n32  0 0 12 \n\n22 0 0 0' <<<"$both"
dis "a declaration, comments, hexadecimal numbers" \
	'// C\n#include <net/bpf.h>\nstatic struct bpf_insn p[2] = { { 0x20, 0x0, 0, 014 }, /* } */\n{22,0,0,0}\n};\n' <<<"$both"
dis "C of BPF without a comma at the end" '{ 32, 0, 0, 12 },\n{ 22, 0, 0, 0 }' <<<"$both"
dis "an array of nothing" 'struct bpf_insn p[] = {};' <<<'; no instructions: accepts every packet'
dis "assembly with a brace in a comment" 'ld [0xc] ; {\nret a' <<<"$both"
dis "what is not used" '2\n32 3 4 12\n22 0 0 9' <<<"$both"
dis "jumps" 'jset #1,b,c\nb: jlt #2, c\njset x, c\njge #3, d\nc: ja d\ntax\nd: ret a' <<'END'
	jset #0x1, L1, L4
L1:	jlt #0x2, L4
	jset x, L4
	jge #0x3, L6
L4:	ja L6
	tax
L6:	ret a
END
says "bpfdis -n" 0 "$arp" bpfdis --numbered <<'END'
(000) ldh      [12]
(001) jeq      #0x806           jt 2	jf 3
(002) ret      #-1
(003) ret      #0
END
says "bpfdis -n of what does not exist" 1 '2 153 0 0 7 6 0 0 0' bpfdis -n <<'END'
(000) unimp    0x99
(001) ret      #0
--
stdin:1: instruction 0: unknown operation
END

# refused INPUT MESSAGE: bpfdis's complaint
refused() { says "bpfdis: $1" 1 "$1" bpfdis <<<"--"$'\n'"stdin:$2"; }
refused '' ' empty: here should be a program'
refused ' \n' ' empty: here should be a program'
refused '\x28\x00\x00' ' 3 bytes are no whole number of instructions of 8 bytes'
refused '2\n6 0 0 0\n' '2: 2 instructions are announced, but there are 1'
refused '1\n6 0 0 0\n6 0 0 0' '3: more follows than the 1 instructions announced'
refused '1\n6 0 0\n' '2: expected a number, not the end of the file'
refused '1\n6 0 256 0\n' '2: 256 is too large: at most 255'
refused '1\n65536 0 0 0\n' '2: 65536 is too large: at most 65535'
refused '1,-6 0 0 0\n' '1: expected a number, not "-"'
refused '{ 6, 0, 0 }' '1: expected ",", not "}"'
refused '{ 6, 0, 0, 0 }; foo' '1: expected { code, jt, jf, k }, or the end, not "foo"'
refused '{ { 6, 0, 0, 0 },\n' '1: expected "}", not the end of the file'
refused '{ BPF_RET, 0, 0, 0 }' '1: expected a number, not "BPF_RET"'
refused 'hello' '1: "hello" is neither an instruction nor, without a ":", a label'

# Native code: whatever objdump says of it, the bytes are the compiler's.
says "bpfdis --native: invalid" 1 '1 7 0 0 0' bpfdis --native <<'END'
--
stdin:1: instruction 0: last instruction is not a return
END
says "bpfdis --native: nothing" 1 '0' bpfdis -N <<'END'
--
bpfdis: no native code: there are no instructions
END
says "bpfdis --ir: invalid" 1 '1 7 0 0 0' bpfdis --ir <<'END'
--
stdin:1: instruction 0: last instruction is not a return
END
says "bpfdis --ir: nothing" 1 '0' bpfdis -i <<'END'
--
bpfdis: no blocks: there are no instructions
END
says "bpfdis --ir without some passes" 0 "$arp" bpfdis -i -x checks,sets --without layout,thread <<'END'
decoded:
b0:	check 14 bytes
	if h[12] == 0x806 go to b1, else b2
b1:	return 0xffffffff
b2:	return 0

fast version, for packets of 0 bytes and more

without checks

without thread

without sets

after ifconv: no change

after wide: no change

without layout

exact version, for all others

without checks

without thread

without sets

after ifconv: no change

after wide: no change

without layout

END
says "bpfdis --ir: not for the interpreter alone" 1 'ld rand\nret a' bpfdis --ir <<'END'
--
bpfdis: no blocks: the program uses a value that only the interpreter has
END
if [[ $(uname -m) == x86_64 ]]; then
	printf '%b' "$arp" >"$dir/arp"
	PATH=/nowhere "$dir/bpfdis" -N "$dir/arp" >"$dir/bytes" 2>"$dir/err"
	is "without objdump: bytes, a warning, and success" "$? $(<"$dir/err")" \
		"0 objdump: warning: not to be had: bytes only; it is in Debian's package binutils"
	size=$(sed -n 's/^4 instructions, 32 bytes; native code, \([0-9]*\) bytes:$/\1/p' "$dir/bytes")
	bytes=$(tail -n +2 "$dir/bytes" | cut -f 2 | tr -d ' \n')
	is "as many as it says" "$((${#bytes} / 2))" "$size"
	ok "the last is a return" test "${bytes: -2}" = c3
	if command -v objdump >/dev/null; then
		"$dir/bpfdis" -N "$dir/arp" >"$dir/listing" 2>"$dir/err"
		is "with objdump: no warning" "$? $(<"$dir/err")" "0 "
		is "the same bytes" "$(tail -n +2 "$dir/listing" | cut -f 2 | tr -d ' \n')" "$bytes"
		ok "and instructions" grep -qP '\tret *$' "$dir/listing"
	else
		skip "with objdump" "not installed"
	fi
else
	skip "native code" "not x86-64"
fi

# bpfrun: a capture of no packet, and what is wrong.
printf '\xd4\xc3\xb2\xa1\x02\x00\x04\x00%b\x00\x00\x04\x00\x01\x00\x00\x00' '\0\0\0\0\0\0\0\0' >"$dir/none"
says "bpfrun: no packet" 0 "$arp" bpfrun - "$dir/none" <<<'0 of 0 packets match'
says "bpfrun: one that is not valid" 1 'tax' bpfrun - "$dir/none" <<'END'
--
stdin:1: instruction 0: last instruction is not a return
END
says "bpfrun: a bad expression" 1 '' bpfrun -e 'tcp port' "$dir/none" <<'END'
--
bpfrun: --expression: can't parse filter expression: syntax error
END
says "bpfrun: an expression that needs a loop" 1 '' bpfrun -e 'ip6 protochain 17' "$dir/none" <<'END'
--
--expression: instruction 18: jump out of the program
END
says "bpfrun: no capture" 1 "$arp" bpfrun - "$dir/log" <<END
--
bpfrun: cannot read $dir/log: unknown file format
END
says "bpfrun: cannot write" 1 "$arp" bpfrun -w "$dir/no/file" - "$dir/none" <<END
--
bpfrun: cannot write: $dir/no/file: No such file or directory
END
head -c 30 "$dir/none" >"$dir/short"
printf '\1\2\3' >>"$dir/short"
says "bpfrun: a capture cut off" 1 "$arp" bpfrun - "$dir/short" <<END
--
bpfrun: cannot read $dir/short: truncated dump file; tried to read 16 header bytes, only got 3
END
says "bpfrun: a full disk" 1 "$arp" bpfrun -w /dev/full - "$dir/none" <<'END'
--
bpfrun: cannot write /dev/full
END

# Wrong usage, of each.
# usage PROGRAM MESSAGE OPTION...
usage()
{
	local program=$1 message=$2
	shift 2
	says "wrong usage: $program $*" 2 '' "$program" "$@" <<<"--"$'\n'"$message"
}
unknown()
{
	usage "$1" "$dir/$1: unrecognized option '--foo'"$'\n'"See $1 --help." --foo
}
usage bpfasm 'bpfasm: one of -c, -d and -r is enough' -c --raw
usage bpfasm 'bpfasm: one file at a time; "b" is too much' a b
usage bpfdis 'bpfdis: one of -n, -i and -N is enough' -n --native
usage bpfdis 'bpfdis: one of -n, -i and -N is enough' -N --ir
usage bpfdis 'bpfdis: one file at a time; "b" is too much' a b
usage bpfdis 'bpfdis: --without goes with -i or -N' --without sets a
usage bpfrun 'bpfrun: --without goes with --engine native' --without sets a b
passes=$(sed -n 's/^\t\t\[CBPF_PASS_[A-Z]*\] = "\([a-z]*\)",$/\1/p' src/filter/compile.c | paste -sd ' ')
ok "there are passes" test "${#passes}" -gt 10
for pass in '' set setss 'sets,' ',sets' 'sets;fold'; do
	wrong=${pass#sets,}
	wrong=${wrong%,sets}
	usage bpfdis "bpfdis: --without: no pass \"$wrong\"; there are: $passes" -N -x "$pass" a
done
for arguments in '' 'a' 'a b c'; do
	# shellcheck disable=SC2086 # words
	usage bpfrun 'bpfrun: there are two files, the program and the capture; or see --expression' $arguments
done
usage bpfrun 'bpfrun: with --expression there is one file, the capture' -e tcp
usage bpfrun 'bpfrun: with --expression there is one file, the capture' -e tcp a b
usage bpfrun 'bpfrun: the standard input cannot be both files' - -
usage bpfrun 'bpfrun: --engine wants interp, native or libpcap, not "jit"' --engine jit a b
for count in 0 -1 x 1x '' 1000000001 99999999999999999999; do
	usage bpfrun "bpfrun: --count wants a number from 1 to 1000000000, not \"$count\"" -c "$count" a b
done

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
for program in bpfasm bpfdis bpfrun; do
	unknown $program
	more=()
	[[ $program != bpfrun ]] || more=(capture)
	says "$program: no such file" 1 '' $program "$dir/nothing" "${more[@]}" <<END
--
$program: cannot read $dir/nothing: No such file or directory
END
	says "$program: a folder" 1 '' $program "$dir" "${more[@]}" <<END
--
$program: cannot read $dir: Is a directory
END
	head -c 4194305 /dev/zero >"$dir/large"
	says "$program: a large file" 1 '' $program "$dir/large" "${more[@]}" <<END
--
$program: $dir/large is too large to be a program
END
	says "$program --version" 0 '' $program --version <<<"$program (bsdbpf) $version"
	"$dir/$program" --help >"$dir/help"
	is "$program: -h is --help, -V is --version" \
		"$("$dir/$program" -h; "$dir/$program" -V)" "$(cat "$dir/help"; "$dir/$program" --version)"
	is "$program: a full disk is an error" "$("$dir/$program" --help 2>&1 >/dev/full; echo "status $?")" \
		"$program: cannot write: No space left on device"$'\n'"status 1"
	man=tools/man/$program.1
	is "$program: the manual page has the options of --help" \
		"$(grep -oE '^\.It Fl . , Fl \\-[a-z-]+' $man | sed 's/.It Fl \(.\) , Fl \\-/-\1 --/' | sort)" \
		"$(grep -oE '^  -., --[a-z-]+' "$dir/help" | sed 's/^  //; s/,//' | sort)"
	if command -v mandoc >/dev/null; then
		is "$program: mandoc has no warning" "$(mandoc -T lint -W warning $man 2>&1)" ""
	else
		skip "$program: mandoc has no warning" "not installed"
	fi
	is "$program is in build/, too" "$(build/$program --version)" "$program (bsdbpf) $version"
done
is "a full disk is an error for a program" \
	"$(printf '%b' "$arp" | "$dir/bpfasm" 2>&1 >/dev/full; echo "status $?")" \
	"bpfasm: cannot write: No space left on device"$'\n'"status 1"
is "messages name the file" "$(printf 'ret' >"$dir/bad"; "$dir/bpfasm" "$dir/bad" 2>&1)" \
	"$dir/bad:1: expected an operand: #k, [k], x or another, not the end of the file"

check() { ok "$2" python3 tests/host/asm.py "$1" "$dir"; }
check vectors "vectors: valid ones survive, others are refused for the same reason"
check expressions "programs of tcpdump survive"
check numbered "bpfdis -n is tcpdump -d"
check image "bpfdis -n is libpcap's bpf_image, for each operation"
check fuzz "damaged and random input is harmless"
check engines "bpfrun: each engine finds and writes what tcpdump does"
# stages FILE FUNCTION: which passes it calls
stages() { sed -n "/^static [a-z]* $2(/,/^}/p" "$1" | grep -oE '\b(ir|sets)_[a-z]+\(ir\b'; }
is "bpfdis --ir: the passes are those of the compiler, in its order" \
	"$(stages tools/bpfasm/ir_print.c show_passes)" "$(stages src/filter/compile.c optimise)"
ok "they are several" test "$(stages src/filter/compile.c optimise | wc -l)" -gt 3
# asm.py has made the capture for the engines.
ok "bpfdis --ir: what it prints does what libpcap does" \
	python3 tests/host/ir.py "$dir" < <(
		grep -vE '^(#|$|[A-Z0-9_]+ [|] )' tests/fuzz/expressions.txt | awk 'NR % 5 == 0'
		echo 'portrange 53-80'
		echo "$(printf 'port %d or ' 22 53 80 443 1500 7 8)port 9")
check cut "bpfrun: packets are cut to what the filter returns"
check times "bpfrun: --count and --time"

# Linux's assembler, if its source is here: it comes with that of the debug kernel.
cache=${BSDBPF_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/bsdbpf}
linux=$(compgen -G "$cache/kernels/*-bsdbpf-debug-*/build/tools/bpf/bpf_asm.c" | tail -n 1)
if [[ ! $linux ]]; then
	skip "bpf_asm agrees" "no kernel source here: make test-debug brings it"
elif ! (cd "$dir" && flex -o lex.c "${linux%_asm.c}_exp.l" && bison -d -o bpf_exp.yacc.c "${linux%_asm.c}_exp.y" &&
	gcc -w -I. -o bpf_asm "$linux" lex.c bpf_exp.yacc.c) >"$dir/log" 2>&1; then
	skip "bpf_asm agrees" "Linux's bpf_asm does not build"
else
	check bpf_asm "bpf_asm agrees"
fi
tap_done
