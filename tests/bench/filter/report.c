// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The JSON file: machine, engines, filters with code and compile time, times, and
 * compile times of long programs. An object is written as soon as it is known; there
 * is no other state than which comma is due.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

static FILE *json;
static const char *open_list;

static void string(const char *s)
{
	fputc('"', json);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', json);
		fputc((unsigned char)*s < ' ' ? ' ' : *s, json);
	}
	fputc('"', json);
}

/* Begin the next element of the list of this name, which may be a new one. */
static void next(const char *list)
{
	if (open_list && !strcmp(open_list, list)) {
		fprintf(json, ",\n  ");
		return;
	}
	fprintf(json, "%s,\n \"%s\": [\n  ", open_list ? "\n ]" : "", list);
	open_list = list;
}

static void processor(char *name, size_t room)
{
	FILE *from = fopen("/proc/cpuinfo", "r");
	char line[200];

	snprintf(name, room, "unknown");
	while (from && fgets(line, sizeof(line), from)) {
		if (strncmp(line, "model name", 10) || !strchr(line, ':'))
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(name, room, "%s", strchr(line, ':') + 2);
		break;
	}
	if (from)
		fclose(from);
}

void report_open(const char *path)
{
	struct utsname host;
	char cpu[200];

	json = fopen(path, "w");
	if (!json)
		die(1, "cannot write %s: %s", path, strerror(errno));
	uname(&host);
	processor(cpu, sizeof(cpu));
	fprintf(json, "{\n \"processor\": ");
	string(cpu);
	fprintf(json, ",\n \"kernel\": ");
	string(host.release);
	fprintf(json, ",\n \"packets\": %u,\n \"rounds\": %u", BENCH_PACKETS, options.rounds);
}

void report_engine(const struct engine *engine, const char *missing)
{
	next("engines");
	fprintf(json, "{ \"name\": ");
	string(engine->name);
	fprintf(json, ", \"label\": ");
	string(engine->label);
	if (missing) {
		fprintf(json, ", \"missing\": ");
		string(missing);
	}
	fprintf(json, " }");
}

/* Filters and times of them are told in turn: times go into the filter's object. */
static bool filter_open;

static void end_filter(void)
{
	if (filter_open)
		fprintf(json, " }");
	filter_open = false;
}

void report_filter(const struct filter *filter, const struct loaded *loaded,
		   const char *const *missing, const double *compile_ns)
{
	const char *comma = "";

	end_filter();
	next("filters");
	fprintf(json, "{ \"name\": ");
	string(filter->name);
	fprintf(json, ", \"expression\": ");
	string(filter->expression);
	fprintf(json, ", \"optimized\": %s, \"instructions\": %u,\n    \"code\": {",
		filter->optimize ? "true" : "false", filter->program.bf_len);
	for (u32 e = 0; e < engines_count; e++) {
		/* An engine that takes no part at all has been told. */
		if (missing[e] && !*missing[e])
			continue;
		fprintf(json, "%s\n      \"%s\": { ", comma, engines[e]->name);
		comma = ",";
		if (missing[e]) {
			fprintf(json, "\"missing\": ");
			string(missing[e]);
			fprintf(json, " }");
			continue;
		}
		fprintf(json, "\"bytes\": %u, \"compile_ns\": %.0f }", loaded[e].bytes,
			compile_ns[e]);
	}
	fprintf(json, " }");
	filter_open = true;
}

void report_cells(const struct traffic *traffic, u32 accepted, const struct cell *cells)
{
	const char *comma = "";

	fprintf(json, ",\n    \"%s\": { \"accepted\": %.4f, \"engines\": {", traffic->name,
		(double)accepted / BENCH_PACKETS);
	for (u32 e = 0; e < engines_count; e++) {
		if (!cells[e].ns)
			continue;
		fprintf(json, "%s\n      \"%s\": { \"ns\": %.3f", comma, engines[e]->name,
			cells[e].ns);
		if (cells[e].instructions > 0)
			fprintf(json, ", \"instructions\": %.2f, \"misses\": %.4f",
				cells[e].instructions, cells[e].misses);
		fprintf(json, " }");
		comma = ",";
	}
	fprintf(json, " } }");
}

void report_scale(u32 length, const double *ns)
{
	end_filter();
	next("scale");
	fprintf(json, "{ \"instructions\": %u", length);
	for (u32 e = 0; e < engines_count; e++)
		if (ns[e])
			fprintf(json, ", \"%s\": %.0f", engines[e]->name, ns[e]);
	fprintf(json, " }");
}

void report_close(void)
{
	fprintf(json, "\n ]\n}\n");
	if (fclose(json))
		die(1, "cannot write the JSON file: %s", strerror(errno));
}
