/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Calls that sleep until the case does something: a read or a poll in a thread,
 * and how to know that it sleeps without hoping.  Include bpf.h first.
 */
#ifndef VM_CALL_H
#define VM_CALL_H

#include <pthread.h>

/* A read or poll in a thread of its own. */
struct call {
	int fd;
	size_t len;		/* of the read; 0: it is a poll */
	short events;		/* of the poll */

	uint8_t *buf;		/* what came in, of ret bytes */
	long ret;
	int err;
	short revents;
	int64_t start, end;	/* CLOCK_MONOTONIC, us */
	pid_t tid;
	pthread_t thread;
};

static inline void *call_thread(void *arg)
{
	struct call *c = arg;
	struct pollfd pfd = { c->fd, c->events, 0 };
	sigset_t blocked;

	/* else a child's end could wake the call in place of the driver */
	sigfillset(&blocked);
	sigdelset(&blocked, SIGUSR1);
	sigdelset(&blocked, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	c->start = now_us(CLOCK_MONOTONIC);
	__atomic_store_n(&c->tid, gettid(), __ATOMIC_RELEASE);
	if (c->len)
		c->ret = read(c->fd, c->buf, c->len);
	else
		c->ret = poll(&pfd, 1, -1);
	c->err = errno;
	c->end = now_us(CLOCK_MONOTONIC);
	c->revents = pfd.revents;
	return NULL;
}

static inline bool call_asleep(struct call *c)
{
	pid_t tid = __atomic_load_n(&c->tid, __ATOMIC_ACQUIRE);
	char path[64], text[256];

	if (!tid)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	/* "running" while it runs or may run, else the call's number */
	file_get(path, text, sizeof(text));
	return *text != 'r' && atoi(text) == (c->len ? SYS_read : SYS_poll);
}

/* Starts the call and waits until it sleeps. */
static inline void call_start(struct call *c)
{
	c->buf = c->len ? malloc(c->len) : NULL;
	c->tid = 0;
	if (c->buf)
		memset(c->buf, 0, c->len);
	errno = pthread_create(&c->thread, NULL, call_thread, c);
	must(errno ? -1 : 0);
	if (!wait_until(call_asleep(c))) {
		printf("Bail out! a call does not sleep but returned %ld (%s)\n",
		       c->ret, strerror(c->err));
		exit(1);
	}
}

/* Waits for its return; false if it has to be interrupted. */
static inline bool call_end(struct call *c)
{
	struct timespec ts;
	bool ended;

	must(clock_gettime(CLOCK_REALTIME, &ts));
	ts.tv_sec += PATIENCE;
	ended = !pthread_timedjoin_np(c->thread, NULL, &ts);
	if (!ended) {
		printf("# the call does not return\n");
		pthread_kill(c->thread, SIGUSR1);
		pthread_join(c->thread, NULL);
	}
	return ended;
}

#endif /* VM_CALL_H */
