// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * bpfasm: assembly in, a program for the packet filter out.  Here is only its
 * command line.
 */
#include "bpfasm.h"

#include <getopt.h>
#include <stdlib.h>

static const char usage[] =
"Usage: bpfasm [OPTION] [FILE]\n"
"\n"
"Assembles a filter program from FILE, or from the standard input, and prints it as\n"
"numbers in one line, as bpf_asm does.\n"
"\n"
"  -c, --c-array  as initialisers of C's struct bpf_insn, as tcpdump -dd\n"
"  -d, --decimal  as decimal numbers, an instruction a line, as tcpdump -ddd\n"
"  -r, --raw      as it is in memory, 8 bytes an instruction\n"
"  -h, --help     show this text\n"
"  -V, --version  show the version\n"
"\n"
"Exit status: 0 done; 1 there is an error in the program, it cannot be read, or\n"
"nothing written; 2 wrong usage.\n";

static const struct option longopts[] = {
	{ "c-array", no_argument, NULL, 'c' },
	{ "decimal", no_argument, NULL, 'd' },
	{ "raw", no_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

int main(int argc, char **argv)
{
	void (*print)(const struct program *p) = NULL;
	struct program p = {};
	struct source s;
	int c;

	while ((c = getopt_long(argc, argv, "cdrhV", longopts, NULL)) >= 0) {
		if (print && (c == 'c' || c == 'd' || c == 'r'))
			die(EXIT_USAGE, "one of -c, -d and -r is enough");
		switch (c) {
		case 'c':
			print = print_c;
			break;
		case 'd':
			print = print_decimal;
			break;
		case 'r':
			print = print_raw;
			break;
		case 'h':
			tell(usage);
		case 'V':
			tell("bpfasm (bsdbpf) " VERSION "\n");
		default:
			die_of_options();
		}
	}
	s = source_read(only_argument(argc, argv));
	asm_read(&p, &s);
	program_check(&p, &s);
	(print ?: print_line)(&p);
	flush();
	program_free(&p);
	free(s.text);
	return 0;
}
