/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* One process that makes programs and runs them on all engines. */
#ifndef FUZZ_WORKER_H
#define FUZZ_WORKER_H

#include "cbpf.h"

/* What a worker counts, in memory that the others read. */
struct worker_counts {
	volatile u64 executions;
	volatile u64 programs;
	volatile u64 decided, undecided;	/* by native code, and not */
};

/**
 * worker_run - make programs until told otherwise, or until engines differ
 * @seed: with the number of a program makes it what it is
 * @number: of the first program
 * @step: from one to the next
 * @limit: end after so many executions; 0: never
 * @folder: where to put the case on which engines differ
 * @counts: to keep up
 *
 * Return: exit status: 1 if engines differ.
 */
int worker_run(u64 seed, u64 number, u64 step, u64 limit, const char *folder,
	       struct worker_counts *counts);

#endif
