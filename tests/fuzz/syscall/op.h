/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A round: what its threads do, one operation after the other.  It is a function of
 * seed and number alone, and can be written as text and read again, with lines left
 * out.  What operations do is not known here.
 */
#ifndef SYSCALL_OP_H
#define SYSCALL_OP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define THREADS		4
#define OPS_MAX		4000	/* of a round */
#define SLOTS		6	/* descriptors that the threads share */
#define LINKS		5	/* interfaces f0, f1, ... */

/* X(kind): what its arguments mean is said where run_kind() is. */
#define OP_KINDS(X) \
	X(open) X(close) X(dup) X(pass) X(take) X(fork) X(fcntl) \
	X(ioctl) X(code) X(read) X(write) X(poll) \
	X(map) X(unmap) X(touch) \
	X(send) X(link) X(tun) X(unshare) X(sysctl) X(proc)

enum op_kind {
#define X(name) OP_##name,
	OP_KINDS(X)
#undef X
	OP_COUNT
};

struct op {
	uint8_t thread;
	uint8_t kind;
	uint8_t slot;
	uint8_t fail;		/* the nth allocation or copy in it fails; 0: none */
	uint32_t a, b, c;
};

struct round {
	uint64_t seed, number;
	uint32_t count;
	struct op ops[OPS_MAX];
};

extern const char *const op_names[OP_COUNT];

/**
 * round_make - make a round
 * @r: out
 * @seed: of the run
 * @number: of the round
 * @ops: operations of each thread
 * @faults: allocations fail, too
 */
void round_make(struct round *r, uint64_t seed, uint64_t number, uint32_t ops, bool faults);

/** round_write - write a round as text; a line tells @why it was kept, if that is known */
void round_write(const struct round *r, FILE *to, const char *why);

/** op_write - write an operation as in such a text, and what is in it for people */
void op_write(const struct op *op, FILE *to);

/** round_read - read such a text; says what is wrong with it and returns false */
bool round_read(struct round *r, FILE *from, const char *name);

#endif
