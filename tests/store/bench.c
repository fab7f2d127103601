// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a record costs that is stored by one thread, or by two at once: with our
 * store, with the copy under a fair lock (the shape of BSD's), and with the room
 * taken under a lock and the copy under a reader's count (the shape of
 * TPACKET_V3).  The reader is one that frees at once.
 *
 * All take turns, in many short runs.  A run counts only if each thread had a
 * processor for itself nearly all the time; what is measured is the time that the
 * threads spent, in cycles of the processor's clock, not what passed meanwhile.
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
#define RUN_NS		3000000

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
static u32 ready __attribute__((aligned(64)));
static double ghz;
static u32 think;			/* cycles between two records */

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
	u32 len, cpu, threads;
	u64 count, spent, passed;	/* records, nanoseconds */
};

static u64 nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Before everybody else, if that is permitted. */
static void priority(int level)
{
	struct sched_param param = { .sched_priority = level };

	sched_setscheduler(0, SCHED_FIFO, &param);
}

/* What else a packet takes, and no other thread's business. */
static void pause_cycles(u32 cycles)
{
	u64 until = __rdtsc() + cycles;

	while (__rdtsc() < until)
		;
}

static void *work(void *arg)
{
	struct job *job = arg;
	const u8 *from;
	cpu_set_t cpus;
	u64 until;
	u32 i;

	CPU_ZERO(&cpus);
	CPU_SET(job->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	priority(1);
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	while (smp_load_acquire(&ready) != job->threads)
		_mm_pause();
	until = __rdtsc() + RUN_NS * ghz;
	job->passed = nanoseconds(CLOCK_MONOTONIC);
	job->spent = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
	while (__rdtsc() < until) {
		for (i = 0; i < BATCH; i++) {
			from = packets[job->cpu] + (job->count++ * 2048) % SOURCE;
			job->shape->put(from, job->len);
			if (think)
				pause_cycles(think);
		}
	}
	job->spent = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - job->spent;
	job->passed = nanoseconds(CLOCK_MONOTONIC) - job->passed;
	return NULL;
}

/* Return: nanoseconds that a thread takes for a record; 0 if it was disturbed. */
static double measure(const struct shape *shape, u32 len, u32 threads)
{
	struct job jobs[2] = { { shape, len, 0, threads, 0, 0, 0 },
			       { shape, len, 1, threads, 0, 0, 0 } };
	u64 spent = 0, count = 0;
	bool disturbed = false;
	pthread_t ids[2];
	u32 i;

	ready = 0;
	for (i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, work, &jobs[i]);
	for (i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		disturbed |= jobs[i].spent * 10 < jobs[i].passed * 9;
		spent += jobs[i].spent;
		count += jobs[i].count;
	}
	return disturbed ? 0 : (double)spent / count;
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void compare(u32 len, u32 threads, u32 runs)
{
	double all[SHAPES][1000], *v3 = all[SHAPES - 1], cycles;
	u32 got[SHAPES] = { 0 }, i, try;

	for (try = 0; try < 6 * runs; try++) {
		for (i = 0; i < SHAPES; i++) {
			cycles = measure(&shapes[i], len, threads) * ghz - think;
			if (cycles > 0 && got[i] < runs)
				all[i][got[i]++] = cycles;
		}
	}
	for (i = 0; i < SHAPES; i++)
		qsort(all[i], got[i], sizeof(double), by_value);
	for (i = 0; i < SHAPES; i++) {
		if (!got[i] || !got[SHAPES - 1]) {
			printf("%6u %8u  %-14s the machine was too busy\n", len, threads,
			       shapes[i].name);
			continue;
		}
		printf("%6u %8u  %-14s %8.0f %8.0f %10.2f %10.2f %5u\n", len,
		       threads, shapes[i].name, all[i][0], all[i][got[i] / 2],
		       all[i][0] / v3[0], all[i][got[i] / 2] / v3[got[SHAPES - 1] / 2],
		       got[i]);
	}
}

/* Cycles of the clock in a nanosecond. */
static double clock_rate(void)
{
	u64 begin = nanoseconds(CLOCK_MONOTONIC), cycles = __rdtsc(), passed;

	do
		passed = nanoseconds(CLOCK_MONOTONIC) - begin;
	while (passed < 50000000);
	return (double)(__rdtsc() - cycles) / passed;
}

int main(int argc, char **argv)
{
	u32 runs = argc > 1 ? atoi(argv[1]) : 50, i;

	think = argc > 2 ? atoi(argv[2]) : 0;
	if (argc > 3 || runs < 1 || runs > 1000) {
		printf("Usage: bench [RUNS [THINK]]\n"
		       "Cycles a record and thread; the fastest and the median of RUNS (50).\n"
		       "Between two records a thread does THINK (0) cycles of something else,\n"
		       "which are not counted.\n");
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
	ghz = clock_rate();
	priority(2);
	pthread_spin_init(&slow_lock, 0);
	bsdbpf_store_init(&store, SIZE);
	bsdbpf_store_set(&store, memory[0], memory[1]);
	bsdbpf_store_thaw(&store);
	setlinebuf(stdout);
	printf("%6s %8s  %-14s %8s %8s %10s %10s %5s\n", "bytes", "threads", "shape",
	       "fastest", "median", "beside V3", "(median)", "runs");
	for (i = 0; i < 4; i++)
		compare(i & 1 ? 1500 : 64, 1 + i / 2, runs);
	printf("cycles of a thread for a record; ratios are to TPACKET_V3's shape\n");
	return 0;
}
