// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Runs saved cases again: tests/fuzz/replay FILE... */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engines.h"
#include "minimise.h"

static int usage(FILE *to, int status)
{
	fputs("Usage: replay [--minimise] FILE...\n\n"
	      "Runs cases that the fuzzer has saved on all engines. Exits with 0 if they\n"
	      "agree, 1 if not.\n\n"
	      "  --minimise  make those on which they differ smaller, and show them\n"
	      "  --help      this\n", to);
	return status;
}

/* Return: exit status for this file. */
static int replay(const char *name, bool minimise)
{
	static struct fuzz_case c;
	FILE *file = fopen(name, "r");
	const char *wrong;
	bool differ;

	if (!file) {
		fprintf(stderr, "replay: cannot read %s: %s\n", name, strerror(errno));
		return 2;
	}
	wrong = case_read(&c, file);
	fclose(file);
	if (wrong) {
		fprintf(stderr, "replay: %s: %s\n", name, wrong);
		return 2;
	}
	differ = minimise ? case_minimise(&c) : engines_differ(&c);
	printf("%s: the engines %s\n", name, differ ? "differ" : "agree");
	engines_report(stdout);
	if (minimise && differ)
		case_write(&c, stdout);
	return differ;
}

int main(int argc, char **argv)
{
	bool minimise = argc > 1 && !strcmp(argv[1], "--minimise");
	int status = 0, i = 1 + minimise;

	if (argc > 1 && !strcmp(argv[1], "--help"))
		return usage(stdout, 0);
	if (i >= argc || argv[i][0] == '-')
		return usage(stderr, 2);
	engines_init();
	for (; i < argc; i++) {
		int this = replay(argv[i], minimise);

		if (this > status)
			status = this;
	}
	return status;
}
