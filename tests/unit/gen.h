/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Random programs and packets. A case is a function of its number alone, so
 * that a failing one can be made again. Programs follow the table of
 * operations; what is done with a case is not known here.
 */
#ifndef UNIT_GEN_H
#define UNIT_GEN_H

#include "cbpf.h"
#include "facts.h"

#define GEN_MAXINSNS	700	/* enough for jt and jf of 255 */
#define GEN_MAXBYTES	200

struct gen_case {
	struct cbpf_insn insns[GEN_MAXINSNS];
	u32 len;
	u8 bytes[GEN_MAXBYTES];
	u32 wirelen;		/* at most GEN_MAXBYTES */
	u32 avail;		/* at most wirelen */
	u32 headlen;		/* at most avail */
	struct facts facts;
	bool has_facts;
};

/* Make case @number: a valid program, a packet, a truncation and a split. */
void gen_make(struct gen_case *c, u64 number);

/* Make a program of lists, near the constants of the packet; see gen_lists.c. */
void gen_lists(struct gen_case *c, u64 *state);

/* One list, of more members than a table has. */
void gen_long(struct gen_case *c, u64 *state);

/*
 * Make a program of edges, one of more values at a time than native code has words
 * for, or one of deep expressions; see gen_ranges.c.
 */
void gen_ranges(struct gen_case *c, u64 *state);
void gen_heavy(struct gen_case *c, u64 *state);
void gen_trees(struct gen_case *c, u64 *state);

/*
 * Change the program of a case made with @number in one to four places; it may
 * become invalid, and shorter.
 */
void gen_mutate(struct gen_case *c, u64 number);

/* The same for any program; @state: of random numbers, see rng.h. */
void gen_damage(struct cbpf_insn *insns, u32 *len, u64 *state);

#endif
