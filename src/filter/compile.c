// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The compiler from end to end: program, blocks and values, code.
 */
#include "ir.h"
#include "native.h"

int cbpf_compile(const struct cbpf_insn *insns, u32 len, u8 *code, u32 room,
		 const struct cbpf_target *target)
{
#ifdef CBPF_X86_64
	struct ir ir;
	int size;

	/* the program of no instructions has no blocks; nobody need run it */
	if (!len)
		return 0;
	if (ir_decode(&ir, insns, len))
		return -1;
	size = native_emit(&ir, code, room, target);
	ir_free(&ir);
	return size;
#else
	return 0;
#endif
}
