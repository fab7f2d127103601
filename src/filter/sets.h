/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Sets: chains of tests for equality that all go to one place, which lists of
 * ports and hosts compile to. For the code generator only.
 */
#ifndef CBPF_SETS_H
#define CBPF_SETS_H

#include "ir.h"

/* One test of a chain: a value, and what it is compared with. */
struct set_test {
	u32 val;
	u32 k;
};

/* A chain: tests of one value stand together. The block says where it leads. */
struct set {
	u32 test;	/* its first test */
	u32 ntests;
};

/* How the members of a value's part of a set are found. */
struct set_table {
	u32 mul;	/* hash: the upper bits of value * mul; 0: a bitmap */
	u32 bits;	/* of a hash */
	u32 min;	/* bitmap: the value of its first bit */
	u32 words;	/* u32 words of the table */
};

struct sets {
	struct set *sets;
	u32 nsets;
	struct set_test *tests;
	u32 ntests, maxtests;
};

/* From so many tests of one value on a table is better than comparing. */
#define SET_MIN		6

int sets_find(struct ir *ir, struct sets *s);
void sets_free(struct sets *s);
bool set_table_plan(const struct set_test *tests, u32 n, bool bitmap,
		    struct set_table *t);
void set_table_fill(const struct set_test *tests, u32 n,
		    const struct set_table *t, u32 *words);

#endif /* CBPF_SETS_H */
