// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Generates x86-64 code: a function that calls nothing, moves no stack pointer
 * and uses only registers that a caller has to save.
 *
 *	u64 f(const u8 *head, u32 headlen, u32 wirelen, u32 *slots)
 *	      DI              SI           DX           CX
 *
 * The result is the program's, or CBPF_UNDECIDED where a load needs bytes that
 * are not in the head but may be elsewhere.
 *
 * The program is there twice. The first version is for packets that are long
 * enough for all constant offsets, which one check at the beginning finds out;
 * where it is in doubt it goes to the second version, from whose beginning
 * everything is decided anew: programs have no side effects.
 */
#include "emit.h"

static u32 label_block(const struct gen *g, u32 n)
{
	return g->version * g->ir->nblocks + n;
}

static u32 label_exact(const struct gen *g)
{
	return 2 * g->ir->nblocks;
}

static u32 label_short(const struct gen *g)
{
	return 2 * g->ir->nblocks + 1;
}

static u32 label_tail(const struct gen *g, u32 val)
{
	return 2 * g->ir->nblocks + 2 + val;
}

static u32 label_count(const struct ir *ir)
{
	/* at most as many tables as blocks */
	return 4 * ir->nblocks + 2 + ir->nvals;
}

/* Where a jump to a block goes: past those that only return a constant. */
static u32 target(const struct gen *g, u32 n)
{
	const struct ir_block *b = &g->ir->blocks[n];

	if (b->leave == IR_RET && !b->nsteps &&
	    g->ir->vals[b->a].op == IR_CONST)
		return label_tail(g, b->a);
	return label_block(g, n);
}

static void emit_return(struct gen *g)
{
	if (!g->target->stub) {
		x86_byte(&g->x, 0xc3);
	} else {
		x86_byte(&g->x, 0xe9);
		x86_u32(&g->x, g->target->stub - (g->x.size + 4));
	}
}

static void emit_check(struct gen *g, const struct ir_step *s, u32 end)
{
	u32 fail = g->version == FAST ? label_exact(g) : label_short(g);

	if (s->kind == IR_NONZERO) {
		eval(g, s->val, g->regs);
		x86_test(&g->x, AX, AX);
		x86_jump(&g->x, CC_E, label_tail(g, IR_ZERO));
	} else if (s->val == IR_ZERO) {
		x86_alu_imm(&g->x, X_CMP, HEADLEN, end);
		x86_jump(&g->x, CC_B, fail);
	} else {
		eval(g, s->val, g->regs);
		if (end < 0x80000000) {
			x86_lea64(&g->x, AX, (struct x86_mem){ AX, X_NOINDEX, 0, end });
		} else {
			x86_mov_imm(&g->x, R8, end);
			x86_alu64(&g->x, X_ADD, AX, R8);
		}
		x86_alu64(&g->x, X_CMP, AX, HEADLEN);
		x86_jump(&g->x, CC_A, fail);
	}
}

static void emit_steps(struct gen *g, u32 n)
{
	const struct ir_block *b = &g->ir->blocks[n];
	u32 i;

	for (i = b->step; i < b->step + b->nsteps; i++) {
		const struct ir_step *s = &g->ir->steps[i];

		if (s->kind != IR_DEF) {
			if (g->ends[i] != IR_SKIP)
				emit_check(g, s, g->ends[i]);
		} else if (g->last[s->val] != IR_NONE) {
			eval_dear(g, s->val);
			keep(g, s->val, place_step(n, i));
		}
	}
}

static void emit_phis(struct gen *g, u32 n, u32 to)
{
	const struct ir_block *b = &g->ir->blocks[to];
	u32 i;

	for (i = b->phi; i < b->phi + b->nphis; i++) {
		const struct ir_phi *phi = &g->ir->phis[i];

		if (g->last[phi->val] == IR_NONE)
			continue;
		eval(g, phi_operand(g->ir, n, phi), g->regs);
		keep(g, phi->val, place_leave(g->ir, n));
	}
}

/* @next: label of what comes next. */
static void emit_leave(struct gen *g, u32 n, u32 next)
{
	const struct ir_block *b = &g->ir->blocks[n];
	enum x86_cc cc;
	u32 yes, no;

	if (b->leave == IR_RET) {
		if (g->ir->vals[b->a].op == IR_CONST) {
			x86_jump(&g->x, CC_ALWAYS, label_tail(g, b->a));
			return;
		}
		eval(g, b->a, g->regs);
		emit_return(g);
		return;
	}
	if (b->leave == IR_BRANCH)
		emit_phis(g, n, b->to[0]);
	emit_phis(g, n, b->to[1]);
	yes = target(g, b->to[1]);
	no = target(g, b->to[0]);
	if (b->leave == IR_JUMP) {
		if (yes != next)
			x86_jump(&g->x, CC_ALWAYS, yes);
		return;
	}
	cc = emit_test(g, b);
	if (yes == next) {
		x86_jump(&g->x, cc ^ 1, no);
		return;
	}
	x86_jump(&g->x, cc, yes);
	if (no != next)
		x86_jump(&g->x, CC_ALWAYS, no);
}

static bool is_emitted(const struct gen *g, u32 n)
{
	if (g->version == FAST ? g->sets.of[n] == SET_UNREACHED :
				 !g->ir->blocks[n].reached)
		return false;
	return !n || target(g, n) == label_block(g, n);
}

/* @next: label of what comes next. */
static void emit_block(struct gen *g, u32 n, u32 next)
{
	const struct set *set;
	u32 no;

	x86_label(&g->x, label_block(g, n));
	emit_steps(g, n);
	if (g->version == EXACT || g->sets.of[n] == SET_NONE) {
		emit_leave(g, n, next);
		return;
	}
	set = &g->sets.sets[g->sets.of[n] - SET_NONE - 1];
	no = target(g, set->no);
	emit_set(g, set, target(g, set->yes), no == next ? IR_NONE : no);
}

static void emit_version(struct gen *g, enum version version)
{
	u32 n, next;

	g->version = version;
	for (n = 0; n < g->ir->nvals; n++)
		g->slot[n] = IR_NONE;
	for (n = 0; n < CBPF_NATIVE_WORDS; n++)
		g->holder[n] = IR_NONE;
	for (n = 0; n < g->ir->nblocks; n = next) {
		for (next = n + 1; next < g->ir->nblocks; next++)
			if (is_emitted(g, next))
				break;
		emit_block(g, n, next < g->ir->nblocks ? label_block(g, next) : IR_NONE);
	}
}

/* What to return a constant with, wherever a program does. */
static void emit_tail(struct gen *g, u32 val)
{
	if (g->tailed[val] == g->round)
		return;
	g->tailed[val] = g->round;
	x86_label(&g->x, label_tail(g, val));
	x86_mov_imm(&g->x, AX, g->ir->vals[val].k);
	emit_return(g);
}

static void emit_tails(struct gen *g)
{
	u32 n;

	/* a head that is the whole packet: no load can be beyond it */
	x86_label(&g->x, label_short(g));
	x86_alu(&g->x, X_CMP, HEADLEN, wirelen(g));
	x86_jump(&g->x, CC_E, label_tail(g, IR_ZERO));
	x86_mov_imm(&g->x, AX, 1);
	/* shl rax, 32 */
	x86_byte(&g->x, 0x48);
	x86_shift_imm(&g->x, true, AX, 32);
	emit_return(g);
	emit_tail(g, IR_ZERO);
	for (n = 0; n < g->ir->nblocks; n++)
		if (g->ir->blocks[n].reached && g->ir->blocks[n].leave == IR_RET &&
		    g->ir->vals[g->ir->blocks[n].a].op == IR_CONST)
			emit_tail(g, g->ir->blocks[n].a);
}

static void emit_all(struct gen *g, const u64 *fast, const u64 *exact, u32 enough)
{
	g->x.size = 0;
	g->x.moved = false;
	g->round++;
	if (g->target->landing)
		x86_u32(&g->x, 0xfa1e0ff3);	/* endbr64 */
	x86_mov(&g->x, HEADLEN, HEADLEN);	/* clears the upper half */
	if (g->divides)
		x86_mov(&g->x, R10, DX);
	if (g->shifts)
		x86_lea64(&g->x, R11, (struct x86_mem){ CX, X_NOINDEX, 0, 0 });
	if (enough) {
		x86_alu_imm(&g->x, X_CMP, HEADLEN, enough);
		x86_jump(&g->x, CC_B, label_exact(g));
	}
	g->ends = fast;
	emit_version(g, FAST);
	x86_label(&g->x, label_exact(g));
	g->ends = exact;
	emit_version(g, EXACT);
	emit_tails(g);
	emit_tables(g);
}

/* Offsets above this are not looked at by any sensible filter. */
#define NATIVE_FAR	192

/* Bytes that a packet must have so that most checks can be left out. */
static u32 find_enough(const struct ir *ir)
{
	u32 i, most = 0;

	for (i = 0; i < ir->nsteps; i++)
		if (ir->steps[i].kind == IR_READABLE && !ir->steps[i].val &&
		    ir->steps[i].end > most && ir->steps[i].end <= NATIVE_FAR)
			most = ir->steps[i].end;
	return most;
}

int native_emit(const struct ir *ir, u8 *code, u32 room,
		const struct cbpf_target *target)
{
	u32 labels = label_count(ir), i, enough = find_enough(ir);
	u32 words = 3 * ir->nvals + labels + CBPF_NATIVE_WORDS;
	struct gen g = { .ir = ir, .target = target };
	u64 *fast = cbpf_alloc(2 * ir->nsteps * sizeof(*fast) + words * sizeof(u32));
	u64 *exact = fast + ir->nsteps;
	int size = -1;

	if (!fast)
		return -1;
	g.slot = (u32 *)(exact + ir->nsteps);
	g.last = g.slot + ir->nvals;
	g.tailed = g.last + ir->nvals;
	g.x.label = g.tailed + ir->nvals;
	g.holder = g.x.label + labels;
	for (i = 0; i < labels; i++)
		g.x.label[i] = 0xffffffff;
	find_uses(&g);
	g.regs[0] = AX;
	g.regs[1] = R8;
	g.regs[2] = R9;
	g.regs[3] = g.shifts ? CX : R11;
	if (ir_checks(ir, enough, true, fast) < 0 ||
	    ir_checks(ir, 0, false, exact) < 0)
		goto out;
	g.ends = fast;
	if (tables_plan(&g))
		goto out;
	do
		emit_all(&g, fast, exact, enough);
	while (g.x.moved);
	size = g.complex ? 0 : g.x.size;
	if (code && size > 0 && (u32)size <= room) {
		g.x.code = code;
		g.x.room = room;
		emit_all(&g, fast, exact, enough);
		if (g.complex)
			size = -1;
	}
out:
	tables_free(&g);
	cbpf_free(fast);
	return size;
}
