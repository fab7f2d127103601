// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * bpfdis: a program for the packet filter in, assembly out, or machine code.  Here
 * is only its command line.
 */
#include "bpfasm.h"

#include <getopt.h>
#include <stdlib.h>

static const char usage[] =
"Usage: bpfdis [OPTION] [FILE]\n"
"\n"
"Shows the filter program in FILE, or in the standard input, as assembly that bpfasm\n"
"understands.  It reads what bpfasm writes in any format, what tcpdump -dd and -ddd\n"
"write, and assembly, and finds out itself which one it is.\n"
"\n"
"  -n, --numbered  number instructions instead of using labels, as tcpdump -d\n"
"  -i, --ir        show the blocks and values that the filter engine's compiler works on,\n"
"                  as decoded and after each of its passes\n"
"  -N, --native    show the x86-64 code that the filter engine makes of it\n"
"  -x, --without PASS,...\n"
"                  leave out passes of the compiler\n"
"  -h, --help      show this text\n"
"  -V, --version   show the version\n"
"\n"
"Exit status: 0 done; 1 the program is not valid, which is said after showing it,\n"
"cannot be read, or nothing written; 2 wrong usage.\n";

static const struct option longopts[] = {
	{ "numbered", no_argument, NULL, 'n' },
	{ "ir", no_argument, NULL, 'i' },
	{ "native", no_argument, NULL, 'N' },
	{ "without", required_argument, NULL, 'x' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

int main(int argc, char **argv)
{
	void (*print)(const struct program *p) = NULL;
	void (*compile)(const struct program *p, u32 without) = NULL;
	struct program p = {};
	struct source s;
	u32 without = 0;
	int c;

	while ((c = getopt_long(argc, argv, "niNx:hV", longopts, NULL)) >= 0) {
		if ((print || compile) && (c == 'n' || c == 'i' || c == 'N'))
			die(EXIT_USAGE, "one of -n, -i and -N is enough");
		switch (c) {
		case 'n':
			print = print_numbered;
			break;
		case 'i':
			compile = ir_print;
			break;
		case 'N':
			compile = native_print;
			break;
		case 'x':
			without |= passes_parse(optarg);
			break;
		case 'h':
			tell(usage);
		case 'V':
			tell("bpfdis (bsdbpf) " VERSION "\n");
		default:
			die_of_options();
		}
	}
	if (without && !compile)
		die(EXIT_USAGE, "--without goes with -i or -N");
	s = source_read(only_argument(argc, argv));
	program_read(&p, &s);
	/* Nothing can be compiled of what is not valid; else it is good to see why. */
	if (compile) {
		program_check(&p, &s);
		compile(&p, without);
	} else {
		(print ?: print_asm)(&p);
	}
	flush();
	program_check(&p, &s);
	program_free(&p);
	free(s.text);
	return 0;
}
