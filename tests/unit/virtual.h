/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Runs the eBPF of a program beside the interpreter. */
#ifndef UNIT_VIRTUAL_H
#define UNIT_VIRTUAL_H

#include "cbpf.h"

/* How often eBPF decided, and left it to the interpreter. */
extern unsigned long virtual_decided, virtual_undecided;

/* What was wrong when it aborted; said on stderr, too, unless it is to be quiet. */
extern const char *virtual_wrong;
extern bool virtual_quiet;

/**
 * virtual_load - translate a program
 * @insns: valid program, which stays there
 * @len: its length
 *
 * Aborts if the translator refuses it.
 */
void virtual_load(const struct cbpf_insn *insns, u32 len);

/**
 * virtual_run - does the eBPF of the loaded program say the same?
 * @pkt: packet
 * @expected: the result
 *
 * Runs it with and without guard, and with guard once more with all checks of
 * computed offsets predicted wrongly. Aborts if a result is another one, if
 * anything is read that is not there or was not written, or if a packet is
 * left undecided that is all in its head, unless it is asked for ancillary data.
 */
void virtual_run(const struct cbpf_pkt *pkt, u32 expected);

/* Both, for a program that is run once. */
void virtual_check(const struct cbpf_insn *insns, u32 len,
		   const struct cbpf_pkt *pkt, u32 expected);

#endif
