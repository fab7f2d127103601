// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The values of the compiler: each expression once, constants computed, and how
 * large a value can be. Knows no program and no processor.
 */
#include "ir.h"

/* 2^n, and which n. */
static bool ir_power(u32 k, u32 *n)
{
	for (*n = 0; *n < 32; ++*n)
		if (k == 1U << *n)
			return true;
	return false;
}

static u32 ir_hash(const struct ir_val *v)
{
	u32 h = v->op | v->size << 8;

	h = (h ^ v->a) * 0x9e3779b1;
	h = (h ^ h >> 15 ^ v->b) * 0x85ebca77;
	h = (h ^ h >> 13 ^ v->k) * 0xc2b2ae3d;
	return h ^ h >> 16;
}

/**
 * ir_leaf - a value by all that it is
 * @ir: program
 * @v: the value
 *
 * Return: its number, the same for equal ones.
 */
u32 ir_leaf(struct ir *ir, const struct ir_val *v)
{
	u32 slot = ir_hash(v), found;

	for (;; slot++) {
		const struct ir_val *w;

		slot &= ir->hashmask;
		found = ir->hash[slot];
		if (!found)
			break;
		w = &ir->vals[found - 1];
		if (w->op == v->op && w->size == v->size && w->a == v->a &&
		    w->b == v->b && w->k == v->k)
			return found - 1;
	}
	ir->vals[ir->nvals] = *v;
	ir->hash[slot] = ++ir->nvals;
	return ir->nvals - 1;
}

/* The smallest 2^n - 1 that is not below x. */
static u32 ir_ones(u32 x)
{
	x |= x >> 1;
	x |= x >> 2;
	x |= x >> 4;
	x |= x >> 8;
	return x | x >> 16;
}

static u32 ir_compute(enum ir_op op, u32 a, u32 b)
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

/* The largest result, of what is known about the operands. */
static u32 ir_max(const struct ir *ir, enum ir_op op, u32 a, u32 b)
{
	u32 amax = ir->vals[a].max, bmax = ir->vals[b].max;
	u64 sum;

	switch (op) {
	case IR_ADD:
		sum = (u64)amax + bmax;
		return sum < 0xffffffff ? sum : 0xffffffff;
	case IR_MUL:
		sum = (u64)amax * bmax;
		return sum < 0xffffffff ? sum : 0xffffffff;
	case IR_OR:
	case IR_XOR:
		return ir_ones(amax | bmax);
	case IR_AND:
		return amax < bmax ? amax : bmax;
	case IR_DIV:
		return amax;
	case IR_MOD:
		return amax < bmax ? amax : bmax;
	case IR_RSH:
		return ir->vals[b].op == IR_CONST ?
		       ir_compute(IR_RSH, amax, ir->vals[b].k) : amax;
	case IR_LSH:
		if (ir->vals[b].op == IR_CONST && ir->vals[b].k < 32 &&
		    amax <= 0xffffffff >> ir->vals[b].k)
			return amax << ir->vals[b].k;
		return 0xffffffff;
	default:
		return 0xffffffff;
	}
}

/* A dear value is at hand where another one needs it. */
static u32 ir_cost(const struct ir *ir, u32 val)
{
	u32 cost = ir->vals[val].cost;

	return cost > IR_LIGHT ? 1 : cost;
}

/**
 * ir_const - the value of a constant
 * @ir: program
 * @k: constant
 */
u32 ir_const(struct ir *ir, u32 k)
{
	struct ir_val v = { .op = IR_CONST, .k = k, .max = k };

	return ir_leaf(ir, &v);
}

/* Expressions that are another value. */
static bool ir_simplify(struct ir *ir, enum ir_op op, u32 a, u32 b, u32 *val)
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

/**
 * ir_value - the value of an operation
 * @ir: program
 * @op: IR_ADD to IR_RSH
 * @a: left operand
 * @b: right operand
 */
u32 ir_value(struct ir *ir, enum ir_op op, u32 a, u32 b)
{
	const struct ir_val *va = &ir->vals[a], *vb = &ir->vals[b];
	bool commutes = op == IR_ADD || op == IR_MUL || op == IR_OR ||
			op == IR_AND || op == IR_XOR;
	struct ir_val v = { .op = op };
	u32 val, cost;

	if (va->op == IR_CONST && vb->op == IR_CONST)
		return ir_const(ir, ir_compute(op, va->k, vb->k));
	if (commutes && (va->op == IR_CONST || (vb->op != IR_CONST && a > b))) {
		val = a;
		a = b;
		b = val;
	}
	if (ir_simplify(ir, op, a, b, &val))
		return val;
	vb = &ir->vals[b];
	if (vb->op == IR_CONST && ir_power(vb->k, &cost)) {
		if (op == IR_MUL)
			return ir_value(ir, IR_LSH, a, ir_const(ir, cost));
		if (op == IR_DIV)
			return ir_value(ir, IR_RSH, a, ir_const(ir, cost));
		if (op == IR_MOD)
			return ir_value(ir, IR_AND, a, ir_const(ir, vb->k - 1));
	}
	v.a = a;
	v.b = b;
	v.max = ir_max(ir, op, a, b);
	cost = 1 + ir_cost(ir, a) + ir_cost(ir, b);
	/* those need certain registers, or several operations */
	if (op == IR_DIV || op == IR_MOD ||
	    ((op == IR_LSH || op == IR_RSH) && vb->op != IR_CONST))
		cost += IR_LIGHT;
	v.cost = cost;
	return ir_leaf(ir, &v);
}

/**
 * ir_load - the value of bytes of the packet
 * @ir: program
 * @size: 1, 2 or 4
 * @base: value that is added to @off, or IR_ZERO
 * @off: offset
 */
u32 ir_load(struct ir *ir, u32 size, u32 base, u32 off)
{
	struct ir_val v = {
		.op = IR_LOAD,
		.size = size,
		.a = base,
		.k = off,
		.max = size == 4 ? 0xffffffff : (1U << size * 8) - 1,
	};
	u32 cost = 1 + ir_cost(ir, base);

	v.cost = cost;
	return ir_leaf(ir, &v);
}

/**
 * ir_phi - a value that no other is equal to
 * @ir: program
 */
u32 ir_phi(struct ir *ir)
{
	struct ir_val v = {
		.op = IR_PHI,
		.cost = 1,
		.k = ir->nphis,
		.max = 0xffffffff,
	};

	return ir_leaf(ir, &v);
}

/**
 * ir_dear - is it computed once and kept?
 * @ir: program
 * @val: value
 *
 * Operands of dear values, and of dear ones only, may be dear: so the way from
 * any value down to those that are kept, or to the packet, is short.
 */
bool ir_dear(const struct ir *ir, u32 val)
{
	return ir->vals[val].cost > IR_LIGHT;
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

/**
 * ir_init - room for the values and blocks of a program
 * @ir: to fill in
 * @len: length of the program, instructions
 *
 * Return: 0 or -1 if there is no memory; then nothing is to be freed.
 */
int ir_init(struct ir *ir, u32 len)
{
	u32 slots;

	*ir = (struct ir){
		/* one instruction makes at most four values */
		.maxphis = 4 * len + IR_VARS,
		/* and two steps: a check and a dear value */
		.maxsteps = 2 * len + 1,
	};
	ir->maxvals = 4 * len + ir->maxphis + 8;
	for (slots = 64; slots < 2 * ir->maxvals; slots *= 2)
		;
	ir->hashmask = slots - 1;
	ir->vals = cbpf_alloc(ir->maxvals * sizeof(*ir->vals));
	ir->hash = cbpf_alloc(slots * sizeof(*ir->hash));
	ir->blocks = cbpf_alloc((len + 1) * sizeof(*ir->blocks));
	ir->steps = cbpf_alloc(ir->maxsteps * sizeof(*ir->steps));
	ir->phis = cbpf_alloc(ir->maxphis * sizeof(*ir->phis));
	ir->edges = cbpf_alloc((2 * len + 2) * sizeof(*ir->edges));
	ir->state = cbpf_alloc((len + 1) * IR_VARS * sizeof(*ir->state));
	ir->mark = cbpf_alloc(ir->maxvals * sizeof(*ir->mark));
	if (ir->vals && ir->hash && ir->blocks && ir->steps && ir->phis &&
	    ir->edges && ir->state && ir->mark) {
		ir_const(ir, 0);
		return 0;
	}
	ir_free(ir);
	return -1;
}

/**
 * ir_free - undo ir_init()
 * @ir: program
 */
void ir_free(struct ir *ir)
{
	cbpf_free(ir->vals);
	cbpf_free(ir->hash);
	cbpf_free(ir->blocks);
	cbpf_free(ir->steps);
	cbpf_free(ir->phis);
	cbpf_free(ir->edges);
	cbpf_free(ir->state);
	cbpf_free(ir->mark);
}
