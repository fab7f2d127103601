/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Random filter expressions of pcap-filter(7), and libpcap's compiler. */
#ifndef FUZZ_EXPRESSION_H
#define FUZZ_EXPRESSION_H

#include <pcap/pcap.h>

#include "cbpf.h"

#define EXPRESSION_MAX	4000	/* bytes with the 0 at the end */

/**
 * expression_make - make a random expression
 * @to: room for EXPRESSION_MAX bytes
 * @state: of random numbers
 *
 * Most of them compile.
 *
 * Return: the link type that it is for, DLT_...
 */
int expression_make(char *to, u64 *state);

/**
 * expression_compile - compile an expression with libpcap
 * @text: expression
 * @dlt: link type
 * @optimize: with its optimiser
 * @insns: room for CBPF_MAXINSNS
 * @len: out
 *
 * Return: NULL, or what libpcap says against it; a constant until the next call.
 */
const char *expression_compile(const char *text, int dlt, bool optimize,
			       struct cbpf_insn *insns, u32 *len);

#endif
