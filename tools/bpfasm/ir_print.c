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

static void print_val(FILE *to, const struct ir *ir, u32 val, bool nested);

static void print_number(FILE *to, u32 k)
{
	fprintf(to, k < 10 ? "%u" : "%#x", k);
}

static void print_load(FILE *to, const struct ir *ir, const struct ir_val *v)
{
	fprintf(to, "%c[", v->size == 1 ? 'b' : v->size == 2 ? 'h' : 'w');
	if (v->a != IR_ZERO) {
		print_val(to, ir, v->a, true);
		fprintf(to, " + ");
	}
	fprintf(to, "%u]", v->k);
}

static void print_two(FILE *to, const struct ir *ir, u32 a, const char *operator, u32 b)
{
	print_val(to, ir, a, true);
	fprintf(to, " %s ", operator);
	print_val(to, ir, b, true);
}

/* What a value is computed of, as far as that is not kept somewhere. */
static void print_expression(FILE *to, const struct ir *ir, u32 val, bool nested)
{
	const struct ir_val *v = &ir->vals[val];
	const char *operator;
	bool none;

	switch (v->op) {
	case IR_CONST:
		print_number(to, v->k);
		return;
	case IR_LEN:
		fprintf(to, "len");
		return;
	case IR_LOAD:
		print_load(to, ir, v);
		return;
	}
	none = v->op == IR_TEST && v->test == IR_SET && !v->want;
	if (v->op != IR_TEST)
		operator = operators[v->op];
	else
		operator = tests[none ? true : v->want][v->test];
	fputs(nested ? "(" : "", to);
	fputs(none ? "(" : "", to);
	print_two(to, ir, v->a, operator, v->b);
	fputs(none ? ") == 0" : "", to);
	fputs(nested ? ")" : "", to);
}

static void print_val(FILE *to, const struct ir *ir, u32 val, bool nested)
{
	if (ir_kept(ir, val))
		fprintf(to, "v%u", val);
	else
		print_expression(to, ir, val, nested);
}

static void print_phis(FILE *to, const struct ir *ir, const struct ir_block *b)
{
	const struct ir_phi *phi = &ir->phis[b->phi];
	u32 e;

	for (; phi < &ir->phis[b->phi + b->nphis]; phi++) {
		fprintf(to, "\tv%u =", phi->val);
		for (e = b->pred; e != IR_NONE; e = ir->edges[e].next) {
			fprintf(to, " b%u: ", ir->edges[e].from);
			print_val(to, ir, ir_operand(ir, ir->edges[e].from, phi), false);
			fputs(ir->edges[e].next == IR_NONE ? "\n" : ",", to);
		}
	}
}

static void print_step(FILE *to, const struct ir *ir, const struct ir_step *s)
{
	switch (s->kind) {
	case IR_READABLE:
		fprintf(to, "\tcheck ");
		if (s->val != IR_ZERO) {
			print_val(to, ir, s->val, true);
			fprintf(to, " + ");
		}
		fprintf(to, "%u bytes\n", s->end);
		return;
	case IR_NONZERO:
		fprintf(to, "\tcheck ");
		print_val(to, ir, s->val, true);
		fprintf(to, " != 0\n");
		return;
	case IR_DEF:
		fprintf(to, "\tv%u = ", s->val);
		print_expression(to, ir, s->val, false);
		fprintf(to, "\n");
	}
}

/* Tests of one value stand together. */
static void print_set(FILE *to, const struct ir *ir, const struct set *set)
{
	const struct set_test *t = &ir->sets->tests[set->test], *end = t + set->ntests;
	u32 val = IR_NONE;

	for (; t < end; t++) {
		if (t->val != val) {
			fputs(val == IR_NONE ? "" : "} or ", to);
			val = t->val;
			print_val(to, ir, val, true);
			fprintf(to, " in { ");
		}
		print_number(to, t->k);
		fprintf(to, " ");
	}
	fprintf(to, "}");
}

static void print_leave(FILE *to, const struct ir *ir, const struct ir_block *b)
{
	switch (b->leave) {
	case IR_RET:
		fprintf(to, "\treturn ");
		print_val(to, ir, b->a, false);
		fprintf(to, "\n");
		return;
	case IR_JUMP:
		fprintf(to, "\tgo to b%u\n", b->to[1]);
		return;
	case IR_BRANCH:
		fprintf(to, "\tif ");
		/* an outcome is 1 or 0 */
		if (ir_is_outcome(ir, b->a))
			print_val(to, ir, b->a, false);
		else
			print_two(to, ir, b->a, tests[1][b->test], b->b);
		break;
	case IR_MEMBER:
		fprintf(to, "\tif ");
		print_set(to, ir, &ir->sets->sets[b->a]);
	}
	fprintf(to, " go to b%u, else b%u\n", b->to[1], b->to[0]);
}

static char *print_blocks(const struct ir *ir)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	u32 n, i;

	if (!to)
		die(EXIT_BAD, "out of memory");
	for (n = 0; n < ir->nblocks; n++) {
		const struct ir_block *b = &ir->blocks[n];

		if (!b->reached && n)
			continue;
		fprintf(to, "b%u:", n);
		print_phis(to, ir, b);
		for (i = b->step; i < b->step + b->nsteps; i++)
			print_step(to, ir, &ir->steps[i]);
		print_leave(to, ir, b);
	}
	if (fclose(to))
		die(EXIT_BAD, "out of memory");
	return text;
}

/* Blocks, and as what they were printed last. */
struct shown {
	const struct ir *ir;
	char *text;
};

/* What there is after a pass, or that it changed nothing. */
static void show(struct shown *s, const char *what)
{
	char *text = print_blocks(s->ir);

	if (s->text && !strcmp(s->text, text))
		printf("%s: no change\n\n", what);
	else
		printf("%s:\n%s\n", what, text);
	free(s->text);
	s->text = text;
}

static void passed(struct shown *s, enum cbpf_pass pass, int err)
{
	char what[40];

	if (err)
		die(EXIT_BAD, "out of memory");
	snprintf(what, sizeof(what), "after %s", cbpf_pass_name(pass));
	if (ir_wants(s->ir, pass))
		show(s, what);
	else
		printf("without %s\n\n", cbpf_pass_name(pass));
}

/* As compile.c has it: the fast version for packets that are long enough. */
static void show_fast(struct ir *fast, u32 enough)
{
	struct shown s = { .ir = fast, .text = print_blocks(fast) };
	struct sets sets;

	printf("fast version, for packets of %u bytes and more\n\n", enough);
	passed(&s, CBPF_PASS_CHECKS, ir_checks(fast, enough, true));
	passed(&s, CBPF_PASS_THREAD, ir_thread(fast));
	passed(&s, CBPF_PASS_SETS, sets_find(fast, &sets));
	ir_ifconv(fast);
	passed(&s, CBPF_PASS_IFCONV, 0);
	passed(&s, CBPF_PASS_LAYOUT, ir_layout(fast));
	free(s.text);
	sets_free(&sets);
}

/**
 * ir_print() - show what the compiler makes of a program, pass by pass, or die
 * @p: valid program
 * @without: passes to leave out, 1 << enum cbpf_pass each
 */
void ir_print(const struct program *p, u32 without)
{
	struct ir exact, fast;
	struct shown s = { .ir = &exact };

	if (!p->len)
		die(EXIT_BAD, "no blocks: there are no instructions");
	if (ir_decode(&exact, p->insns, p->len, without) || ir_copy(&fast, &exact))
		die(EXIT_BAD, "out of memory");
	show(&s, "decoded");
	show_fast(&fast, ir_enough(&exact));
	ir_copy_free(&fast);
	printf("exact version, for all others\n\n");
	passed(&s, CBPF_PASS_CHECKS, ir_checks(&exact, 0, false));
	free(s.text);
	ir_free(&exact);
}
