// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The table of operations: what each is called, and how its operand is written.
 */
#include "bpfasm.h"

#define OP(name, code, mnemonic, form, rule) \
	[code] = { mnemonic, CBPF_FORM_##form, CBPF_RULE_##rule },
static const struct op ops[256] = {
	CBPF_OPCODES(OP)
};

/**
 * op_of() - the operation of a code
 * @code: of an instruction
 *
 * Return: the operation, or NULL.
 */
const struct op *op_of(u16 code)
{
	return code < 256 && ops[code].mnemonic ? &ops[code] : NULL;
}
