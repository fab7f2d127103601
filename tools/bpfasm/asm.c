// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reads assembly: the language of bpf_asm, which Linux describes in
 * Documentation/networking/filter.rst, and bpfc.  Here are its statements; which
 * operation takes which operands is in the table of opcode.h alone.
 */
#include "bpfasm.h"

#include <string.h>

/* Other names; a negated jump is its opposite that goes on where the test holds. */
static const struct alias {
	const char *name;
	const char *mnemonic;
	bool negated;
	bool immediate;		/* takes #k only, even without # */
} aliases[] = {
	{ "jmp", "ja", .negated = false },
	{ "jne", "jeq", .negated = true },
	{ "jneq", "jeq", .negated = true },
	{ "jlt", "jge", .negated = true },
	{ "jle", "jgt", .negated = true },
	{ "ldi", "ld", .immediate = true },
	{ "ldxi", "ldx", .immediate = true },
};

static const struct {
	const char *mnemonic;
	u16 code;
	enum cbpf_form form;
	enum cbpf_rule rule;
} operations[] = {
#define OPERATION(name, code, mnemonic, form, rule) \
	{ mnemonic, code, CBPF_FORM_##form, CBPF_RULE_##rule },
	CBPF_OPCODES(OPERATION)
};

static const char * const form_names[] = {
	[CBPF_FORM_NONE] = "nothing",
	[CBPF_FORM_IMM] = "#k",
	[CBPF_FORM_ABS] = "[k]",
	[CBPF_FORM_IND] = "[x + k]",
	[CBPF_FORM_MEM] = "M[k]",
	[CBPF_FORM_LEN] = "#len",
	[CBPF_FORM_MSH] = "4*([k]&0xf)",
	[CBPF_FORM_REL] = "a label",
	[CBPF_FORM_A] = "a",
	[CBPF_FORM_X] = "x",
};

struct assembler {
	struct lexer lx;
	struct program *program;
	struct fixups *fixups;
};

/* Which instruction the word at @at is, under a name of its own; or none. */
static size_t operation_of(const struct lexer *at, const struct alias *alias)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (alias ? !strcmp(operations[i].mnemonic, alias->mnemonic) :
			    lex_is_word(at, operations[i].mnemonic))
			break;
	return i;
}

static const struct alias *alias_of(const struct lexer *at)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		if (lex_is_word(at, aliases[i].name))
			return &aliases[i];
	return NULL;
}

/* Where a label is missing, the next instruction must not pass for one. */
static bool is_instruction(const struct lexer *at)
{
	return alias_of(at) || operation_of(at, NULL) < ARRAY_SIZE(operations);
}

static void target(struct assembler *as, unsigned int what)
{
	if (as->lx.token != TOKEN_WORD || is_instruction(&as->lx))
		lex_bad(&as->lx, "a label");
	fixups_target(as->fixups, &as->lx, as->program->len, what);
	lex_next(&as->lx);
}

/* ,Lt or ,Lt,Lf */
static void targets(struct assembler *as, bool negated)
{
	if (!lex_accept(&as->lx, ','))
		lex_bad(&as->lx, "a \",\" and a label");
	target(as, negated ? FIX_JF : FIX_JT);
	if (!lex_is(&as->lx, ','))
		return;
	if (negated)
		die_at(as->lx.source, as->lx.line, "this jump has one label only");
	lex_next(&as->lx);
	target(as, FIX_JF);
}

/* The operation takes another operand: which? */
__attribute__((noreturn))
static void bad_form(const struct assembler *as, const struct lexer *at,
		     const char *mnemonic, enum cbpf_form form)
{
	char forms[100] = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		if (strcmp(operations[i].mnemonic, mnemonic))
			continue;
		if (forms[0])
			strcat(forms, ", ");
		strcat(forms, form_names[operations[i].form]);
	}
	die_at(as->lx.source, at->line, "%.*s does not take %s; it takes: %s", (int)at->len,
	       at->text, form_names[form], forms);
}

/* .insn code, jt, jf, k: one that has no other name */
static void directive(struct assembler *as)
{
	struct cbpf_insn insn;
	u32 line = as->lx.before;

	insn.code = lex_number(&as->lx, 0xffff);
	lex_expect(&as->lx, ',');
	insn.jt = lex_number(&as->lx, 0xff);
	lex_expect(&as->lx, ',');
	insn.jf = lex_number(&as->lx, 0xff);
	lex_expect(&as->lx, ',');
	insn.k = lex_number(&as->lx, 0xffffffff);
	program_add(as->program, insn, line);
}

/* An instruction; @at: lexer at its first word, which was taken. */
static void assemble(struct assembler *as, const struct lexer *at)
{
	const struct alias *alias = alias_of(at);
	size_t i = operation_of(at, alias);
	const char *mnemonic;
	struct operand o = {};

	if (i == ARRAY_SIZE(operations))
		die_at(as->lx.source, at->line,
		       "\"%.*s\" is neither an instruction nor, without a \":\", a label",
		       (int)at->len, at->text);
	mnemonic = operations[i].mnemonic;
	o.form = operations[i].form;
	if (o.form == CBPF_FORM_REL)
		target(as, FIX_K);
	else if (o.form != CBPF_FORM_NONE)
		o = operand_read(&as->lx, alias && alias->immediate);
	/* bpf_asm knows ldxb by the name of ldx, too */
	if (o.form == CBPF_FORM_MSH && !strcmp(mnemonic, "ldx"))
		mnemonic = "ldxb";
	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (!strcmp(operations[i].mnemonic, mnemonic) && operations[i].form == o.form)
			break;
	if (i == ARRAY_SIZE(operations))
		bad_form(as, at, mnemonic, o.form);
	if (operations[i].rule == CBPF_RULE_BRANCH)
		targets(as, alias && alias->negated);
	program_add(as->program, (struct cbpf_insn){ operations[i].code, 0, 0, o.k },
		    at->line);
}

/* What assembles, but hardly does what it is meant to. */
static void warn(const struct program *p, const struct source *s)
{
	const struct op *op;
	u32 i;

	if (!p->len)
		warn_at(s, 0, "no instructions: this program accepts every packet");
	for (i = 0; i < p->len; i++) {
		op = op_of(p->insns[i].code);
		if (op && op->form == CBPF_FORM_ABS && p->insns[i].k >= 0x80000000 &&
		    !cbpf_ancillary_used(&p->insns[i], 1))
			warn_at(s, p->lines[i],
				"there is nothing at %d, the program ends with 0",
				(s32)p->insns[i].k);
	}
}

/**
 * asm_read() - assemble, or die
 * @p: program to add to, which need not be valid afterwards
 * @s: source
 */
void asm_read(struct program *p, const struct source *s)
{
	struct assembler as = { .program = p, .fixups = fixups_new(s) };
	struct lexer word;

	lex_open(&as.lx, s, ";");
	while (as.lx.token != TOKEN_END) {
		if (as.lx.token != TOKEN_WORD)
			lex_bad(&as.lx, "a label or an instruction");
		word = as.lx;
		lex_next(&as.lx);
		if (lex_is(&as.lx, ':') && is_instruction(&word))
			die_at(s, word.line, "\"%.*s\" is an instruction, not a label",
			       (int)word.len, word.text);
		if (lex_accept(&as.lx, ':'))
			fixups_label(as.fixups, &word, p->len);
		else if (lex_is_word(&word, ".insn"))
			directive(&as);
		else
			assemble(&as, &word);
	}
	fixups_resolve(as.fixups, p);
	warn(p, s);
}
