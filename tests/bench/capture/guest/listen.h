/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A reader on a thread of its own. */
#ifndef LISTEN_H
#define LISTEN_H

#include <pthread.h>
#include <stdatomic.h>

#include "capture.h"

/**
 * struct listener - a reader at work
 * @reader: the reader; the thread's, until listener_stop() has returned
 * @records: that it has seen
 * @sleeps: how often the thread has gone to sleep; @dropped: packets; both known
 *	after listener_stop()
 */
struct listener {
	struct reader reader;
	pthread_t thread;
	atomic_bool stop;
	atomic_ullong records;
	u64 sleeps, dropped;
};

void listener_start(struct listener *l, const struct reader_kind *kind,
		    const struct wish *wish, bool urgent,
		    void (*each)(struct reader *r, const u8 *packet, u32 caplen));
void listener_stop(struct listener *l, u64 packets);

#endif /* LISTEN_H */
