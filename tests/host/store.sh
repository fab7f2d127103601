# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# The driver's store as a program: step by step, under threads, and its protocol as
# a model.  T= says for how many seconds the threads run.
. tests/vm/lib.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# part WHAT COMMAND...
part()
{
	local what=$1 status=0
	shift

	"$@" >"$log" 2>&1 || status=$?
	((status == 0)) || sed 's/^/# /' "$log" | tail -n 40
	ok "$what" test $status = 0
}

if ! make -s -C tests/store build >"$log" 2>&1; then
	sed 's/^/# /' "$log"
	echo "Bail out! the store does not build as a program"
	exit 1
fi
time=${T:-15}
part "the store, step by step" build/store/edge
part "the store under threads" build/store/stress $((time / 3))
part "the store under threads, with ThreadSanitizer" \
	env TSAN_OPTIONS=halt_on_error=1 setarch -R build/store/stress-checked $((time - time / 3))
part "shared buffers, step by step" build/store/shared
part "shared buffers under threads" build/store/shared-stress $((time / 5))
part "shared buffers under threads, with resets" build/store/shared-stress $((time / 5)) resets
part "shared buffers under threads, with ThreadSanitizer" \
	env TSAN_OPTIONS=halt_on_error=1 setarch -R build/store/shared-stress-checked $((time / 5))
part "every state of the model" tests/store/model
tap_done
