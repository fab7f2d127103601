/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A second implementation of the filter machine, slow and as plain as
 * possible, that the engine is compared with. It shares neither code nor
 * tables with the engine: names of operations come from libpcap's header, the
 * packet is a list of bytes, and arithmetic is done in 64 bits and then
 * reduced. Only the instruction's shape is the engine's.
 */
#ifndef UNIT_REFERENCE_H
#define UNIT_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "cbpf.h"
#include "facts.h"

/* May the program be run? */
bool reference_valid(const struct cbpf_insn *insns, unsigned int len);

/* Is this a code of the machine, whatever the other fields are? */
bool reference_known(unsigned int code);

/*
 * Run a valid program over a packet that had @wirelen bytes on the wire, and
 * of which the first @avail can be read, at @bytes.
 */
uint32_t reference_run(const struct cbpf_insn *insns, unsigned int len,
		       const unsigned char *bytes, unsigned int avail,
		       unsigned int wirelen);

/* The same with Linux's loads; @facts NULL: there are none. */
uint32_t reference_run_facts(const struct cbpf_insn *insns, unsigned int len,
			     const unsigned char *bytes, unsigned int avail,
			     unsigned int wirelen, const struct facts *facts);

/* What a program looked at, and what it asked: the first of each. */
enum { REFERENCE_LOADS = 64, REFERENCE_TESTS = 256 };

struct reference_trace {
	bool unset;		/* it loaded a word of M[] that it had not stored */
	bool outside;		/* it was rejected by a load outside of the packet */
	bool wraps;		/* at an offset of 2^32 and more */
	unsigned int nloads, ntests;
	struct {
		uint32_t off, size;
	} loads[REFERENCE_LOADS];
	struct {
		uint8_t code;		/* of the jump */
		uint32_t a, b;		/* what it compared */
		uint32_t load;		/* how many loads were before */
	} tests[REFERENCE_TESTS];
};

/* The same, and fills in @trace. */
uint32_t reference_follow(const struct cbpf_insn *insns, unsigned int len,
			  const unsigned char *bytes, unsigned int avail,
			  unsigned int wirelen, const struct facts *facts,
			  struct reference_trace *trace);

#endif
