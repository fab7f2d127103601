/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the operations of a round work on, and how they say what they have found.
 * Descriptors are in slots: file descriptors SLOT0 ..., the same ones for all threads.
 */
#ifndef SYSCALL_WORLD_H
#define SYSCALL_WORLD_H

#include "../../vm/bpf.h"

#include <pthread.h>
#include <stdatomic.h>

#include "op.h"
#include "rng.h"

#define SLOT0		100
#define MEMORY		(1 << 20)	/* of a thread, and nothing behind it */
#define AREA_PAGES	2		/* of a buffer for BIOCSETZBUF */
#define FILL		0xa7		/* what no call shall change */

/* Shared with the process that watches. */
struct shared {
	atomic_ulong calls, faults;		/* operations; those that a fault hit */
	atomic_uint runs[OP_COUNT], passed[OP_COUNT];
	struct {
		atomic_uint at;			/* operation, its place in the round */
		atomic_long since;		/* when it began, us; 0: the thread is done */
	} threads[THREADS];
	atomic_uint found;			/* 1: somebody writes, 2: it is there */
	char key[96];				/* the same for the same bug */
	char text[800];				/* for people */
};

struct worker {
	unsigned int id;
	pthread_t thread;
	pid_t tid;
	const struct op *op;	/* that it is at */
	u64 state;		/* random numbers of this operation */
	char *memory;		/* MEMORY bytes, below 4 GiB */
	int fault;		/* /proc/thread-self/fail-nth, or -1 */
	int tun;		/* its own, or -1 */
	uint32_t serial;	/* of the frames it makes */
};

struct mapping {
	char *at;
	size_t len;
};

struct world {
	struct shared *shared;
	const struct round *round;
	int home, away;			/* namespaces */
	int rtnl[THREADS + 1][2];	/* netlink sockets in both */
	int packet[2];			/* sockets that send in both */
	int pass[2];			/* a pair of sockets */
	atomic_uint closed[SLOTS];	/* since then they may not be open */
	pthread_rwlock_t maps_lock;
	struct mapping maps[SLOTS];
	char *areas;			/* for BIOCSETZBUF, one for each slot */
	char *readonly;			/* a page */
	int bystander;			/* a descriptor that nobody else touches */
	atomic_uint sent;		/* frames for it */
};

extern struct world world;

/**
 * finding - something is wrong; the first one counts
 * @key: the same for the same bug, and for no other one
 */
__attribute__((format(printf, 2, 3)))
void finding(const char *key, const char *fmt, ...);

/* errors.c: what the manual page permits */
void errors_load(const char *page);
bool errors_allow(const char *call, int err);

/**
 * judge - may a call fail so?
 * @call: its name in the manual page's table of errors
 */
void judge(const struct worker *w, const char *call, long ret, int err);

/* links.c: interfaces and frames on them */
void links_open(void);
void links_clear(void);
long links_change(struct worker *w);
long links_send(struct worker *w);
long links_tun(struct worker *w);
void links_name(char name[16], unsigned int n);
void links_choose(char name[16], uint32_t chance);
bool links_frames(unsigned int who, int where, const char *name, unsigned int count,
		  unsigned int len, uint32_t *serial);

/* args.c: arguments of commands, and what comes back in them */
long args_ioctl(struct worker *w);
long args_code(struct worker *w);
char *args_place(struct worker *w, size_t size, uint32_t how);
bool args_good(uint32_t how);
long int80(long nr, long a, long b, long c);

/* records.c: what a read returns */
int records_check(const char *buf, ssize_t len);

/* files.c: everything else that is done with descriptors */
long files_run(struct worker *w);

/* ledger.c: what has to hold when all is quiet */
void ledger_start(void);
void ledger_check(void);
void ledger_left(void);

/* round.c */
void round_prepare(void);
bool round_run(const struct round *r, unsigned int hang);

#endif
