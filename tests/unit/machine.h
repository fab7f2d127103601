/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Runs the native code of a program beside the interpreter. */
#ifndef UNIT_MACHINE_H
#define UNIT_MACHINE_H

#include "cbpf.h"

/* How often native code decided, and left it to the interpreter. */
extern unsigned long machine_decided, machine_undecided;

/**
 * machine_check - does native code say the same?
 * @insns: valid program
 * @len: its length
 * @pkt: packet
 * @expected: the result
 *
 * Aborts if not, or if it left undecided a packet that is all in its head.
 */
void machine_check(const struct cbpf_insn *insns, u32 len,
		   const struct cbpf_pkt *pkt, u32 expected);

#endif
