// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs of any length that look like filters: loads, comparisons and arithmetic,
 * with constants that do not repeat, so that the work of a compiler is seen to grow
 * with the length and with nothing else.
 */
#include <stdlib.h>

#include "bench.h"
#include "opcode.h"

#define INSN(op, t, f, operand)	(struct bpf_insn){ CBPF_##op, t, f, operand }

/**
 * synthetic_make() - a valid program
 * @program: where to store it; it stays for good
 * @length: instructions, a multiple of 8
 *
 * Every eight instructions are one question; the next ones are reached unless the
 * packet was accepted.
 */
void synthetic_make(struct bpf_program *program, u32 length)
{
	struct bpf_insn *insns = calloc(length, sizeof(*insns));

	for (u32 i = 0; i < length; i += 8) {
		struct bpf_insn *insn = &insns[i];

		insn[0] = INSN(LD_H_ABS, 0, 0, 12 + i / 8 % 3 * 2);
		insn[1] = INSN(JEQ_K, 0, 6, 0x800 + i);
		insn[2] = INSN(LD_W_ABS, 0, 0, 26 + i / 8 % 5 * 4);
		insn[3] = INSN(AND_K, 0, 0, 0xffffff00 - i);
		insn[4] = INSN(JGT_K, 2, 0, 0x0a000000 + i);
		insn[5] = INSN(ST, 0, 0, i / 8 % 16);
		insn[6] = INSN(JSET_K, 0, 0, 1 + i);
		insn[7] = INSN(RET_K, 0, 0, i);
		insn[6].jf = 1;
	}
	/* There is no next question. */
	insns[length - 7].jf--;
	insns[length - 2].jf--;
	if (cbpf_validate((const void *)insns, length, NULL))
		die(1, "a synthetic program is not valid");
	program->bf_insns = insns;
	program->bf_len = length;
}
