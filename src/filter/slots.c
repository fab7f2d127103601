// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Words for the values that are kept, phis and dear ones: from where they are
 * computed to where they are used last, in the order of the blocks.
 */
#include "emit.h"

/* A word for a kept value, and of those whose value nobody uses any more. */
static void slot_take(struct gen *g, u32 val, u32 place)
{
	u32 i;

	if (g->slot[val] != IR_NONE)
		return;
	if (g->target->lean)
		g->complex = true;
	for (i = CBPF_ANCS; i < CBPF_NATIVE_WORDS; i++)
		if (g->holder[i] == IR_NONE || g->uses->last[g->holder[i]] < place)
			break;
	if (i == CBPF_NATIVE_WORDS) {
		g->complex = true;
		i = CBPF_ANCS;
	}
	g->holder[i] = val;
	g->slot[val] = i;
}

/**
 * word_of - one of the words that native code is called with
 * @g: generator
 * @n: its number
 */
struct x86_mem word_of(struct gen *g, u32 n)
{
	return (struct x86_mem){ g->shifts ? R11 : CX, X_NOINDEX, 0, 4 * n };
}

/**
 * slot_of - the word of a kept value
 * @g: generator
 * @val: value that has been kept
 */
struct x86_mem slot_of(struct gen *g, u32 val)
{
	return word_of(g, g->slot[val]);
}

/**
 * keep - put AX into the word of a value
 * @g: generator
 * @val: value
 * @place: where in the program this is
 */
void keep(struct gen *g, u32 val, u32 place)
{
	slot_take(g, val, place);
	x86_store(&g->x, slot_of(g, val), AX);
}
