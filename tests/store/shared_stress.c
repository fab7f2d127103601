// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The store with buffers that a program shares, under threads: writers that store as
 * the tap does, a program that reads what it is handed and gives it back, and one
 * that asks for what there is, or resets.  Every record that the program finds is
 * whole and in its writer's order, and without resets each one is read or dropped.
 *
 *	shared_stress [SECONDS [resets]]
 */
#define _GNU_SOURCE
#include "store.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SIZE	256
#define WRITERS	3

struct record {
	u32 len;			/* whole, of this header, too */
	u32 writer, serial;
	u32 bytes[];			/* each a function of the serial */
};

struct header {
	u32 kernel_gen, kernel_len, user_gen;
};

static struct bsdbpf_store store;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static u8 memory[2][SIZE] __attribute__((aligned(8)));
static struct header head[2];
static u64 dropped;
static u64 written[WRITERS], delivered;
static int stop, failed;
static bool resets;			/* what they throw away is not counted */

static void fail(const char *what, u32 got, u32 wanted)
{
	if (!__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED))
		printf("# %s: %u, not %u\n", what, got, wanted);
}

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

/* As bsdbpf_make_room(); false: dropped. */
static bool make_room(u32 len)
{
	bool room = true;

	pthread_mutex_lock(&lock);
	bsdbpf_store_notice(&store);
	if (!bsdbpf_store_fits(&store, bsdbpf_store_look(&store), 8, len) &&
	    !bsdbpf_store_rotate(&store)) {
		bsdbpf_store_shut(&store);
		__atomic_add_fetch(&dropped, 1, __ATOMIC_RELAXED);
		room = false;
	}
	pthread_mutex_unlock(&lock);
	return room;
}

/* As bsdbpf_drop_full(). */
static bool full(u64 word, u32 len)
{
	if (!bsdbpf_store_full(&store, word, 8, len))
		return false;
	__atomic_add_fetch(&dropped, 1, __ATOMIC_RELAXED);
	return true;
}

static void put(u32 writer, u32 serial)
{
	u32 words = serial * 7 % 13, len = sizeof(struct record) + words * 4;
	struct bsdbpf_room room;
	struct record *rec;
	u64 word;

	do {
		word = bsdbpf_store_look(&store);
		while (!bsdbpf_store_fits(&store, word, 8, len)) {
			if (full(word, len) || !make_room(len)) {
				sched_yield();	/* to who makes room */
				return;
			}
			word = bsdbpf_store_look(&store);
		}
	} while (!bsdbpf_store_reserve(&store, word, 8, len, &room));
	rec = (struct record *)room.to;
	*rec = (struct record){ len, writer, serial };
	for (u32 i = 0; i < words; i++) {
		rec->bytes[i] = serial * 31 + i;
		if (!(serial % 97) && i == words / 2)
			sched_yield();
	}
	if (bsdbpf_store_commit(&store, &room)) {
		pthread_mutex_lock(&lock);
		bsdbpf_store_publish(&store);
		pthread_mutex_unlock(&lock);
	}
}

static void *writer(void *arg)
{
	u32 me = (u64 *)arg - written;

	while (!stopped())
		put(me, written[me]++);
	return NULL;
}

/* What the program finds in a buffer of its own. */
static void look(const u8 *data, u32 len, u32 next[WRITERS])
{
	const struct record *rec;

	for (u32 off = 0; off < len; off = ALIGN(off + rec->len, 8)) {
		rec = (const struct record *)(data + off);
		if (rec->writer >= WRITERS || rec->len > len - off ||
		    rec->len != sizeof(*rec) + rec->serial * 7 % 13 * 4) {
			fail("a record's length", rec->len, len - off);
			return;
		}
		for (u32 i = 0; i < (rec->len - sizeof(*rec)) / 4; i++)
			if (rec->bytes[i] != rec->serial * 31 + i)
				fail("a word", rec->bytes[i], rec->serial * 31 + i);
		if (rec->serial < next[rec->writer])
			fail("a serial", rec->serial, next[rec->writer]);
		next[rec->writer] = rec->serial + 1;
		delivered++;
	}
}

/* Takes the buffer whose turn it is. */
static bool take(int *turn, u32 next[WRITERS])
{
	struct header *h = &head[*turn];
	u32 gen = smp_load_acquire(&h->kernel_gen);

	if (gen == h->user_gen)
		return false;
	look(memory[*turn], READ_ONCE(h->kernel_len), next);
	smp_store_release(&h->user_gen, gen);
	*turn = !*turn;
	return true;
}

static int turn;
static u32 next[WRITERS];

static void *program(void *arg)
{
	u32 x = 1;

	(void)arg;
	while (!stopped()) {
		x = x * 1664525 + 1013904223;
		if (!take(&turn, next) || !(x >> 28))
			sched_yield();
	}
	return NULL;
}

static void reset(void)
{
	bool open = bsdbpf_store_freeze(&store);

	bsdbpf_store_reset(&store);
	if (open)
		bsdbpf_store_thaw(&store);
}

static void *control(void *arg)
{
	u32 x = 7;

	(void)arg;
	while (!stopped()) {
		x = x * 1664525 + 1013904223;
		pthread_mutex_lock(&lock);
		bsdbpf_store_notice(&store);
		if (x >> 29) {
			/* as ROTZBUF */
			if (bsdbpf_store_len(&store))
				bsdbpf_store_rotate(&store);
		} else if (resets) {
			reset();
		} else if (bsdbpf_store_freeze(&store)) {
			bsdbpf_store_thaw(&store);
		}
		pthread_mutex_unlock(&lock);
		sched_yield();
	}
	return NULL;
}

static void begin(void)
{
	bsdbpf_store_init(&store, SIZE);
	store.shared = true;
	for (int i = 0; i < 2; i++) {
		head[i] = (struct header){ -9, 0, -9 };
		store.share[i] = (struct bsdbpf_share){
			&head[i].kernel_gen, &head[i].kernel_len, &head[i].user_gen, -9
		};
	}
	bsdbpf_store_set(&store, memory[0], memory[1]);
	bsdbpf_store_thaw(&store);
}

int main(int argc, char **argv)
{
	struct timespec ts = { argc > 1 ? atoi(argv[1]) : 3, 0 };
	pthread_t threads[WRITERS + 2];
	u64 offered = 0;

	resets = argc > 2;
	begin();
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, writer, &written[i]);
	pthread_create(&threads[WRITERS], NULL, program, NULL);
	pthread_create(&threads[WRITERS + 1], NULL, control, NULL);
	nanosleep(&ts, NULL);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < WRITERS + 2; i++)
		pthread_join(threads[i], NULL);
	do {
		while (take(&turn, next))
			;
		bsdbpf_store_notice(&store);
	} while (bsdbpf_store_len(&store) && bsdbpf_store_rotate(&store));
	for (int i = 0; i < WRITERS; i++)
		offered += written[i];
	printf("# offered %llu, delivered %llu, dropped %llu, generation %d\n",
	       (unsigned long long)offered, (unsigned long long)delivered,
	       (unsigned long long)dropped, (int)head[0].kernel_gen);
	printf("%sok 1 - records are whole, and in their order\n", failed ? "not " : "");
	if (!resets && offered != delivered + dropped)
		failed++;
	if (!delivered || !dropped || bsdbpf_hold_len(&store) || store.shut)
		failed++;
	printf("%sok 2 - each is read or dropped, and all comes back\n1..2\n",
	       failed ? "not " : "");
	return failed != 0;
}
