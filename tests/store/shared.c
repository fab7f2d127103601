// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The store with buffers that a program shares, step by step: where generations
 * wrap, where a writer stalls in a buffer that is being closed, where a reset comes
 * in between, and what a program writes that does not keep to the rules.
 */
#include "store.h"

#include <stdio.h>

#define SIZE 64

struct header {
	u32 kernel_gen, kernel_len, user_gen;
};

static struct bsdbpf_store store;
static u8 memory[2][SIZE] __attribute__((aligned(8)));
static struct header head[2];
static int number, failed;

static void begin(u32 gen)
{
	memset(&store, 0, sizeof(store));
	memset(memory, 0xff, sizeof(memory));
	bsdbpf_store_init(&store, SIZE);
	store.shared = true;
	for (int i = 0; i < 2; i++) {
		head[i] = (struct header){ gen, 0, gen };
		store.share[i] = (struct bsdbpf_share){
			&head[i].kernel_gen, &head[i].kernel_len, &head[i].user_gen, gen
		};
	}
	bsdbpf_store_set(&store, memory[0], memory[1]);
	bsdbpf_store_thaw(&store);
}

static void check(bool right, const char *what)
{
	printf("%sok %d - %s\n", right ? "" : "not ", ++number, what);
	failed |= !right;
}

static bool reserve(u32 len, struct bsdbpf_room *room)
{
	u64 word = bsdbpf_store_look(&store);

	return bsdbpf_store_fits(&store, word, 8, len) &&
	       bsdbpf_store_reserve(&store, word, 8, len, room);
}

static void commit(struct bsdbpf_room *room, u32 len, u8 byte)
{
	memset(room->to, byte, len);
	if (bsdbpf_store_commit(&store, room))
		bsdbpf_store_publish(&store);
}

/* The tap's way with a record: look, make room, or drop it. */
static bool put(u32 len, u8 byte)
{
	struct bsdbpf_room room;

	if (!reserve(len, &room)) {
		bsdbpf_store_notice(&store);
		if (!reserve(len, &room)) {
			if (!bsdbpf_store_rotate(&store)) {
				bsdbpf_store_shut(&store);
				return false;
			}
			if (!reserve(len, &room))
				return false;
		}
	}
	commit(&room, len, byte);
	return true;
}

static bool owned(int which)
{
	return head[which].kernel_gen != head[which].user_gen;
}

static void ack(int which)
{
	head[which].user_gen = head[which].kernel_gen;
}

static void reset(void)
{
	bool open = bsdbpf_store_freeze(&store);

	bsdbpf_store_reset(&store);
	if (open)
		bsdbpf_store_thaw(&store);
}

/* Every generation, from below the wrap to above it, in turns. */
static void wrap(void)
{
	bool right = true;

	begin(-3);
	for (u32 i = 0; i < 12; i++) {
		int which = i & 1;

		right = right && put(SIZE, i) && put(SIZE, i + 1) && owned(which) &&
			head[which].kernel_gen == -3 + i / 2 + 1 &&
			head[which].kernel_len == SIZE && memory[which][0] == (u8)i &&
			!owned(!which);
		ack(which);
		/* what the loop stored ahead is the next round's */
		bsdbpf_store_notice(&store);
		right = right && bsdbpf_store_rotate(&store) && owned(!which);
		ack(!which);
		bsdbpf_store_notice(&store);
		i++;
	}
	check(right, "generations wrap");
	check(head[0].kernel_gen == 3 && head[1].kernel_gen == 3, "to small ones");
}

/* Would a record be dropped without the lock? */
static bool full(void)
{
	return bsdbpf_store_full(&store, bsdbpf_store_look(&store), 8, 8);
}

static void both(void)
{
	bool right;

	begin(-1);
	right = put(SIZE, 1) && put(SIZE, 2) && !full() && !put(8, 3) && owned(0) && owned(1) &&
		head[0].kernel_gen == 0 && head[1].kernel_gen == 0;
	check(right, "both are the program's, with the generation 0");
	right = full() && !put(8, 4) && bsdbpf_store_behead(&store) == 0 &&
		bsdbpf_store_captured(&store) == 2;
	check(right, "nothing is stored, nothing beheaded");
	ack(1);
	check(full() && !put(8, 5), "the younger one alone makes no room");
	ack(0);
	right = !full() && put(8, 6) && !full() && memory[0][0] == 6 && bsdbpf_hold_len(&store) == 0 &&
		bsdbpf_store_captured(&store) == 3;
	check(right, "then both are seen");
}

/* A number that is not the one handed out gives nothing back. */
static void false_acks(void)
{
	begin(5);
	put(SIZE, 1);
	put(SIZE, 2);
	head[0].user_gen = 7;
	check(!put(8, 3), "a number too high gives nothing back");
	head[0].user_gen = 4;
	check(!put(8, 3), "nor does one too low");
	head[0].kernel_gen = head[0].user_gen = 99;
	check(!put(8, 3), "nor does one that the program calls the kernel's");
	head[0].user_gen = 6;
	check(put(8, 4), "the right one does, whatever it calls the kernel's");
}

/* A writer stalls in a buffer that is closing, and the other one fills up. */
static void stalled_first(void)
{
	struct bsdbpf_room late;
	bool right;

	begin(0);
	right = reserve(SIZE, &late) && put(SIZE, 2) && !put(8, 3) && !store.shut &&
		!owned(0) && !owned(1);
	commit(&late, SIZE, 1);
	right = right && owned(0) && !owned(1) && !put(8, 3) && owned(1);
	check(right, "while one is closing the other is not shut: they come in turns");
}

/* A writer stalls in the store buffer while it is shut. */
static void stalled(void)
{
	struct bsdbpf_room late;
	bool right;

	begin(0);
	right = put(SIZE, 1) && bsdbpf_store_rotate(&store) && reserve(SIZE / 2, &late) &&
		put(SIZE / 2, 2) && !put(8, 3) && !owned(1) && !put(8, 3);
	check(right, "a shut buffer waits for its last writer");
	commit(&late, SIZE / 2, 4);
	right = owned(1) && head[1].kernel_len == SIZE && memory[1][0] == 4;
	check(right, "who hands it over");

	begin(0);
	right = put(SIZE, 1) && bsdbpf_store_rotate(&store) && reserve(SIZE, &late) &&
		!put(8, 3);
	ack(0);
	right = right && put(8, 5) && memory[0][0] == 5 && !owned(1) &&
		store.other == BSDBPF_OTHER_CLOSING;
	check(right, "given back meanwhile: it is closing, and storing goes on");
	commit(&late, SIZE, 4);
	check(owned(1) && head[1].kernel_gen == 1, "the last writer hands it over, once");
	ack(1);
	right = put(SIZE, 6) && owned(0) && head[0].kernel_gen == 2 &&
		bsdbpf_store_captured(&store) == 4;
	check(right, "and so on");
}

static void resets(void)
{
	struct bsdbpf_room late;
	bool right;

	begin(0);
	right = put(SIZE, 1) && put(SIZE, 2) && !put(8, 3);
	reset();
	right = right && owned(0) && owned(1) && memory[0][0] == 1 && memory[1][0] == 2 &&
		bsdbpf_store_captured(&store) == 0 &&
		bsdbpf_store_len(&store) == SIZE && !put(8, 3);
	check(right, "a reset leaves the program's buffers alone, not the count");
	ack(0);
	reset();
	right = bsdbpf_hold_len(&store) == SIZE && bsdbpf_store_len(&store) == 0 &&
		put(8, 4) && memory[0][0] == 4 && head[1].kernel_gen == 1;
	check(right, "a reset sees what was given back");

	begin(0);
	right = put(SIZE, 1) && bsdbpf_store_rotate(&store) && reserve(SIZE, &late) &&
		!put(8, 3);
	reset();
	right = right && !put(8, 3) && bsdbpf_store_len(&store) == 0;
	commit(&late, SIZE, 4);
	right = right && !owned(1) && put(8, 5) && memory[1][0] == 5 &&
		bsdbpf_store_captured(&store) == 1;
	check(right, "a shut buffer of which all was reset opens again");
	ack(0);
	bsdbpf_store_notice(&store);
	right = bsdbpf_store_rotate(&store) && owned(1) && head[1].kernel_len == 8;
	check(right, "and is handed over as any other");

	begin(0);
	right = put(SIZE, 1) && put(SIZE - 3, 2) && !put(8, 3);
	reset();
	right = right && head[1].kernel_len == SIZE - 3 &&
		bsdbpf_store_len(&store) == SIZE - 3;
	ack(0);
	bsdbpf_store_notice(&store);
	check(right && bsdbpf_hold_len(&store) == SIZE - 3,
	      "what survives a reset keeps its length");

	begin(0);
	right = put(SIZE, 1) && bsdbpf_store_rotate(&store) && reserve(SIZE - 3, &late) &&
		!put(8, 3);
	reset();
	commit(&late, SIZE - 3, 4);
	check(right && !owned(1) && put(8, 5) && memory[1][0] == 5,
	      "a reset of an odd length, too, opens when its writer has left");

	begin(0);
	right = put(SIZE, 1) && bsdbpf_store_rotate(&store) && reserve(SIZE, &late) &&
		!put(8, 3);
	reset();
	ack(0);
	right = right && put(8, 6) && memory[0][0] == 6 && !owned(1);
	commit(&late, SIZE, 4);
	right = right && owned(1) && head[1].kernel_len == 0 &&
		bsdbpf_store_captured(&store) == 1;
	check(right, "if its turn is over the program gets it, empty");
	ack(1);
	check(put(SIZE, 7) && owned(0) && head[0].kernel_len == 8, "and the next one is next");

	begin(0);
	right = reserve(SIZE, &late);
	reset();
	right = right && put(8, 5) && memory[1][0] == 5;
	commit(&late, SIZE, 4);
	right = right && owned(0) && head[0].kernel_len == 0 && head[0].kernel_gen == 1;
	ack(0);
	bsdbpf_store_notice(&store);
	check(right && bsdbpf_store_rotate(&store) && owned(1) && !owned(0),
	      "buffers come in turns, also when one was reset while it was written");
}

/* Frozen by somebody else while it is shut: it opens when both agree. */
static void frozen(void)
{
	bool right;

	begin(0);
	right = put(SIZE, 1) && put(SIZE, 2) && !put(8, 3);
	right = right && bsdbpf_store_freeze(&store) && !bsdbpf_store_freeze(&store);
	ack(0);
	bsdbpf_store_notice(&store);
	right = right && !store.shut && !put(8, 4);
	bsdbpf_store_thaw(&store);
	check(right && put(8, 4), "frozen and shut: open after both have ended");

	begin(0);
	right = put(SIZE, 1) && put(SIZE, 2) && !put(8, 3) && bsdbpf_store_freeze(&store);
	bsdbpf_store_thaw(&store);
	right = right && store.shut && !put(8, 4);
	ack(0);
	check(right && put(8, 4), "thawed while it is shut: open with what is given back");
}

/* Whatever a program writes, only its own buffers are what it is not sure of. */
static void lies(void)
{
	u32 x = 1, kept = 0;
	bool right = true;

	begin(0);
	for (int i = 0; i < 1000000; i++) {
		u32 *at = (u32 *)&head[x >> 8 & 1];

		x = x * 1664525 + 1013904223;
		at[(x >> 16) % 3] = x & 1 << 20 ? store.share[x >> 8 & 1].gen : x;
		kept += put(1 + (x >> 10) % SIZE, x);
		if (!(x >> 27))
			reset();
		right = right && bsdbpf_store_len(&store) <= SIZE &&
			bsdbpf_hold_len(&store) <= SIZE;
	}
	check(right && kept > 1000, "lengths stay in bounds whatever the program writes");
}

int main(void)
{
	wrap();
	both();
	false_acks();
	stalled_first();
	stalled();
	resets();
	frozen();
	lies();
	printf("1..%d\n", number);
	return failed;
}
