// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How the members of a set are found: by a bitmap where values have at most 16
 * bits, else by a perfect hash, which has a place for each member where no other
 * one is. Knows no program.
 */
#include "sets.h"

static u32 word_of(const struct set_table *t, u32 k)
{
	return k * t->mul >> (32 - t->bits);
}

/* Do all members have places of their own? words: one for each place, 0 at first. */
static bool fits(const u32 *members, u32 n, const struct set_table *t,
		 u32 *places)
{
	u32 i, *place;

	for (i = 0; i < t->words; i++)
		places[i] = 0;
	for (i = 0; i < n; i++) {
		place = &places[word_of(t, members[i])];
		if (*place && members[*place - 1] != members[i])
			return false;
		*place = i + 1;
	}
	return true;
}

/* Largest hash table, and how often to try to find one of a size. */
#define HASH_BITS	12
#define HASH_TRIES	200

static bool plan_hash(const u32 *members, u32 n, struct set_table *t)
{
	u32 *places = cbpf_alloc((1 << HASH_BITS) * sizeof(*places));
	u32 tries, x = 0x9e3779b1;
	bool found = false;

	for (t->bits = 3; places && !found && t->bits <= HASH_BITS; t->bits++) {
		t->words = 1 << t->bits;
		for (tries = 0; t->words >= n && tries < HASH_TRIES; tries++) {
			/* an odd one loses nothing */
			x = x * 1664525 + 1013904223;
			t->mul = x | 1;
			found = fits(members, n, t, places);
			if (found)
				break;
		}
		if (found)
			break;
	}
	cbpf_free(places);
	return found;
}

/**
 * set_table_plan - find out what table a part of a set needs
 * @members: its members
 * @n: how many
 * @max_value: the largest value that will be looked up
 * @t: out
 *
 * Return: false if there is none.
 */
bool set_table_plan(const u32 *members, u32 n, u32 max_value, struct set_table *t)
{
	u32 i, max = 0;

	*t = (struct set_table){ .min = 0xffffffff };
	if (max_value > SET_BITMAP)
		return plan_hash(members, n, t);
	for (i = 0; i < n; i++) {
		if (members[i] < t->min)
			t->min = members[i];
		if (members[i] > max)
			max = members[i];
	}
	/* one more, which is 0: where all values above are looked for */
	t->words = (max - t->min) / 32 + 2;
	return true;
}

/**
 * set_table_fill - make a table
 * @members: members
 * @n: how many
 * @t: its plan
 * @words: t->words of them, all 0
 */
void set_table_fill(const u32 *members, u32 n,
		    const struct set_table *t, u32 *words)
{
	u32 i;

	if (!t->mul) {
		for (i = 0; i < n; i++)
			words[(members[i] - t->min) / 32] |=
				1U << (members[i] - t->min) % 32;
		return;
	}
	/* in an empty place stands what is never looked for there */
	for (i = 0; i < t->words; i++)
		words[i] = members[0];
	for (i = 0; i < n; i++)
		words[word_of(t, members[i])] = members[i];
}
