// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Prints the vectors of the filter engine's tests for those of its tools: a line for
 * each, with the name, the validator's result and where, the number of instructions
 * and their numbers, separated by tabs.  It does not judge anything.
 */
#include <stdio.h>

#include "../vectors/vector.h"

int main(void)
{
	const struct cbpf_vector *v;
	const struct cbpf_insn *insn;

	for (v = cbpf_vectors; v < cbpf_vectors + CBPF_VECTORS; v++) {
		printf("%s\t%s\t%u\t%u", v->name, v->err ? cbpf_strerror(v->err) : "",
		       v->where, v->len);
		for (insn = v->insns; insn < v->insns + v->len; insn++)
			printf("\t%u %u %u %u", insn->code, insn->jt, insn->jf, insn->k);
		putchar('\n');
	}
	return 0;
}
