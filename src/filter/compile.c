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
		[CBPF_PASS_LAYOUT] = "layout",
		[CBPF_PASS_SWAP] = "swap",
		[CBPF_PASS_FUSE] = "fuse",
	};

	return pass < CBPF_PASSES ? names[pass] : NULL;
}

#ifdef CBPF_X86_64
/* The version for packets that are long enough. */
static int optimise(struct ir *fast, struct sets *sets, u32 enough)
{
	if (ir_checks(fast, enough, true) || ir_thread(fast) ||
	    sets_find(fast, sets))
		return -1;
	ir_ifconv(fast);
	return ir_layout(fast);
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
	if (!optimise(&fast, &sets, enough) && !ir_checks(exact, 0, false))
		size = native_emit(&fast, exact, enough, code, room, target);
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
	if (!len)
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
