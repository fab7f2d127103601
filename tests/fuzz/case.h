/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What is run: a program, a view of a packet, and how the program is compiled
 * beside the usual way. As text it is a file that can be replayed.
 */
#ifndef FUZZ_CASE_H
#define FUZZ_CASE_H

#include <stdio.h>

#include "cbpf.h"
#include "facts.h"

#define FUZZ_MAXBYTES	320

struct fuzz_packet {
	u8 bytes[FUZZ_MAXBYTES];
	u32 avail;	/* bytes that can be read */
	u32 headlen;	/* at most avail; the others by the fetch function */
	u32 wirelen;	/* at least avail */
	bool has_facts;	/* there are values for Linux's loads: */
	struct facts facts;
};

static inline const struct facts *packet_facts(const struct fuzz_packet *p)
{
	return p->has_facts ? &p->facts : NULL;
}

struct fuzz_case {
	struct cbpf_insn insns[CBPF_MAXINSNS];
	u32 len;
	struct fuzz_packet packet;
	struct cbpf_target target;
};

/**
 * case_write - write a case as text
 * @c: case
 * @to: where to
 */
void case_write(const struct fuzz_case *c, FILE *to);

/**
 * case_read - read a case
 * @c: out
 * @from: what case_write() wrote
 *
 * Return: NULL, or what is wrong with the text.
 */
const char *case_read(struct fuzz_case *c, FILE *from);

#endif
