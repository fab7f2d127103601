# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# The fuzzers of the filter engine, some seconds of each: the corpus of the coverage
# fuzzer, the differential one, expressions; and that a difference is found at all.
. tests/vm/lib.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fuzz() { make -s -C tests/fuzz O="$dir" "$@"; }

if ! fuzz all inputs "$dir/fuzz/corpus" >"$dir/log" 2>&1; then
	sed 's/^/# /' "$dir/log"
	echo "Bail out! the fuzzers do not build"
	exit 1
fi

# inputs: all of the corpus, in one process
inputs()
{
	local count

	count=$(grep -vc '^#' tests/fuzz/corpus.txt)
	is "the corpus of the coverage fuzzer" \
		"$("$dir/fuzz/inputs" "$dir/fuzz/corpus"/* 2>&1 | tail -n 5)" "$count inputs"
}
inputs

"$dir/fuzz/fuzz" --seconds 5 --folder "$dir" >"$dir/log" 2>/dev/null
status=$?
sed 's/^/# /' "$dir/log"
ok "all engines agree for five seconds" test $status = 0

# Where it is permitted over packets that were really sent.
captures=()
if timeout 120 tests/fuzz/capture "$dir/captures" 2>"$dir/log"; then
	captures=("$dir"/captures/*.pcap)
	sed -n 's/^capture: /# /p' "$dir/log"
	ok "packets are captured" test ${#captures[@]} -ge 3
else
	skip "packets are captured" "$(tail -n 1 "$dir/log")"
fi
"$dir/fuzz/expressions" --generated 200 tests/fuzz/expressions.txt "${captures[@]}" \
	>"$dir/log" 2>/dev/null
status=$?
grep '^#' "$dir/log"
ok "$(sed -n 's/^ok 1 - //p' "$dir/log")" grep -q '^ok 1 ' "$dir/log"
ok "$(sed -n 's/^ok 2 - //p' "$dir/log")" grep -q '^ok 2 ' "$dir/log"
ok "expressions match some packets, and all engines agree" test $status = 0
((status == 0)) || sed 's/^/# /' "$dir/log"

# One bug, to see that differences are found, and end with status 1.
ok "a bug is found" tests/fuzz/mutants --count 5000000 "a hash table with two members"

# At their command lines.
for program in fuzz replay expressions; do
	ok "$program --help" grep -q "^Usage: $program " <("$dir/fuzz/$program" --help)
	"$dir/fuzz/$program" --foo 2>/dev/null
	is "$program: wrong usage" $? 2
done
cat >"$dir/case" <<'END'
# ld [x+0]; ret a
program 2
64 0 0 0
22 0 0 0
packet 0a0b0c0d
head 2
wire 60
target stub 0 landing 1 guard 1 lean 1 without 3 blind 9
END
is "replay" "$("$dir/fuzz/replay" "$dir/case"; echo "status $?")" "$dir/case: the engines agree
# reference: 0xa0b0c0d
# interpreter: 0xa0b0c0d
# native: undecided
# native, target: undecided
status 0"
tap_done
