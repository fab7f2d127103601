// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One process's capture: waits for packets, takes them to the output, and ends in
 * order.  Must not know how a descriptor or a file works.
 */
#include "bpfcap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ULL

static const int endings[] = { SIGINT, SIGTERM, SIGHUP };
static sigset_t before;
static sig_atomic_t ended;	/* atomically: the handler runs in between */

struct capture {
	struct device *devices;
	const struct options *o;
	struct output out;
	uint64_t *total;	/* packets of all processes */
	uint64_t deadline;	/* when to end; 0: never */
	uint64_t tell;		/* when to tell again; 0: never */
	bool enough;		/* as many packets as were asked for */
};

static void end(int number)
{
	(void)number;
	__atomic_store_n(&ended, 1, __ATOMIC_RELAXED);
}

/**
 * clock_ns() - what the time is
 * @clock: CLOCK_*
 *
 * Return: nanoseconds.
 */
uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/**
 * signals_block() - from now on who ends us is heard only while nothing is half done
 */
void signals_block(void)
{
	struct sigaction action = { .sa_handler = end };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(endings); i++) {
		sigaddset(&set, endings[i]);
		sigaction(endings[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, &before);
	/* these come as errors of write(2) */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* May this process write one more packet? */
static bool allowed(struct capture *c)
{
	if (!c->o->count)
		return true;
	c->enough = __atomic_fetch_add(c->total, 1, __ATOMIC_RELAXED) >= c->o->count;
	return !c->enough;
}

/* One buffer to the output; false if there was none. */
static bool take(struct capture *c, unsigned int interface)
{
	struct device *d = &c->devices[interface];
	struct record r;

	if (!device_take(d))
		return false;
	while (!c->enough && !c->out.error && device_record(d, &r))
		if (allowed(c))
			output_packet(&c->out, interface, &r);
	device_done(d);
	/* not only when the next packet comes, which may be late */
	if (c->o->count && __atomic_load_n(c->total, __ATOMIC_RELAXED) >= c->o->count)
		c->enough = true;
	return true;
}

static void tell(struct capture *c)
{
	uint64_t written = 0;
	unsigned int i;

	for (i = 0; i < c->o->ninterfaces; i++)
		written += c->devices[i].written;
	fprintf(stderr, "\r%llu packets ", (unsigned long long)written);
	c->tell = clock_ns(CLOCK_MONOTONIC) + SECOND;
}

/* How long to wait at most; NULL: until something happens. */
static struct timespec *patience(const struct capture *c, struct timespec *ts)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), when = c->deadline, left;

	if (c->tell && (!when || c->tell < when))
		when = c->tell;
	if (!when)
		return NULL;
	left = when > now ? when - now : 0;
	*ts = (struct timespec){ left / SECOND, left % SECOND };
	return ts;
}

/* Gone is an interface that hangs up and has nothing left. */
static void look(struct capture *c, unsigned int interface, short events)
{
	struct device *d = &c->devices[interface];

	if (!events || take(c, interface))
		return;
	if (events & POLLHUP)
		d->gone = true;
	if (d->gone)
		say("%s is gone", d->name);
}

/* One wait; false when there is nothing more to wait for. */
static bool turn(struct capture *c)
{
	struct pollfd fds[INTERFACES_MAX];
	struct timespec ts;
	unsigned int i, left = 0;
	int n;

	for (i = 0; i < c->o->ninterfaces; i++) {
		left += !c->devices[i].gone;
		fds[i] = (struct pollfd){ c->devices[i].gone ? -1 : c->devices[i].fd, POLLIN, 0 };
	}
	if (!left)
		return false;
	n = ppoll(fds, i, patience(c, &ts), &before);
	if (n < 0 && errno != EINTR)
		die(EXIT_CAPTURE, "cannot wait for packets: %s", strerror(errno));
	for (i = 0; n > 0 && i < c->o->ninterfaces; i++)
		look(c, i, fds[i].revents);
	if (c->tell && clock_ns(CLOCK_MONOTONIC) >= c->tell)
		tell(c);
	return output_flush(&c->out) && !c->enough &&
	       !__atomic_load_n(&ended, __ATOMIC_RELAXED) &&
	       (!c->deadline || clock_ns(CLOCK_MONOTONIC) < c->deadline);
}

/* All packets that came until now, and none that comes later. */
static void drain(struct capture *c)
{
	unsigned int i;

	for (i = 0; i < c->o->ninterfaces; i++)
		device_stop(&c->devices[i]);
	for (i = 0; i < c->o->ninterfaces; i++)
		while (!c->enough && !c->out.error && take(c, i))
			;
}

/* What became of the packets, for a person. */
static void report(const struct capture *c)
{
	struct counts counts;
	unsigned int i;

	if (c->o->quiet)
		return;
	if (c->tell)
		fputc('\n', stderr);
	for (i = 0; i < c->o->ninterfaces; i++) {
		device_counts(&c->devices[i], &counts);
		say("%s: %llu packets written, %llu dropped; %llu of %llu accepted by the filter",
		    c->devices[i].name, (unsigned long long)c->devices[i].written,
		    (unsigned long long)counts.dropped, (unsigned long long)counts.accepted,
		    (unsigned long long)counts.received);
	}
}

/**
 * capture() - one process's part, from the first file to the last
 * @devices: descriptors, started
 * @o: options
 * @worker: number of the process, from 1 on; 0 if it is the only one
 * @total: packets of all processes, which share this
 *
 * Return: exit status.
 */
int capture(struct device *devices, const struct options *o, unsigned int worker,
	    uint64_t *total)
{
	struct capture c = { .devices = devices, .o = o, .total = total };
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	unsigned int i;
	bool gone = false, written;

	if (o->duration)
		c.deadline = now + o->duration * SECOND;
	/* several processes would write over each other's numbers */
	if (!o->quiet && !worker && isatty(STDERR_FILENO))
		c.tell = now + SECOND;
	output_open(&c.out, o, devices, worker);
	while (turn(&c))
		;
	drain(&c);
	written = output_close(&c.out) || c.out.error == EPIPE;
	report(&c);
	for (i = 0; i < o->ninterfaces; i++)
		gone |= devices[i].gone;
	return written && !gone ? 0 : EXIT_CAPTURE;
}
