/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Linux's loads, as the interpreter and the compiler tell them from others. What
 * they mean is described in cbpf.h.
 */
#ifndef CBPF_ANCILLARY_H
#define CBPF_ANCILLARY_H

#include "cbpf.h"

/* What a load is, if it is none of enum cbpf_anc. */
enum {
	CBPF_LOAD_RELATIVE = CBPF_ANCS,	/* to a header */
	CBPF_LOAD_OUTSIDE,		/* of every packet */
	CBPF_LOAD_PLAIN,		/* of the packet's bytes, or no load */
};

/**
 * cbpf_ancillary_which - what does an instruction load?
 * @insn: instruction, any
 *
 * Return: one of enum cbpf_anc, or of those above.
 */
u32 cbpf_ancillary_which(const struct cbpf_insn *insn);

/**
 * cbpf_relative - where in the packet does a load relative to a header begin?
 * @pkt: packet
 * @k: the instruction's k, at least CBPF_OFF_LINK
 * @off: where to store the offset, below 2^33; X is not part of it
 *
 * Return: false if the packet has no such header.
 */
bool cbpf_relative(const struct cbpf_pkt *pkt, u32 k, u64 *off);

/**
 * cbpf_ancillary - get the value of one of Linux's loads
 * @pkt: packet
 * @which: value
 * @a: register A
 * @x: register X
 * @val: where to store it; may be where A is
 *
 * Return: false if it cannot be had, which ends the program with 0.
 */
bool cbpf_ancillary(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a, u32 x,
		    u32 *val);

#endif /* CBPF_ANCILLARY_H */
