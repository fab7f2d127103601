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

/* Of the end that returns a constant, which then there has to be. */
static u32 label_tail(struct gen *g, u32 val)
{
	g->tailed[val] = g->round;
	return 2 * g->ir->nblocks + 2 + g->version * g->nvals + val;
}

static u32 label_count(const struct gen *g)
{
	return 2 * g->ir->nblocks + 2 + 2 * g->nvals + g->sets->ntables;
}

/* The constant that a block does nothing but return. */
static bool returns(const struct gen *g, u32 n, u32 *k)
{
	const struct ir_block *b = &g->ir->blocks[n];

	if (b->leave != IR_RET || b->nsteps || g->ir->vals[b->a].op != IR_CONST)
		return false;
	*k = g->ir->vals[b->a].k;
	return true;
}

/* Where a jump to a block goes: past those that only return a constant. */
static u32 target(struct gen *g, u32 n)
{
	const struct ir_block *b = &g->ir->blocks[n];
	u32 k;

	return returns(g, n, &k) ? label_tail(g, b->a) : label_block(g, n);
}

static void emit_return(struct gen *g)
{
	if (!g->target->stub) {
		x86_byte(&g->x, 0xc3);
	} else {
		/* the stub clears all that it was not called with */
		if (g->divides)
			x86_alu(&g->x, X_XOR, DX, DX);
		x86_byte(&g->x, 0xe9);
		x86_u32(&g->x, g->target->stub - (g->x.size + 4));
	}
}

/*
 * Whoever goes on where the check fails, because the processor guesses so, gets a
 * small number as the address of the packet: what he reads there is nothing.
 */
static void emit_guard(struct gen *g, enum x86_cc fails)
{
	if (g->target->guard)
		x86_cmov64(&g->x, fails, HEAD, HEADLEN);
}

/* Can val + end be computed in 32 bits? */
static bool is_narrow(const struct ir *ir, const struct ir_step *s)
{
	return ir->vals[s->val].max <= 0xffffffff - s->end;
}

static void emit_narrow_sum(struct gen *g, const struct ir_step *s)
{
	if (x86_is_plain(&g->x, s->end)) {
		x86_lea(&g->x, AX, reused(g, s->val, s->end, g->regs));
	} else {
		eval(g, s->val, g->regs);
		x86_alu_imm(&g->x, X_ADD, AX, s->end);
	}
}

static void emit_wide_sum(struct gen *g, const struct ir_step *s)
{
	if (x86_is_plain(&g->x, s->end)) {
		x86_lea64(&g->x, AX, reused(g, s->val, s->end, g->regs));
	} else {
		eval(g, s->val, g->regs);
		x86_mov_imm(&g->x, g->x.spare, s->end);
		x86_alu64(&g->x, X_ADD, AX, g->x.spare);
	}
}

static void emit_sum_check(struct gen *g, const struct ir_step *s, u32 fail)
{
	if (is_narrow(g->ir, s)) {
		emit_narrow_sum(g, s);
		x86_alu(&g->x, X_CMP, AX, HEADLEN);
	} else {
		emit_wide_sum(g, s);
		x86_alu64(&g->x, X_CMP, AX, HEADLEN);
	}
	x86_jump(&g->x, CC_A, fail);
	emit_guard(g, CC_A);
}

/* Has the check before all others found it out? */
static bool is_checked(const struct gen *g, u32 n, const struct ir_step *s)
{
	return g->version == FAST && !n && s->kind == IR_READABLE && s->val == IR_ZERO;
}

static void emit_check(struct gen *g, const struct ir_step *s)
{
	u32 fail = g->version == FAST ? label_exact(g) : label_short(g);

	if (s->kind == IR_NONZERO) {
		eval(g, s->val, g->regs);
		x86_test(&g->x, AX, AX);
		x86_jump(&g->x, CC_E, label_tail(g, IR_ZERO));
	} else if (s->val == IR_ZERO) {
		x86_alu_imm(&g->x, X_CMP, HEADLEN, s->end);
		x86_jump(&g->x, CC_B, fail);
		emit_guard(g, CC_B);
	} else {
		emit_sum_check(g, s, fail);
	}
}

static void emit_steps(struct gen *g, u32 n)
{
	const struct ir_block *b = &g->ir->blocks[n];
	u32 i;

	for (i = 0; i < b->nsteps; i++) {
		const struct ir_step *s = &g->ir->steps[b->step + i];

		if (is_checked(g, n, s)) {
			continue;
		} else if (s->kind != IR_DEF) {
			emit_check(g, s);
		} else if (g->uses->last[s->val] != IR_NONE) {
			eval_dear(g, s->val);
			keep(g, s->val, g->uses->base[n] + i);
		}
	}
}

static void emit_phis(struct gen *g, u32 n, u32 to)
{
	const struct ir_block *b = &g->ir->blocks[to];
	u32 i;

	for (i = b->phi; i < b->phi + b->nphis; i++) {
		const struct ir_phi *phi = &g->ir->phis[i];

		if (g->uses->last[phi->val] == IR_NONE)
			continue;
		eval(g, ir_operand(g->ir, n, phi), g->regs);
		keep(g, phi->val, g->uses->base[n] + g->ir->blocks[n].nsteps);
	}
}

/* A branch to one of two constants is none: the flags choose. */
static bool emit_select(struct gen *g, const struct ir_block *b)
{
	enum x86_cc cc;
	u32 yes, no;

	if (!ir_wants(g->ir, CBPF_PASS_IFCONV) || !returns(g, b->to[0], &no) ||
	    !returns(g, b->to[1], &yes))
		return false;
	cc = yes && no ? emit_test(g, b) : emit_choice(g, b, yes);
	x86_choose(&g->x, cc, AX, yes, no);
	emit_return(g);
	return true;
}

/* Goes on with a block, if the label of what comes next is not its own. */
static void emit_go(struct gen *g, u32 n, u32 next)
{
	u32 k;

	if (returns(g, n, &k)) {
		x86_mov_imm(&g->x, AX, k);
		emit_return(g);
	} else if (label_block(g, n) != next) {
		x86_jump(&g->x, CC_ALWAYS, label_block(g, n));
	}
}

static void emit_branch(struct gen *g, const struct ir_block *b, u32 next)
{
	enum x86_cc cc;

	if (emit_select(g, b))
		return;
	cc = emit_test(g, b);
	if (label_block(g, b->to[1]) == next) {
		x86_jump(&g->x, cc ^ 1, target(g, b->to[0]));
		return;
	}
	x86_jump(&g->x, cc, target(g, b->to[1]));
	emit_go(g, b->to[0], next);
}

/* @next: label of what comes next. */
static void emit_leave(struct gen *g, u32 n, u32 next)
{
	const struct ir_block *b = &g->ir->blocks[n];

	if (b->leave == IR_RET) {
		eval(g, b->a, g->regs);
		emit_return(g);
		return;
	}
	if (b->leave == IR_BRANCH)
		emit_phis(g, n, b->to[0]);
	emit_phis(g, n, b->to[1]);
	if (b->leave == IR_BRANCH)
		emit_branch(g, b, next);
	else
		emit_go(g, b->to[1], next);
}

static bool is_emitted(const struct gen *g, u32 n)
{
	u32 k;

	return g->ir->blocks[n].reached && (!n || !returns(g, n, &k));
}

/* A version of the program, and which values are used where in it. */
struct flow {
	const struct ir *ir;
	struct ir_uses uses;
};

static void emit_version(struct gen *g, enum version version, const struct flow *flow)
{
	u32 n, next;

	g->version = version;
	g->ir = flow->ir;
	g->uses = &flow->uses;
	for (n = 0; n < g->nvals; n++)
		g->slot[n] = IR_NONE;
	for (n = 0; n < CBPF_NATIVE_WORDS; n++)
		g->holder[n] = IR_NONE;
	for (n = 0; n < g->ir->nblocks; n = next) {
		for (next = n + 1; next < g->ir->nblocks; next++)
			if (is_emitted(g, next))
				break;
		x86_label(&g->x, label_block(g, n));
		reuse_begin(g, n);
		emit_steps(g, n);
		emit_leave(g, n, next < g->ir->nblocks ? label_block(g, next) : IR_NONE);
		reuse_end(g, n);
	}
}

/* What to return a constant with, wherever the code jumps to that. */
static void emit_tail(struct gen *g, u32 val)
{
	if (g->tailed[val] != g->round)
		return;
	x86_label(&g->x, label_tail(g, val));
	x86_mov_imm(&g->x, AX, g->ir->vals[val].k);
	emit_return(g);
	/* once is enough */
	g->tailed[val] = 0;
}

/* Behind each version, where short jumps lead to. */
static void emit_tails(struct gen *g)
{
	const struct ir *ir = g->ir;
	u32 n;

	emit_tail(g, IR_ZERO);
	for (n = 0; n < ir->nblocks; n++)
		if (ir->blocks[n].reached && ir->blocks[n].leave == IR_RET &&
		    ir->vals[ir->blocks[n].a].op == IR_CONST)
			emit_tail(g, ir->blocks[n].a);
}

/* Where loads end that are not inside of the head. */
static void emit_short(struct gen *g)
{
	/* a head that is the whole packet: no load can be beyond it */
	x86_label(&g->x, label_short(g));
	x86_alu(&g->x, X_CMP, HEADLEN, wirelen(g));
	x86_jump(&g->x, CC_E, label_tail(g, IR_ZERO));
	x86_mov_imm(&g->x, AX, 1);
	/* shl rax, 32 */
	x86_byte(&g->x, 0x48);
	x86_shift_imm(&g->x, true, AX, 32);
	emit_return(g);
}

static void emit_all(struct gen *g, const struct flow *fast, const struct flow *exact,
		     u32 enough)
{
	g->x.size = 0;
	g->x.moved = false;
	g->x.blind = g->target->blind;
	g->round++;
	if (g->target->landing)
		x86_u32(&g->x, 0xfa1e0ff3);	/* endbr64 */
	if (g->wide)
		x86_mov(&g->x, HEADLEN, HEADLEN);	/* clears the upper half */
	if (g->divides)
		x86_mov(&g->x, R10, DX);
	if (g->shifts)
		x86_lea64(&g->x, R11, (struct x86_mem){ CX, X_NOINDEX, 0, 0 });
	if (enough) {
		x86_alu_imm(&g->x, X_CMP, HEADLEN, enough);
		x86_jump(&g->x, CC_B, label_exact(g));
		emit_guard(g, CC_B);
	}
	emit_version(g, FAST, fast);
	emit_tails(g);
	x86_label(&g->x, label_exact(g));
	emit_version(g, EXACT, exact);
	emit_short(g);
	emit_tails(g);
	emit_tables(g);
}

/* So many times jumps may get shorter: later ones are few. */
#define ROUNDS	5

/* Generates code again and again, until its jumps are as short as they can be. */
static int emit_code(struct gen *g, const struct flow *fast, const struct flow *exact,
		     u32 enough, u8 *code, u32 room)
{
	u32 labels = label_count(g), rounds = 0;
	int size;

	do {
		/* the next times go by what this one left */
		if (rounds++ == ROUNDS) {
			g->x.decide = g->x.label + labels;
			memcpy(g->x.decide, g->x.label, labels * sizeof(u32));
		}
		emit_all(g, fast, exact, enough);
	} while (g->x.moved);
	size = g->complex ? 0 : g->x.size;
	if (code && size > 0 && (u32)size <= room) {
		g->x.code = code;
		g->x.room = room;
		emit_all(g, fast, exact, enough);
		/* for want of memory, now */
		if (g->complex)
			size = -1;
	}
	return size;
}

/* Bytes that the fast version needs before it begins: there it makes no checks then. */
static u32 begin(const struct ir *fast, u32 enough)
{
	const struct ir_block *b = &fast->blocks[0];
	u32 i;

	for (i = b->step; i < b->step + b->nsteps; i++)
		if (fast->steps[i].kind == IR_READABLE && fast->steps[i].val == IR_ZERO &&
		    fast->steps[i].end > enough)
			enough = fast->steps[i].end;
	return enough;
}

/* Is there a check of a sum that needs 64 bits? */
static bool has_wide(const struct ir *ir)
{
	u32 n, i;

	for (n = 0; n < ir->nblocks; n++) {
		const struct ir_block *b = &ir->blocks[n];

		for (i = b->step; b->reached && i < b->step + b->nsteps; i++)
			if (ir->steps[i].kind == IR_READABLE &&
			    !is_narrow(ir, &ir->steps[i]))
				return true;
	}
	return false;
}

/* CX is where the words are, or else the one with shorter instructions. */
static void choose_registers(struct gen *g, const struct flow *fast,
			     const struct flow *exact)
{
	bool words = g->shifts || fast->uses.words || exact->uses.words;
	const u8 beside[] = { AX, R8, R9, g->shifts ? CX : R11 };
	static const u8 alone[] = { AX, CX, R8, R9 };

	memcpy(g->regs, words ? beside : alone, sizeof(g->regs));
	reuse_prepare(g, !words);
}

static int prepare(struct gen *g, const struct flow *fast, const struct flow *exact)
{
	u32 labels = label_count(g), i;

	g->slot = cbpf_alloc((2 * g->nvals + CBPF_NATIVE_WORDS + 2 * labels +
			      g->ir->nblocks) * sizeof(u32));
	if (!g->slot)
		return -1;
	g->tailed = g->slot + g->nvals;
	g->holder = g->tailed + g->nvals;
	g->x.label = g->holder + CBPF_NATIVE_WORDS;
	g->x.decide = g->x.label;
	g->reused_at = g->x.label + 2 * labels;
	for (i = 0; i < labels; i++)
		g->x.label[i] = 0xffffffff;
	g->divides = fast->uses.divides || exact->uses.divides;
	g->shifts = fast->uses.shifts || exact->uses.shifts;
	g->wide = g->target->guard || has_wide(fast->ir) || has_wide(exact->ir);
	g->x.spare = g->divides ? DX : R10;
	choose_registers(g, fast, exact);
	if (g->target->blind)
		g->table_key = g->target->blind * 0x9e3779b1 | 1;
	return 0;
}

int native_emit(const struct ir *fast, const struct ir *exact, const struct sets *sets,
		u32 enough, u8 *code, u32 room, const struct cbpf_target *target)
{
	struct flow flows[2] = { { .ir = fast }, { .ir = exact } };
	struct gen g = {
		.ir = fast,
		.sets = sets,
		.nvals = exact->nvals,
		.target = target,
	};
	int size = -1;

	enough = begin(fast, enough);
	if (!ir_uses(fast, &flows[0].uses) && !ir_uses(exact, &flows[1].uses) &&
	    !prepare(&g, &flows[0], &flows[1]))
		size = emit_code(&g, &flows[0], &flows[1], enough, code, room);
	cbpf_free(g.slot);
	ir_uses_free(&flows[0].uses);
	ir_uses_free(&flows[1].uses);
	return size;
}
