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

/* Load where possible: @have says where, @missing why not. */
static void load(const struct filter *filter, const bool *present, struct loaded *loaded,
		 bool *have, const char **missing)
{
	for (u32 e = 0; e < engines_count; e++) {
		loaded[e] = (struct loaded){ 0 };
		missing[e] = "";
		if (present[e])
			missing[e] = engines[e]->load(filter, &loaded[e]);
		have[e] = present[e] && !missing[e];
	}
}

/* Return: how many results differ between engines. */
static u32 run_filter(const struct filter *filter, const bool *present,
		      const struct traffic *const *traffics)
{
	struct loaded loaded[ENGINES_MAX];
	struct cell cells[ENGINES_MAX];
	const char *missing[ENGINES_MAX];
	bool have[ENGINES_MAX] = { false };
	u32 accepted[2], different = 0;

	load(filter, present, loaded, have, missing);
	for (u32 t = 0; t < 2; t++)
		different += measure_compare(filter, loaded, have, traffics[t], &accepted[t]);
	report_filter(filter, loaded, missing);
	for (u32 t = 0; t < 2 && !different; t++) {
		measure(loaded, have, traffics[t], options.rounds, cells);
		report_cells(traffics[t], accepted[t], cells);
	}
	for (u32 e = 0; e < engines_count; e++)
		if (have[e] && engines[e]->unload)
			engines[e]->unload(&loaded[e]);
	return different;
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
		double ns = present[e] ? measure_compile(engines[e], &programs[i]) : 0;

		if (ns && (!best[i][e] || ns < best[i][e]))
			best[i][e] = ns;
	}
	for (u32 i = 0; i < LENGTHS; i++)
		report_scale(lengths[i], best[i]);
}

static void progress(u32 done, u32 count, const char *name)
{
	if (isatty(2))
		fprintf(stderr, "\r\033[K%s", name);
	else if (done % 5 == 0)
		fprintf(stderr, "%u of %u filters measured\n", done, count);
	if (isatty(2) && done == count)
		fprintf(stderr, "\r\033[K");
}

int main(int argc, char **argv)
{
	const struct traffic *traffics[2];
	bool programs = parse(argc, argv), present[ENGINES_MAX];
	u32 count, different = 0;
	struct filter *filters = filters_make(options.filter, &count);

	if (programs) {
		write_programs(argv[optind], filters, count);
		return 0;
	}
	traffics[0] = traffic_mixed();
	traffics[1] = traffic_flow();
	report_open(argv[optind]);
	start_engines(filters, count, present);
	measure_pin();
	for (u32 i = 0; i < count; i++) {
		progress(i, count, filters[i].name);
		different += run_filter(&filters[i], present, traffics);
	}
	progress(count, count, "");
	run_scale(present);
	report_close();
	if (different)
		die(1, "%u results differ between engines", different);
	return 0;
}
