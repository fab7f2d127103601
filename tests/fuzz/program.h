/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Random programs, and packets that lead through them. */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include "case.h"

/**
 * program_make - make a program
 * @c: out: program, target and a first packet
 * @state: of random numbers
 *
 * It is valid, if validator and reference are right.
 *
 * Return: what kind of program it is, a constant.
 */
const char *program_make(struct fuzz_case *c, u64 *state);

/**
 * packet_make - make a packet that has nothing to do with a program
 * @p: out; all of it is in the head
 * @state: of random numbers
 */
void packet_make(struct fuzz_packet *p, u64 *state);

/**
 * linux_make - make a program of Linux's loads, and a packet
 * @c: out: program and packet
 * @state: of random numbers
 */
void linux_make(struct fuzz_case *c, u64 *state);

/**
 * linux_attributes - write netlink attributes into a packet
 * @p: packet
 * @state: of random numbers
 */
void linux_attributes(struct fuzz_packet *p, u64 *state);

/**
 * packet_vary - make another packet that a program may treat differently
 * @c: valid program and a packet, which is changed
 * @state: of random numbers
 *
 * Looks at what the program compares with what, and puts there what makes a test
 * hold or fail, or nearly so.
 */
void packet_vary(struct fuzz_case *c, u64 *state);

/**
 * packet_cut - make another view of a packet
 * @p: packet, of which another part can be read, or is in the head
 * @whole: how many bytes of it there are
 * @state: of random numbers
 */
void packet_cut(struct fuzz_packet *p, u32 whole, u64 *state);

/* Ways to cut a packet at each byte, one after the other. */
enum packet_sweep {
	SWEEP_SHORT,	/* it is so short */
	SWEEP_SNAPPED,	/* the rest cannot be read */
	SWEEP_FETCHED,	/* the rest is not in the head */
	SWEEPS
};

/**
 * packet_sweep - the view of a packet that is cut at a byte
 * @p: packet, changed
 * @sweep: way
 * @whole: how many bytes of it there are
 * @at: where to cut
 */
void packet_sweep(struct fuzz_packet *p, enum packet_sweep sweep, u32 whole, u32 at);

#endif
