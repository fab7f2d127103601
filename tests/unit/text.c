// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs as text. It reads only the table in opcode.h and does not care
 * whether a program is valid.
 */
#include <stdio.h>

#include "opcode.h"
#include "text.h"

struct operation {
	const char *mnemonic;
	enum cbpf_form form;
	enum cbpf_rule rule;
};

#define OPERATION(name, code, mnemonic, form, rule) \
	[code] = { mnemonic, CBPF_FORM_##form, CBPF_RULE_##rule },
static const struct operation operations[256] = {
	CBPF_OPCODES(OPERATION)
};

/* How each form is written; only those with a conversion use k. */
static const char *const forms[] = {
	[CBPF_FORM_NONE] = "",
	[CBPF_FORM_IMM] = " #0x%x",
	[CBPF_FORM_ABS] = " [%u]",
	[CBPF_FORM_IND] = " [x+%u]",
	[CBPF_FORM_MEM] = " M[%u]",
	[CBPF_FORM_LEN] = " len",
	[CBPF_FORM_MSH] = " 4*([%u]&0xf)",
	[CBPF_FORM_REL] = " +%u",
	[CBPF_FORM_A] = " a",
	[CBPF_FORM_X] = " x",
};

static void print_insn(FILE *to, const struct cbpf_insn *insn)
{
	const struct operation *op = &operations[insn->code & 0xff];

	if (insn->code > 0xff || !op->mnemonic) {
		fprintf(to, ".insn 0x%x,%u,%u,0x%x", insn->code, insn->jt,
			insn->jf, insn->k);
		return;
	}
	fputs(op->mnemonic, to);
	fprintf(to, forms[op->form], insn->k);
	if (op->rule == CBPF_RULE_BRANCH)
		fprintf(to, " +%u +%u", insn->jt, insn->jf);
}

void text_of_program(const struct cbpf_insn *insns, u32 len, char *to,
		     size_t size)
{
	FILE *file;
	u32 i;

	to[0] = '\0';
	file = fmemopen(to, size, "w");
	if (!file)
		return;
	for (i = 0; i < len; i++) {
		if (i)
			fputs("; ", file);
		print_insn(file, &insns[i]);
	}
	fclose(file);
	to[size - 1] = '\0';
}
