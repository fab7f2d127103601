// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The values of the compiler: each expression once, and how large a value can
 * be. Knows no program and no processor.
 */
#include "ir.h"

static u32 ir_hash(const struct ir_val *v)
{
	u32 h = v->op | v->size << 8 | v->test << 16 | v->want << 24;

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
		if (w->op == v->op && w->size == v->size && w->test == v->test &&
		    w->want == v->want && w->a == v->a && w->b == v->b &&
		    w->k == v->k)
			return found - 1;
	}
	ir->vals[ir->nvals] = *v;
	ir->hash[slot] = ++ir->nvals;
	return ir->nvals - 1;
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

/**
 * ir_value - the value of an operation
 * @ir: program
 * @op: IR_ADD to IR_RSH
 * @a: left operand
 * @b: right operand
 */
u32 ir_value(struct ir *ir, enum ir_op op, u32 a, u32 b)
{
	const struct ir_val *vb;
	bool commutes = op == IR_ADD || op == IR_MUL || op == IR_OR ||
			op == IR_AND || op == IR_XOR;
	struct ir_val v = { 0 };
	u32 val, cost;

	if (commutes && (ir->vals[a].op == IR_CONST ||
			 (ir->vals[b].op != IR_CONST && a > b))) {
		val = a;
		a = b;
		b = val;
	}
	if (ir_fold(ir, &op, &a, &b, &val))
		return val;
	vb = &ir->vals[b];
	v.op = op;
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
 * ir_outcome - the outcome of a test as a number
 * @ir: program
 * @test: test
 * @want: the outcome that gives 1
 * @a: left side
 * @b: right side
 *
 * Tests and what is made of them are for branches; their cost is not counted, so
 * that they are never kept.
 */
u32 ir_outcome(struct ir *ir, enum ir_test test, bool want, u32 a, u32 b)
{
	struct ir_val v = {
		.op = IR_TEST,
		.test = test,
		.want = want,
		.a = a,
		.b = b,
		.max = 1,
		.cost = 1,
	};

	return ir_leaf(ir, &v);
}

/**
 * ir_member - the value that says whether another one is in a table
 * @ir: program
 * @val: the other one
 * @table: number of the table, see sets.h
 */
u32 ir_member(struct ir *ir, u32 val, u32 table)
{
	struct ir_val v = { .op = IR_IN, .a = val, .k = table, .max = 1, .cost = 1 };

	return ir_leaf(ir, &v);
}

/**
 * ir_branch - let a block leave by an outcome
 * @ir: program
 * @b: block
 * @val: outcome
 * @no: where to if it is 0
 * @yes: where to if it is 1
 */
void ir_branch(struct ir *ir, struct ir_block *b, u32 val, u32 no, u32 yes)
{
	b->leave = IR_BRANCH;
	b->test = IR_SET;
	b->a = val;
	b->b = ir_const(ir, 1);
	b->to[0] = no;
	b->to[1] = yes;
}

/**
 * ir_combine - the value of two outcomes
 * @ir: program
 * @op: IR_BOTH or IR_EITHER
 * @a: one
 * @b: the other
 */
u32 ir_combine(struct ir *ir, enum ir_op op, u32 a, u32 b)
{
	struct ir_val v = { .op = op, .a = a, .b = b, .max = 1, .cost = 1 };

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
 * ir_kept - is it somewhere once it has been computed?
 * @ir: program
 * @val: value
 */
bool ir_kept(const struct ir *ir, u32 val)
{
	return ir->vals[val].op == IR_PHI || ir_dear(ir, val);
}

/**
 * ir_need - registers that an expression takes
 * @ir: program
 * @val: value
 *
 * With at most IR_LIGHT operations 3, so that a dear value of two such takes 4.
 */
u32 ir_need(const struct ir *ir, u32 val)
{
	const struct ir_val *v = &ir->vals[val];
	u32 a, b;

	if (ir_kept(ir, val) || v->op == IR_CONST || v->op == IR_LEN || v->op == IR_ANC)
		return 1;
	a = ir_need(ir, v->a);
	if (v->op == IR_LOAD)
		return a;
	if (v->op == IR_IN)
		return a > 2 ? a : 2;
	if (ir->vals[v->b].op == IR_CONST)
		return a;
	b = ir_need(ir, v->b);
	return a == b ? a + 1 : a > b ? a : b;
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
	/* if-conversion makes some more */
	ir->maxvals = 6 * len + ir->maxphis + 8;
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
