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

static void compare(struct gen *g, u32 val, u32 k, const u8 *regs)
{
	u32 size = g->ir->vals[val].size;

	if (can_fuse(g, val, k)) {
		x86_cmp_mem(&g->x, load_address(g, val, regs), size, k);
		return;
	}
	eval_raw(g, val, regs);
	x86_alu_imm(&g->x, X_CMP, regs[0], k);
}

static void test_bits(struct gen *g, u32 val, u32 mask, const u8 *regs)
{
	u32 size = g->ir->vals[val].size;

	if (can_fuse(g, val, mask)) {
		x86_test_mem(&g->x, load_address(g, val, regs), size, mask);
		return;
	}
	eval_raw(g, val, regs);
	x86_test_imm(&g->x, regs[0], mask);
}

/**
 * emit_raw_test - set the flags by a test of bytes of the packet
 * @g: generator
 * @test: IR_TEST
 * @regs: registers to use
 *
 * Return: false if this is no such test; nothing has been done then. Else the
 * flags say "equal" if what an IR_EQ compares is, or if an IR_SET fails.
 */
bool emit_raw_test(struct gen *g, const struct ir_val *test, const u8 *regs)
{
	const struct ir_val *v = &g->ir->vals[test->a], *vb = &g->ir->vals[test->b];
	u32 val = test->a, size, k = vb->k, mask;

	if (vb->op != IR_CONST || (test->test != IR_EQ && test->test != IR_SET) ||
	    ir_kept(g->ir, val))
		return false;
	mask = 0xffffffff;
	if (v->op == IR_AND && g->ir->vals[v->b].op == IR_CONST) {
		mask = g->ir->vals[v->b].k;
		val = v->a;
	}
	if (!is_raw(g, val) || (test->test == IR_EQ && k > g->ir->vals[val].max))
		return false;
	size = g->ir->vals[val].size;
	if (test->test == IR_SET) {
		test_bits(g, val, swapped(k & mask, size), regs);
	} else if (mask == 0xffffffff) {
		compare(g, val, swapped(k, size), regs);
	} else if (!k) {
		test_bits(g, val, swapped(mask, size), regs);
	} else {
		eval_raw(g, val, regs);
		x86_alu_imm(&g->x, X_AND, regs[0], swapped(mask, size));
		x86_alu_imm(&g->x, X_CMP, regs[0], swapped(k, size));
	}
	return true;
}
