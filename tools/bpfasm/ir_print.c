// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The compiler's view of a program, in a form for people: its blocks and what they
 * compute, as decoded and after each pass.  How code is made of it is not shown here.
 */
#include "bpfasm.h"
#include "ir.h"
#include "sets.h"

#include <stdlib.h>
#include <string.h>

/* Operators of values; and of tests, by the outcome that is wanted. */
static const char *const operators[] = {
	[IR_ADD] = "+", [IR_SUB] = "-", [IR_MUL] = "*", [IR_DIV] = "/", [IR_MOD] = "%",
	[IR_OR] = "|", [IR_AND] = "&", [IR_XOR] = "^", [IR_LSH] = "<<", [IR_RSH] = ">>",
	[IR_BOTH] = "&&", [IR_EITHER] = "||",
};

static const char *const tests[2][4] = {
	{ [IR_EQ] = "!=", [IR_GT] = "<=", [IR_GE] = "<" },
	{ [IR_EQ] = "==", [IR_GT] = ">", [IR_GE] = ">=", [IR_SET] = "&" },
};

/* Where to, and what belongs to the values of a program. */
struct printer {
	FILE *to;
	const struct ir *ir;
	const struct sets *sets;
};

static void print_val(const struct printer *p, u32 val, bool nested);

static void print_number(const struct printer *p, u32 k)
{
	fprintf(p->to, k < 10 ? "%u" : "%#x", k);
}

static void print_load(const struct printer *p, const struct ir_val *v)
{
	fprintf(p->to, "%c[", v->size == 1 ? 'b' : v->size == 2 ? 'h' : 'w');
	if (v->a != IR_ZERO) {
		print_val(p, v->a, true);
		fprintf(p->to, " + ");
	}
	fprintf(p->to, "%u]", v->k);
}

static void print_members(const struct printer *p, const struct set_table *t)
{
	u32 i, member;

	fprintf(p->to, " in { ");
	for (i = t->member; i < t->member + t->nmembers; i++) {
		member = p->sets->members[i];
		print_number(p, t->raw ? __builtin_bswap32(member) : member);
		fputs(" ", p->to);
	}
	fputs("}", p->to);
}

static void print_two(const struct printer *p, u32 a, const char *operator, u32 b)
{
	print_val(p, a, true);
	fprintf(p->to, " %s ", operator);
	print_val(p, b, true);
}

/* What a value is computed of, as far as that is not kept somewhere. */
static void print_expression(const struct printer *p, u32 val, bool nested)
{
	const struct ir_val *v = &p->ir->vals[val];
	const char *operator;
	bool none;

	switch (v->op) {
	case IR_CONST:
		print_number(p, v->k);
		return;
	case IR_LEN:
		fprintf(p->to, "len");
		return;
	case IR_ANC:
		fprintf(p->to, "anc[%u]", v->k);
		return;
	case IR_LOAD:
		print_load(p, v);
		return;
	case IR_IN:
		fputs(nested ? "(" : "", p->to);
		print_val(p, v->a, true);
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): IR_IN is made with sets */
		print_members(p, &p->sets->tables[v->k]);
		fputs(nested ? ")" : "", p->to);
		return;
	}
	none = v->op == IR_TEST && v->test == IR_SET && !v->want;
	if (v->op != IR_TEST)
		operator = operators[v->op];
	else
		operator = tests[none ? true : v->want][v->test];
	fputs(nested ? "(" : "", p->to);
	fputs(none ? "(" : "", p->to);
	print_two(p, v->a, operator, v->b);
	fputs(none ? ") == 0" : "", p->to);
	fputs(nested ? ")" : "", p->to);
}

static void print_val(const struct printer *p, u32 val, bool nested)
{
	if (ir_kept(p->ir, val))
		fprintf(p->to, "v%u", val);
	else
		print_expression(p, val, nested);
}

static void print_phis(const struct printer *p, const struct ir_block *b)
{
	const struct ir_phi *phi = &p->ir->phis[b->phi];
	u32 e;

	for (; phi < &p->ir->phis[b->phi + b->nphis]; phi++) {
		fprintf(p->to, "\tv%u =", phi->val);
		for (e = b->pred; e != IR_NONE; e = p->ir->edges[e].next) {
			fprintf(p->to, " b%u: ", p->ir->edges[e].from);
			print_val(p, ir_operand(p->ir, p->ir->edges[e].from, phi), false);
			fputs(p->ir->edges[e].next == IR_NONE ? "\n" : ",", p->to);
		}
	}
}

static void print_step(const struct printer *p, const struct ir_step *s)
{
	switch (s->kind) {
	case IR_READABLE:
		fprintf(p->to, "\tcheck ");
		if (s->val != IR_ZERO) {
			print_val(p, s->val, true);
			fprintf(p->to, " + ");
		}
		fprintf(p->to, "%u bytes\n", s->end);
		return;
	case IR_NONZERO:
		fprintf(p->to, "\tcheck ");
		print_val(p, s->val, true);
		fprintf(p->to, " != 0\n");
		return;
	case IR_DEF:
		fprintf(p->to, "\tv%u = ", s->val);
		print_expression(p, s->val, false);
		fprintf(p->to, "\n");
	}
}

static void print_leave(const struct printer *p, const struct ir_block *b)
{
	switch (b->leave) {
	case IR_RET:
		fprintf(p->to, "\treturn ");
		print_val(p, b->a, false);
		fprintf(p->to, "\n");
		return;
	case IR_JUMP:
		fprintf(p->to, "\tgo to b%u\n", b->to[1]);
		return;
	case IR_BRANCH:
		fprintf(p->to, "\tif ");
		/* an outcome is 1 or 0 */
		if (ir_is_outcome(p->ir, b->a))
			print_val(p, b->a, false);
		else
			print_two(p, b->a, tests[1][b->test], b->b);
		fprintf(p->to, " go to b%u, else b%u\n", b->to[1], b->to[0]);
	}
}

static char *print_blocks(const struct ir *ir, const struct sets *sets)
{
	struct printer p = { .ir = ir, .sets = sets };
	char *text = NULL;
	size_t size;
	u32 n, i;

	p.to = open_memstream(&text, &size);
	if (!p.to)
		die(EXIT_BAD, "out of memory");
	for (n = 0; n < ir->nblocks; n++) {
		const struct ir_block *b = &ir->blocks[n];

		if (!b->reached && n)
			continue;
		fprintf(p.to, "b%u:", n);
		print_phis(&p, b);
		for (i = b->step; i < b->step + b->nsteps; i++)
			print_step(&p, &ir->steps[i]);
		print_leave(&p, b);
	}
	if (fclose(p.to))
		die(EXIT_BAD, "out of memory");
	return text;
}

/* A version of the program, and as what it was printed last. */
struct shown {
	struct ir *ir;
	struct sets *sets;
	char *text;
};

/* What there is after a pass, or that it changed nothing. */
static void passed(struct shown *s, enum cbpf_pass pass, int err)
{
	const char *name = cbpf_pass_name(pass);
	char *text;

	if (err)
		die(EXIT_BAD, "out of memory");
	if (!ir_wants(s->ir, pass)) {
		printf("without %s\n\n", name);
		return;
	}
	text = print_blocks(s->ir, s->sets);
	if (!strcmp(s->text, text))
		printf("after %s: no change\n\n", name);
	else
		printf("after %s:\n%s\n", name, text);
	free(s->text);
	s->text = text;
}

/* As optimise() of compile.c has it. */
static void show_passes(struct ir *ir, struct sets *sets, u32 start, bool early)
{
	struct shown s = { ir, sets, print_blocks(ir, sets) };

	passed(&s, CBPF_PASS_CHECKS, ir_checks(ir, start, early));
	passed(&s, CBPF_PASS_THREAD, ir_thread(ir));
	passed(&s, CBPF_PASS_SETS, sets_find(ir, sets));
	passed(&s, CBPF_PASS_IFCONV, ir_ifconv(ir, early));
	passed(&s, CBPF_PASS_WIDE, ir_wide(ir));
	passed(&s, CBPF_PASS_LAYOUT, ir_layout(ir));
	free(s.text);
}

static void show_decoded(const struct ir *ir)
{
	char *text = print_blocks(ir, NULL);

	printf("decoded:\n%s\n", text);
	free(text);
}

/**
 * ir_print() - show what the compiler makes of a program, pass by pass, or die
 * @p: valid program
 * @without: passes to leave out, 1 << enum cbpf_pass each
 */
void ir_print(const struct program *p, u32 without)
{
	struct ir exact, fast;
	struct sets sets;
	u32 enough;

	if (!p->len)
		die(EXIT_BAD, "no blocks: there are no instructions");
	if (cbpf_ancillary_used(p->insns, p->len) & CBPF_USES_INTERPRETER)
		die(EXIT_BAD, "no blocks: the program uses a value that only the interpreter has");
	if (ir_decode(&exact, p->insns, p->len, without) || ir_copy(&fast, &exact) ||
	    sets_init(&sets, &exact))
		die(EXIT_BAD, "out of memory");
	enough = ir_enough(&exact);
	show_decoded(&exact);
	printf("fast version, for packets of %u bytes and more\n\n", enough);
	show_passes(&fast, &sets, enough, true);
	/* values that were made meanwhile are there for both */
	exact.nvals = fast.nvals;
	printf("exact version, for all others\n\n");
	show_passes(&exact, &sets, 0, false);
	sets_free(&sets);
	ir_copy_free(&fast);
	ir_free(&exact);
}
