/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the parts of bpfasm, bpfdis and bpfrun tell each other: a text and where it
 * came from, a program and the lines it came from, and who reads and prints what.
 * What an instruction does is not known here: see cbpf.h.
 */
#ifndef BPFASM_H
#define BPFASM_H

#include <stdio.h>

#include "cbpf.h"
#include "code.h"
#include "opcode.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Exit statuses besides 0; the manual pages promise them to scripts. */
enum {
	EXIT_BAD = 1,		/* bad program, unreadable file, nothing written */
	EXIT_USAGE = 2,
};

/**
 * struct source - a file in memory
 * @name:	for messages
 * @text:	what is in it, followed by a null byte
 * @len:	its length, without that
 */
struct source {
	const char *name;
	char *text;
	size_t len;
};

/**
 * struct program - instructions
 * @insns:	the instructions
 * @lines:	for each the line it is in; 0: the source has no lines
 * @len:	how many
 * @room:	how many there is room for
 */
struct program {
	struct cbpf_insn *insns;
	u32 *lines;
	u32 len;
	u32 room;
};

/**
 * struct op - an operation
 * @mnemonic:	what it is called; NULL: there is no such operation
 * @form:	how its operand is written
 * @rule:	whether it jumps or returns
 */
struct op {
	const char *mnemonic;
	enum cbpf_form form;
	enum cbpf_rule rule;
};

/**
 * struct operand - what an instruction works on
 * @form:	how it is written
 * @k:		the number in it
 */
struct operand {
	enum cbpf_form form;
	u32 k;
};

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_NUMBER,
	TOKEN_SIGN,		/* any other character */
};

/**
 * struct lexer - a source, taken apart
 * @source:	the source
 * @at:		what was not looked at yet
 * @at_line:	the line of that
 * @comments:	characters that make a comment of the rest of a line
 * @token:	kind of the present token
 * @text:	where it is
 * @len:	its length
 * @value:	if it is a number
 * @line:	its line
 * @before:	the line of the token before it
 */
struct lexer {
	const struct source *source;
	const char *at;
	u32 at_line;
	const char *comments;
	enum token token;
	const char *text;
	size_t len;
	u32 value;
	u32 line;
	u32 before;
};

/* common.c */
__attribute__((noreturn, format(printf, 2, 3)))
void die(int status, const char *fmt, ...);
__attribute__((noreturn, format(printf, 3, 4)))
void die_at(const struct source *s, u32 line, const char *fmt, ...);
__attribute__((format(printf, 3, 4)))
void warn_at(const struct source *s, u32 line, const char *fmt, ...);
__attribute__((noreturn))
void die_of_options(void);
__attribute__((noreturn))
void tell(const char *text);
void flush(void);
const char *only_argument(int argc, char **argv);
struct source source_read(const char *path);
void program_add(struct program *p, struct cbpf_insn insn, u32 line);
void program_check(const struct program *p, const struct source *s);
void program_free(struct program *p);

/* ops.c */
const struct op *op_of(u16 code);

/* lex.c */
void lex_open(struct lexer *lx, const struct source *s, const char *comments);
void lex_next(struct lexer *lx);
bool lex_is(const struct lexer *lx, char sign);
bool lex_accept(struct lexer *lx, char sign);
void lex_expect(struct lexer *lx, char sign);
bool lex_is_word(const struct lexer *lx, const char *word);
bool lex_accept_word(struct lexer *lx, const char *word);
u32 lex_number(struct lexer *lx, u32 most);
__attribute__((noreturn))
void lex_bad(const struct lexer *lx, const char *expected);

/* operand.c, asm.c */
struct operand operand_read(struct lexer *lx, bool immediate);
void asm_read(struct program *p, const struct source *s);

/* fixup.c */
struct fixups;

/* What of an instruction a label fills in. */
enum { FIX_JT, FIX_JF, FIX_K };

struct fixups *fixups_new(const struct source *s);
void fixups_label(struct fixups *f, const struct lexer *label, u32 insn);
void fixups_target(struct fixups *f, const struct lexer *label, u32 insn,
		   unsigned int what);
void fixups_resolve(struct fixups *f, struct program *p);

/* read.c */
void program_read(struct program *p, const struct source *s);

/* print.c */
void print_line(const struct program *p);
void print_decimal(const struct program *p);
void print_c(const struct program *p);
void print_raw(const struct program *p);
void print_asm(const struct program *p);
void print_numbered(const struct program *p);

/* native.c */
u32 passes_parse(const char *text);
struct code native_load(const struct program *p, u32 without);
void native_print(const struct program *p, u32 without);

/* ir_print.c */
void ir_print(const struct program *p, u32 without);

#endif /* BPFASM_H */
