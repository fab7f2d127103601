// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * From a valid program to blocks and values. The registers A and X and the
 * words of M[] are variables here, which vanish: what a block does with them is
 * values afterwards, so that nothing is left of stores that nobody reads, of loads
 * that have been done, and of what M[] was used for. Where ways meet on which a
 * variable has different values, a phi stands for it, if anybody reads it from
 * there on.
 */
#include "ancillary.h"
#include "ir.h"
#include "opcode.h"

enum { VAR_A, VAR_X, VAR_M };	/* M[i] is VAR_M + i */

struct decoder {
	struct ir *ir;
	const struct cbpf_insn *insns;
	u32 len;
	u32 *block_at;	/* index of the block that begins here, or IR_NONE */
	u32 *first;	/* per block: its first instruction; one more at the end */
	u32 *live;	/* per block: variables that are read before they are set */
	u32 var[IR_VARS];	/* of the block that is being decoded */
};

static bool is_branch(u16 code)
{
	return (code & 7) == 5 && code != CBPF_JA;
}

static bool is_leave(u16 code)
{
	return (code & 7) == 5 || code == CBPF_RET_K || code == CBPF_RET_A;
}

/* Finds where blocks begin. */
static void find_blocks(struct decoder *d)
{
	u32 i, n = 0;

	for (i = 0; i < d->len; i++)
		d->block_at[i] = IR_NONE;
	d->block_at[0] = 0;
	for (i = 0; i < d->len; i++) {
		const struct cbpf_insn *insn = &d->insns[i];

		if (!is_leave(insn->code))
			continue;
		if (i + 1 < d->len)
			d->block_at[i + 1] = 0;
		if (insn->code == CBPF_JA) {
			d->block_at[i + 1 + insn->k] = 0;
		} else if (is_branch(insn->code)) {
			d->block_at[i + 1 + insn->jt] = 0;
			d->block_at[i + 1 + insn->jf] = 0;
		}
	}
	for (i = 0; i < d->len; i++)
		if (d->block_at[i] != IR_NONE) {
			d->first[n] = i;
			d->block_at[i] = n++;
		}
	d->first[n] = d->len;
	d->ir->nblocks = n;
}

/* Which variables an instruction reads and sets, as masks. */
static void uses(const struct cbpf_insn *insn, u32 *reads, u32 *sets)
{
	const u32 a = 1 << VAR_A, x = 1 << VAR_X;
	const u32 src = insn->code & CBPF_SRC_X ? x : 0;

	*reads = cbpf_ancillary_which(insn) == CBPF_ANC_ALU_XOR_X ? a | x : 0;
	*sets = 0;
	switch (insn->code) {
	case CBPF_LD_W_IND:
	case CBPF_LD_H_IND:
	case CBPF_LD_B_IND:
		*reads = x;
		*sets = a;
		return;
	case CBPF_LD_MEM:
		*reads = 1 << (VAR_M + insn->k);
		*sets = a;
		return;
	case CBPF_LDX_MEM:
		*reads = 1 << (VAR_M + insn->k);
		*sets = x;
		return;
	case CBPF_ST:
		*reads = a;
		*sets = 1 << (VAR_M + insn->k);
		return;
	case CBPF_STX:
		*reads = x;
		*sets = 1 << (VAR_M + insn->k);
		return;
	case CBPF_RET_A:
		*reads = a;
		return;
	case CBPF_TAX:
		*reads = a;
		*sets = x;
		return;
	case CBPF_TXA:
		*reads = x;
		*sets = a;
		return;
	case CBPF_RET_K:
	case CBPF_JA:
		return;
	}
	switch (insn->code & 7) {
	case 0:
		*sets = a;
		break;
	case 1:
		*sets = x;
		break;
	case 4:
		*reads = a | src;
		*sets = a;
		break;
	case 5:
		*reads = a | src;
		break;
	}
}

/* Backwards, once: jumps only go forward. */
static void find_live(struct decoder *d)
{
	u32 b = d->ir->nblocks, i, reads, sets, live;

	while (b--) {
		const struct cbpf_insn *insn;

		i = d->first[b + 1];
		insn = &d->insns[i - 1];
		live = 0;
		if (insn->code == CBPF_JA)
			live = d->live[d->block_at[i + insn->k]];
		else if (is_branch(insn->code))
			live = d->live[d->block_at[i + insn->jt]] |
			       d->live[d->block_at[i + insn->jf]];
		else if (!is_leave(insn->code))
			live = d->live[b + 1];
		while (i-- > d->first[b]) {
			uses(&d->insns[i], &reads, &sets);
			live = (live & ~sets) | reads;
		}
		d->live[b] = live;
	}
}

/* What variables are when the block begins; all ways into it are known. */
static void enter(struct decoder *d, u32 n)
{
	struct ir *ir = d->ir;
	struct ir_block *b = &ir->blocks[n];
	u32 v, e;

	b->phi = ir->nphis;
	ir_dominate(ir, n);
	for (v = 0; v < IR_VARS; v++) {
		u32 val = IR_ZERO;
		bool same = true;

		d->var[v] = IR_ZERO;
		if (!n || !(d->live[n] & 1 << v))
			continue;
		e = b->pred;
		val = ir->state[ir->edges[e].from * IR_VARS + v];
		for (; e != IR_NONE; e = ir->edges[e].next)
			same &= ir->state[ir->edges[e].from * IR_VARS + v] == val;
		if (!same) {
			val = ir_phi(ir);
			ir->phis[ir->nphis++] = (struct ir_phi){ val, v };
			b->nphis++;
		}
		d->var[v] = val;
	}
}

static void add_step(struct ir *ir, struct ir_block *b, enum ir_kind kind, u32 val,
		     u32 end)
{
	struct ir_step *s = &ir->steps[b->step], *last = s + b->nsteps;

	for (; s < last && kind != IR_DEF; s++)
		if (s->val == val && s->kind == kind) {
			if (end > s->end)
				s->end = end;
			return;
		}
	*last = (struct ir_step){ kind, val, end };
	b->nsteps++;
	ir->nsteps++;
}

/* Notes that the block makes a value; once is enough for each block. */
static u32 made(struct decoder *d, struct ir_block *b, u32 val)
{
	struct ir *ir = d->ir;
	u32 n = b - ir->blocks + 1;

	if (ir_dear(ir, val) && ir->mark[val] != n) {
		ir->mark[val] = n;
		add_step(ir, b, IR_DEF, val, 0);
	}
	return val;
}

/* Return: IR_NONE if the load is outside of every packet. */
static u32 load(struct decoder *d, struct ir_block *b, u32 size, u32 base, u32 off)
{
	if (d->ir->vals[base].op == IR_CONST) {
		if ((u64)d->ir->vals[base].k + off > 0xffffffff)
			return IR_NONE;
		off += d->ir->vals[base].k;
		base = IR_ZERO;
	}
	if (off > 0xffffffff - size)
		return IR_NONE;
	add_step(d->ir, b, IR_READABLE, base, off + size);
	return made(d, b, ir_load(d->ir, size, base, off));
}

static const u8 alu_ops[] = {
	IR_ADD, IR_SUB, IR_MUL, IR_DIV, IR_OR, IR_AND, IR_LSH, IR_RSH, 0, IR_MOD,
	IR_XOR,
};

/* Return: false if the program ends here, with 0. */
static bool alu(struct decoder *d, struct ir_block *b, const struct cbpf_insn *insn)
{
	struct ir *ir = d->ir;
	u32 *a = &d->var[VAR_A], right;
	enum ir_op op = alu_ops[insn->code >> 4];

	if (insn->code == CBPF_NEG) {
		*a = made(d, b, ir_value(ir, IR_SUB, IR_ZERO, *a));
		return true;
	}
	right = insn->code & CBPF_SRC_X ? d->var[VAR_X] : ir_const(ir, insn->k);
	if (op == IR_DIV || op == IR_MOD) {
		if (right == IR_ZERO)
			return false;
		if (ir->vals[right].op != IR_CONST)
			add_step(ir, b, IR_NONZERO, right, 0);
	}
	*a = made(d, b, ir_value(ir, op, *a, right));
	return true;
}

static void leave(struct decoder *d, u32 n, const struct cbpf_insn *insn, u32 next)
{
	static const u8 tests[] = { 0, IR_EQ, IR_GT, IR_GE, IR_SET };
	struct ir *ir = d->ir;
	struct ir_block *b = &ir->blocks[n];
	bool holds;

	b->leave = IR_JUMP;
	if (insn->code == CBPF_JA) {
		b->to[1] = d->block_at[next + insn->k];
	} else if (is_branch(insn->code)) {
		b->to[0] = d->block_at[next + insn->jf];
		b->to[1] = d->block_at[next + insn->jt];
		b->test = tests[insn->code >> 4];
		b->a = d->var[VAR_A];
		b->b = insn->code & CBPF_SRC_X ? d->var[VAR_X] :
						 ir_const(ir, insn->k);
		if (b->to[0] == b->to[1])
			;
		else if (!ir_holds(ir, b->test, b->a, b->b, &holds))
			b->leave = IR_BRANCH;
		else if (!holds)
			b->to[1] = b->to[0];
	} else {
		b->to[1] = n + 1;
	}
	if (b->leave == IR_BRANCH)
		ir_edge(ir, n, b->to[0]);
	ir_edge(ir, n, b->to[1]);
}

static void ret(struct ir_block *b, u32 val)
{
	b->leave = IR_RET;
	b->a = val;
}

/* One of Linux's loads. */
static u32 ancillary(struct decoder *d, struct ir_block *b, u32 which)
{
	struct ir_val val = { .op = IR_ANC, .k = which, .max = 0xffffffff };

	if (which != CBPF_ANC_ALU_XOR_X)
		return ir_leaf(d->ir, &val);
	return made(d, b, ir_value(d->ir, IR_XOR, d->var[VAR_A], d->var[VAR_X]));
}

/* One instruction that is no jump. Return: false if the block ends with it. */
static bool step(struct decoder *d, struct ir_block *b, const struct cbpf_insn *insn)
{
	static const u8 sizes[] = { 4, 2, 1, 0 };
	struct ir *ir = d->ir;
	u32 *var = d->var, val, which, size = sizes[insn->code >> 3 & 3];

	switch (insn->code) {
	case CBPF_LD_IMM:
		var[VAR_A] = ir_const(ir, insn->k);
		return true;
	case CBPF_LDX_IMM:
		var[VAR_X] = ir_const(ir, insn->k);
		return true;
	case CBPF_LD_W_ABS:
	case CBPF_LD_H_ABS:
	case CBPF_LD_B_ABS:
		which = cbpf_ancillary_which(insn);
		if (which < CBPF_ANCS)
			val = ancillary(d, b, which);
		else if (which == CBPF_LOAD_OUTSIDE)
			val = IR_NONE;
		else
			val = load(d, b, size, IR_ZERO, insn->k);
		break;
	case CBPF_LD_W_IND:
	case CBPF_LD_H_IND:
	case CBPF_LD_B_IND:
		val = load(d, b, size, var[VAR_X], insn->k);
		break;
	case CBPF_LDX_MSH:
		val = load(d, b, 1, IR_ZERO, insn->k);
		if (val != IR_NONE) {
			val = ir_value(ir, IR_AND, val, ir_const(ir, 15));
			val = ir_value(ir, IR_LSH, val, ir_const(ir, 2));
			var[VAR_X] = val;
			return true;
		}
		break;
	case CBPF_LD_LEN:
	case CBPF_LDX_LEN: {
		struct ir_val len = { .op = IR_LEN, .max = 0xffffffff };

		var[insn->code & 1] = ir_leaf(ir, &len);
		return true;
	}
	case CBPF_LD_MEM:
	case CBPF_LDX_MEM:
		var[insn->code & 1] = var[VAR_M + insn->k];
		return true;
	case CBPF_ST:
	case CBPF_STX:
		var[VAR_M + insn->k] = var[insn->code & 1];
		return true;
	case CBPF_TAX:
		var[VAR_X] = var[VAR_A];
		return true;
	case CBPF_TXA:
		var[VAR_A] = var[VAR_X];
		return true;
	case CBPF_RET_K:
		ret(b, ir_const(ir, insn->k));
		return false;
	case CBPF_RET_A:
		ret(b, var[VAR_A]);
		return false;
	default:
		if (alu(d, b, insn))
			return true;
		ret(b, IR_ZERO);
		return false;
	}
	if (val == IR_NONE) {
		ret(b, IR_ZERO);
		return false;
	}
	var[VAR_A] = val;
	return true;
}

static void decode_block(struct decoder *d, u32 n)
{
	struct ir *ir = d->ir;
	struct ir_block *b = &ir->blocks[n];
	u32 i, v;

	enter(d, n);
	b->step = ir->nsteps;
	for (i = d->first[n]; i < d->first[n + 1]; i++) {
		const struct cbpf_insn *insn = &d->insns[i];

		if ((insn->code & 7) == 5) {
			leave(d, n, insn, i + 1);
			break;
		}
		if (!step(d, b, insn))
			break;
	}
	if (i == d->first[n + 1])	/* the next block is a jump's target */
		leave(d, n, &d->insns[i - 1], i);
	for (v = 0; v < IR_VARS; v++)
		ir->state[n * IR_VARS + v] = d->var[v];
}

/**
 * ir_decode - make blocks and values of a program
 * @ir: to fill in; freed by ir_free() if this succeeds
 * @insns: valid program
 * @len: its length, not 0
 * @without: passes to leave out, 1 << enum cbpf_pass each
 *
 * Return: 0 or -1 if there is no memory.
 */
int ir_decode(struct ir *ir, const struct cbpf_insn *insns, u32 len, u32 without)
{
	struct decoder d = { .ir = ir, .insns = insns, .len = len };
	u32 *room, n;

	if (ir_init(ir, len))
		return -1;
	ir->without = without;
	room = cbpf_alloc((3 * len + 1) * sizeof(*room));
	if (!room) {
		ir_free(ir);
		return -1;
	}
	d.block_at = room;
	d.live = room + len;
	d.first = room + 2 * len;
	find_blocks(&d);
	find_live(&d);
	for (n = 0; n < ir->nblocks; n++)
		ir->blocks[n].pred = IR_NONE;
	ir->blocks[0].reached = true;
	for (n = 0; n < ir->nblocks; n++)
		if (ir->blocks[n].reached)
			decode_block(&d, n);
	cbpf_free(room);
	return 0;
}
