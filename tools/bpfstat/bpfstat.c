// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * bpfstat: who listens on /dev/bpf, once, again and again, or when a condition
 * holds.  Here is only when to look and when to end; what is seen, and how it is
 * shown, is in the other files.
 */
#include "bpfstat.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Seconds between two looks while waiting.  Each look takes the lock under which
 * all interfaces are configured, so nobody gets to look more often; and who has
 * waited for long does not mind a tenth of that more.
 */
#define PAUSE_MIN 0.01
#define PAUSE_MAX 0.5

/* What has to be done before a message can be seen. */
void (*die_first)(void);

/**
 * die() - end with a message
 * @status: exit status
 * @fmt: what is wrong
 */
void die(int status, const char *fmt, ...)
{
	va_list ap;

	if (die_first)
		die_first();
	fputs("bpfstat: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

/**
 * flushed() - hand on what was printed, even into a pipe, or die
 *
 * Return: false when nobody reads any more, which is no error.
 */
bool flushed(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	if (errno != EPIPE)
		die(EXIT_SYSTEM, "cannot write: %s", strerror(errno));
	return false;
}

static void enter_netns(const char *name)
{
	char *path = NULL;
	int fd;

	if (asprintf(&path, "%s%s", strchr(name, '/') ? "" : "/run/netns/", name) < 0)
		die(EXIT_SYSTEM, "out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && !setns(fd, CLONE_NEWNET)) {
		close(fd);
		free(path);
		return;
	}
	if (errno == ENOENT)
		die(EXIT_SYSTEM, "no network namespace %s: ip netns list shows which there are",
		    name);
	if (errno == EINVAL)
		die(EXIT_SYSTEM, "%s is no network namespace", path);
	die(EXIT_SYSTEM, "cannot enter the network namespace %s: %s", path, strerror(errno));
}

static void sleep_until(double when)
{
	struct timespec ts = { .tv_sec = (time_t)when };

	ts.tv_nsec = (when - ts.tv_sec) * 1e9;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* Shows a table; false if nobody reads any more. */
static bool show(const struct options *o, const struct table *t,
		 const struct rate *rates, double elapsed)
{
	struct rate *sorted_rates = NULL;
	struct table sorted = {};

	if (o->sort) {
		sorted_rates = table_sorted(&sorted, t, rates, o->sort, false);
		t = &sorted;
		rates = sorted_rates;
	}
	if (o->json)
		json_show(t, rates, o->interval, elapsed);
	else
		text_show(t, rates, o->verbose, o->filters);
	free(sorted_rates);
	free(sorted.cells);
	return flushed();
}

static void once(const struct options *o)
{
	struct table t;

	table_look(&t, o);
	show(o, &t, NULL, 0);
	table_free(&t);
}

/* The times are counted from the first sample, so that delays do not add up. */
static void repeat(const struct options *o)
{
	struct table old = {}, new;
	struct rate *rates;
	double next = 0;
	bool go_on = true;
	uint64_t n;

	for (n = 0; go_on && (!o->count || n < o->count); n++) {
		if (n)
			sleep_until(next);
		if (n && !o->json)
			putchar('\n');
		table_look(&new, o);
		rates = rates_since(&old, &new);
		go_on = show(o, &new, rates, n ? new.when - old.when : 0);
		free(rates);
		if (!n)
			next = new.when;
		do {
			next += o->interval;
		} while (next <= new.when);
		table_free(&old);
		old = new;
	}
	table_free(&old);
}

static int await(const struct options *o)
{
	double start = 0, waited, pause;
	struct table t = {};
	bool holds;

	for (;;) {
		table_look(&t, o);
		start = start ?: t.when;
		waited = t.when - start;
		holds = condition_holds(&o->condition, &t);
		if (holds || (o->timeout >= 0 && waited >= o->timeout))
			break;
		pause = waited / 10 < PAUSE_MAX ? waited / 10 : PAUSE_MAX;
		if (o->timeout >= 0 && pause > o->timeout - waited)
			pause = o->timeout - waited;
		if (pause < PAUSE_MIN)
			pause = PAUSE_MIN;
		sleep_until(t.when + pause);
		table_free(&t);
	}
	show(o, &t, NULL, 0);
	table_free(&t);
	if (holds)
		return 0;
	fprintf(stderr, "bpfstat: %s did not come true within %g s\n", o->condition.text,
		o->timeout);
	return EXIT_TIMEOUT;
}

int main(int argc, char **argv)
{
	struct options o;
	int status = 0;

	/* A reader that has seen enough ends us by EPIPE, without a word. */
	signal(SIGPIPE, SIG_IGN);
	options_parse(&o, argc, argv);
	if (o.netns)
		enter_netns(o.netns);
	if (o.wait)
		status = await(&o);
	else if (o.live && live_run(&o))
		status = 0;
	else if (o.interval)
		repeat(&o);
	else
		once(&o);
	return status;
}
