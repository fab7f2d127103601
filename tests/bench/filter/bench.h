/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the parts of the filter benchmark know of each other: filters, traffic,
 * and engines as rows of one table. An engine is whatever can judge a packet by a
 * classic BPF program; nothing but its own file knows how it does that.
 */
#ifndef BENCH_H
#define BENCH_H

#include <pcap/pcap.h>
#include <stdio.h>

#include "cbpf.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	BENCH_PACKETS = 1024,	/* of each traffic */
	BENCH_HOSTS = 50,	/* hosts of the filter of that name */
	BENCH_PORTS = 200,	/* ports of the filter of that name */
	BENCH_SNAPLEN = 262144,	/* what libpcap's programs return to accept */
};

/* A frame as it is on the wire, all of it readable at @bytes. */
struct frame {
	u8 *bytes;
	u32 len;
};

struct traffic {
	const char *name, *about;
	struct frame frames[BENCH_PACKETS];
};

/* A filter that people use, and libpcap's program of it. */
struct filter {
	const char *name, *expression;
	int optimize;
	struct bpf_program program;
};

/* Every engine is called with four words; what they are is its own affair. */
typedef u32 (*judge_fn)(u64 a, u64 b, u64 c, u64 d);

/**
 * struct call - one packet, ready to be judged by one engine
 * @arg: arguments
 * @head: the packet
 * @about: what else the engine reads of the packet outside of it, or @head
 *
 * loop.S knows this layout.
 */
struct call {
	u64 arg[4];
	const void *head, *about;
};

static_assert(sizeof(struct call) == 48 && offsetof(struct call, head) == 32, "loop.S");

/* loop.S: one pass over packets. */
typedef u64 (*loop_fn)(judge_fn judge, const struct call *calls, const struct call *end);
extern const u8 loop_begin[], loop_end[];

/**
 * struct loaded - a filter as one engine has it
 * @judge: the function to call
 * @loop: from where to call it
 * @state: what the engine keeps for it
 * @bytes: size of the machine code, 0 if there is none or nobody knows
 */
struct loaded {
	judge_fn judge;
	loop_fn loop;
	void *state;
	u32 bytes;
};

/**
 * struct engine - an engine that takes part
 * @name: for --engine and for the JSON file
 * @label: for people
 * @start: get ready for these filters; returns why it cannot take part and what
 *	to do about that, or NULL. May be NULL itself
 * @load: make a filter ready to run; returns why it cannot, or NULL
 * @unload: free what @load took; may be NULL
 * @call: how to judge packet number @index
 * @compile: translate a program and throw the result away, to be timed; false if
 *	this does not work. NULL: nothing is translated, or not by this process
 * @walks_paths: @compile walks all paths through a program, of which there may be too
 *	many in a long one
 */
struct engine {
	const char *name, *label;
	const char *(*start)(const struct filter *filters, u32 count);
	const char *(*load)(const struct filter *filter, struct loaded *to);
	void (*unload)(struct loaded *loaded);
	void (*call)(const struct loaded *loaded, const struct frame *frame, u32 index,
		     struct call *to);
	bool (*compile)(const struct bpf_program *program);
	bool walks_paths;
};

/* engines.c: the table; cbpf's native code is the first. */
extern const struct engine *const engines[];
extern const u32 engines_count;

extern const struct engine engine_native, engine_hardened, engine_interpreter, engine_pcap,
	engine_dpdk, engine_linux, engine_clang;

/* filters.c */
struct filter *filters_make(const char *pattern, u32 *count);
u32 filters_host(u32 index);
u16 filters_port(u32 index);

/* traffic.c */
struct traffic *traffic_mixed(void);
struct traffic *traffic_flow(void);

/* main.c: what the command line says. */
struct options {
	const char *filter, *engine;	/* shell patterns of names */
	const char *work;		/* folder for generated files */
	const char *linux_images;	/* file, NULL: none */
	u32 rounds;
	u32 without;			/* for cbpf_compile() */
};
extern struct options options;

/* code.c */
u8 *code_make(const void *code, u32 bytes, struct loaded *to);
void code_seal(struct loaded *loaded);
void code_free(struct loaded *loaded);
loop_fn code_far_loop(void);

/* measure.c */
enum { ENGINES_MAX = 16 };
struct cell {
	double ns;			/* a packet; 0: not measured */
	double instructions, misses;	/* a packet; below 0: not to be had */
};
void measure(const struct loaded *loaded, const bool *present, const struct traffic *traffic,
	     u32 rounds, struct cell *cells);
u32 measure_compare(const struct filter *filter, const struct loaded *loaded,
		    const bool *present, const struct traffic *traffic, u32 *accepted);
void measure_compile(const struct engine *engine, const struct bpf_program *program,
		     double *best);
void measure_pin(void);
u64 now_ns(void);

/* count.c: the processor's own counters. */
bool count_start(void);
bool count_stop(double *instructions, double *misses);

/* synthetic.c: a program of so many instructions that looks like a filter. */
void synthetic_make(struct bpf_program *program, u32 length);

/* report.c: the JSON file, opened, filled and closed. */
void report_open(const char *path);
void report_engine(const struct engine *engine, const char *missing);
void report_filter(const struct filter *filter, const struct loaded *loaded,
		   const char *const *missing, const double *compile_ns);
void report_cells(const struct traffic *traffic, u32 accepted, const struct cell *cells);
void report_scale(u32 length, const double *ns);
void report_close(void);

void die(int status, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* BENCH_H */
