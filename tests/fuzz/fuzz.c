// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The differential fuzzer at its command line: starts a worker for each processor,
 * says how far they are, and ends them.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "worker.h"

#define JOBS_MAX	256

struct options {
	u64 seconds, count, seed, jobs, start;
	const char *folder;
};

static struct worker_counts *counts;
static pid_t workers[JOBS_MAX];
static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	stop = sig;
}

static void on_child(int sig)
{
	(void)sig;	/* only interrupts the waiting */
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void usage(FILE *to)
{
	fputs("Usage: fuzz [OPTION...]\n\n"
	      "Runs random programs over random packets on all engines of cbpf, and\n"
	      "compares. On a difference says which, makes it small, saves it for\n"
	      "tests/fuzz/replay, and exits with 1.\n\n"
	      "  --seconds N  how long (default 60; without end with --count)\n"
	      "  --count N    until there were so many executions\n"
	      "  --seed N     the same programs again (default: the clock)\n"
	      "  --start N    number of the first program (default 0)\n"
	      "  --jobs N     processes (default: one for each processor)\n"
	      "  --folder F   where to save differences (default build/fuzz)\n"
	      "  --help       this\n", to);
}

static u64 number(const char *option, const char *text)
{
	char *end;
	u64 value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-') {
		fprintf(stderr, "fuzz: --%s wants a number, not \"%s\"\n", option, text);
		exit(2);
	}
	return value;
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 'r' },
		{ "start", required_argument, NULL, 'n' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "folder", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ },
	};
	struct options o = {
		.seed = time(NULL),
		.jobs = sysconf(_SC_NPROCESSORS_ONLN),
		.folder = "build/fuzz",
	};
	int c, which = 0;

	while ((c = getopt_long(argc, argv, "", names, &which)) != -1) {
		switch (c) {
		case 's':
			o.seconds = number(names[which].name, optarg);
			break;
		case 'c':
			o.count = number(names[which].name, optarg);
			break;
		case 'r':
			o.seed = number(names[which].name, optarg);
			break;
		case 'n':
			o.start = number(names[which].name, optarg);
			break;
		case 'j':
			o.jobs = number(names[which].name, optarg);
			break;
		case 'f':
			o.folder = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			fputs("See fuzz --help.\n", stderr);
			exit(2);
		}
	}
	if (optind < argc || !o.jobs || o.jobs > JOBS_MAX) {
		fprintf(stderr, "fuzz: there are only options, and 1 to %d jobs; see --help\n",
			JOBS_MAX);
		exit(2);
	}
	if (!o.seconds && !o.count)
		o.seconds = 60;
	return o;
}

static void start_workers(const struct options *o)
{
	u64 limit = (o->count + o->jobs - 1) / o->jobs;

	fflush(NULL);
	for (u32 i = 0; i < o->jobs; i++) {
		workers[i] = fork();
		if (workers[i] == -1) {
			perror("fuzz: no process");
			exit(1);
		}
		if (workers[i])
			continue;
		/* the first process is the one that is told to stop */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
		_exit(worker_run(o->seed, o->start + i, o->jobs, limit, o->folder,
				 &counts[i]));
	}
}

static struct worker_counts sum(const struct options *o)
{
	struct worker_counts all = { };

	for (u32 i = 0; i < o->jobs; i++) {
		all.executions += counts[i].executions;
		all.programs += counts[i].programs;
		all.decided += counts[i].decided;
		all.undecided += counts[i].undecided;
	}
	return all;
}

static void progress(const struct options *o, double passed, bool terminal)
{
	struct worker_counts all = sum(o);

	fprintf(stderr, "%sfuzz: %.0f s, %" PRIu64 " programs, %.1f M executions, %.0f k/s%s",
		terminal ? "\r" : "", passed, all.programs, all.executions / 1e6,
		all.executions / passed / 1e3, terminal ? "  " : "\n");
}

/* Return: how many workers still run; a bad end of one is noted in @status. */
static u32 reap(const struct options *o, int *status)
{
	u32 left = 0;
	int how;

	for (u32 i = 0; i < o->jobs; i++) {
		if (workers[i] && waitpid(workers[i], &how, WNOHANG) == workers[i]) {
			workers[i] = 0;
			if (!WIFEXITED(how)) {
				printf("A worker was ended by signal %d\n", WTERMSIG(how));
				*status = 1;
			} else if (WEXITSTATUS(how)) {
				*status = 1;
			}
		}
		left += workers[i] != 0;
	}
	return left;
}

/* Waits for workers, with progress. Return: exit status. */
static int watch(const struct options *o, double begin)
{
	bool terminal = isatty(STDERR_FILENO);
	double next = begin;
	int status = 0;

	while (!stop && !status && reap(o, &status)) {
		const struct timespec tick = { .tv_nsec = 100000000 };
		double passed = now() - begin;

		if (o->seconds && passed >= o->seconds)
			break;
		if (now() >= next + (terminal ? 1 : 10)) {
			progress(o, passed, terminal);
			next = now();
		}
		nanosleep(&tick, NULL);
	}
	if (terminal)
		fputc('\n', stderr);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	struct worker_counts all;
	double begin = now(), passed;
	int status;

	counts = mmap(NULL, o.jobs * sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED) {
		perror("fuzz: no memory");
		return 1;
	}
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
	signal(SIGCHLD, on_child);
	start_workers(&o);
	status = watch(&o, begin);
	for (u32 i = 0; i < o.jobs; i++)
		if (workers[i]) {
			kill(workers[i], SIGKILL);
			waitpid(workers[i], NULL, 0);
		}
	passed = now() - begin;
	all = sum(&o);
	printf("fuzz: %" PRIu64 " executions of %" PRIu64 " programs in %.1f s, %.0f k/s, "
	       "%" PRIu64 " jobs, seed %" PRIu64 "; native code decided %.1f%%: %s\n",
	       all.executions, all.programs, passed, all.executions / passed / 1e3,
	       o.jobs, o.seed,
	       100.0 * all.decided / (all.decided + all.undecided + !all.decided),
	       status ? "the engines differ" : "no difference");
	return status;
}
