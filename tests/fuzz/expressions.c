// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Filter expressions as people write them: each compiled by libpcap, with and without
 * its optimiser, and run over captures by all engines and by libpcap's interpreter.
 * All have to agree on each of both programs. Where the two differ on a whole packet,
 * that is libpcap's own doing, and only counted: 1.10.3's optimiser loses packets where
 * a long list of hosts stands behind "host X and", X among them, and leaves out a
 * division by zero on whose result nothing depends.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "expression.h"
#include "packets.h"
#include "program.h"
#include "reference.h"
#include "rng.h"

#define PACKETS_MAX	4096	/* of a link type */
#define LINKS_MAX	16
#define VARIED		24	/* packets that lead through the program */
#define VIEWS		4	/* of each packet, that are not the whole of it */

/* What was captured of a link type, and how it was used. */
struct link {
	int dlt;
	u32 count;
	u32 expressions;
	u64 matches;
	struct fuzz_packet packets[PACKETS_MAX];
};

/* The first one: Ethernet, also what was made up. */
static struct link links[LINKS_MAX] = { { .dlt = DLT_EN10MB } };
static u32 nlinks = 1, strangers, in_vain;
static u64 state;
static u64 nprograms, executions, matches, outside, unset, wraps;
static u64 changed;	/* by libpcap's optimiser */
static struct fuzz_case programs[2];
static bool wants_facts;	/* the loaded program */

/* One failure is enough: says what it was, for the replay. */
static void give_up(const char *text, const char *what, const struct fuzz_case *c)
{
	printf("not ok - %s: %s\n", text, what);
	engines_report(stdout);
	case_write(c, stdout);
	exit(1);
}

/* What Linux knows of a packet: a kind from 0 to 4, a small number of an interface. */
static void make_facts(struct facts *facts)
{
	facts->network = 14;
	facts->have = 0xffffffff;
	for (u32 i = 0; i < CBPF_ANCS; i++)
		facts->value[i] = rng_below(&state, 5);
}

static void add_packet(struct link *link, const u8 *bytes, u32 caplen, u32 len)
{
	struct fuzz_packet *p = &link->packets[link->count];

	if (link->count + VARIED >= PACKETS_MAX)
		return;
	if (caplen > FUZZ_MAXBYTES)
		caplen = FUZZ_MAXBYTES;
	memcpy(p->bytes, bytes, caplen);
	p->avail = p->headlen = caplen;
	p->wirelen = len;
	make_facts(&p->facts);
	link->count++;
}

/* Return: NULL if nothing of that type was captured. */
static struct link *find_link(int dlt)
{
	for (u32 i = 0; i < nlinks; i++)
		if (links[i].dlt == dlt)
			return &links[i];
	return NULL;
}

static struct link *want_link(int dlt)
{
	struct link *link = find_link(dlt);

	if (link)
		return link;
	if (nlinks == LINKS_MAX) {
		fputs("expressions: captures of too many link types\n", stderr);
		exit(2);
	}
	links[nlinks].dlt = dlt;
	return &links[nlinks++];
}

static void read_capture(const char *name)
{
	char message[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(name, message);
	struct pcap_pkthdr hdr;
	struct link *link;
	const u8 *bytes;

	if (!pcap) {
		fprintf(stderr, "expressions: %s\n", message);
		exit(2);
	}
	link = want_link(pcap_datalink(pcap));
	while ((bytes = pcap_next(pcap, &hdr)))
		add_packet(link, bytes, hdr.caplen, hdr.len);
	pcap_close(pcap);
}

static void make_packets(void)
{
	for (u32 i = 0; i < packets_count(); i++) {
		struct packet p = packets_make(i);

		add_packet(&links[0], p.bytes, p.len, p.len);
	}
	printf("# %u packets made\n", packets_count());
}

static void follow(const struct fuzz_case *c, struct reference_trace *trace)
{
	const struct fuzz_packet *p = &c->packet;

	reference_follow(c->insns, c->len, p->bytes, p->avail, p->wirelen, packet_facts(p),
			 trace);
}

/*
 * libpcap's own interpreter. Linux's loads it does not know. What it loads of scratch memory that has not been stored
 * is left over from somebody else; for geneve its compiler makes such programs. And it
 * reduces the sum X + k, so that an index of -21 that the optimiser has moved into k
 * is one; here it is outside of the packet.
 */
static void ask_libpcap(const char *text, const struct fuzz_case *c)
{
	const struct fuzz_packet *p = &c->packet;
	struct bpf_program program = { c->len, (struct bpf_insn *)c->insns };
	struct pcap_pkthdr hdr = { .caplen = p->avail, .len = p->wirelen };

	struct reference_trace trace;

	if (p->headlen != p->avail || p->has_facts ||
	    (u32)pcap_offline_filter(&program, &hdr, p->bytes) == engines_result())
		return;
	follow(c, &trace);
	if (!trace.unset && !trace.wraps)
		give_up(text, "libpcap says something else", c);
	unset += trace.unset;
	wraps += !trace.unset;
}

/* Was it the end of the packet? One of both programs may not need to look there. */
static bool is_outside(const struct fuzz_case *c)
{
	struct reference_trace trace;

	follow(c, &trace);
	return trace.outside;
}

static void run(const char *text, struct fuzz_case *c, const struct fuzz_packet *p)
{
	c->packet = *p;
	c->packet.has_facts = wants_facts;
	executions++;
	if (!engines_run(&c->packet, executions % ENGINES_SIDES))
		give_up(text, "the engines differ", c);
	ask_libpcap(text, c);
}

static void load(const char *text, const struct fuzz_case *c)
{
	if (!engines_load(c))
		give_up(text, "the engines differ", c);
	if (!engines_valid())
		give_up(text, "not a valid program", c);
}

static void run_program(const char *text, struct fuzz_case *c,
			const struct fuzz_packet *packets, u32 count, u32 *results)
{
	struct fuzz_packet cut;

	load(text, c);
	nprograms++;
	wants_facts = cbpf_ancillary_used(c->insns, c->len);
	for (u32 i = 0; i < count; i++) {
		run(text, c, &packets[i]);
		results[i] = engines_result();
		for (u32 view = 0; view < VIEWS; view++) {
			cut = packets[i];
			packet_cut(&cut, cut.avail, &state);
			run(text, c, &cut);
		}
	}
}

/* Packets that nobody has captured, behind the others. Return: how many there are. */
static u32 vary(struct link *link)
{
	u32 count = link->count;

	programs[1].packet = link->packets[rng_below(&state, count)];
	for (; count < link->count + VARIED; count++) {
		packet_vary(&programs[1], &state);
		link->packets[count] = programs[1].packet;
	}
	return count;
}

/* Of a program and its optimised self, on each whole packet. */
static void compare_results(const char *text, struct link *link, u32 count,
			    u32 results[2][PACKETS_MAX])
{
	const struct fuzz_packet *p = link->packets;

	for (u32 i = 0; i < count; i++, p++) {
		matches += results[0][i] != 0;
		link->matches += results[0][i] && i < link->count;
		if (results[0][i] == results[1][i] || p->avail < p->wirelen)
			continue;
		programs[0].packet = programs[1].packet = *p;
		if (is_outside(&programs[0]) || is_outside(&programs[1])) {
			outside++;
			continue;
		}
		if (!changed++)
			printf("# libpcap's optimiser changes %s\n", text);
	}
}

/* Return: false if libpcap does not compile it. */
static bool compare_expression(const char *text, int dlt)
{
	static u32 results[2][PACKETS_MAX];
	struct link *link = find_link(dlt);
	u32 count, i;
	u64 before;

	for (i = 0; i < 2; i++)
		if (expression_compile(text, dlt, i, programs[i].insns, &programs[i].len))
			return false;
	/* what is not captured runs over Ethernet's packets at least */
	if (!link)
		link = &links[0];
	link->expressions += link->dlt == dlt;
	strangers += link->dlt != dlt;
	count = vary(link);
	for (i = 0; i < 2; i++)
		run_program(text, &programs[i], link->packets, count, results[i]);
	before = matches;
	compare_results(text, link, count, results);
	in_vain += matches == before;
	return true;
}

/* The same, also where an engine crashes. */
static bool try_expression(const char *text, int dlt)
{
	if (engines_crash())
		give_up(text, "an engine crashes", &programs[0]);
	return compare_expression(text, dlt);
}

/* Return: false if it is not refused. */
static bool is_refused(const char *text)
{
	return !expression_compile(text, DLT_EN10MB, false, programs[0].insns,
				   &programs[0].len) &&
	       engines_load(&programs[0]) && !engines_valid();
}

/* A line of the list: LINK | expression, or expression. */
static void run_line(char *line)
{
	char *text = strstr(line, " | "), *compiled;
	int dlt = DLT_EN10MB;

	if (text && strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
	    (size_t)(text - line)) {
		*text = '\0';
		text += 3;
	} else {
		text = line;
	}
	compiled = text == line ? "" : line;
	programs[0].len = 0;
	if (!strcmp(compiled, "LOOP")) {
		if (!is_refused(text))
			give_up(text, "a loop is not refused", &programs[0]);
		return;
	}
	if (!strcmp(compiled, "NONE")) {
		if (try_expression(text, dlt))
			give_up(text, "libpcap compiles it now", &programs[0]);
		return;
	}
	if (*compiled)
		dlt = pcap_datalink_name_to_val(compiled);
	if (dlt < 0 || !try_expression(text, dlt))
		give_up(text, "libpcap does not compile it", &programs[0]);
}

static u32 run_list(const char *name, u32 step)
{
	static char line[EXPRESSION_MAX];
	FILE *file = fopen(name, "r");
	u32 count = 0;

	if (!file) {
		perror(name);
		exit(2);
	}
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		if (count++ % step == 0)
			run_line(line);
	}
	fclose(file);
	return (count + step - 1) / step;
}

static void run_generated(u32 count)
{
	static char text[EXPRESSION_MAX];
	u32 left = count;
	int dlt;

	while (left) {
		dlt = expression_make(text, &state);
		left -= try_expression(text, dlt);
		if (left % 100 == 0)
			fprintf(stderr, "expressions: %u of %u generated ones\n",
				count - left, count);
	}
}

static void print_sums(void)
{
	for (u32 i = 0; i < nlinks; i++)
		printf("# %s: %u packets, %u expressions, %" PRIu64 " matches\n",
		       pcap_datalink_val_to_name(links[i].dlt), links[i].count,
		       links[i].expressions, links[i].matches);
	printf("# %u expressions for links of which nothing was captured\n", strangers);
	printf("# %" PRIu64 " whole packets match; %" PRIu64
	       " times only one of both programs looks behind the end; %" PRIu64
	       " times libpcap differs over memory that it has not set, %" PRIu64
	       " times over X + k; %" PRIu64 " times its optimiser changes the result\n",
	       matches, outside, unset, wraps, changed);
}

static void usage(FILE *to)
{
	fputs("Usage: expressions [OPTION...] LIST [CAPTURE...]\n\n"
	      "Compiles the filter expressions of LIST, and generated ones, and runs\n"
	      "them on all engines over captures and made-up packets. Prints TAP.\n\n"
	      "  --generated N  how many are generated (default 1000)\n"
	      "  --every N      only each Nth of the list (default 1)\n"
	      "  --seed N       for others (default 1)\n"
	      "  --help         this\n", to);
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "generated", required_argument, NULL, 'g' },
		{ "every", required_argument, NULL, 'e' },
		{ "seed", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ },
	};
	u32 generated = 1000, every = 1, listed;
	u64 before, programs_before;
	int c;

	state = 1;
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'g')
			generated = strtoul(optarg, NULL, 0);
		else if (c == 'e')
			every = strtoul(optarg, NULL, 0);
		else if (c == 's')
			state = strtoull(optarg, NULL, 0);
		else
			break;
	}
	if (c == 'h' || optind >= argc || !every) {
		usage(c == 'h' ? stdout : stderr);
		return c == 'h' ? 0 : 2;
	}
	engines_init();
	for (int i = optind + 1; i < argc; i++)
		read_capture(argv[i]);
	make_packets();
	listed = run_list(argv[optind], every);
	printf("# %u of the list match nothing\n", in_vain);
	printf("ok 1 - %u expressions of the list: %" PRIu64 " programs, %" PRIu64 " executions\n",
	       listed, nprograms, executions);
	fflush(stdout);
	before = executions;
	programs_before = nprograms;
	run_generated(generated);
	printf("ok 2 - %u generated expressions: %" PRIu64 " programs, %" PRIu64 " executions\n",
	       generated, nprograms - programs_before, executions - before);
	print_sums();
	printf("%s 3 - expressions match\n", matches > executions / 200 ? "ok" : "not ok");
	puts("1..3");
	return matches <= executions / 200;
}
