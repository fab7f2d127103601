// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The fuzzer of the device's system calls at its command line: one round after the
 * other, what was found in them, and progress.
 */
#include "world.h"

#include <getopt.h>
#include <inttypes.h>

#include "klog.h"
#include "minimise.h"

static struct options {
	uint64_t seed, start, rounds, seconds, ops, times, hang, patience;
	const char *folder, *replay, *shrink, *trial;
	bool faults, print;
} o = { .seconds = 60, .ops = 100, .times = 5, .hang = 30, .patience = 120, .faults = true };

static struct round current;
static char wanted[96];		/* key of what is to be found again */
static char folder_file[512];

static void usage(FILE *to)
{
	fputs("Usage: syscall [OPTION...]\n\n"
	      "Runs random system calls on /dev/bpf in a test machine: tests/fuzz/syscall/run\n"
	      "starts one. What goes wrong is made small and saved, and the exit status is 1;\n"
	      "it is 3 if the machine cannot go on.\n\n"
	      "  --seed N       the same rounds again (default: the clock)\n"
	      "  --start N      number of the first round (default 0)\n"
	      "  --rounds N     how many; else as many as there is time for\n"
	      "  --seconds N    how long (default 60)\n"
	      "  --ops N        operations of each of the threads in a round (default 100)\n"
	      "  --no-faults    no allocation fails on purpose\n"
	      "  --hang N       seconds until a call hangs that was woken (default 30)\n"
	      "  --folder F     where to save what was found (default build/fuzz)\n"
	      "  --print        only print the round that --seed and --start name\n"
	      "  --replay FILE  run a saved round, --times N times or until it fails\n"
	      "  --shrink FILE  make a saved round small that fails within --times N (default 5)\n"
	      "  --trial CMD    for --shrink: a round fails if CMD FILE ends with 1\n"
	      "  --patience N   seconds that making it small may take (default 120)\n"
	      "  --help         this\n", to);
}

static uint64_t number(const char *option, const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-') {
		fprintf(stderr, "syscall: --%s wants a number, not \"%s\"\n", option, text);
		exit(2);
	}
	return value;
}

static void parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", 1, NULL, 0 }, { "start", 1, NULL, 0 }, { "rounds", 1, NULL, 0 },
		{ "seconds", 1, NULL, 0 }, { "ops", 1, NULL, 0 }, { "times", 1, NULL, 0 },
		{ "hang", 1, NULL, 0 }, { "patience", 1, NULL, 0 }, { "folder", 1, NULL, 'f' },
		{ "replay", 1, NULL, 'r' }, { "shrink", 1, NULL, 's' }, { "trial", 1, NULL, 't' },
		{ "no-faults", 0, NULL, 'n' }, { "print", 0, NULL, 'p' }, { "help", 0, NULL, 'h' },
		{ },
	};
	uint64_t *const numbers[] = { &o.seed, &o.start, &o.rounds, &o.seconds, &o.ops, &o.times,
				      &o.hang, &o.patience };
	int c, which = 0;

	o.seed = time(NULL);
	o.folder = "build/fuzz";
	while ((c = getopt_long(argc, argv, "", names, &which)) != -1)
		switch (c) {
		case 0: *numbers[which] = number(names[which].name, optarg); break;
		case 'f': o.folder = optarg; break;
		case 'r': o.replay = optarg; break;
		case 's': o.shrink = optarg; break;
		case 't': o.trial = optarg; break;
		case 'n': o.faults = false; break;
		case 'p': o.print = true; break;
		case 'h': usage(stdout); exit(0);
		default: fputs("See syscall --help.\n", stderr); exit(2);
		}
	if (optind < argc || !o.ops || o.ops * THREADS > OPS_MAX || !o.times || !o.hang) {
		fprintf(stderr, "syscall: there are only options, --ops is from 1 to %d, "
			"--times and --hang are not 0; see --help\n", OPS_MAX / THREADS);
		exit(2);
	}
}

static void load(const char *name)
{
	FILE *from = fopen(name, "r");

	if (!from) {
		fprintf(stderr, "syscall: %s: %s\n", name, strerror(errno));
		exit(2);
	}
	if (!round_read(&current, from, name))
		exit(2);
	fclose(from);
}

/* Writes a round to a file whole, or not at all. */
static void save(const char *name, const struct round *r, const char *why)
{
	FILE *to = fopen(name, "w");

	if (!to) {
		fprintf(stderr, "syscall: %s: %s\n", name, strerror(errno));
		exit(2);
	}
	round_write(r, to, why);
	fclose(to);
}

/* Runs it; ends the program if the machine cannot go on. Return: was something found? */
static bool run(const struct round *r)
{
	bool goes_on = round_run(r, o.hang);
	const char *line = klog_bad();

	if (line) {
		atomic_store(&world.shared->found, 0);
		finding("kernel", "the kernel logs: %s", line);
	}
	if (goes_on)
		return atomic_load(&world.shared->found) == 2;
	printf("syscall: %s\nsyscall: the machine cannot go on\n", world.shared->text);
	fflush(stdout);
	_exit(3);
}

/* Is what was found first found again? */
static bool again(const struct round *r)
{
	for (uint64_t i = 0; i < o.times; i++)
		if (run(r) && (!*wanted || !strcmp(world.shared->key, wanted)))
			return true;
	return false;
}

/* The same by a command, which runs it in another machine. */
static bool elsewhere(const struct round *r)
{
	char name[600], command[2048];
	int status;

	snprintf(name, sizeof(name), "%s.trial", o.shrink);
	save(name, r, NULL);
	snprintf(command, sizeof(command), "%s %s", o.trial, name);
	status = system(command);
	fprintf(stderr, "syscall: %u operations: %s\n", r->count,
		status == 256 ? "it fails" : "it does not");
	if (status != 0 && status != 256) {
		fprintf(stderr, "syscall: %s: status %d\n", command, status);
		exit(2);
	}
	unlink(name);
	return status == 256;
}

/* Leaves out what was not begun when it was found. */
static void cut(struct round *r)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < r->count; i++)
		if (i <= atomic_load(&world.shared->threads[r->ops[i].thread].at))
			r->ops[count++] = r->ops[i];
	r->count = count;
}

/* Makes what was found small, as far as it can be found again in this machine. */
static void minimise(const char *name)
{
	static struct round whole;
	char small[600], why[900];

	whole = current;
	snprintf(why, sizeof(why), "%s", world.shared->text);
	snprintf(wanted, sizeof(wanted), "%s", world.shared->key);
	for (char *c = why; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	save(name, &current, why);
	printf("syscall: seed %" PRIu64 ", round %" PRIu64 ": %s\nsyscall: saved as %s\n",
	       current.seed, current.number, world.shared->text, name);
	fflush(stdout);
	cut(&current);
	if (!round_minimise(&current, again, o.patience)) {
		printf("syscall: it does not happen again in this machine\n");
		return;
	}
	snprintf(small, sizeof(small), "%s.small", name);
	save(small, &current, why);
	printf("syscall: %u of %u operations are enough, saved as %s:\n", current.count,
	       whole.count, small);
	round_write(&current, stdout, why);
	fflush(stdout);
}

/* What is run just now: for whoever looks after the machine has died. */
static void note(void)
{
	FILE *to = fopen(folder_file, "w");

	if (!to)
		return;
	fprintf(to, "%" PRIu64 " %" PRIu64 "\n", current.seed, current.number);
	fclose(to);
}

static void progress(uint64_t rounds, double past, bool end)
{
	const struct shared *s = world.shared;

	fprintf(end ? stdout : stderr, "syscall: %.0f s, seed %" PRIu64 ", %" PRIu64
		" rounds, %lu operations, %lu faults, %.0f operations/s\n", past, o.seed, rounds,
		atomic_load(&s->calls), atomic_load(&s->faults),
		atomic_load(&s->calls) / (past + 0.001));
	if (!end)
		return;
	for (int kind = 0; kind < OP_COUNT; kind++)
		printf("%s%s %u/%u", kind ? ", " : "syscall: worked: ", op_names[kind],
		       atomic_load(&s->passed[kind]), atomic_load(&s->runs[kind]));
	putchar('\n');
	fflush(stdout);
}

static int fuzz(void)
{
	int64_t begin = now_us(CLOCK_MONOTONIC), now = begin, next = begin;
	uint64_t done = 0;
	char name[600];
	bool found = false;

	printf("syscall: --seed %" PRIu64 " --ops %" PRIu64 "%s\n", o.seed, o.ops,
	       o.faults ? "" : " --no-faults");
	fflush(stdout);
	while (!found && (o.rounds ? done < o.rounds : now < begin + (int64_t)o.seconds * 1000000)) {
		round_make(&current, o.seed, o.start + done, o.ops, o.faults);
		note();
		found = run(&current);
		done++;
		now = now_us(CLOCK_MONOTONIC);
		if (now >= next) {
			progress(done, (now - begin) / 1e6, false);
			next = now + 10000000;
		}
	}
	progress(done, (now - begin) / 1e6, true);
	snprintf(name, sizeof(name), "%s/syscall-%" PRIu64 "-%" PRIu64, o.folder, o.seed,
		 current.number);
	if (found)
		minimise(name);
	unlink(folder_file);
	return found;
}

static int replay(void)
{
	bool found;

	load(o.replay);
	found = again(&current);
	printf("syscall: %s: %s\n", o.replay, found ? world.shared->text : "nothing found");
	return found;
}

static int shrink(void)
{
	load(o.shrink);
	if (!o.trial) {
		if (again(&current))
			minimise(o.shrink);
		else
			printf("syscall: %s: nothing found\n", o.shrink);
		return 0;
	}
	if (!round_minimise(&current, elsewhere, o.patience)) {
		printf("syscall: %s: nothing found\n", o.shrink);
		return 0;
	}
	snprintf(folder_file, sizeof(folder_file), "%s.small", o.shrink);
	save(folder_file, &current, NULL);
	round_write(&current, stdout, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (o.print) {
		round_make(&current, o.seed, o.start, o.ops, o.faults);
		round_write(&current, stdout, NULL);
		return 0;
	}
	if (o.shrink && o.trial)
		return shrink();
	errors_load("tools/man/bpf.4");
	klog_open("tools/vm/klog-patterns");
	round_prepare();
	snprintf(folder_file, sizeof(folder_file), "%s/syscall-current", o.folder);
	return o.replay ? replay() : o.shrink ? shrink() : fuzz();
}
