// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Passes: tests for equality and of bits need not put the bytes of the packet in
 * order, the constant is swapped instead; and what is only compared need not be
 * loaded before.
 */
#include "emit.h"

/**
 * swapped - a constant as the packet has it
 * @k: constant
 * @size: bytes
 */
u32 swapped(u32 k, u32 size)
{
	return size == 1 ? k : size == 2 ? __builtin_bswap16(k) : __builtin_bswap32(k);
}

/**
 * is_raw - is this a load that need not be put in order to be compared?
 * @g: generator
 * @val: value
 */
bool is_raw(const struct gen *g, u32 val)
{
	const struct ir_val *v = &g->ir->vals[val];

	return v->op == IR_LOAD && !ir_kept(g->ir, val) &&
	       (v->size == 1 || ir_wants(g->ir, CBPF_PASS_SWAP));
}

/**
 * eval_raw - load bytes of the packet as they are
 * @g: generator
 * @val: value of which is_raw() holds; the result is in regs[0]
 * @regs: registers to use
 */
void eval_raw(struct gen *g, u32 val, const u8 *regs)
{
	x86_load(&g->x, regs[0], load_address(g, val, regs), g->ir->vals[val].size);
}

/* Can the instruction read the packet itself, with this constant in it? */
static bool can_fuse(const struct gen *g, u32 val, u32 k)
{
	/* an immediate of 2 bytes stalls the decoders of some processors */
	return g->ir->vals[val].size != 2 && x86_is_plain(&g->x, k) &&
	       ir_wants(g->ir, CBPF_PASS_FUSE);
}

/**
 * find_bits - is a test one of some bits of the packet, which can stay as they are?
 * @g: generator
 * @test: IR_TEST
 * @bits: to fill in, if it is
 *
 * Equality says that the bits are some, IR_SET that they are not all 0.
 */
bool find_bits(const struct gen *g, const struct ir_val *test, struct bits *bits)
{
	const struct ir_val *v = &g->ir->vals[test->a], *vb = &g->ir->vals[test->b];
	u32 val = test->a, k = test->test == IR_EQ ? vb->k : 0, mask, size;

	if (vb->op != IR_CONST || (test->test != IR_EQ && test->test != IR_SET) ||
	    ir_kept(g->ir, val))
		return false;
	mask = 0xffffffff;
	if (v->op == IR_AND && g->ir->vals[v->b].op == IR_CONST) {
		mask = g->ir->vals[v->b].k;
		val = v->a;
	}
	if (!is_raw(g, val) || k > g->ir->vals[val].max)
		return false;
	if (test->test == IR_SET)
		mask &= vb->k;
	size = g->ir->vals[val].size;
	bits->val = val;
	/* all of them: no mask is needed */
	bits->all = !(g->ir->vals[val].max & ~mask);
	bits->mask = swapped(mask, size);
	bits->k = swapped(k, size);
	return true;
}

/**
 * bits_cost - how many instructions emit_bits() takes
 * @g: generator
 * @bits: which
 */
u32 bits_cost(const struct gen *g, const struct bits *bits)
{
	if (bits->all || !bits->k)
		return can_fuse(g, bits->val, bits->all ? bits->k : bits->mask) ? 1 : 2;
	return 3;
}

/**
 * emit_bits - set the flags by bits of the packet
 * @g: generator
 * @bits: which
 * @regs: registers to use
 *
 * The flags then say "equal" if the bits are those.
 */
void emit_bits(struct gen *g, const struct bits *bits, const u8 *regs)
{
	u32 size = g->ir->vals[bits->val].size;

	if (bits->all && can_fuse(g, bits->val, bits->k)) {
		x86_cmp_mem(&g->x, load_address(g, bits->val, regs), size, bits->k);
	} else if (bits->all) {
		eval_raw(g, bits->val, regs);
		x86_alu_imm(&g->x, X_CMP, regs[0], bits->k);
	} else if (bits->k) {
		eval_raw(g, bits->val, regs);
		x86_alu_imm(&g->x, X_AND, regs[0], bits->mask);
		x86_alu_imm(&g->x, X_CMP, regs[0], bits->k);
	} else if (can_fuse(g, bits->val, bits->mask)) {
		x86_test_mem(&g->x, load_address(g, bits->val, regs), size, bits->mask);
	} else {
		eval_raw(g, bits->val, regs);
		x86_test_imm(&g->x, regs[0], bits->mask);
	}
}

/**
 * eval_bits - how bits of the packet differ from those that a test wants
 * @g: generator
 * @bits: which
 * @regs: registers to use
 *
 * regs[0] then is 0 if they do not; the flags say so, too, unless all bits of the load
 * have to be 0.
 */
void eval_bits(struct gen *g, const struct bits *bits, const u8 *regs)
{
	eval_raw(g, bits->val, regs);
	if (!bits->all)
		x86_alu_imm(&g->x, X_AND, regs[0], bits->mask);
	if (bits->k)
		x86_alu_imm(&g->x, X_XOR, regs[0], bits->k);
}
