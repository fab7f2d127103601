// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the three programs have in common: messages, files in memory, growing
 * programs.  Knows no format of a program.
 */
#include "bpfasm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Several times the longest program in the longest format with comments. */
#define SOURCE_MAX (4 << 20)

/**
 * die() - end with a message
 * @status: exit status
 * @fmt: what is wrong
 */
void die(int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

static void say_at(const struct source *s, u32 line, const char *kind,
		   const char *fmt, va_list ap)
{
	fflush(stdout);
	if (line)
		fprintf(stderr, "%s:%u: %s", s->name, line, kind);
	else
		fprintf(stderr, "%s: %s", s->name, kind);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

/**
 * die_at() - end with a message about a source
 * @s: source
 * @line: line in it, or 0
 * @fmt: what is wrong there
 */
void die_at(const struct source *s, u32 line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_at(s, line, "", fmt, ap);
	va_end(ap);
	exit(EXIT_BAD);
}

/**
 * warn_at() - a message about a source
 * @s: source
 * @line: line in it, or 0
 * @fmt: what is strange there
 */
void warn_at(const struct source *s, u32 line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_at(s, line, "warning: ", fmt, ap);
	va_end(ap);
}

/**
 * die_of_options() - end after getopt_long() has said what is wrong
 */
void die_of_options(void)
{
	fprintf(stderr, "See %s --help.\n", program_invocation_short_name);
	exit(EXIT_USAGE);
}

/**
 * flush() - write what was printed, or die
 */
void flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		die(EXIT_BAD, "cannot write: %s", strerror(errno));
}

/**
 * tell() - end with a text that was asked for
 * @text: the text
 */
void tell(const char *text)
{
	fputs(text, stdout);
	flush();
	exit(0);
}

/**
 * only_argument() - the file on the command line, after the options, or die
 * @argc: of main()
 * @argv: of main()
 *
 * Return: the file; "-" if there is none.
 */
const char *only_argument(int argc, char **argv)
{
	if (argc - optind > 1)
		die(EXIT_USAGE, "one file at a time; \"%s\" is too much", argv[optind + 1]);
	return optind < argc ? argv[optind] : "-";
}

/**
 * source_read() - all of a file, or die
 * @path: its name; "-" is the standard input
 *
 * Return: the source; its text is to be freed.
 */
struct source source_read(const char *path)
{
	bool standard = !strcmp(path, "-");
	struct source s = { .name = standard ? "stdin" : path };
	FILE *file = standard ? stdin : fopen(path, "re");

	if (!file)
		die(EXIT_BAD, "cannot read %s: %s", path, strerror(errno));
	s.text = malloc(SOURCE_MAX + 1);
	if (!s.text)
		die(EXIT_BAD, "out of memory");
	s.len = fread(s.text, 1, SOURCE_MAX + 1, file);
	if (ferror(file))
		die(EXIT_BAD, "cannot read %s: %s", s.name, strerror(errno));
	if (s.len > SOURCE_MAX)
		die(EXIT_BAD, "%s is too large to be a program", s.name);
	s.text[s.len] = '\0';
	if (!standard)
		fclose(file);
	return s;
}

/**
 * program_add() - one more instruction, or die
 * @p: program
 * @insn: instruction
 * @line: the line it comes from, or 0
 */
void program_add(struct program *p, struct cbpf_insn insn, u32 line)
{
	if (p->len == p->room) {
		p->room = p->room * 2 + 64;
		p->insns = reallocarray(p->insns, p->room, sizeof(*p->insns));
		p->lines = reallocarray(p->lines, p->room, sizeof(*p->lines));
		if (!p->insns || !p->lines)
			die(EXIT_BAD, "out of memory");
	}
	p->insns[p->len] = insn;
	p->lines[p->len++] = line;
}

/**
 * program_check() - die if a program is not valid
 * @p: program
 * @s: where it comes from
 */
void program_check(const struct program *p, const struct source *s)
{
	u32 where;
	int err = cbpf_validate(p->insns, p->len, &where);

	if (err)
		die_at(s, p->lines[where], "instruction %u: %s", where, cbpf_strerror(err));
}

/**
 * program_free() - give back the memory of a program
 * @p: program
 */
void program_free(struct program *p)
{
	free(p->insns);
	free(p->lines);
	*p = (struct program){};
}
