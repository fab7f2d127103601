// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Labels: where they are, which jumps name them, and how far it is.  Knows nothing
 * of how either is written.
 */
#include "bpfasm.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct label {
	struct label *next;	/* the one before it in the source */
	u32 insn;
	u32 line;
	size_t len;
	const char *name;
};

struct target {
	struct target *next;	/* the one after it in the source */
	struct label label;
	u32 insn;
	unsigned int what;
};

struct fixups {
	const struct source *source;
	void *tree;
	struct label *labels;
	struct target *first;
	struct target **last;
};

static int compare(const void *one, const void *other)
{
	const struct label *a = one, *b = other;
	int order = memcmp(a->name, b->name, a->len < b->len ? a->len : b->len);

	return order ?: (a->len > b->len) - (a->len < b->len);
}

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		die(EXIT_BAD, "out of memory");
	return memory;
}

/**
 * fixups_new() - no labels, and nobody who jumps
 * @s: the source, for messages
 *
 * Return: fixups, given back by fixups_resolve().
 */
struct fixups *fixups_new(const struct source *s)
{
	struct fixups *f = allocate(sizeof(*f));

	f->source = s;
	f->last = &f->first;
	return f;
}

/**
 * fixups_label() - here is a label; dies if it is elsewhere, too
 * @f: fixups
 * @label: lexer at its name
 * @insn: the instruction that follows
 */
void fixups_label(struct fixups *f, const struct lexer *label, u32 insn)
{
	struct label *l = allocate(sizeof(*l)), **found;

	*l = (struct label){ f->labels, insn, label->line, label->len, label->text };
	f->labels = l;
	found = tsearch(l, &f->tree, compare);
	if (!found)
		die(EXIT_BAD, "out of memory");
	if (*found != l)
		die_at(f->source, l->line, "label \"%.*s\" is in line %u already", (int)l->len,
		       l->name, (*found)->line);
}

/**
 * fixups_target() - here a label is jumped to
 * @f: fixups
 * @label: lexer at its name
 * @insn: the jump
 * @what: which field of it depends on the label
 */
void fixups_target(struct fixups *f, const struct lexer *label, u32 insn,
		   unsigned int what)
{
	struct target *t = allocate(sizeof(*t));

	t->label = (struct label){ NULL, 0, label->line, label->len, label->text };
	t->insn = insn;
	t->what = what;
	*f->last = t;
	f->last = &t->next;
}

static void resolve(struct fixups *f, struct program *p, const struct target *t)
{
	struct cbpf_insn *insn = &p->insns[t->insn];
	struct label **found = tfind(&t->label, &f->tree, compare);
	const char *name = t->label.name;
	int len = t->label.len;
	u32 line = t->label.line, skip;

	if (!found)
		die_at(f->source, line, "there is no label \"%.*s\"", len, name);
	if ((*found)->insn <= t->insn)
		die_at(f->source, line, "label \"%.*s\" is in line %u: jumps only go forward",
		       len, name, (*found)->line);
	if ((*found)->insn == p->len)
		die_at(f->source, (*found)->line, "no instruction follows label \"%.*s\"", len,
		       name);
	skip = (*found)->insn - t->insn - 1;
	if (t->what != FIX_K && skip > 255)
		die_at(f->source, line, "label \"%.*s\" is %u instructions away, not 255 or less",
		       len, name, skip);
	if (t->what == FIX_JT)
		insn->jt = skip;
	else if (t->what == FIX_JF)
		insn->jf = skip;
	else
		insn->k = skip;
}

static void keep(__attribute__((unused)) void *node)
{
}

/**
 * fixups_resolve() - fill in all jumps, or die, and give back the fixups
 * @f: fixups
 * @p: the program
 */
void fixups_resolve(struct fixups *f, struct program *p)
{
	struct target *t, *next_target;
	struct label *l, *next_label;

	for (t = f->first; t; t = next_target) {
		next_target = t->next;
		resolve(f, p, t);
		free(t);
	}
	tdestroy(f->tree, keep);
	for (l = f->labels; l; l = next_label) {
		next_label = l->next;
		free(l);
	}
	free(f);
}
