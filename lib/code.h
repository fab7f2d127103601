/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Native code in a process: where it is and how it is called. Internal to the
 * library and to the tools of this tree.
 */
#ifndef CBPF_CODE_H
#define CBPF_CODE_H

#include "cbpf.h"

/* As cbpf_compile() describes it. */
typedef u64 (*code_fn)(const u8 *head, u32 headlen, u32 wirelen, u32 *words);

/**
 * struct code - code of a program
 * @entry:	where it begins; NULL: there is none
 * @size:	its bytes
 * @room:	bytes of memory it is in
 */
struct code {
	u8 *entry;
	u32 size;
	u32 room;
};

/* Why there is no code. */
enum {
	CODE_NOMEM = -1,	/* no memory to work in */
	CODE_NONE = -2,		/* too complex, nothing to compile, or another processor */
	CODE_DENIED = -3,	/* no memory that may be executed */
};

/**
 * code_new - compile a program into memory that may be executed
 * @code: to fill in, in any case
 * @insns: a program that cbpf_validate() accepted
 * @len: its length, instructions
 * @target: passed to cbpf_compile()
 *
 * Return: 0, or one of the reasons above.
 */
int code_new(struct code *code, const struct cbpf_insn *insns, u32 len,
	     const struct cbpf_target *target);

/**
 * code_free - undo code_new()
 * @code: may be without code
 */
void code_free(struct code *code);

static inline u64 code_run(const struct code *code, const u8 *head, u32 headlen,
			   u32 wirelen, u32 *words)
{
	return ((code_fn)(void *)code->entry)(head, headlen, wirelen, words);
}

#endif /* CBPF_CODE_H */
