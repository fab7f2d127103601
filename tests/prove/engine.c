// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The filter engine for the prover: gives programs, their code, and runs both over
 * one packet.  It proves nothing.  A program is a line of fields that are separated by
 * tabs, each instruction being the field "code jt jf k".
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gen.h"
#include "../vectors/vector.h"

#define SNAPLEN	262144
#define ROOM	(4 << 20)
#define PAGE	4096UL
#define NETMASK	0xffffff00

static const char usage[] =
"Usage: engine passes                names of the compiler's passes, one a line\n"
"       engine vectors               NAME PACKET INSN... of valid vectors; PACKET:\n"
"                                    \"wirelen avail result values have\"\n"
"       engine random FIRST COUNT    NAME INSN... of random programs of these numbers\n"
"       engine expressions OPTIMIZE  NAME INSN... of tcpdump's expressions in stdin;\n"
"                                    OPTIMIZE: 0 or 1\n"
"       engine code                  HEX of the code of each line TARGET INSN... in stdin,\n"
"                                    or \"none\"; TARGET: \"stub landing guard without blind\"\n"
"       engine run                   runs TARGET PACKET BYTES WORDS INSN... in stdin;\n"
"                                    PACKET: \"headlen wirelen\", both of 64 bits;\n"
"                                    BYTES, WORDS: \"index value\", repeated; the first\n"
"                                    words are what Linux's loads load\n";

static void die(const char *what)
{
	fprintf(stderr, "engine: %s\n", what);
	exit(2);
}

static void print_insns(const struct cbpf_insn *insns, u32 len)
{
	const struct cbpf_insn *insn;

	for (insn = insns; insn < insns + len; insn++)
		printf("\t%u %u %u %u", insn->code, insn->jt, insn->jf, insn->k);
	putchar('\n');
}

static void print_vectors(void)
{
	const struct cbpf_vector *v;

	for (v = cbpf_vectors; v < cbpf_vectors + CBPF_VECTORS; v++)
		if (!v->err && v->len) {
			printf("%s\t%u %u %u %d %u", v->name, v->wirelen, v->avail, v->result,
			       v->values, v->have);
			print_insns(v->insns, v->len);
		}
}

static void print_random(u64 first, u64 count)
{
	static struct gen_case c;
	u64 n;

	for (n = first; n < first + count; n++) {
		gen_make(&c, n);
		printf("random %" PRIu64, n);
		print_insns(c.insns, c.len);
	}
}

/* A line without its end, to be freed; NULL after the last one. */
static char *read_line(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len = getline(&line, &size, stdin);

	if (len < 0) {
		free(line);
		return NULL;
	}
	if (len && line[len - 1] == '\n')
		line[len - 1] = '\0';
	return line;
}

static void print_expressions(int optimize)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program program;
	char *line;

	if (!pcap)
		die("no memory");
	while ((line = read_line())) {
		if (pcap_compile(pcap, &program, line, optimize, NETMASK)) {
			fprintf(stderr, "engine: %s: %s\n", line, pcap_geterr(pcap));
			exit(2);
		}
		printf("%s", line);
		print_insns((const struct cbpf_insn *)program.bf_insns, program.bf_len);
		pcap_freecode(&program);
		free(line);
	}
	pcap_close(pcap);
}

/* The next field of a line, which has to be there. */
static char *field(char **line)
{
	char *found = strsep(line, "\t");

	if (!found)
		die("a field is missing");
	return found;
}

static struct cbpf_target read_target(char *text)
{
	struct cbpf_target target = {};
	int landing, guard;

	if (sscanf(text, "%" SCNd32 " %d %d %" SCNu32 " %" SCNu32, &target.stub, &landing,
		   &guard, &target.without, &target.blind) != 5)
		die("no target");
	target.landing = landing;
	target.guard = guard;
	return target;
}

static u32 read_insns(char *line, struct cbpf_insn *insns)
{
	u32 len = 0;
	char *text;

	while ((text = strsep(&line, "\t"))) {
		struct cbpf_insn *insn = &insns[len++];

		if (len > CBPF_MAXINSNS ||
		    sscanf(text, "%" SCNu16 " %" SCNu8 " %" SCNu8 " %" SCNu32,
			   &insn->code, &insn->jt, &insn->jf, &insn->k) != 4)
			die("no program");
	}
	if (cbpf_validate(insns, len, NULL))
		die("the program is not valid");
	return len;
}

static int compile(const struct cbpf_insn *insns, u32 len, u8 *code,
		   const struct cbpf_target *target)
{
	int size = cbpf_compile(insns, len, code, ROOM, target);

	if (size > ROOM)
		die("too much code");
	return size;
}

static void print_code(void)
{
	static struct cbpf_insn insns[CBPF_MAXINSNS];
	static u8 code[ROOM];
	char *line, *rest;
	int size, i;
	u32 len;

	while ((line = read_line())) {
		struct cbpf_target target;

		rest = line;
		target = read_target(field(&rest));
		len = read_insns(rest, insns);
		size = compile(insns, len, code, &target);
		for (i = 0; i < size; i++)
			printf("%02x", code[i]);
		puts(size > 0 ? "" : "none");
		free(line);
	}
}

/* Memory that ends where none is. Return: its beginning. */
static u8 *memory(size_t size)
{
	size_t pages = (size + PAGE - 1) / PAGE * PAGE;
	u8 *start = mmap(NULL, pages + 2 * PAGE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED ||
	    (pages && mprotect(start + PAGE, pages, PROT_READ | PROT_WRITE)))
		die("no memory");
	return start + PAGE + pages - size;
}

/* The numbers of a field into memory of so many elements of 1 or 4 bytes. */
static void fill(char *text, void *to, u64 count, size_t size)
{
	u64 index, value;
	char *end;

	for (;; text = end) {
		index = strtoull(text, &end, 10);
		if (end == text)
			return;
		value = strtoull(end, &end, 10);
		if (index >= count)
			continue;
		if (size == 1)
			((u8 *)to)[index] = value;
		else
			((u32 *)to)[index] = value;
	}
}

struct wire {
	struct cbpf_pkt pkt;
	const u8 *bytes;
	u32 *words;
};

static bool fetch(const struct cbpf_pkt *pkt, u32 off, u32 len, void *to)
{
	struct wire *wire = (struct wire *)pkt;

	memcpy(to, wire->bytes + off, len);
	return true;
}

static bool ancillary(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a, u32 x, u32 *val)
{
	(void)a;
	(void)x;
	*val = ((const struct wire *)pkt)->words[which];
	return true;
}

static u32 interpret(const struct cbpf_insn *insns, u32 len, const struct cbpf_pkt *pkt)
{
	struct cbpf_prepared *prog = malloc(cbpf_prepared_size(len));

	if (!prog)
		die("no memory");
	cbpf_prepare(prog, insns, len);
	return cbpf_run(prog, pkt);
}

typedef u64 (*native_fn)(const u8 *head, u64 headlen, u64 wirelen, u32 *words);

/* In the same memory in any case, so that a stub can be near. */
static native_fn load(const struct cbpf_insn *insns, u32 len, struct cbpf_target *target)
{
	u8 *room = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		die("no memory that may be executed");
	memset(room, 0xcc, ROOM);
	if (target->stub) {
		target->stub = ROOM;
		room[ROOM] = 0xc3;
	}
	if (compile(insns, len, room, target) <= 0)
		die("no code");
	return (native_fn)(void *)room;
}

static void run(void)
{
	static struct cbpf_insn insns[CBPF_MAXINSNS];
	struct wire wire = {
		.pkt = { .fetch = fetch, .ancillary = ancillary, .network = CBPF_NO_NETWORK },
	};
	u32 *words = (void *)memory(CBPF_NATIVE_WORDS * sizeof(u32));
	char *line = read_line(), *bytes;
	struct cbpf_target target;
	u64 headlen, wirelen;
	u32 len, result;
	u8 *all, *head;

	if (!line)
		die("nothing to run");
	target = read_target(field(&line));
	if (sscanf(field(&line), "%" SCNu64 " %" SCNu64, &headlen, &wirelen) != 2)
		die("no packet");
	wire.pkt.headlen = headlen;
	wire.pkt.wirelen = wirelen;
	bytes = field(&line);
	all = memory(wire.pkt.wirelen);
	head = memory(wire.pkt.headlen);
	fill(bytes, all, wire.pkt.wirelen, 1);
	fill(bytes, head, wire.pkt.headlen, 1);
	wire.bytes = all;
	wire.pkt.head = head;
	memset(words, 0xa5, CBPF_NATIVE_WORDS * sizeof(u32));
	fill(field(&line), words, CBPF_NATIVE_WORDS, sizeof(u32));
	len = read_insns(line, insns);
	wire.words = words;
	result = interpret(insns, len, &wire.pkt);
	printf("%u", result);
	fflush(stdout);
	printf(" %" PRIu64 "\n", load(insns, len, &target)(head, headlen, wirelen, words));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *name;
	int i;

	if (!strcmp(what, "passes") && argc == 2)
		for (i = 0; (name = cbpf_pass_name(i)); i++)
			puts(name);
	else if (!strcmp(what, "vectors") && argc == 2)
		print_vectors();
	else if (!strcmp(what, "random") && argc == 4)
		print_random(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
	else if (!strcmp(what, "expressions") && argc == 3)
		print_expressions(atoi(argv[2]));
	else if (!strcmp(what, "code") && argc == 2)
		print_code();
	else if (!strcmp(what, "run") && argc == 2)
		run();
	else if (!strcmp(what, "--help"))
		fputs(usage, stdout);
	else {
		fputs(usage, stderr);
		return 2;
	}
	return 0;
}
