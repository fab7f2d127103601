// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Inside of a test machine: measures the ways to capture packets side by side, and
 * prints a line of JSON for each measurement. Run by ./run.
 */
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "capture.h"

static const char usage[] =
"Usage: capture-guest [OPTION]... PART...\n"
"\n"
"Inside of a test machine, as root: measures the ways to capture packets side by\n"
"side and prints a line of JSON for each measurement.\n"
"\n"
"PART is what to measure:\n"
"  exact    a packet's cost, between marks for the plugin that counts instructions\n"
"  native   a packet's cost in nanoseconds, for User Mode Linux\n"
"  latency  time from a packet to its reader, system calls and wake-ups\n"
"  loss     what a reader of fixed speed loses at a rising rate\n"
"  flows    two processors that send to one listener\n"
"\n"
"  --case PATTERN    only cases whose name matches the shell pattern\n"
"  --reader PATTERN  only readers whose name matches\n"
"  --way PATTERN     of the cases of a packet's cost only those where packets come by\n"
"                    a matching way, rx or tx\n"
"  --rounds N        how often to measure each cell, default 2\n"
"  --packets N       a cell, default 10000\n"
"  --memory BYTES    for packets, default 2097152\n"
"  --help            this text\n";

struct options options = {
	.reader = "*", .which = "*", .way = "*", .rounds = 2, .packets = 10000, .memory = 2 << 20,
};

static const struct part {
	const char *name;
	void (*run)(void);
	u32 cpus;
} parts[] = {
	{ "exact", exact, 1 },
	{ "native", native, 1 },
	{ "latency", latency, 1 },
	{ "loss", loss, 1 },
	{ "flows", flows, 2 },
};

static const struct part *now;

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("capture-guest: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

void progress(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", now->name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void result(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("{\"part\": \"%s\", ", now->name);
	vprintf(format, args);
	puts("}");
	fflush(stdout);
	va_end(args);
}

bool wanted(const char *pattern, const char *name)
{
	return !fnmatch(pattern, name, 0);
}

void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	if (write(fd, text, strlen(text)) < 0)
		die("\"%s\" to %s: %s", text, path, strerror(errno));
	close(fd);
}

void sleep_ms(u32 ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

u64 now_ns(clockid_t clock)
{
	struct timespec ts;

	must(clock_gettime(clock, &ts));
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static u32 number(const char *option, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || !value || value > UINT32_MAX) {
		fprintf(stderr, "capture-guest: --%s wants a number, not \"%s\"\n", option, text);
		exit(2);
	}
	return value;
}

static void parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "case", required_argument, NULL, 'c' },
		{ "reader", required_argument, NULL, 'r' },
		{ "way", required_argument, NULL, 'w' },
		{ "rounds", required_argument, NULL, 'n' },
		{ "packets", required_argument, NULL, 'p' },
		{ "memory", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int option, index;

	while ((option = getopt_long(argc, argv, "", known, &index)) != -1) {
		switch (option) {
		case 'c': options.which = optarg; break;
		case 'r': options.reader = optarg; break;
		case 'w': options.way = optarg; break;
		case 'n': options.rounds = number(known[index].name, optarg); break;
		case 'p': options.packets = number(known[index].name, optarg); break;
		case 'm': options.memory = number(known[index].name, optarg); break;
		case 'h': fputs(usage, stdout); exit(0);
		default: fputs("capture-guest: see --help\n", stderr); exit(2);
		}
	}
	if (optind == argc) {
		fputs("capture-guest: no PART, see --help\n", stderr);
		exit(2);
	}
}

static const struct part *part_of(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	fprintf(stderr, "capture-guest: no part \"%s\", see --help\n", name);
	exit(2);
}

static void permit(void)
{
	char half[32];

	snprintf(half, sizeof(half), "%u", options.memory / 2);
	/* a kernel need not have these two */
	if (!access("/proc/sys/net/core/bpf_jit_enable", F_OK))
		put_file("/proc/sys/net/core/bpf_jit_enable", "1");
	if (!access("/proc/sys/net/bpf/jit_enable", F_OK))
		put_file("/proc/sys/net/bpf/jit_enable", "1");
	put_file("/proc/sys/net/bpf/maxbufsize", half);
	put_file("/proc/sys/net/bpf/zerocopy_enable", "1");
}

/* What the driver's parameter says how it sees what is sent. */
static void tell_hook(void)
{
	char name[16];
	FILE *in = fopen("/sys/module/bsdbpf/parameters/tx_hook", "r");

	if (!in || fscanf(in, "%15s", name) != 1)
		die("the driver does not tell its tx_hook");
	fclose(in);
	printf("{\"part\": \"hook\", \"name\": \"%s\"}\n", name);
}

static void tell_readers(void)
{
	tell_hook();
	printf("{\"part\": \"engine\", \"name\": \"%s\"}\n", bpf_engine());
	for (u32 k = 0; k < reader_kinds_count; k++)
		printf("{\"part\": \"reader\", \"name\": \"%s\", \"label\": \"%s\"}\n",
		       reader_kinds[k]->name, reader_kinds[k]->label);
}

int main(int argc, char **argv)
{
	u32 cpus = 1;

	parse(argc, argv);
	for (int i = optind; i < argc; i++)
		if (part_of(argv[i])->cpus > cpus)
			cpus = part_of(argv[i])->cpus;
	if (cpus > (u32)sysconf(_SC_NPROCESSORS_ONLN))
		die("that takes %u processors", cpus);
	permit();
	must(mlockall(MCL_CURRENT | MCL_FUTURE));
	traffic_setup(cpus);
	tell_readers();
	for (int i = optind; i < argc; i++) {
		now = part_of(argv[i]);
		now->run();
	}
	return 0;
}
