// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A reader on a thread of its own, which sleeps until packets wake it. */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "capture.h"
#include "listen.h"

#define PATIENCE_NS	20000000000ULL	/* for the last packets */

static void on_signal(int sig)
{
	(void)sig;
}

static void *run(void *arg)
{
	struct listener *l = arg;
	struct rusage usage;

	while (!atomic_load(&l->stop)) {
		l->reader.kind->take(&l->reader, true);
		atomic_store(&l->records, l->reader.records);
	}
	must(getrusage(RUSAGE_THREAD, &usage));
	l->sleeps = usage.ru_nvcsw;
	return NULL;
}

/**
 * listener_start() - open a reader and let it read
 * @l: to fill in
 * @kind: the way to read
 * @wish: what it shall get
 * @urgent: whether it runs as soon as there is something, before all other programs
 * @each: called with each record, on its thread; or NULL
 */
void listener_start(struct listener *l, const struct reader_kind *kind,
		    const struct wish *wish, bool urgent,
		    void (*each)(struct reader *r, const u8 *packet, u32 caplen))
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sched_param param = { .sched_priority = 60 };

	must(sigaction(SIGUSR1, &action, NULL));
	reader_open(&l->reader, kind, wish);
	l->reader.each = each;
	atomic_store(&l->stop, false);
	atomic_store(&l->records, 0);
	errno = pthread_create(&l->thread, NULL, run, l);
	must(errno ? -1 : 0);
	if (urgent && (errno = pthread_setschedparam(l->thread, SCHED_FIFO, &param)))
		die("pthread_setschedparam: %s", strerror(errno));
	sleep_ms(5);		/* until it sleeps; it may as well not yet */
}

/**
 * listener_stop() - let it read what is left, and end it
 * @l: a listener
 * @packets: that were sent
 *
 * Every packet must be read or counted as dropped.
 */
void listener_stop(struct listener *l, u64 packets)
{
	u64 end = now_ns(CLOCK_MONOTONIC) + PATIENCE_NS;

	do {
		sleep_ms(50);
		l->dropped = l->reader.kind->dropped(&l->reader);
	} while (atomic_load(&l->records) + l->dropped < packets &&
		 now_ns(CLOCK_MONOTONIC) < end);
	atomic_store(&l->stop, true);
	do {
		pthread_kill(l->thread, SIGUSR1);
		sleep_ms(1);
	} while (pthread_tryjoin_np(l->thread, NULL));
	if (l->reader.records + l->dropped != packets)
		die("%s: %llu packets, %llu read, %llu dropped", l->reader.kind->name,
		    (unsigned long long)packets, (unsigned long long)l->reader.records,
		    (unsigned long long)l->dropped);
	reader_close(&l->reader);
}
