// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The compiler from end to end: program, blocks and values, code.
 */
#include "ir.h"
#include "native.h"
#include "sets.h"

const char *cbpf_pass_name(enum cbpf_pass pass)
{
	static const char *const names[CBPF_PASSES] = {
		[CBPF_PASS_FOLD] = "fold",
		[CBPF_PASS_CHECKS] = "checks",
		[CBPF_PASS_THREAD] = "thread",
		[CBPF_PASS_SETS] = "sets",
		[CBPF_PASS_IFCONV] = "ifconv",
		[CBPF_PASS_WIDE] = "wide",
		[CBPF_PASS_LAYOUT] = "layout",
		[CBPF_PASS_SWAP] = "swap",
		[CBPF_PASS_FUSE] = "fuse",
		[CBPF_PASS_REUSE] = "reuse",
	};

	return pass < CBPF_PASSES ? names[pass] : NULL;
}

#ifdef CBPF_X86_64
/* All passes. early: checks may be made too early, and ask for more. */
static int optimise(struct ir *ir, struct sets *sets, u32 start, bool early)
{
	if (ir_checks(ir, start, early) || ir_thread(ir) || sets_find(ir, sets) ||
	    ir_ifconv(ir, early) || ir_wide(ir))
		return -1;
	return ir_layout(ir);
}

static int compile(struct ir *exact, u8 *code, u32 room,
		   const struct cbpf_target *target)
{
	u32 enough = ir_enough(exact);
	struct sets sets = { 0 };
	struct ir fast;
	int size = -1;

	if (ir_copy(&fast, exact))
		return -1;
	if (sets_init(&sets, exact) || optimise(&fast, &sets, enough, true))
		goto out;
	/* the values of the first version are among those of the second */
	exact->nvals = fast.nvals;
	if (!optimise(exact, &sets, 0, false))
		size = native_emit(&fast, exact, &sets, enough, code, room, target);
out:
	sets_free(&sets);
	ir_copy_free(&fast);
	return size;
}
#endif

int cbpf_compile(const struct cbpf_insn *insns, u32 len, u8 *code, u32 room,
		 const struct cbpf_target *target)
{
#ifdef CBPF_X86_64
	struct ir ir;
	int size;

	/* the program of no instructions has no blocks; nobody need run it */
	if (!len || cbpf_ancillary_used(insns, len) & CBPF_USES_INTERPRETER)
		return 0;
	if (ir_decode(&ir, insns, len, target->without))
		return -1;
	size = compile(&ir, code, room, target);
	ir_free(&ir);
	return size;
#else
	return 0;
#endif
}
