// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Decides whether a program may be run, so that running needs no checks of the
 * program itself. It knows what each operation demands from opcode.h, and
 * nothing of packets or of what the operations do.
 */
#include "cbpf.h"
#include "opcode.h"

/* The rule of each code; codes that are not named have CBPF_RULE_INVALID, 0. */
#define RULE_ROW(name, code, mnemonic, form, rule) \
	[CBPF_##name] = CBPF_RULE_##rule,
static const u8 cbpf_rules[256] = {
	CBPF_OPCODES(RULE_ROW)
};

#undef RULE_ROW

static_assert(CBPF_RULE_INVALID == 0, "codes without a row are invalid");

static enum cbpf_rule cbpf_rule_of(u16 code)
{
	return code < sizeof(cbpf_rules) ? cbpf_rules[code] : CBPF_RULE_INVALID;
}

/*
 * @after: how many instructions follow this one. A jump skips some of them and
 * needs one that it leaves: comparing counts cannot overflow, adding k to an
 * index could.
 */
static int cbpf_validate_insn(const struct cbpf_insn *insn, u32 after)
{
	switch (cbpf_rule_of(insn->code)) {
	case CBPF_RULE_INVALID:
		return CBPF_E_OPCODE;
	case CBPF_RULE_MEM:
		if (insn->k >= CBPF_MEMWORDS)
			return CBPF_E_MEMORY;
		break;
	case CBPF_RULE_DIVISOR:
		if (insn->k == 0)
			return CBPF_E_DIVISION;
		break;
	case CBPF_RULE_JUMP:
		if (insn->k >= after)
			return CBPF_E_JUMP;
		break;
	case CBPF_RULE_BRANCH:
		if (insn->jt >= after || insn->jf >= after)
			return CBPF_E_JUMP;
		break;
	case CBPF_RULE_RETURN:
		return 0;
	case CBPF_RULE_ANY:
		break;
	}
	/* Execution may go on to the next instruction: there must be one. */
	return after ? 0 : CBPF_E_NORETURN;
}

int cbpf_validate(const struct cbpf_insn *insns, u32 len, u32 *where)
{
	u32 i = CBPF_MAXINSNS;
	int err = CBPF_E_TOOLONG;

	if (len <= CBPF_MAXINSNS) {
		err = 0;
		for (i = 0; i < len; i++) {
			err = cbpf_validate_insn(&insns[i], len - i - 1);
			if (err)
				break;
		}
	}
	if (err && where)
		*where = i;
	return err;
}

const char *cbpf_strerror(int err)
{
	switch (err) {
	case 0:
		return "valid program";
	case CBPF_E_TOOLONG:
		return "too many instructions";
	case CBPF_E_OPCODE:
		return "unknown operation";
	case CBPF_E_JUMP:
		return "jump out of the program";
	case CBPF_E_MEMORY:
		return "no such word of scratch memory";
	case CBPF_E_DIVISION:
		return "division by the constant 0";
	case CBPF_E_NORETURN:
		return "last instruction is not a return";
	case CBPF_E_NOMEM:
		return "no memory";
	case CBPF_E_FLAG:
		return "unknown flag";
	}
	return "unknown error";
}
