#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck source=tests/vm/lib.sh disable=SC2317 # functions are called by name
#
# Filtering in user space by the patched libpcap: capture files give the same packets
# as with Debian's library, native code has chosen them, and where there is none the
# interpreter does.  How long either takes is a comment.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# quiet COMMAND...: shows what it said if it failed.
quiet()
{
	"$@" >"$dir/log" 2>&1 && return
	sed 's/^/# /' "$dir/log"
	return 1
}

ok "the library builds" quiet tools/libpcap/build
if ! readelf -dW "$pcap_lib/libpcap.so.0.8" | grep -q 'NEEDED.*libcbpf.so.0'; then
	skip "native filters" "there was no pkg-config when libpcap was built"
	tap_done
fi
if ! command -v tcpdump >/dev/null; then
	skip "native filters" "no tcpdump"
	tap_done
fi
include=-I$PWD/build/libpcap/cbpf/include
strict=(-O2 -Wall -Wextra -Werror)
ok "the counter builds" quiet gcc "${strict[@]}" -D_GNU_SOURCE -shared -fPIC "$include" \
	-o "$dir/count.so" tests/host/pcap_count.c
ok "the launcher builds" quiet gcc "${strict[@]}" -o "$dir/deny" tests/host/lib_deny.c
ok "the program builds" quiet gcc "${strict[@]}" -o "$dir/change" tests/host/pcap_filter.c -lpcap

python3 tests/host/capture.py 200000 >"$dir/large"
python3 tests/host/capture.py 20000 50 >"$dir/cut"
python3 tests/host/capture.py 4000 >"$dir/small"
engine=native
[[ $(uname -m) == x86_64 ]] || engine=none

# ours, theirs FILE EXPRESSION [OPTION...]: the packets that match, as a capture
theirs() { tcpdump -r "$1" "$2" "${@:3}" -w - 2>/dev/null; }
ours() { with_bpf tcpdump -r "$1" "$2" "${@:3}" -w - 2>/dev/null; }
# counted COMMAND...: how many packets libcbpf had
counted()
{
	LD_PRELOAD=$dir/count.so with_bpf "$@" 2>&1 >/dev/null | sed -n 's/^\(native .*\)/\1/p'
}

# same FILE PACKETS EXPRESSION [OPTION...]: and natively, if PACKETS are
same()
{
	local file=$1 packets=$2 text=$3 what found all
	shift 2

	[[ $engine == native ]] || packets=0
	theirs "$file" "$@" >"$dir/theirs"
	ours "$file" "$@" >"$dir/ours"
	what="${file##*/}, ${text:0:60} ${*:2}"
	# Of nothing and of everything nobody learns much.
	if [[ $file != "$dir/cut" ]]; then
		found=$(stat -c %s "$dir/theirs")
		all=$(stat -c %s "$file")
		ok "$what: some packets" test "$found" -gt 24 -a "$found" -lt "$all"
	fi
	ok "$what: the same packets" cmp "$dir/theirs" "$dir/ours"
	is "$what: chosen by" "$(counted tcpdump -r "$file" "$@" -w -)" \
		"native $packets, interpreted 0"
}

hosts=$(printf 'host 10.0.0.%d or ' {1..49})'host 192.168.0.9'
expressions=(ip 'tcp port 80' 'net 10.0.0.0/8 and not port 22' "$hosts"
	'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn' 'ip6 and tcp dst port 443'
	'vlan and udp port 53' 'ip[6:2] & 0x1fff != 0' 'less 80 or ip[0] & 0xf > 5'
	'udp[ip[0] & 0xf + 20] == 0' 'tcp[((tcp[12] & 0xf0) >> 2):4] == 0 and len % 3 == 1')
for expression in "${expressions[@]}"; do
	same "$dir/large" 200000 "$expression"
	same "$dir/cut" 20000 "$expression"
done
same "$dir/large" 200000 'tcp port 80' -O
same "$dir/large" 0 'ip6 protochain 17'

# Filters that change, and pcap_offline_filter().
is "filters change, before" "$("$dir/change" "$dir/small")" "4000 packets, 0 wrong"
is "filters change" "$(with_bpf "$dir/change" "$dir/small")" "4000 packets, 0 wrong"
read -r _ ran _ < <(counted "$dir/change" "$dir/small" | tr -d ,)
if [[ $engine == native ]]; then
	# Those of files alone are fewer.
	ok "by native code, pcap_offline_filter() too ($ran times)" test "$ran" -gt 40000
else
	is "by the interpreter" "$ran" 0
fi
if command -v valgrind >/dev/null; then
	is "and nothing leaks" "$(with_bpf valgrind -q --leak-check=full --error-exitcode=9 "$dir/change" "$dir/small" 2>&1)" \
		"4000 packets, 0 wrong"
else
	skip "and nothing leaks" "no valgrind"
fi

if "$dir/deny" true 2>/dev/null; then
	LD_LIBRARY_PATH=$pcap_lib "$dir/deny" tcpdump -r "$dir/large" 'tcp port 80' -w - 2>/dev/null >"$dir/ours"
	theirs "$dir/large" 'tcp port 80' >"$dir/theirs"
	ok "where no code is allowed: the same packets" cmp "$dir/theirs" "$dir/ours"
	is "chosen by libpcap's interpreter" \
		"$(counted "$dir/deny" tcpdump -r "$dir/large" 'tcp port 80' -w - | tail -n 1)" "native 0, interpreted 0"
else
	skip "where no code is allowed" "no seccomp"
fi

# spent COMMAND...: how long it takes, in 10 us
spent()
{
	local start

	start=$(date +%s%N)
	"$@" >/dev/null
	echo $((($(date +%s%N) - start) / 10000))
}

# compare EXPRESSION: the shortest of nine runs of each, in turns
compare()
{
	local expression=$1 before=999999999 after=999999999 now

	for _ in {1..9}; do
		now=$(spent theirs "$dir/timed" "$expression")
		((now >= before)) || before=$now
		now=$(spent ours "$dir/timed" "$expression")
		((now >= after)) || after=$now
	done
	awk -v b="$before" -v a="$after" -v e="${expression:0:50}" 'BEGIN {
		printf "# tcpdump -r, 600000 packets, %s: %.1f ms, before %.1f ms: %.2f\n",
			e, a / 100, b / 100, a / b }'
}

python3 tests/host/capture.py 600000 >"$dir/timed"
taskset -cp "$(taskset -cp $$ | sed 's/.*[ ,-]//')" $$ >/dev/null 2>&1 # one core for both
for expression in 'tcp port 80' 'net 10.0.0.0/8 and not port 22' "$hosts"; do
	compare "$expression"
done
tap_done
