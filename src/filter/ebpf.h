/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * eBPF: classic programs for an operating system that has a compiler of its own
 * for that. Knows the instruction set (RFC 9669), no kernel.
 */
#ifndef CBPF_EBPF_H
#define CBPF_EBPF_H

#include "cbpf.h"

/* One instruction; how a kernel packs the registers is its own business. */
struct cbpf_ebpf_insn {
	u8 code;
	u8 dst;
	u8 src;
	s16 off;
	s32 imm;
};

/* What register 1 points to when such a program begins. */
struct cbpf_ebpf_ctx {
	const u8 *head;
	u32 headlen;
	u32 wirelen;
	u32 undecided;	/* in: 0; out: not 0 if the result means nothing */
};

/* Bytes of stack that it uses. */
#define CBPF_EBPF_STACK	(CBPF_MEMWORDS * 4)

/* Instructions: operation, or size and mode, or'ed with the class. */
enum {
	EBPF_LDX = 0x61,	/* dst = word at src + off, zero-extended */
	EBPF_ST = 0x62,		/* word at dst + off = imm */
	EBPF_STX = 0x63,	/* word at dst + off = src */
	EBPF_H = 0x08,		/* or'ed to those: halfword, */
	EBPF_B = 0x10,		/* byte, */
	EBPF_DW = 0x18,		/* 64 bits */

	EBPF_ALU = 0x04,	/* 32 bits, clears the upper half of dst */
	EBPF_JMP = 0x05,
	EBPF_JMP32 = 0x06,	/* compares 32 bits */
	EBPF_ALU64 = 0x07,	/* imm is sign-extended */
	EBPF_X = 0x08,		/* with src, not imm */

	/* of both ALU classes: these and what classic BPF has */
	EBPF_ADD = 0x00,
	EBPF_SUB = 0x10,
	EBPF_AND = 0x50,
	EBPF_LSH = 0x60,
	EBPF_MOV = 0xb0,
	EBPF_ARSH = 0xc0,
	EBPF_TO_BE = 0xd8,	/* of EBPF_ALU: from big-endian, imm bits of it */

	/* of both jump classes; unsigned */
	EBPF_JA = 0x00,
	EBPF_JEQ = 0x10,
	EBPF_JGT = 0x20,
	EBPF_JGE = 0x30,
	EBPF_JSET = 0x40,
	EBPF_JNE = 0x50,
	EBPF_EXIT = 0x90,
	EBPF_JLT = 0xa0,
	EBPF_JLE = 0xb0,
};

/**
 * cbpf_ebpf - make eBPF of a classic program
 * @insns: a program that cbpf_validate() accepted
 * @len: its length in instructions, not 0
 * @to: where to; may be NULL if @room is 0
 * @room: instructions there
 * @guard: loads far from the packet's start, and those whose offset is
 *	computed, are safe from speculation
 *
 * It calls nothing, and it looks at the packet's head only: what that does not
 * decide it leaves undecided, and the interpreter, started anew, has to find
 * out. Made to be run without a verifier: what one would want to prove is
 * checked here as in any other engine.
 *
 * Allocates memory while it works, 12 bytes for each instruction: may sleep.
 *
 * Return: instructions; more than @room: nothing useful is at @to. 0: a jump
 * is too far for eBPF. -1: no memory.
 */
int cbpf_ebpf(const struct cbpf_insn *insns, u32 len,
	      struct cbpf_ebpf_insn *to, u32 room, bool guard);

#endif /* CBPF_EBPF_H */
