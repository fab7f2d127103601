// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The command line of bpfcap: what may be said, and what is wrong with it.  Does nothing
 * of what it is told, but for --help, --version and --list.
 */
#include <net/bpf.h>

#include "bpfcap.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the wait timeout of bpf(4) takes. */
#define WAIT_MAX 300
#define SECONDS_MAX 1e9

static const char usage[] =
"Usage: bpfcap -i INTERFACE -w FILE [OPTION]... [EXPRESSION]\n"
"\n"
"Captures packets from /dev/bpf into pcapng files, those that match EXPRESSION, which is\n"
"as in pcap-filter(7), until it is interrupted.\n"
"\n"
"  -i, --interface IF        where; several times for several interfaces\n"
"  -w, --write FILE          file to write; - is the standard output\n"
"  -s, --snaplen BYTES       how much to keep of a packet\n"
"  -Q, --direction WAY       only packets that come in, only those that go out, or inout\n"
"  -p, --no-promiscuous      no packets that are for other hosts\n"
"  -c, --count PACKETS       end after so many\n"
"  -d, --duration SECONDS    end after this time\n"
"  -C, --file-size BYTES     begin another file before one is larger,\n"
"  -G, --file-time SECONDS   when it has packets of this time,\n"
"  -N, --file-count PACKETS  or when it has so many\n"
"  -W, --files FILES         keep only so many of these files, the last ones\n"
"  -F, --fanout MODE:N       share the packets among N processes, each with files of its\n"
"                            own; modes: hash, rr, cpu, rollover\n"
"  -B, --buffer BYTES        size of each of the kernel's two buffers\n"
"  -m, --buffers KIND        map, read, or auto: map where the system allows it\n"
"  -t, --wait SECONDS        how long a packet may wait in a buffer; 0: not at all\n"
"  -Z, --user USER           have no more privileges than this user once it captures\n"
"  -q, --quiet               say nothing but errors\n"
"  -D, --list                list the interfaces, and end\n"
"  -h, --help                show this text\n"
"  -V, --version             show the version\n"
"\n"
"BYTES may end in k, M or G. Exit status: 0 done; 1 cannot capture, or not write all;\n"
"2 wrong usage.\n";

static const struct option longopts[] = {
	{ "interface", required_argument, NULL, 'i' },
	{ "write", required_argument, NULL, 'w' },
	{ "snaplen", required_argument, NULL, 's' },
	{ "direction", required_argument, NULL, 'Q' },
	{ "no-promiscuous", no_argument, NULL, 'p' },
	{ "count", required_argument, NULL, 'c' },
	{ "duration", required_argument, NULL, 'd' },
	{ "file-size", required_argument, NULL, 'C' },
	{ "file-time", required_argument, NULL, 'G' },
	{ "file-count", required_argument, NULL, 'N' },
	{ "files", required_argument, NULL, 'W' },
	{ "fanout", required_argument, NULL, 'F' },
	{ "buffer", required_argument, NULL, 'B' },
	{ "buffers", required_argument, NULL, 'm' },
	{ "wait", required_argument, NULL, 't' },
	{ "user", required_argument, NULL, 'Z' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "list", no_argument, NULL, 'D' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

/* In the order of BPF_D_*, of enum buffers, and of BPF_FANOUT_* from 1 on. */
static const char *const directions[] = { "in", "inout", "out", NULL };
static const char *const kinds[] = { "auto", "map", "read", NULL };
static const char *const modes[] = { "hash", "rr", "cpu", "rollover", NULL };

/**
 * fanout_name() - what a way to share packets is called
 * @mode: BPF_FANOUT_*
 *
 * Return: the name.
 */
const char *fanout_name(unsigned int mode)
{
	return modes[mode - 1];
}

static uint64_t parse_number(const char *name, const char *text, uint64_t most)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !value || value > most)
		die(EXIT_USAGE, "%s wants a number from 1 to %llu, not \"%s\"", name,
		    (unsigned long long)most, text);
	return value;
}

static uint64_t parse_bytes(const char *name, const char *text, uint64_t least, uint64_t most)
{
	static const char units[] = "kMG";
	char *end;
	const char *unit;
	uint64_t value;
	int shift = 0;

	errno = 0;
	value = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		end++;
	}
	if (*text < '0' || *text > '9' || *end || errno || value > most >> shift ||
	    value << shift < least)
		die(EXIT_USAGE, "%s wants bytes from %llu to %llu, as in 64k, not \"%s\"", name,
		    (unsigned long long)least, (unsigned long long)most, text);
	return value << shift;
}

static double parse_seconds(const char *name, const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value) || value < least || value > most)
		die(EXIT_USAGE, "%s wants seconds from %g to %.0f, not \"%s\"", name, least, most,
		    text);
	return value;
}

/* The place of a word in a list. */
static unsigned int parse_word(const char *name, const char *text, size_t len,
			       const char *const *words)
{
	char list[64] = "";
	unsigned int i;

	for (i = 0; words[i]; i++)
		if (strlen(words[i]) == len && !strncmp(words[i], text, len))
			return i;
	for (i = 0; words[i]; i++) {
		strcat(list, i ? ", " : "");
		strcat(list, words[i]);
	}
	die(EXIT_USAGE, "%s: \"%.*s\" is none of %s", name, (int)len, text, list);
}

static void parse_fanout(struct options *o, const char *text)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		die(EXIT_USAGE, "--fanout wants MODE:PROCESSES, as in hash:4, not \"%s\"", text);
	o->fanout = 1 + parse_word("--fanout", text, colon - text, modes);
	o->workers = parse_number("--fanout", colon + 1, WORKERS_MAX);
}

static void add_interface(struct options *o, const char *name)
{
	unsigned int i;

	/* a longer one would be cut, and be another one then */
	if (!*name || strlen(name) >= IFNAMSIZ)
		die(EXIT_USAGE, "no interface can have the name \"%s\"", name);
	for (i = 0; i < o->ninterfaces; i++)
		if (!strcmp(o->interfaces[i], name))
			die(EXIT_USAGE, "--interface %s is there twice", name);
	if (i == INTERFACES_MAX)
		die(EXIT_USAGE, "at most %u interfaces", INTERFACES_MAX);
	o->interfaces[o->ninterfaces++] = name;
}

/* All that was asked for: it ends here. */
__attribute__((noreturn))
static void tell(const char *text)
{
	if (text)
		fputs(text, stdout);
	else
		device_list();
	if (fflush(stdout))
		die(EXIT_CAPTURE, "cannot write: %s", strerror(errno));
	exit(0);
}

static bool file_option(struct options *o, int c)
{
	switch (c) {
	case 'w':
		o->path = optarg;
		break;
	case 'C':
		o->file_size = parse_bytes("--file-size", optarg, 4096, 1ULL << 62);
		break;
	case 'G':
		o->file_time = parse_seconds("--file-time", optarg, 0.001, SECONDS_MAX) * 1e9;
		break;
	case 'N':
		o->file_count = parse_number("--file-count", optarg, UINT64_MAX);
		break;
	case 'W':
		o->files = parse_number("--files", optarg, UINT32_MAX);
		break;
	default:
		return false;
	}
	return true;
}

static bool device_option(struct options *o, int c)
{
	switch (c) {
	case 'i':
		add_interface(o, optarg);
		break;
	case 's':
		o->snaplen = parse_number("--snaplen", optarg, SNAPLEN_MAX);
		break;
	case 'Q':
		o->direction = parse_word("--direction", optarg, strlen(optarg), directions);
		break;
	case 'p':
		o->promiscuous = false;
		break;
	case 'F':
		parse_fanout(o, optarg);
		break;
	case 'B':
		o->buffer = parse_bytes("--buffer", optarg, 1024, 1 << 24);
		break;
	case 'm':
		o->buffers = parse_word("--buffers", optarg, strlen(optarg), kinds);
		break;
	case 't':
		o->wait = parse_seconds("--wait", optarg, 0, WAIT_MAX);
		break;
	default:
		return false;
	}
	return true;
}

static void option(struct options *o, int c)
{
	switch (c) {
	case 'c':
		o->count = parse_number("--count", optarg, UINT64_MAX);
		break;
	case 'd':
		o->duration = parse_seconds("--duration", optarg, 0.001, SECONDS_MAX);
		break;
	case 'Z':
		o->user = optarg;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'D':
		tell(NULL);
	case 'h':
		tell(usage);
	case 'V':
		tell("bpfcap (bsdbpf) " VERSION "\n");
	default:
		if (file_option(o, c) || device_option(o, c))
			return;
		/* getopt_long() has said what is wrong */
		fputs("See bpfcap --help.\n", stderr);
		exit(EXIT_USAGE);
	}
}

/* The words that are left, with a blank in between. */
static char *join(char **words)
{
	char *text = strdup(""), *longer;

	for (; text && *words; words++, text = longer) {
		if (asprintf(&longer, "%s%s%s", text, *text ? " " : "", *words) < 0)
			longer = NULL;
		free(text);
	}
	if (!text)
		die(EXIT_CAPTURE, "out of memory");
	return text;
}

/* What does not go together. */
static void check(const struct options *o)
{
	bool row = o->file_size || o->file_time || o->file_count;

	if (!o->ninterfaces)
		die(EXIT_USAGE, "which interface? -i INTERFACE; bpfcap -D lists them");
	if (!o->path || !*o->path)
		die(EXIT_USAGE, "where to? -w FILE, or -w - for the standard output");
	if (o->files && !row)
		die(EXIT_USAGE, "--files wants --file-size, --file-time or --file-count, too");
	if (strcmp(o->path, "-"))
		return;
	if (row || o->workers > 1)
		die(EXIT_USAGE, "the standard output is one file: --%s wants -w FILE",
		    row ? "file-size, --file-time or --file-count" : "fanout");
	if (isatty(STDOUT_FILENO))
		die(EXIT_USAGE, "the standard output is a terminal: redirect it, or use -w FILE");
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

	*o = (struct options){
		.snaplen = SNAPLEN_MAX, .wait = 0.1, .direction = BPF_D_INOUT,
		.promiscuous = true, .workers = 1,
	};
	/* the expression's words are none of ours: "+" */
	while ((c = getopt_long(argc, argv, "+i:w:s:Q:pc:d:C:G:N:W:F:B:m:t:Z:qDhV", longopts,
				NULL)) >= 0)
		option(o, c);
	o->filter = join(argv + optind);
	check(o);
}
