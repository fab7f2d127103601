// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The command line of bpfstat: what may be said, and what is wrong with it.  Does
 * nothing of what it is told.
 */
#include "bpfstat.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No more often does it look at the table: see bpfstat(8), --wait. */
#define SHORTEST 0.01
#define LONGEST 1e6

static const char usage[] =
"Usage: bpfstat [OPTION]...\n"
"\n"
"Shows who has /dev/bpf open in this network namespace, and its counters, in the\n"
"layout of FreeBSD's netstat -B.\n"
"\n"
"  -I, --interface IF      only descriptors on interface IF\n"
"  -p, --pid PID           only descriptors used last by process PID\n"
"  -v, --verbose           all columns\n"
"  -j, --json              as JSON, all columns\n"
"  -s, --sort COLUMN       by a column, the largest number first; also recv/s and so on\n"
"  -l, --live              one view that is kept up to date; q ends it\n"
"  -i, --interval SECONDS  again and again, with packets per second\n"
"  -c, --count N           stop after N times\n"
"  -w, --wait CONDITION    wait until any of the descriptors fulfils CONDITION:\n"
"                          COLUMN OPERATOR NUMBER as in 'recv>=10', 'drop>0'; the\n"
"                          number of descriptors is count, as in 'count==0';\n"
"                          operators: < <= == != >= >\n"
"  -t, --timeout SECONDS   wait no longer than this\n"
"  -n, --netns NAME        look into a network namespace: a name, or a path\n"
"  -f, --filters           below each descriptor its filters, disassembled\n"
"  -F, --file FILE         read FILE instead of " PROC_FILE "\n"
"  -h, --help              show this text\n"
"  -V, --version           show the version\n"
"\n"
"Exit status: 0 done, or the condition holds; 1 it did not in time; 2 wrong usage;\n"
"3 the table cannot be read, or nothing written.\n";

static const struct option longopts[] = {
	{ "interface", required_argument, NULL, 'I' },
	{ "pid", required_argument, NULL, 'p' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "json", no_argument, NULL, 'j' },
	{ "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'c' },
	{ "wait", required_argument, NULL, 'w' },
	{ "timeout", required_argument, NULL, 't' },
	{ "netns", required_argument, NULL, 'n' },
	{ "filters", no_argument, NULL, 'f' },
	{ "file", required_argument, NULL, 'F' },
	{ "live", no_argument, NULL, 'l' },
	{ "sort", required_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

static double parse_seconds(const char *option, const char *text, double least)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value) || value < least || value > LONGEST)
		die(EXIT_USAGE, "%s wants seconds from %g to %.0f, not \"%s\"", option,
		    least, LONGEST, text);
	return value;
}

static uint64_t parse_number(const char *option, const char *text)
{
	const char *end;
	uint64_t value;

	if (!number_parse(text, &end, &value) || *end || !value)
		die(EXIT_USAGE, "%s wants a number above 0, not \"%s\"", option, text);
	return value;
}

/* Help and version are all that was asked for: they end here. */
__attribute__((noreturn))
static void tell(const char *text)
{
	fputs(text, stdout);
	flushed();
	exit(0);
}

static void option(struct options *o, int c)
{
	switch (c) {
	case 'I':
		o->ifname = optarg;
		break;
	case 'p':
		o->pid = parse_number("--pid", optarg);
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'j':
		o->json = true;
		break;
	case 'i':
		o->interval = parse_seconds("--interval", optarg, SHORTEST);
		break;
	case 'c':
		o->count = parse_number("--count", optarg);
		break;
	case 'w':
		condition_parse(&o->condition, optarg);
		o->wait = true;
		break;
	case 't':
		o->timeout = parse_seconds("--timeout", optarg, 0);
		break;
	case 'n':
		o->netns = optarg;
		break;
	case 'f':
		o->filters = true;
		break;
	case 'l':
		o->live = true;
		break;
	case 's':
		o->sort = optarg;
		break;
	case 'F':
		o->file = optarg;
		break;
	case 'h':
		tell(usage);
	case 'V':
		tell("bpfstat (bsdbpf) " VERSION "\n");
	default:
		/* getopt_long() has said what is wrong */
		fputs("See bpfstat --help.\n", stderr);
		exit(EXIT_USAGE);
	}
}

/**
 * options_parse() - read the command line, or die
 * @o: options
 * @argc: of main()
 * @argv: of main()
 */
void options_parse(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .timeout = -1 };
	while ((c = getopt_long(argc, argv, "I:p:vji:c:w:t:n:fF:ls:hV", longopts, NULL)) >= 0)
		option(o, c);
	if (optind < argc)
		die(EXIT_USAGE, "\"%s\" is no option; see bpfstat --help", argv[optind]);
	if (!o->file)
		o->file = o->filters ? FILTER_FILE : PROC_FILE;
	if (o->live && (o->json || o->wait || o->filters || o->verbose))
		die(EXIT_USAGE, "--live goes with none of --json, --wait, --filters, --verbose");
	if (o->live && !o->interval)
		o->interval = 1;
	if (o->count && !o->interval)
		die(EXIT_USAGE, "--count wants --interval, too");
	if (o->timeout >= 0 && !o->wait)
		die(EXIT_USAGE, "--timeout wants --wait, too");
	if (o->wait && o->interval)
		die(EXIT_USAGE, "--wait and --interval exclude each other");
}
