// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Threads on one store: writers, a reader, and one that does all that ioctls,
 * notifiers and a full buffer do.  Every round begins near the wrap-around of the
 * turn, with other sizes; at its end the ledger must be even to the record.
 */
#define _GNU_SOURCE
#include "desc.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUND_NS	150000000LL

static struct desc desc;
static bool stop;			/* writers */
static bool stop_reader;
static u32 in_offer[WRITERS];		/* odd while a writer is in */
static u64 offered[WRITERS];
static u64 delivered;
static unsigned int stamps;		/* of how many packets one has got a stamp */
static unsigned int slow;		/* pause after a packet, us, or 0 */
static u64 seed = 1;
static __thread u64 state;

static __attribute__((noreturn, format(printf, 1, 2)))
void fail(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	printf("not ok 1 - the store under threads\n# ");
	vprintf(why, args);
	printf(" (seed %llu)\n", (unsigned long long)seed);
	va_end(args);
	fflush(stdout);
	_exit(1);
}

static u32 chance(u32 n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % n;
}

/* Mostly nothing; at times another thread's turn, or a long sleep. */
void store_jitter(void)
{
	u32 n;

	if (!state)
		return;
	n = chance(1 << 14);
	if (!n)
		usleep(chance(2000));
	else if (n < 200)
		sched_yield();
}

static void *writer(void *arg)
{
	u32 n = (u32)(uintptr_t)arg;
	struct packet pkt = { .writer = n };

	state = seed * 1000 + n + 1;
	while (!READ_ONCE(stop)) {
		pkt.seq++;
		pkt.len = chance(16) ? chance(90) : chance(2000);
		pkt.soft = stamps && !chance(stamps) ?
			   desc_clock() + 50000 - chance(200000) : 0;
		__atomic_fetch_add(&in_offer[n], 1, __ATOMIC_SEQ_CST);
		if (desc_offer(&desc, &pkt) == OFFER_DONE)
			offered[n]++;
		__atomic_fetch_add(&in_offer[n], 1, __ATOMIC_SEQ_CST);
		if (slow)
			usleep(chance(slow));
	}
	return NULL;
}

/* Each writer that is in has left. */
static void grace(void)
{
	u32 i, was;

	for (i = 0; i < WRITERS; i++) {
		was = __atomic_load_n(&in_offer[i], __ATOMIC_SEQ_CST);
		while (was & 1 &&
		       __atomic_load_n(&in_offer[i], __ATOMIC_SEQ_CST) == was)
			sched_yield();
	}
}

/* What the reader knows from one buffer to the next. */
struct seen {
	u32 resets;
	u32 seq[WRITERS];
	s64 stamp;
};

static void check_record(const struct hold *hold, u32 off, struct rec *rec,
			 struct seen *seen)
{
	const u8 *at = hold->data + off;
	u32 hdrlen, align, who, i;

	if (hold->len - off < sizeof(*rec))
		fail("%u bytes at %u are no record", hold->len - off, off);
	memcpy(rec, at, sizeof(*rec));
	hdrlen = rec->magic >> 8 & 0xff;
	align = rec->magic >> 4 & 15;
	who = rec->magic & 15;
	if ((rec->magic & 0xfff00000) != MAGIC || who >= WRITERS || off % align ||
	    rec->len < hdrlen || rec->len > hold->len - off)
		fail("torn: no record at %u of %u: %x %u", off, hold->len,
		     rec->magic, rec->len);
	for (i = sizeof(*rec); i < rec->len; i++)
		if (at[i] != desc_pattern(rec, i))
			fail("torn: byte %u of %u is %u", i, rec->len, at[i]);
	if (rec->seq <= seen->seq[who])
		fail("writer %u: %u after %u", who, rec->seq, seen->seq[who]);
	seen->seq[who] = rec->seq;
	if (rec->stamp < seen->stamp)
		fail("%lld ns before its predecessor", seen->stamp - rec->stamp + 0LL);
	seen->stamp = rec->stamp;
	for (i = 0; i < hold->marks.count; i++)
		if (off >= hold->marks.at[i].off && rec->gen < hold->marks.at[i].gen)
			fail("stored by filter %u after filter %u was set", rec->gen,
			     hold->marks.at[i].gen);
}

static void check_hold(const struct hold *hold, struct seen *seen)
{
	u32 off = 0, count = 0, gap = 0;
	struct rec rec;

	/* a reset ends the order with what was before */
	if (hold->resets != seen->resets)
		seen->stamp = 0;
	seen->resets = hold->resets;
	while (off < hold->len) {
		/* what follows may have another layout, so another alignment */
		if (!hold->data[off] && gap < 8) {
			off++;
			gap++;
			continue;
		}
		check_record(hold, off, &rec, seen);
		off += rec.len;
		gap = 0;
		count++;
	}
	if (count != hold->count)
		fail("%u records, but %u were counted", count, hold->count);
}

static void *reader(void *arg)
{
	struct seen seen = { 0 }, next;
	struct hold hold;
	bool over;

	(void)arg;
	state = seed * 1000 + 500;
	for (;;) {
		over = READ_ONCE(stop_reader);
		if (!desc_claim(&desc, over || !chance(4), &hold)) {
			if (over)
				return NULL;
			sched_yield();
			continue;
		}
		next = seen;
		check_hold(&hold, &next);
		if (desc_done(&desc, &hold, over || chance(8))) {
			seen = next;
			delivered += hold.count;
		}
	}
}

static u32 some_size(void)
{
	return chance(8) ? 64 + chance(400) : 1 + chance(4096);
}

static void reattach(void)
{
	desc_detach(&desc);
	if (chance(2))
		desc_rotate(&desc);
	if (chance(2))
		desc_resize(&desc, some_size(), grace);
	desc_attach(&desc);
}

static void control(s64 end)
{
	static const u32 layouts[] = { 24 << 8 | 4 << 4, 24 << 8 | 8 << 4,
				       26 << 8 | 4 << 4, 32 << 8 | 8 << 4 };

	while (desc_clock() < end) {
		switch (chance(12)) {
		case 0: case 1: desc_swap(&desc, true); break;
		case 2: case 3: desc_swap(&desc, false); break;
		case 4: desc_reset(&desc); break;
		case 5: case 6: desc_rotate(&desc); break;
		case 7: desc_headdrop(&desc, chance(2)); break;
		case 8: desc_layout(&desc, layouts[chance(4)]); break;
		case 9: reattach(); break;
		default: usleep(chance(300)); break;
		}
	}
}

static u64 play_round(void)
{
	pthread_t writers[WRITERS], readers;
	const char *leak;
	u64 sum = 0;
	u32 i;

	state = seed * 1000 + 999;
	delivered = 0;
	stop = false;
	stop_reader = false;
	stamps = chance(2) ? 0 : 1 + chance(8);
	slow = chance(3) ? 0 : 1 + chance(200);
	desc_init(&desc, some_size(), -chance(2000));
	for (i = 0; i < WRITERS; i++) {
		offered[i] = 0;
		in_offer[i] = 0;
		pthread_create(&writers[i], NULL, writer, (void *)(uintptr_t)i);
	}
	pthread_create(&readers, NULL, reader, NULL);
	control(desc_clock() + ROUND_NS);
	WRITE_ONCE(stop, true);
	for (i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	WRITE_ONCE(stop_reader, true);
	pthread_join(readers, NULL);

	for (i = 0; i < WRITERS; i++)
		sum += offered[i];
	if (sum != delivered + desc.drop + desc.discarded)
		fail("offered %llu, delivered %llu, dropped %llu, reset %llu",
		     sum + 0ULL, delivered + 0ULL, desc.drop + 0ULL,
		     desc.discarded + 0ULL);
	leak = desc_leak(&desc);
	if (leak)
		fail("%s", leak);
	desc_detach(&desc);
	desc_resize(&desc, 0, grace);
	pthread_mutex_destroy(&desc.lock);
	return sum;
}

int main(int argc, char **argv)
{
	u64 records = 0, rounds = 0;
	s64 end;

	if (argc < 2 || argc > 3 || !strcmp(argv[1], "--help")) {
		printf("Usage: stress SECONDS [SEED]\n"
		       "Threads on one store; exits 1 at the first thing wrong.\n");
		return argc < 2 || argc > 3 ? 2 : 0;
	}
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 0);
	end = desc_clock() + atoll(argv[1]) * 1000000000LL;
	for (state = 1; desc_clock() < end; seed++, rounds++)
		records += play_round();
	printf("1..1\nok 1 - the store under threads: %llu rounds, %llu packets\n",
	       rounds + 0ULL, records + 0ULL);
	return 0;
}
