/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Filters for programs: a filter is made once, of a program, and then run over
 * packets, by the fastest engine there is. Userspace only; lib/header makes
 * one header of this and of src/filter/cbpf.h, and that is what is installed.
 */
#ifndef CBPF_FILTER_H
#define CBPF_FILTER_H

#include "cbpf.h"

/* What runs a filter. */
enum cbpf_engine {
	CBPF_INTERPRETER = 0,
	CBPF_NATIVE = 1,	/* code of this processor */
};

/* Flags of cbpf_filter_new(). */
#define CBPF_FILTER_INTERPRET	1U	/* make no native code */

/* A program that was checked, and what was made of it. */
struct cbpf_filter;

/**
 * cbpf_filter_new - make a filter of a program
 * @insns: the program, which is copied; not used if @len is 0
 * @len: its length in instructions
 * @flags: %CBPF_FILTER_INTERPRET or 0
 * @err: where to store 0, or why there is no filter, for cbpf_strerror(); may
 *	be NULL
 *
 * Native code is made if that is possible: the processor is an x86-64, the
 * program is not too complex, and the system lets the process have memory that
 * it may execute. Else the filter is interpreted, with the same results. The
 * memory of the code can at no time be both written and executed.
 *
 * Return: a filter, for cbpf_filter_free(), or NULL: one of enum cbpf_error.
 */
struct cbpf_filter *cbpf_filter_new(const struct cbpf_insn *insns, u32 len,
				    u32 flags, int *err);

/**
 * cbpf_filter_run - run a filter over a packet
 * @filter: the filter
 * @data: the packet, of any alignment; not used if @caplen is 0
 * @wirelen: bytes the packet had on the wire: what LEN loads
 * @caplen: bytes at @data, which may be fewer; nothing can be read beyond them.
 *	If there are more than @wirelen, as in a damaged file, they can be read.
 *
 * Any number of threads may run one filter, also while they make and free
 * others. Nothing is allocated and no system call made, so that a signal
 * handler may do it, too.
 *
 * Return: bytes of the packet to keep, 0 to reject it. It may exceed the
 * packet's length.
 */
u32 cbpf_filter_run(const struct cbpf_filter *filter, const void *data,
		    u32 wirelen, u32 caplen);

/**
 * cbpf_filter_run_pkt - run a filter over a packet of any kind
 * @filter: the filter
 * @pkt: the packet, which may be in pieces, and have values for Linux's loads
 *
 * As cbpf_filter_run(), but that the functions of @pkt may do anything.
 *
 * Return: bytes of the packet to keep, 0 to reject it.
 */
u32 cbpf_filter_run_pkt(const struct cbpf_filter *filter, const struct cbpf_pkt *pkt);

/**
 * cbpf_filter_engine - what runs a filter
 * @filter: the filter
 *
 * Native code leaves to the interpreter what it cannot decide, as a packet of
 * which too little was captured.
 */
enum cbpf_engine cbpf_filter_engine(const struct cbpf_filter *filter);

/**
 * cbpf_filter_free - undo cbpf_filter_new()
 * @filter: a filter that no thread is running any more, or NULL
 */
void cbpf_filter_free(struct cbpf_filter *filter);

#endif /* CBPF_FILTER_H */
