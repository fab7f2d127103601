// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: expressions that need not be computed, because their operands are
 * constants or because the result is one of these; and dear operations for which
 * there are cheap ones. Works on each value as it is made.
 */
#include "ir.h"

/* 2^n, and which n. */
static bool power(u32 k, u32 *n)
{
	for (*n = 0; *n < 32; ++*n)
		if (k == 1U << *n)
			return true;
	return false;
}

/**
 * ir_ones - the smallest 2^n - 1 that is not below a number
 * @x: number
 */
u32 ir_ones(u32 x)
{
	x |= x >> 1;
	x |= x >> 2;
	x |= x >> 4;
	x |= x >> 8;
	return x | x >> 16;
}

/**
 * ir_compute - the result of an operation on constants
 * @op: IR_ADD to IR_RSH; a division by 0 gives 0
 * @a: left operand
 * @b: right operand
 */
u32 ir_compute(enum ir_op op, u32 a, u32 b)
{
	switch (op) {
	case IR_ADD:
		return a + b;
	case IR_SUB:
		return a - b;
	case IR_MUL:
		return a * b;
	case IR_DIV:
		return b ? a / b : 0;
	case IR_MOD:
		return b ? a % b : 0;
	case IR_OR:
		return a | b;
	case IR_AND:
		return a & b;
	case IR_XOR:
		return a ^ b;
	case IR_LSH:
		return b < 32 ? a << b : 0;
	case IR_RSH:
		return b < 32 ? a >> b : 0;
	default:
		return 0;
	}
}

/* Expressions that are another value. */
static bool simplify(struct ir *ir, enum ir_op op, u32 a, u32 b, u32 *val)
{
	const struct ir_val *vb = &ir->vals[b];

	if (vb->op != IR_CONST)
		return false;
	switch (op) {
	case IR_ADD:
	case IR_SUB:
	case IR_OR:
	case IR_XOR:
		*val = a;
		return vb->k == 0;
	case IR_LSH:
	case IR_RSH:
		*val = vb->k ? IR_ZERO : a;
		return vb->k == 0 || vb->k >= 32;
	case IR_MUL:
	case IR_DIV:
		*val = a;
		if (vb->k == 0)
			*val = IR_ZERO;
		return vb->k <= 1;
	case IR_AND:
		/* a mask that covers all bits that can be set */
		*val = vb->k ? a : IR_ZERO;
		return vb->k == 0 || (ir_ones(ir->vals[a].max) & ~vb->k) == 0;
	case IR_MOD:
		*val = IR_ZERO;
		return vb->k == 1;
	default:
		return false;
	}
}

/* Operations with a constant 2^n that a shift or a mask does, too. */
static void cheapen(struct ir *ir, enum ir_op *op, u32 *b)
{
	u32 k = ir->vals[*b].k, n;

	if (!power(k, &n))
		return;
	switch (*op) {
	case IR_MUL:
		*op = IR_LSH;
		*b = ir_const(ir, n);
		break;
	case IR_DIV:
		*op = IR_RSH;
		*b = ir_const(ir, n);
		break;
	case IR_MOD:
		*op = IR_AND;
		*b = ir_const(ir, k - 1);
		break;
	default:
		break;
	}
}

/**
 * ir_fold - is there something simpler than an operation?
 * @ir: program
 * @op: IR_ADD to IR_RSH; may get another one that gives the same
 * @a: left operand
 * @b: right operand; a constant is on this side if the order does not matter
 * @val: the value that the result is, if this returns true
 *
 * Return: the operation is not needed.
 */
bool ir_fold(struct ir *ir, enum ir_op *op, u32 *a, u32 *b, u32 *val)
{
	if (!ir_wants(ir, CBPF_PASS_FOLD))
		return false;
	if (ir->vals[*a].op == IR_CONST && ir->vals[*b].op == IR_CONST) {
		*val = ir_const(ir, ir_compute(*op, ir->vals[*a].k, ir->vals[*b].k));
		return true;
	}
	if (simplify(ir, *op, *a, *b, val))
		return true;
	if (ir->vals[*b].op == IR_CONST)
		cheapen(ir, op, b);
	return false;
}

/**
 * ir_holds - is the outcome of a test known?
 * @ir: program
 * @test: test
 * @a: left side
 * @b: right side
 * @holds: the outcome, if it is
 */
bool ir_holds(const struct ir *ir, enum ir_test test, u32 a, u32 b, bool *holds)
{
	const struct ir_val *va = &ir->vals[a], *vb = &ir->vals[b];
	bool both = va->op == IR_CONST && vb->op == IR_CONST;

	if (!ir_wants(ir, CBPF_PASS_FOLD))
		return false;
	switch (test) {
	case IR_EQ:
		*holds = a == b;
		if (vb->op == IR_CONST && vb->k > va->max)
			return true;
		return both || a == b;
	case IR_GT:
		*holds = both && va->k > vb->k;
		if (vb->op == IR_CONST && vb->k >= va->max)
			return true;
		return both || a == b;
	case IR_GE:
		*holds = both ? va->k >= vb->k : true;
		if (b == IR_ZERO)
			return true;
		if (vb->op == IR_CONST && vb->k > va->max) {
			*holds = false;
			return true;
		}
		return both || a == b;
	case IR_SET:
		*holds = both && (va->k & vb->k);
		if (vb->op == IR_CONST && !(ir_ones(va->max) & vb->k))
			return true;
		return both;
	}
	return false;
}
