/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * All engines, one program at a time, over any number of packets. What an engine
 * does wrong is found out and can be reported, also that it crashes.
 */
#ifndef FUZZ_ENGINES_H
#define FUZZ_ENGINES_H

#include <setjmp.h>
#include <stdio.h>

#include "case.h"

/* To be called once, before anything else. */
void engines_init(void);

/*
 * Zero; where an engine crashes it returns again, like setjmp(), with the signal.
 * The function that it is used in must not have returned by then.
 */
extern sigjmp_buf engines_jump;
#define engines_crash()		sigsetjmp(engines_jump, 0)

/**
 * engines_load - check and compile a program
 * @c: program and target; the packet is not looked at
 *
 * Return: false if an engine does it wrong.
 */
bool engines_load(const struct fuzz_case *c);

/**
 * engines_validate - only check a program
 * @c: program
 *
 * Return: false if the validator is wrong about it.
 */
bool engines_validate(const struct fuzz_case *c);

/* Is the program that was loaded valid? If not it cannot be run. */
bool engines_valid(void);

/* Which end of its page the head lies at; each engine runs at one or at both. */
enum engines_side { ENGINES_START, ENGINES_END, ENGINES_SIDES };

/**
 * engines_run - run the loaded program over a packet, on all engines
 * @p: packet
 * @side: where its head lies
 *
 * Return: false if they differ.
 */
bool engines_run(const struct fuzz_packet *p, enum engines_side side);

/* What a packet was worth in the last engines_run(). */
u32 engines_result(void);

/**
 * engines_differ - load a case and run it on both sides
 * @c: case
 *
 * Crashes are differences. Uses engines_crash() for itself.
 */
bool engines_differ(const struct fuzz_case *c);

/**
 * engines_report - say what the engines did the last time
 * @to: where to
 */
void engines_report(FILE *to);

/* How often native code decided and left it to the interpreter. */
extern u64 engines_decided, engines_undecided;

#endif
