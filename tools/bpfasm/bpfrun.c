// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * bpfrun: runs a filter over the packets of a capture file, as the device would over
 * those of an interface, by one of three engines, and measures it.  Reading
 * and writing captures is capture.c's business, reading programs that of read.c.
 */
#include "bpfasm.h"
#include "capture.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
"Usage: bpfrun [OPTION]... PROGRAM CAPTURE\n"
"       bpfrun [OPTION]... -e EXPRESSION CAPTURE\n"
"\n"
"Runs a filter over the packets of a capture file and prints how many match.  The\n"
"filter is in the file PROGRAM in any format that bpfdis reads, or made by libpcap of\n"
"an EXPRESSION as tcpdump understands it.  A file can be -, the standard input.\n"
"\n"
"  -e, --expression EXPR  what to filter for, as in 'tcp port 80'\n"
"  -E, --engine ENGINE    interp: this project's interpreter, the default;\n"
"                         native: its x86-64 code; libpcap: libpcap's interpreter\n"
"  -w, --write FILE       write the packets that match to FILE, cut to what the\n"
"                         filter returns; - is the standard output\n"
"  -c, --count N          do it N times\n"
"  -x, --without PASS,... leave out passes of the compiler, for engine native\n"
"  -t, --time             print how long it took, per packet\n"
"  -h, --help             show this text\n"
"  -V, --version          show the version\n"
"\n"
"Exit status: 0 done, however many match; 1 the program is not valid, a file cannot\n"
"be read or written; 2 wrong usage.\n";

static const struct option longopts[] = {
	{ "expression", required_argument, NULL, 'e' },
	{ "engine", required_argument, NULL, 'E' },
	{ "write", required_argument, NULL, 'w' },
	{ "count", required_argument, NULL, 'c' },
	{ "without", required_argument, NULL, 'x' },
	{ "time", no_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

struct options {
	const char *expression;
	const char *engine;
	const char *write;
	unsigned long count;
	u32 without;
	bool time;
};

static void compile(struct program *p, const struct capture *c, const char *expression)
{
	struct bpf_program made;
	u32 i;

	if (pcap_compile(c->file, &made, expression, 1, 0))
		die(EXIT_BAD, "--expression: %s", pcap_geterr(c->file));
	for (i = 0; i < made.bf_len; i++)
		program_add(p, ((struct cbpf_insn *)made.bf_insns)[i], 0);
	pcap_freecode(&made);
}

/* What the program uses of Linux's loads, and where it finds it. */
static u32 used;
static struct facts facts;

static struct cbpf_prepared *prepared;

static void prepare_interp(const struct program *p, u32 without)
{
	(void)without;
	prepared = malloc(cbpf_prepared_size(p->len));
	if (!prepared)
		die(EXIT_BAD, "out of memory");
	cbpf_prepare(prepared, p->insns, p->len);
}

static u32 interpret(const struct packet *packet, const u8 *bytes)
{
	const struct cbpf_pkt pkt = {
		.head = bytes,
		.headlen = packet->head.caplen,
		.wirelen = packet->head.len,
	};

	if (!used)
		return cbpf_run(prepared, &pkt);
	facts_packet(&facts, packet, bytes);
	return cbpf_run(prepared, &facts.pkt);
}

static void run_interp(const struct program *p, struct capture *c)
{
	size_t i;

	(void)p;
	for (i = 0; i < c->count; i++)
		c->packets[i].result = interpret(&c->packets[i],
						 c->bytes + c->packets[i].at);
}

static struct code native;

static void prepare_native(const struct program *p, u32 without)
{
	prepare_interp(p, without);
	native = native_load(p, without);
}

/* Where the file has not all of a packet, or of what it needs, the code may leave it to others. */
static void run_native(const struct program *p, struct capture *c)
{
	u32 words[CBPF_NATIVE_WORDS];
	struct packet *packet;
	const u8 *bytes;
	size_t i;
	u64 result;

	(void)p;
	for (i = 0; i < c->count; i++) {
		packet = &c->packets[i];
		bytes = c->bytes + packet->at;
		result = CBPF_UNDECIDED;
		if (used)
			facts_packet(&facts, packet, bytes);
		if (!used || cbpf_ancillary_fill(&facts.pkt, used, words))
			result = code_run(&native, bytes, packet->head.caplen,
					  packet->head.len, words);
		if (result & CBPF_UNDECIDED)
			result = interpret(packet, bytes);
		packet->result = result;
	}
}

static void run_libpcap(const struct program *p, struct capture *c)
{
	const struct bpf_insn *insns = p->len ? (const void *)p->insns : NULL;
	struct packet *packet;
	size_t i;

	for (i = 0; i < c->count; i++) {
		packet = &c->packets[i];
		packet->result = bpf_filter(insns, c->bytes + packet->at, packet->head.len,
					    packet->head.caplen);
	}
}

static const struct {
	const char *name;
	void (*prepare)(const struct program *p, u32 without);
	void (*run)(const struct program *p, struct capture *c);
} engines[] = {
	{ "interp", prepare_interp, run_interp },
	{ "native", prepare_native, run_native },
	{ "libpcap", NULL, run_libpcap },
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void run(const struct options *o, const struct program *p, struct capture *c)
{
	size_t engine, i, matched = 0;
	FILE *to = o->write && !strcmp(o->write, "-") ? stderr : stdout;
	unsigned long n;
	double start;

	for (engine = 0; strcmp(engines[engine].name, o->engine); engine++)
		;
	used = cbpf_ancillary_used(p->insns, p->len);
	facts_of(&facts, pcap_datalink(c->file));
	if (engines[engine].prepare)
		engines[engine].prepare(p, o->without);
	start = now();
	for (n = 0; n < o->count; n++)
		engines[engine].run(p, c);
	start = now() - start;
	for (i = 0; i < c->count; i++)
		matched += c->packets[i].result != 0;
	if (o->write)
		capture_write(c, o->write);
	fprintf(to, "%zu of %zu packets match\n", matched, c->count);
	if (o->time && c->count)
		fprintf(to, "%.1f ns a packet: %s, %zu packets, %lu times\n",
			start / o->count / c->count, o->engine, c->count, o->count);
	free(prepared);
	flush();
}

static const char *engine_parse(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(engines); i++)
		if (!strcmp(text, engines[i].name))
			return text;
	die(EXIT_USAGE, "--engine wants interp, native or libpcap, not \"%s\"", text);
}

static unsigned long count_parse(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !value || value > 1000000000)
		die(EXIT_USAGE, "--count wants a number from 1 to 1000000000, not \"%s\"", text);
	return value;
}

static void options_parse(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .engine = "interp", .count = 1 };
	while ((c = getopt_long(argc, argv, "e:E:w:c:x:thV", longopts, NULL)) >= 0) {
		switch (c) {
		case 'e':
			o->expression = optarg;
			break;
		case 'E':
			o->engine = engine_parse(optarg);
			break;
		case 'w':
			o->write = optarg;
			break;
		case 'c':
			o->count = count_parse(optarg);
			break;
		case 'x':
			o->without |= passes_parse(optarg);
			break;
		case 't':
			o->time = true;
			break;
		case 'h':
			tell(usage);
		case 'V':
			tell("bpfrun (bsdbpf) " VERSION "\n");
		default:
			die_of_options();
		}
	}
	if (o->without && strcmp(o->engine, "native"))
		die(EXIT_USAGE, "--without goes with --engine native");
	if (argc - optind != (o->expression ? 1 : 2))
		die(EXIT_USAGE, o->expression ? "with --expression there is one file, the capture" :
		    "there are two files, the program and the capture; or see --expression");
	if (!o->expression && !strcmp(argv[optind], "-") && !strcmp(argv[optind + 1], "-"))
		die(EXIT_USAGE, "the standard input cannot be both files");
}

int main(int argc, char **argv)
{
	struct source s = { .name = "--expression" };
	struct program p = {};
	struct options o;
	struct capture c;

	options_parse(&o, argc, argv);
	if (!o.expression) {
		s = source_read(argv[optind++]);
		program_read(&p, &s);
		program_check(&p, &s);
	}
	capture_read(&c, argv[optind]);
	if (o.expression) {
		compile(&p, &c, o.expression);
		program_check(&p, &s);
	}
	run(&o, &p, &c);
	code_free(&native);
	capture_free(&c);
	program_free(&p);
	free(s.text);
	return 0;
}
