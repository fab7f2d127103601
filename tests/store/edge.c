// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The store, step by step, where it is about to overflow, and where a writer never
 * comes back: what chance does not reach.
 */
#include "store.h"

#include <stdio.h>

static struct bsdbpf_store store;
static u8 memory[2][64] __attribute__((aligned(8)));
static int number, failed;

/* With some bytes reserved, as a writer does; false if nothing fits. */
static bool reserve(u32 align, u32 len, struct bsdbpf_room *room)
{
	u64 word = bsdbpf_store_look(&store);

	return bsdbpf_store_fits(&store, word, align, len) &&
	       bsdbpf_store_reserve(&store, word, align, len, room);
}

static void begin(u64 frozen)
{
	memset(&store, 0, sizeof(store));
	memset(memory, 0xff, sizeof(memory));
	bsdbpf_store_init(&store, sizeof(memory[0]));
	bsdbpf_store_set(&store, memory[0], memory[1]);
	store.frozen = frozen;
	bsdbpf_store_thaw(&store);
}

static void check(bool right, const char *what)
{
	printf("%sok %d - %s\n", right ? "" : "not ", ++number, what);
	failed |= !right;
}

static void count_ends(void)
{
	struct bsdbpf_room room;
	bool right;

	begin((BSDBPF_COUNT_MASK - 1) * BSDBPF_COUNT_ONE);
	right = reserve(8, 8, &room) && !bsdbpf_store_commit(&store, &room) &&
		!reserve(8, 8, &room) &&
		bsdbpf_store_captured(&store) == BSDBPF_COUNT_MASK &&
		bsdbpf_store_rotate(&store) && reserve(8, 8, &room) && room.slot == 1 &&
		bsdbpf_store_captured(&store) == BSDBPF_COUNT_MASK + 1ULL;
	check(right, "a buffer whose count is at its end is full");
}

static void turn_ends(void)
{
	struct bsdbpf_room room;
	u64 word, look;
	bool right;

	begin(-2 * BSDBPF_TURN_ONE);
	word = bsdbpf_store_look(&store);
	right = word == -BSDBPF_TURN_ONE;
	bsdbpf_store_freeze(&store);
	look = bsdbpf_store_look(&store);
	right = right && !bsdbpf_store_fits(&store, look, 8, 1) &&
		!bsdbpf_store_fits(&store, look, 1, 1);
	bsdbpf_store_thaw(&store);
	look = bsdbpf_store_look(&store);
	right = right && look == 0 &&
		!bsdbpf_store_reserve(&store, word, 8, 8, &room) &&
		bsdbpf_store_reserve(&store, look, 8, 8, &room);
	check(right, "after the last turn comes the first, and one from before fails");
}

static void largest(void)
{
	static u8 large[BSDBPF_OFF_MASK];
	struct bsdbpf_room room;
	u64 word;

	begin(0);
	bsdbpf_store_freeze(&store);
	store.size = ~0U;
	bsdbpf_store_set(&store, large, memory[1]);
	store.frozen |= store.limit - 8;
	bsdbpf_store_thaw(&store);
	word = bsdbpf_store_look(&store);
	check(store.limit < BSDBPF_OFF_MASK &&
	      !bsdbpf_store_fits(&store, word, 8, 9) &&
	      bsdbpf_store_reserve(&store, word, 1, 8, &room) &&
	      bsdbpf_word_count(bsdbpf_store_look(&store)) == 1 &&
	      bsdbpf_word_off(bsdbpf_store_look(&store)) == store.limit,
	      "the offset of a buffer of the largest size stays in its field");
}

static void gaps(void)
{
	struct bsdbpf_room room;

	begin(0);
	reserve(8, 13, &room);
	bsdbpf_store_commit(&store, &room);
	reserve(8, 13, &room);
	bsdbpf_store_commit(&store, &room);
	check(room.to == memory[0] + 16 && room.bytes == 16 && memory[0][12] == 0xff &&
	      !memory[0][13] && !memory[0][14] && !memory[0][15] && memory[0][29] == 0xff,
	      "what lies between two records is zero");
}

/* One writer stops between reservation and commit; all the others go on. */
static void stalled(void)
{
	struct bsdbpf_room stuck, room;
	const u8 *data;
	bool right;
	u32 len;

	begin(0);
	right = reserve(8, 16, &stuck) && reserve(8, 48, &room) &&
		!bsdbpf_store_commit(&store, &room) && !reserve(8, 8, &room) &&
		bsdbpf_store_rotate(&store) &&
		reserve(8, 64, &room) && !bsdbpf_store_commit(&store, &room) &&
		!bsdbpf_store_rotate(&store) && !bsdbpf_hold_claim(&store, &len);
	bsdbpf_store_freeze(&store);
	bsdbpf_store_reset(&store);
	bsdbpf_store_thaw(&store);
	right = right && reserve(8, 64, &room) &&
		!bsdbpf_store_commit(&store, &room) && !reserve(8, 8, &room);
	check(right, "a writer that is stalled blocks neither writers nor a reset");

	right = bsdbpf_store_commit(&store, &stuck);
	bsdbpf_store_publish(&store);
	right = right && bsdbpf_store_rotate(&store);
	data = bsdbpf_hold_claim(&store, &len);
	right = right && data == memory[1] && len == 64;
	bsdbpf_hold_done(&store, true);
	check(right && store.other == BSDBPF_OTHER_FREE,
	      "when it is back, what was reset is free");
}

/* A reset with a writer in the store buffer: only what comes later is read. */
static void reset_inside(void)
{
	struct bsdbpf_room stuck, room;
	const u8 *data;
	bool right;
	u32 len;

	begin(0);
	reserve(1, 13, &stuck);
	bsdbpf_store_freeze(&store);
	right = !bsdbpf_store_quiet(&store);
	bsdbpf_store_reset(&store);
	bsdbpf_store_thaw(&store);
	right = right && !bsdbpf_store_len(&store) && reserve(8, 8, &room) &&
		room.to == memory[0] + 16;
	memset(room.to, 1, 8);
	right = right && !bsdbpf_store_commit(&store, &room) &&
		bsdbpf_store_rotate(&store) && !bsdbpf_hold_claim(&store, &len) &&
		bsdbpf_hold_len(&store) == 8;
	memset(stuck.to, 2, 13);
	right = right && bsdbpf_store_commit(&store, &stuck);
	bsdbpf_store_publish(&store);
	data = bsdbpf_hold_claim(&store, &len);
	right = right && data && len == 8 && data[0] == 1 && data[7] == 1 &&
		bsdbpf_store_captured(&store) == 1;
	check(right, "what was reserved before a reset is passed over");
}

/* A reset while a reader copies: the copy is his, the buffer is free afterwards. */
static void reset_reading(void)
{
	struct bsdbpf_room room;
	bool right;
	u32 len;

	begin(0);
	reserve(8, 8, &room);
	bsdbpf_store_commit(&store, &room);
	bsdbpf_store_rotate(&store);
	right = bsdbpf_hold_claim(&store, &len) && !bsdbpf_store_behead(&store) &&
		!bsdbpf_hold_claim(&store, &len);
	bsdbpf_store_freeze(&store);
	bsdbpf_store_reset(&store);
	bsdbpf_store_thaw(&store);
	right = right && store.other == BSDBPF_OTHER_HOLD &&
		!bsdbpf_hold_len(&store) && !bsdbpf_store_behead(&store);
	bsdbpf_hold_done(&store, false);
	check(right && store.other == BSDBPF_OTHER_FREE && !store.unwanted,
	      "a hold buffer that was reset under a reader is free after him");
}

/* Only a drop that the lock would decide in the same way is decided without it. */
static void full(void)
{
	struct bsdbpf_room room, late;
	u64 word;
	bool right;
	u32 len;

	begin(0);
	word = bsdbpf_store_look(&store);
	right = reserve(8, 40, &room) && !bsdbpf_store_full(&store, word, 8, 64);
	word = bsdbpf_store_look(&store);
	right = right && !bsdbpf_store_full(&store, word, 8, 32);	/* other is free */
	right = right && bsdbpf_store_rotate(&store) && reserve(8, 40, &late);
	word = bsdbpf_store_look(&store);
	check(right && bsdbpf_store_full(&store, word, 8, 32) &&
	      !bsdbpf_store_full(&store, word, 8, 24) &&
	      !bsdbpf_store_full(&store, word - BSDBPF_TURN_ONE, 8, 32),
	      "what does not fit is dropped while the other buffer closes, of this word only");
	right = bsdbpf_store_commit(&store, &room);
	bsdbpf_store_publish(&store);
	right = right && bsdbpf_store_full(&store, word, 8, 32) &&
		bsdbpf_hold_claim(&store, &len) && bsdbpf_store_freeze(&store) &&
		!bsdbpf_store_full(&store, bsdbpf_store_look(&store), 8, 32);
	bsdbpf_store_thaw(&store);
	word = bsdbpf_store_look(&store);
	right = right && bsdbpf_store_full(&store, word, 8, 32);
	bsdbpf_hold_done(&store, true);
	check(right && !bsdbpf_store_full(&store, word, 8, 32),
	      "and while it is held, until it is free; not while the store is frozen");
}

int main(void)
{
	count_ends();
	turn_ends();
	largest();
	gaps();
	stalled();
	reset_inside();
	reset_reading();
	full();
	printf("1..%d\n", number);
	return failed;
}
