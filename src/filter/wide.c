// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Pass: where one branch decides upon several tests, those of bits that are near each
 * other in the packet become one of a wider load: of the protocol and the fragment
 * offset of IPv4 there is one comparison with a mask. Bytes between them have been
 * checked with them, since what ends a field can be read only if all before it can. And
 * of two values that differ in one bit, as the Ethernet types of VLANs do, one mask
 * makes one.
 */
#include "ir.h"

/* Bytes of the widest load. */
#define WIDTH		4
/* Tests that are looked at together, and in all expressions around them. */
#define PARTS_MAX	64

/* An outcome that has to be the wanted one. */
struct part {
	u32 val;
	bool wanted;
	bool field;	/* it is that these bits are those, or: */
	bool unlike;	/* that they are not */
	u32 base, off, size;
	u32 mask, k;
};

struct wide {
	struct ir *ir;
	u32 n;
	struct part parts[PARTS_MAX];
};

static bool is_opposite(const struct ir *ir, const struct ir_val *v)
{
	return v->op == IR_TEST && ir_is_outcome(ir, v->a);
}

static bool is_one_bit(u32 k)
{
	return k && !(k & (k - 1));
}

/* Does it say that some bits of a load are all as they have to be, or that they are not? */
static void find_field(const struct ir *ir, struct part *p)
{
	const struct ir_val *v = &ir->vals[p->val], *load;
	bool same = v->want == p->wanted;

	if (v->op != IR_TEST || ir->vals[v->b].op != IR_CONST ||
	    (v->test != IR_EQ && v->test != IR_SET))
		return;
	load = &ir->vals[v->a];
	p->mask = 0xffffffff;
	if (load->op == IR_AND && ir->vals[load->b].op == IR_CONST) {
		p->mask = ir->vals[load->b].k;
		load = &ir->vals[load->a];
	}
	if (load->op != IR_LOAD || ir_kept(ir, v->a) || ir_kept(ir, load - ir->vals))
		return;
	p->mask &= load->max;
	p->k = ir->vals[v->b].k;
	p->unlike = !same;
	if (v->test == IR_SET) {
		p->mask &= p->k;
		p->k = 0;
		p->unlike = same;
		/* a bit that is not 0 is 1 */
		if (same && is_one_bit(p->mask)) {
			p->k = p->mask;
			p->unlike = false;
		}
	}
	p->base = load->a;
	p->off = load->k;
	p->size = load->size;
	p->field = p->mask && !(p->k & ~p->mask);
}

/* Makes one field of two that have to be unlike two values with one bit between them. */
static bool merge_unlike(struct part *to, const struct part *from)
{
	u32 bit = to->k ^ from->k;

	if (to->base != from->base || to->off != from->off || to->size != from->size ||
	    to->mask != from->mask || !is_one_bit(bit))
		return false;
	to->mask &= ~bit;
	to->k &= ~bit;
	to->val = IR_NONE;
	return true;
}

/* Makes one field of two, if there is a load of both. */
static bool merge_like(struct part *to, const struct part *from)
{
	u32 begin = to->off < from->off ? to->off : from->off;
	u32 to_end = to->off + to->size, from_end = from->off + from->size;
	u32 end = to_end > from_end ? to_end : from_end, size = end - begin;
	u32 to_shift = 8 * (end - to_end), from_shift = 8 * (end - from_end);

	if (size == 3)
		size = 4;
	if (to->base != from->base || size > WIDTH || end < size)
		return false;
	/* bits that would have to be two things */
	if (((to->mask << to_shift) & (from->mask << from_shift)) &
	    (to->k << to_shift ^ from->k << from_shift))
		return false;
	to->off = end - size;
	to->size = size;
	to->mask = to->mask << to_shift | from->mask << from_shift;
	to->k = to->k << to_shift | from->k << from_shift;
	to->val = IR_NONE;
	return true;
}

static bool merge(struct part *to, const struct part *from)
{
	if (!from->field || from->unlike != to->unlike)
		return false;
	return to->unlike ? merge_unlike(to, from) : merge_like(to, from);
}

/* Return: are there less of the parts from the first one on than before? */
static bool merge_all(struct wide *w, u32 first)
{
	u32 before = w->n, i, j;

	for (i = first; i < w->n; i++) {
		struct part *p = &w->parts[i];

		for (j = first; p->field && j < w->n; j++) {
			if (j == i || !merge(p, &w->parts[j]))
				continue;
			w->parts[j] = w->parts[--w->n];
			/* what is there now may have been passed by; p may have moved */
			i = first - 1;
			break;
		}
	}
	return w->n < before;
}

/* Takes apart what says that several outcomes are all the wanted ones. */
static bool collect(struct wide *w, u32 val, bool wanted)
{
	const struct ir_val *v = &w->ir->vals[val];

	if (is_opposite(w->ir, v))
		return collect(w, v->a, !wanted);
	if ((v->op == IR_BOTH && wanted) || (v->op == IR_EITHER && !wanted))
		return collect(w, v->a, wanted) && collect(w, v->b, wanted);
	if (w->n == PARTS_MAX)
		return false;
	w->parts[w->n] = (struct part){ .val = val, .wanted = wanted };
	find_field(w->ir, &w->parts[w->n++]);
	return true;
}

static u32 opposite(struct ir *ir, u32 val)
{
	const struct ir_val *v = &ir->vals[val];

	if (is_opposite(ir, v))
		return v->a;
	if (v->op == IR_TEST)
		return ir_outcome(ir, v->test, !v->want, v->a, v->b);
	return ir_outcome(ir, IR_EQ, true, val, IR_ZERO);
}

/* The outcome that a part is what it has to be. */
static u32 outcome_of(struct ir *ir, const struct part *p)
{
	u32 val;

	if (p->val != IR_NONE)
		return p->wanted ? p->val : opposite(ir, p->val);
	val = ir_load(ir, p->size, p->base, p->off);
	if (p->mask != ir->vals[val].max)
		val = ir_value(ir, IR_AND, val, ir_const(ir, p->mask));
	return ir_outcome(ir, IR_EQ, !p->unlike, val, ir_const(ir, p->k));
}

/* All parts from the first one on; those that need most registers come first. */
static u32 put_together(struct wide *w, u32 first)
{
	u32 val = IR_NONE, need, i;

	for (i = first; i < w->n; i++)
		w->parts[i].val = outcome_of(w->ir, &w->parts[i]);
	for (need = 4; need; need--)
		for (i = first; i < w->n; i++) {
			if (ir_need(w->ir, w->parts[i].val) != need)
				continue;
			val = val == IR_NONE ? w->parts[i].val :
			      ir_combine(w->ir, IR_BOTH, val, w->parts[i].val);
		}
	return val;
}

static u32 widen(struct wide *w, u32 val);

/* What is made of several outcomes: of parts that are such, too, first these. */
static u32 widen_parts(struct wide *w, u32 val, bool wanted)
{
	u32 first = w->n, made, i;
	bool better = false;

	if (!collect(w, val, wanted) ||
	    w->ir->nvals + 8 * (w->n - first) > w->ir->maxvals)
		return val;
	for (i = first; i < w->n; i++) {
		made = widen(w, w->parts[i].val);
		better |= made != w->parts[i].val;
		w->parts[i].val = made;
	}
	if (!merge_all(w, first) && !better)
		return val;
	made = put_together(w, first);
	return wanted ? made : opposite(w->ir, made);
}

/* Return: the same outcome, maybe of less tests. */
static u32 widen(struct wide *w, u32 val)
{
	const struct ir_val *v = &w->ir->vals[val];
	u32 n = w->n, made = val;

	if (is_opposite(w->ir, v)) {
		made = widen(w, v->a);
		made = made == v->a ? val : opposite(w->ir, made);
	} else if (v->op >= IR_BOTH) {
		made = widen_parts(w, val, v->op == IR_BOTH);
	}
	w->n = n;
	return ir_need(w->ir, made) > ir_need(w->ir, val) ? val : made;
}

/**
 * ir_wide - ask for bits that are near each other at once
 * @ir: program
 *
 * Return: 0 or -1 if there is no memory.
 */
int ir_wide(struct ir *ir)
{
	struct wide *w;
	u32 n;

	if (!ir_wants(ir, CBPF_PASS_WIDE))
		return 0;
	w = cbpf_alloc(sizeof(*w));
	if (!w)
		return -1;
	w->ir = ir;
	for (n = 0; n < ir->nblocks; n++) {
		struct ir_block *b = &ir->blocks[n];

		if (b->reached && b->leave == IR_BRANCH && ir_is_outcome(ir, b->a))
			b->a = widen(w, b->a);
	}
	cbpf_free(w);
	return 0;
}
