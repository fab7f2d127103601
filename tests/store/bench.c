// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a record costs that is stored by one thread, or by two at once: with our
 * store, with the copy under a fair lock (the shape of BSD's), and with the room
 * taken under a lock and the copy under a reader's count (the shape of
 * TPACKET_V3).  The reader is one that frees at once.  All take turns in one run,
 * and of each the fastest of many short ones counts.
 */
#define _GNU_SOURCE
#include "store.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <x86intrin.h>

#define SIZE		(512 * 1024)
#define HEADER		26
#define SOURCE		(1 << 21)	/* bytes that packets come from */
#define BATCH		64
#define SHAPES		3

struct header {
	s64 sec;
	s64 usec;
	u32 caplen;
	u32 len;
	u16 hdrlen;
};

static struct bsdbpf_store store __attribute__((aligned(64)));
static pthread_spinlock_t slow_lock __attribute__((aligned(64)));

/* a fair lock, as the kernel's, and what it protects */
static u32 next_ticket __attribute__((aligned(64)));
static u32 now_serving;
static struct {
	u32 off;
	u64 packets, bytes;
} locked;
static u32 copying __attribute__((aligned(64)));

static u8 *memory[2], *packets[2];
static bool go __attribute__((aligned(64))), stop;
static int ready;

static void take(void)
{
	u32 mine = __atomic_fetch_add(&next_ticket, 1, __ATOMIC_ACQUIRE);

	while (smp_load_acquire(&now_serving) != mine)
		_mm_pause();
}

static void give(void)
{
	smp_store_release(&now_serving, now_serving + 1);
}

static void record(u8 *to, const u8 *from, u32 len, u64 now)
{
	struct header header = { now >> 30, now & 0xfffff, len, len, HEADER };

	memcpy(to, &header, HEADER);
	memcpy(to + HEADER, from, len);
}

static void free_hold(void)
{
	u32 len;

	if (bsdbpf_hold_claim(&store, &len))
		bsdbpf_hold_done(&store, true);
}

static void make_room(u32 len)
{
	pthread_spin_lock(&slow_lock);
	if (!bsdbpf_store_fits(&store, bsdbpf_store_look(&store), 8, len))
		bsdbpf_store_rotate(&store);
	free_hold();
	pthread_spin_unlock(&slow_lock);
}

static void put_ours(const u8 *from, u32 len)
{
	struct bsdbpf_room room;
	u64 word, now;

	for (;;) {
		word = bsdbpf_store_look(&store);
		if (unlikely(!bsdbpf_store_fits(&store, word, 8, HEADER + len))) {
			make_room(HEADER + len);
			continue;
		}
		now = __rdtsc();
		if (bsdbpf_store_reserve(&store, word, 8, HEADER + len, &room))
			break;
	}
	record(room.to, from, len, now);
	if (bsdbpf_store_commit(&store, &room)) {
		pthread_spin_lock(&slow_lock);
		bsdbpf_store_publish(&store);
		free_hold();
		pthread_spin_unlock(&slow_lock);
	}
}

/* Under the lock.  Return: where the record goes. */
static u8 *append(u32 len)
{
	u32 need = ALIGN(HEADER + len, 8), off = locked.off;

	if (off + need > SIZE)
		off = 0;
	locked.off = off + need;
	locked.packets++;
	locked.bytes += need;
	return memory[0] + off;
}

static void put_bsd(const u8 *from, u32 len)
{
	u64 now;

	take();
	now = __rdtsc();
	record(append(len), from, len, now);
	give();
}

static void put_v3(const u8 *from, u32 len)
{
	u8 *to;

	take();
	to = append(len);
	__atomic_fetch_add(&copying, 1, __ATOMIC_ACQUIRE);
	give();
	record(to, from, len, __rdtsc());
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&copying, 1, __ATOMIC_RELEASE);
}

static const struct shape {
	const char *name;
	void (*put)(const u8 *from, u32 len);
} shapes[SHAPES] = {
	{ "bsdbpf", put_ours },
	{ "BSD's lock", put_bsd },
	{ "TPACKET_V3's", put_v3 },
};

struct job {
	const struct shape *shape;
	u32 len, cpu;
	u64 count;
};

static void *work(void *arg)
{
	struct job *job = arg;
	const u8 *from;
	cpu_set_t cpus;
	u32 i;

	CPU_ZERO(&cpus);
	CPU_SET(job->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	while (!smp_load_acquire(&go))
		sched_yield();
	while (!READ_ONCE(stop)) {
		for (i = 0; i < BATCH; i++) {
			from = packets[job->cpu] + (job->count++ * 2048) % SOURCE;
			job->shape->put(from, job->len);
		}
	}
	return NULL;
}

static u64 nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Return: cycles of the clock that a thread takes for a record. */
static double measure(const struct shape *shape, u32 len, u32 threads)
{
	struct job jobs[2] = { { shape, len, 0, 0 }, { shape, len, 1, 0 } };
	struct timespec some = { 0, 20000000 };
	pthread_t ids[2];
	u64 begin, end;
	u32 i;

	go = stop = false;
	ready = 0;
	for (i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, work, &jobs[i]);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) != (int)threads)
		sched_yield();
	begin = __rdtsc();
	smp_store_release(&go, true);
	nanosleep(&some, NULL);
	WRITE_ONCE(stop, true);
	for (i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	end = __rdtsc();
	return (double)(end - begin) * threads / (jobs[0].count + jobs[1].count);
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void compare(u32 len, u32 threads, u32 runs)
{
	double all[SHAPES][1000];
	u32 i, run;

	for (run = 0; run < runs; run++)
		for (i = 0; i < SHAPES; i++)
			all[i][run] = measure(&shapes[i], len, threads);
	for (i = 0; i < SHAPES; i++)
		qsort(all[i], runs, sizeof(double), by_value);
	for (i = 0; i < SHAPES; i++)
		printf("%6u %8u  %-14s %8.0f %8.0f %10.2f %10.2f\n", len, threads,
		       shapes[i].name, all[i][0], all[i][runs / 2],
		       all[i][0] / all[SHAPES - 1][0],
		       all[i][runs / 2] / all[SHAPES - 1][runs / 2]);
}

int main(int argc, char **argv)
{
	u32 runs = argc > 1 ? atoi(argv[1]) : 50, i;
	u64 begin = nanoseconds(), cycles = __rdtsc();

	if (argc > 2 || runs < 1 || runs > 1000) {
		printf("Usage: bench [RUNS]\n"
		       "Cycles a record and thread; the fastest and the median of RUNS (50).\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	for (i = 0; i < 2; i++) {
		memory[i] = aligned_alloc(4096, SIZE);
		packets[i] = aligned_alloc(4096, SOURCE);
		if (!memory[i] || !packets[i])
			return 1;
		memset(memory[i], 1, SIZE);
		memset(packets[i], 7, SOURCE);
	}
	pthread_spin_init(&slow_lock, 0);
	bsdbpf_store_init(&store, SIZE);
	bsdbpf_store_set(&store, memory[0], memory[1]);
	bsdbpf_store_thaw(&store);
	printf("%6s %8s  %-14s %8s %8s %10s %10s\n", "bytes", "threads", "shape",
	       "fastest", "median", "beside V3", "(median)");
	for (i = 0; i < 4; i++)
		compare(i & 1 ? 1500 : 64, 1 + i / 2, runs);
	printf("cycles of the clock, %.2f a nanosecond; ratios are to TPACKET_V3's shape\n",
	       (double)(__rdtsc() - cycles) / (nanoseconds() - begin));
	return 0;
}
