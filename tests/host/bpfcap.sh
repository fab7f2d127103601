#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#
# bpfcap without the device: what it says to a wrong command line, and that the manual
# page has what --help has.  It runs with address and undefined behaviour sanitizers.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bpfcap=$dir/bpfcap
if ! make --no-print-directory -C tools/bpfcap O="$dir" \
	CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' >"$dir/log" 2>&1; then
	sed 's/^/# /' "$dir/log"
	echo "Bail out! bpfcap does not build"
	exit 1
fi

# wrong MESSAGE OPTION...: status 2, and nothing but the message
wrong()
{
	local message=$1 status=0
	shift
	timeout 30 "$bpfcap" "$@" >"$dir/out" 2>&1 </dev/null || status=$?
	is "wrong usage: $*" "$(<"$dir/out") $status" "bpfcap: $message 2"
}
wrong "which interface? -i INTERFACE; bpfcap -D lists them"
wrong "where to? -w FILE, or -w - for the standard output" -i lo
wrong "--interface lo is there twice" -i lo -w x -i lo
wrong 'no interface can have the name "0123456789abcdef"' -i 0123456789abcdef -w x
wrong 'no interface can have the name ""' -i '' -w x
for value in 0 -1 262145 1x 1k ''; do
	wrong "--snaplen wants a number from 1 to 262144, not \"$value\"" -s "$value"
done
for value in 1023 16385k 17M 18446744073709551616 1kk k -1k ''; do
	wrong "--buffer wants bytes from 1024 to 16777216, as in 64k, not \"$value\"" -B "$value"
done
wrong '--file-size wants bytes from 4096 to 4611686018427387904, as in 64k, not "4095"' -C 4095
wrong '--wait wants seconds from 0 to 300, not "301"' -t 301
wrong '--wait wants seconds from 0 to 300, not "nan"' -t nan
wrong '--duration wants seconds from 0.001 to 1000000000, not "0"' -d 0
wrong '--direction: "up" is none of in, inout, out' -Q up
wrong '--buffers: "zero" is none of auto, map, read' --buffers zero
wrong '--fanout wants MODE:PROCESSES, as in hash:4, not "4"' -F 4
wrong '--fanout: "has" is none of hash, rr, cpu, rollover' -F has:4
wrong '--fanout wants a number from 1 to 64, not "65"' -F hash:65
wrong "--files wants --file-size, --file-time or --file-count, too" -i lo -w x -W 3
wrong "the standard output is one file: --fanout wants -w FILE" -i lo -w - -F rr:2
wrong "the standard output is one file: --file-size, --file-time or --file-count wants -w FILE" \
	-i lo -w - -N 3
is "an unknown option: status" "$("$bpfcap" --nonsense 2>&1; echo $?)" \
"$bpfcap: unrecognized option '--nonsense'
See bpfcap --help.
2"
if [[ -e /dev/bpf ]]; then
	skip "without the module" "it is loaded here"
else
	is "without the module" "$("$bpfcap" -i lo -w "$dir/x" 2>&1; echo $?)" \
"bpfcap: /dev/bpf is missing: load the module with modprobe bsdbpf
1"
fi
is "a full disk is an error" "$("$bpfcap" -h 2>&1 >/dev/full; echo $?)" \
"bpfcap: cannot write: No space left on device
1"
is "the version" "$("$bpfcap" --version)" \
	"bpfcap (bsdbpf) $(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)"
"$bpfcap" --help >"$dir/help"
is "the manual page has the options of --help" \
	"$(grep -oE '^\.It Fl . , Fl \\-[a-z-]+' tools/man/bpfcap.1 |
		sed 's/.It Fl \(.\) , Fl \\-/-\1 --/' | sort)" \
	"$(grep -oE '^  -., --[a-z-]+' "$dir/help" | sed 's/^  //; s/,//' | sort)"
tap_done
