/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The table of test vectors: programs with the verdict of the validator or the
 * result over a packet. The expectations come from the description in cbpf.h
 * and are worked out by hand. How an engine is called is the business of the
 * test that runs the table; every engine has to pass every row.
 *
 * The packet is always the start of the same 64 bytes a0 a1 a2 ... df, so that
 * a loaded value shows where it came from. Loads that must reject are followed
 * by a return of something else than 0 wherever that tells them from a 0 that
 * was loaded.
 *
 * For Linux's loads some rows have values besides the packet: value n of enum
 * cbpf_anc is VECTOR_ANC(n), if the row has it, and the network header begins at
 * VECTOR_NETWORK. The other rows are for packets without such values.
 */
#ifndef CBPF_VECTOR_H
#define CBPF_VECTOR_H

#include "../../src/filter/cbpf.h"
#include "../../src/filter/opcode.h"

#define VECTOR_BYTES	64
#define VECTOR_BYTE(i)	((u8)(0xa0 + (i)))
#define VECTOR_ANC(n)	(0xf1e2d300U + (n))
#define VECTOR_NETWORK	14

/**
 * struct cbpf_vector - one row
 * @name: what the row is about
 * @text: the program as text, "; " between instructions; NULL for programs
 *	too long to be written out
 * @insns: the program
 * @len: its length
 * @err: what the validator says: 0 or an enum cbpf_error
 * @where: index of the offending instruction, if @err
 * @wirelen: bytes of the packet
 * @avail: how many of them can be read, the rest being cut off
 * @result: what the program returns
 * @values: the packet has values besides its bytes
 * @have: 1 << n for each that can be had
 */
struct cbpf_vector {
	const char *name;
	const char *text;
	const struct cbpf_insn *insns;
	u32 len;
	int err;
	u32 where;
	u32 wirelen;
	u32 avail;
	u32 result;
	bool values;
	u32 have;
};

/* An instruction; a conditional jump; a code that the table does not have. */
#define I(op, k)		{ CBPF_##op, 0, 0, k }
#define J(op, k, jt, jf)	{ CBPF_##op, jt, jf, k }
#define RAW(code, k)		{ code, 0, 0, k }

#define PROGRAM(...) \
	.insns = (const struct cbpf_insn[]){ __VA_ARGS__ }, \
	.len = sizeof((const struct cbpf_insn[]){ __VA_ARGS__ }) / \
	       sizeof(struct cbpf_insn)

/* Valid, run over a packet that is all there. */
#define RUN(name_, text_, wirelen_, result_, ...) \
	CUT(name_, text_, wirelen_, wirelen_, result_, __VA_ARGS__)

/* Valid, run over a packet of which the first avail_ bytes can be read. */
#define CUT(name_, text_, wirelen_, avail_, result_, ...) \
	{ .name = name_, .text = text_, .wirelen = wirelen_, \
	  .avail = avail_, .result = result_, PROGRAM(__VA_ARGS__) }

/* Valid, run over a packet that is all there and has the values have_. */
#define ANC(name_, text_, wirelen_, have_, result_, ...) \
	{ .name = name_, .text = text_, .wirelen = wirelen_, \
	  .avail = wirelen_, .result = result_, .values = true, \
	  .have = have_, PROGRAM(__VA_ARGS__) }

/* Refused with err_ at instruction where_. */
#define BAD(name_, text_, err_, where_, ...) \
	{ .name = name_, .text = text_, .err = CBPF_E_##err_, \
	  .where = where_, PROGRAM(__VA_ARGS__) }

/* The long programs of long.inc, of the first len_ instructions of insns_. */
#define LONG(name_, insns_, len_, result_) \
	{ .name = name_, .insns = insns_, .len = len_, .result = result_ }
#define LONG_BAD(name_, insns_, len_, err_, where_) \
	{ .name = name_, .insns = insns_, .len = len_, \
	  .err = CBPF_E_##err_, .where = where_ }

#include "long_programs.inc"

static const struct cbpf_vector cbpf_vectors[] = {
#include "load.inc"
#include "ancillary.inc"
#include "alu.inc"
#include "jump.inc"
#include "fused.inc"
#include "validate.inc"
#include "long.inc"
};

#define CBPF_VECTORS	(sizeof(cbpf_vectors) / sizeof(cbpf_vectors[0]))

#undef I
#undef J
#undef RAW
#undef PROGRAM
#undef RUN
#undef CUT
#undef ANC
#undef BAD
#undef LONG
#undef LONG_BAD

#endif /* CBPF_VECTOR_H */
