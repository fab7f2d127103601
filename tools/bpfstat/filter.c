// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Shows a filter: takes a cell of /proc/net/bpf_filter apart and lets the filter
 * tools' disassembler print it.
 */
#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "../bpfasm/bpfasm.h"

/* bpfstat's own status for a table that is not like the driver's */
#define EXIT_TABLE 3

/* A number that ends with this character, or die. */
static u32 number(const char **at, char end, const char *cell)
{
	char *stop = NULL;
	unsigned long value = 0;

	if (**at >= '0' && **at <= '9')
		value = strtoul(*at, &stop, 10);
	if (!stop || *stop != end || value > 0xffffffff)
		die(EXIT_TABLE, "this is no filter: \"%.40s\"", cell);
	*at = stop + 1;
	return value;
}

/* How many instructions, a comma; code:jt:jf:k and a comma for each. */
static void parse(struct program *p, const char *cell)
{
	const char *at = cell;
	u32 i;

	p->len = number(&at, ',', cell);
	if (p->len > strlen(cell))
		die(EXIT_TABLE, "this is no filter: \"%.40s\"", cell);
	p->insns = calloc(p->len + 1, sizeof(*p->insns));
	if (!p->insns)
		die(EXIT_TABLE, "out of memory");
	for (i = 0; i < p->len; i++) {
		p->insns[i].code = number(&at, ':', cell);
		p->insns[i].jt = number(&at, ':', cell);
		p->insns[i].jf = number(&at, ':', cell);
		p->insns[i].k = number(&at, ',', cell);
	}
	if (*at)
		die(EXIT_TABLE, "this is no filter: \"%.40s\"", cell);
}

/**
 * filter_show() - print a filter as tcpdump -d does, below a line that says whose
 * @which: what filter it is
 * @cell: from the table; "-": there is none
 * @engine: what runs it, or NULL
 */
void filter_show(const char *which, const char *cell, const char *engine)
{
	struct program p = {};

	if (!strcmp(cell, "-")) {
		printf("%s filter: none, every packet passes\n", which);
		return;
	}
	parse(&p, cell);
	printf("%s filter: %u instruction%s%s%s\n", which, p.len, p.len == 1 ? "" : "s",
	       engine ? ", " : "", engine ? engine : "");
	print_numbered(&p);
	free(p.insns);
}
