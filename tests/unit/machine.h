/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Native code at work, in memory that may be executed and that ends where the
 * code does.
 */
#ifndef UNIT_MACHINE_H
#define UNIT_MACHINE_H

#include "cbpf.h"
#include "guard.h"

/*
 * How often native code decided, left it to the interpreter, and was not there
 * though the program uses nothing that only the interpreter can do.
 */
extern unsigned long machine_decided, machine_undecided, machine_refused;

/* Results of machine_compile() that are no size. */
enum {
	MACHINE_NONE = 0,	/* the compiler makes no code of this program */
	MACHINE_NO_MEMORY = -1,
	MACHINE_BROKEN = -2,	/* it does not keep its promises */
};

/* Place for the code of one program at a time. */
struct machine {
	struct guard room;
	u8 *code;		/* NULL: none */
	int size;
	u32 used;		/* by the program, of Linux's loads */
	bool lean;		/* it is called without words */
	const char *broken;	/* what the matter is if MACHINE_BROKEN */
};

/* Ends the program if there is no memory. */
struct machine machine_alloc(void);
void machine_free(struct machine *m);

/**
 * machine_compile - make native code of a program
 * @m: where
 * @insns: valid program
 * @len: its length
 * @target: as cbpf_compile() wants it; a stub is replaced by one that is there, and a
 *	program that needs words is not lean
 *
 * Return: its size, or why there is none.
 */
int machine_compile(struct machine *m, const struct cbpf_insn *insns, u32 len,
		    const struct cbpf_target *target);

/**
 * machine_run - run native code
 * @m: machine with code
 * @pkt: packet
 *
 * The words that the code may use are full of garbage, and nothing around them
 * may change; lean code gets none.
 *
 * Return: what the code does, for machine_says().
 */
u64 machine_run(const struct machine *m, const struct cbpf_pkt *pkt);

/**
 * machine_says - may native code have such a result?
 * @result: of machine_run()
 * @pkt: packet
 * @expected: what the interpreter says
 *
 * It may leave undecided a packet that is not all in its head, and is not run for one
 * that lacks a value.
 */
bool machine_says(u64 result, const struct cbpf_pkt *pkt, u32 expected);

/**
 * machine_check - does native code say the same?
 * @insns: valid program
 * @len: its length
 * @pkt: packet
 * @expected: the result
 *
 * Also code that is made in another way. Compiles a program again only now and
 * then, and if it is another one than the last. Aborts if not.
 */
void machine_check(const struct cbpf_insn *insns, u32 len,
		   const struct cbpf_pkt *pkt, u32 expected);

#endif
