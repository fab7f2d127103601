/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Sets: chains of tests for equality that all go to one place, which lists of
 * ports and hosts compile to. For the compiler only.
 */
#ifndef CBPF_SETS_H
#define CBPF_SETS_H

#include "ir.h"

/* One test of a chain: a value, and what it is compared with. */
struct set_test {
	u32 val;
	u32 k;
};

/* How the members of a set are found. */
struct set_table {
	u32 mul;	/* hash: the upper bits of value * mul; 0: a bitmap */
	u32 bits;	/* of a hash */
	u32 min;	/* bitmap: the value of its first bit */
	u32 words;	/* u32 words of the table */
	bool raw;	/* members are as the packet has them, of 4 bytes */
	u32 member;	/* its first one */
	u32 nmembers;
};

/* All tables of a program, whose values IR_IN have their numbers. */
struct sets {
	struct set_table *tables;
	u32 ntables, maxtables;
	u32 *members;
	u32 nmembers, maxmembers;
	struct set_test *chain;		/* while one is looked at */
	u32 maxchain;
	bool failed;	/* some had no table: no more sets */
};

/* From so many tests of one value on a table is better than comparing. */
#define SET_MIN		6

/* And so many find a perfect hash. */
#define SET_MAX		96

/* Values up to this are found in a bitmap. */
#define SET_BITMAP	0xffff

/* Values that one set is about: what there is of it is computed at once. */
#define SET_PARTS	8

int sets_init(struct sets *s, const struct ir *ir);
void sets_free(struct sets *s);
int sets_find(struct ir *ir, struct sets *s);
bool set_table_plan(const u32 *members, u32 n, u32 max_value, struct set_table *t);
void set_table_fill(const u32 *members, u32 n, const struct set_table *t, u32 *words);

#endif /* CBPF_SETS_H */
