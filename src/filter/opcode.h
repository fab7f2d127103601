/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The one table of operations, for whoever checks, runs, prints or generates
 * instructions. An operation that is not in it does not exist. The set is that
 * of FreeBSD's bpf(4): with MOD and XOR; without OpenBSD's RND and NetBSD's
 * COP. How an operation is carried out is not known here.
 */
#ifndef CBPF_OPCODE_H
#define CBPF_OPCODE_H

/* Set in the code of ALU operations and jumps whose operand is X, not k. */
#define CBPF_SRC_X	0x08

/* How the operand is written, k standing for the instruction's field. */
enum cbpf_form {
	CBPF_FORM_NONE,
	CBPF_FORM_IMM,		/* #k */
	CBPF_FORM_ABS,		/* [k] */
	CBPF_FORM_IND,		/* [x+k] */
	CBPF_FORM_MEM,		/* M[k] */
	CBPF_FORM_LEN,		/* len */
	CBPF_FORM_MSH,		/* 4*([k]&0xf) */
	CBPF_FORM_REL,		/* +k, instructions to skip */
	CBPF_FORM_A,		/* a */
	CBPF_FORM_X,		/* x */
};

/* What a valid program must respect in such an instruction. */
enum cbpf_rule {
	CBPF_RULE_INVALID,	/* not in the table */
	CBPF_RULE_ANY,		/* nothing: each k is valid */
	CBPF_RULE_MEM,		/* k is an index of M[] */
	CBPF_RULE_DIVISOR,	/* k is not 0 */
	CBPF_RULE_JUMP,		/* skipping k stays inside the program */
	CBPF_RULE_BRANCH,	/* skipping jt, or jf, stays inside */
	CBPF_RULE_RETURN,	/* nothing, and it may be the last one */
};

/* OP(name, code, mnemonic, form, rule) */
#define CBPF_OPCODES(OP) \
	OP(LD_IMM,	0x00, "ld",	IMM,	ANY) \
	OP(LD_W_ABS,	0x20, "ld",	ABS,	ANY) \
	OP(LD_H_ABS,	0x28, "ldh",	ABS,	ANY) \
	OP(LD_B_ABS,	0x30, "ldb",	ABS,	ANY) \
	OP(LD_W_IND,	0x40, "ld",	IND,	ANY) \
	OP(LD_H_IND,	0x48, "ldh",	IND,	ANY) \
	OP(LD_B_IND,	0x50, "ldb",	IND,	ANY) \
	OP(LD_MEM,	0x60, "ld",	MEM,	MEM) \
	OP(LD_LEN,	0x80, "ld",	LEN,	ANY) \
	OP(LDX_IMM,	0x01, "ldx",	IMM,	ANY) \
	OP(LDX_MEM,	0x61, "ldx",	MEM,	MEM) \
	OP(LDX_LEN,	0x81, "ldx",	LEN,	ANY) \
	OP(LDX_MSH,	0xb1, "ldxb",	MSH,	ANY) \
	OP(ST,		0x02, "st",	MEM,	MEM) \
	OP(STX,		0x03, "stx",	MEM,	MEM) \
	OP(ADD_K,	0x04, "add",	IMM,	ANY) \
	OP(ADD_X,	0x0c, "add",	X,	ANY) \
	OP(SUB_K,	0x14, "sub",	IMM,	ANY) \
	OP(SUB_X,	0x1c, "sub",	X,	ANY) \
	OP(MUL_K,	0x24, "mul",	IMM,	ANY) \
	OP(MUL_X,	0x2c, "mul",	X,	ANY) \
	OP(DIV_K,	0x34, "div",	IMM,	DIVISOR) \
	OP(DIV_X,	0x3c, "div",	X,	ANY) \
	OP(OR_K,	0x44, "or",	IMM,	ANY) \
	OP(OR_X,	0x4c, "or",	X,	ANY) \
	OP(AND_K,	0x54, "and",	IMM,	ANY) \
	OP(AND_X,	0x5c, "and",	X,	ANY) \
	OP(LSH_K,	0x64, "lsh",	IMM,	ANY) \
	OP(LSH_X,	0x6c, "lsh",	X,	ANY) \
	OP(RSH_K,	0x74, "rsh",	IMM,	ANY) \
	OP(RSH_X,	0x7c, "rsh",	X,	ANY) \
	OP(NEG,		0x84, "neg",	NONE,	ANY) \
	OP(MOD_K,	0x94, "mod",	IMM,	DIVISOR) \
	OP(MOD_X,	0x9c, "mod",	X,	ANY) \
	OP(XOR_K,	0xa4, "xor",	IMM,	ANY) \
	OP(XOR_X,	0xac, "xor",	X,	ANY) \
	OP(JA,		0x05, "ja",	REL,	JUMP) \
	OP(JEQ_K,	0x15, "jeq",	IMM,	BRANCH) \
	OP(JEQ_X,	0x1d, "jeq",	X,	BRANCH) \
	OP(JGT_K,	0x25, "jgt",	IMM,	BRANCH) \
	OP(JGT_X,	0x2d, "jgt",	X,	BRANCH) \
	OP(JGE_K,	0x35, "jge",	IMM,	BRANCH) \
	OP(JGE_X,	0x3d, "jge",	X,	BRANCH) \
	OP(JSET_K,	0x45, "jset",	IMM,	BRANCH) \
	OP(JSET_X,	0x4d, "jset",	X,	BRANCH) \
	OP(RET_K,	0x06, "ret",	IMM,	RETURN) \
	OP(RET_A,	0x16, "ret",	A,	RETURN) \
	OP(TAX,		0x07, "tax",	NONE,	ANY) \
	OP(TXA,		0x87, "txa",	NONE,	ANY)

/* CBPF_LD_IMM and so on: the values of an instruction's code. */
#define CBPF_OP_ENUM(name, code, mnemonic, form, rule)	CBPF_##name = (code),
enum cbpf_op {
	CBPF_OPCODES(CBPF_OP_ENUM)
};

#undef CBPF_OP_ENUM

#endif /* CBPF_OPCODE_H */
