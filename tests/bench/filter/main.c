// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Measures filters in all engines and writes what it found as JSON; ./run makes
 * what it needs, and tables of its results. Nothing is judged here but whether the
 * engines agree.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

struct options options = { .filter = "*", .engine = "*", .work = ".", .rounds = 60 };

static const char usage[] =
	"Usage: filter-bench [OPTION]... JSONFILE\n"
	"\n"
	"Times filters in cbpf and its peers; tests/bench/filter/run is for people.\n"
	"\n"
	"  --filter PATTERN  only filters whose name matches the shell pattern\n"
	"  --engine PATTERN  only engines whose name matches\n"
	"  --rounds N        how often each measurement is repeated, default 60\n"
	"  --without PASS[,PASS]...  passes that cbpf's compiler leaves out\n"
	"  --linux FILE      code that linux_images.py got\n"
	"  --work DIR        folder for generated files, default .\n"
	"  --programs        write the programs to the file and end\n"
	"  --help            this text\n";

void die(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "filter-bench: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(status);
}

/* Never freed: there is little of it. */
char *text(const char *format, ...)
{
	va_list args;
	char *out;

	va_start(args, format);
	if (vasprintf(&out, format, args) < 0)
		die(1, "out of memory");
	va_end(args);
	return out;
}

static u32 number(const char *option, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 0);

	if (!*value || *end || n > 100000)
		die(2, "--%s wants a number, not \"%s\"", option, value);
	return n;
}

static u32 pass_of(const char *name)
{
	char *known = text("%s", "");

	for (u32 pass = 0; pass < CBPF_PASSES; pass++) {
		if (!strcmp(name, cbpf_pass_name(pass)))
			return 1U << pass;
		known = text("%s %s", known, cbpf_pass_name(pass));
	}
	die(2, "no pass is named \"%s\"; there are:%s", name, known);
}

static u32 passes(char *names)
{
	u32 mask = 0;

	for (char *name = strtok(names, ","); name; name = strtok(NULL, ","))
		mask |= pass_of(name);
	return mask;
}

/* Return: write the programs only. */
static bool parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "filter", 1, NULL, 'f' }, { "engine", 1, NULL, 'e' },
		{ "rounds", 1, NULL, 'r' }, { "without", 1, NULL, 'o' },
		{ "linux", 1, NULL, 'l' }, { "work", 1, NULL, 'w' },
		{ "programs", 0, NULL, 'p' }, { "help", 0, NULL, 'h' }, { 0 }
	};
	bool programs = false;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'f': options.filter = optarg; break;
		case 'e': options.engine = optarg; break;
		case 'r': options.rounds = number("rounds", optarg); break;
		case 'o': options.without = passes(optarg); break;
		case 'l': options.linux_images = optarg; break;
		case 'w': options.work = optarg; break;
		case 'p': programs = true; break;
		case 'h': fputs(usage, stdout); exit(0);
		default: exit(2);
		}
	}
	if (argc - optind != 1)
		die(2, "one file to write to is needed, see --help");
	if (!options.rounds)
		die(2, "--rounds wants at least 1");
	return programs;
}

/* A line for each filter: its name, a tab, and the instructions as for bpf_asm. */
static void write_programs(const char *path, const struct filter *filters, u32 count)
{
	FILE *to = fopen(path, "w");

	if (!to)
		die(1, "cannot write %s: %s", path, strerror(errno));
	for (u32 i = 0; i < count; i++) {
		const struct bpf_program *program = &filters[i].program;

		fprintf(to, "%s\t%u", filters[i].name, program->bf_len);
		for (u32 n = 0; n < program->bf_len; n++)
			fprintf(to, ",%u %u %u %u", program->bf_insns[n].code,
				program->bf_insns[n].jt, program->bf_insns[n].jf,
				program->bf_insns[n].k);
		fputc('\n', to);
	}
	if (fclose(to))
		die(1, "cannot write %s: %s", path, strerror(errno));
}

static void start_engines(const struct filter *filters, u32 count, bool *present)
{
	u32 matching = 0;

	for (u32 e = 0; e < engines_count; e++) {
		const struct engine *engine = engines[e];
		const char *missing = NULL;

		present[e] = !fnmatch(options.engine, engine->name, 0);
		matching += present[e];
		if (!present[e])
			continue;
		if (engine->start)
			missing = engine->start(filters, count);
		if (missing)
			fprintf(stderr, "without %s: %s\n", engine->label, missing);
		present[e] = !missing;
		report_engine(engine, missing);
	}
	if (!matching)
		die(2, "no engine is named \"%s\"", options.engine);
}

/* Divided among so many sweeps over all filters are the rounds. */
enum { SWEEPS = 4 };

static void progress(u32 done, u32 count)
{
	fprintf(stderr, isatty(2) ? "\r%u of %u sweeps" : "%u of %u sweeps\n", done, count);
	if (isatty(2) && done == count)
		fprintf(stderr, "\r\033[K");
}

/* A filter in all engines, and what was measured. */
struct run {
	struct loaded loaded[ENGINES_MAX];
	const char *missing[ENGINES_MAX];	/* why it is not in an engine */
	bool have[ENGINES_MAX];
	double compile_ns[ENGINES_MAX];
	struct cell cells[2][ENGINES_MAX];	/* for each traffic */
	u32 accepted[2];
};

/* Load where possible, and compare. Return: how many results differ between engines. */
static u32 prepare(const struct filter *filter, const bool *present,
		   const struct traffic *const *traffics, struct run *run)
{
	u32 different = 0;

	for (u32 e = 0; e < engines_count; e++) {
		run->missing[e] = "";
		if (present[e])
			run->missing[e] = engines[e]->load(filter, &run->loaded[e]);
		run->have[e] = present[e] && !run->missing[e];
	}
	for (u32 t = 0; t < 2; t++)
		different += measure_compare(filter, run->loaded, run->have, traffics[t],
					     &run->accepted[t]);
	return different;
}

static void measure_run(const struct filter *filter, const struct traffic *const *traffics,
			u32 rounds, struct run *run)
{
	for (u32 t = 0; t < 2; t++)
		measure(run->loaded, run->have, traffics[t], rounds, run->cells[t]);
	for (u32 e = 0; e < engines_count; e++)
		if (run->have[e])
			measure_compile(engines[e], &filter->program, &run->compile_ns[e]);
}

/* All filters several times: a busy neighbour is seldom there for all of that. */
static void sweep(const struct filter *filters, u32 count,
		  const struct traffic *const *traffics, struct run *runs)
{
	u32 sweeps = options.rounds < SWEEPS ? 1 : SWEEPS;

	for (u32 n = 0; n < sweeps; n++) {
		progress(n, sweeps);
		for (u32 i = 0; i < count; i++)
			measure_run(&filters[i], traffics, options.rounds / sweeps, &runs[i]);
	}
	progress(sweeps, sweeps);
}

static void tell(const struct filter *filter, const struct traffic *const *traffics,
		 const struct run *run)
{
	report_filter(filter, run->loaded, run->missing, run->compile_ns);
	for (u32 t = 0; t < 2; t++)
		report_cells(traffics[t], run->accepted[t], run->cells[t]);
}

/* Long programs, several times in turn: a disturbance lasts longer than one of them. */
static void run_scale(const bool *present)
{
	enum { LENGTHS = 3, ROUNDS = 5 };
	static const u32 lengths[LENGTHS] = { 64, 512, 4096 };
	double best[LENGTHS][ENGINES_MAX] = { 0 };
	struct bpf_program programs[LENGTHS];

	for (u32 i = 0; i < LENGTHS; i++)
		synthetic_make(&programs[i], lengths[i]);
	for (u32 n = 0; n < ROUNDS * LENGTHS * engines_count; n++) {
		u32 e = n % engines_count, i = n / engines_count % LENGTHS;

		if (present[e] && !engines[e]->walks_paths)
			measure_compile(engines[e], &programs[i], &best[i][e]);
	}
	for (u32 i = 0; i < LENGTHS; i++)
		report_scale(lengths[i], best[i]);
}

int main(int argc, char **argv)
{
	const struct traffic *traffics[2];
	bool programs = parse(argc, argv), present[ENGINES_MAX];
	u32 count, different = 0;
	struct filter *filters = filters_make(options.filter, &count);
	struct run *runs;

	if (programs) {
		write_programs(argv[optind], filters, count);
		return 0;
	}
	traffics[0] = traffic_mixed();
	traffics[1] = traffic_flow();
	report_open(argv[optind]);
	start_engines(filters, count, present);
	measure_pin();
	runs = calloc(count, sizeof(*runs));
	for (u32 i = 0; i < count; i++)
		different += prepare(&filters[i], present, traffics, &runs[i]);
	if (different)
		die(1, "%u results differ between engines: nothing is timed", different);
	sweep(filters, count, traffics, runs);
	for (u32 i = 0; i < count; i++)
		tell(&filters[i], traffics, &runs[i]);
	run_scale(present);
	report_close();
	return 0;
}
