// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Runs the rows of the conformance suite, each in a process of its own and in a
 * network as if it were the first there, and prints TAP: "ok 7 - 2.4 step 1 |
 * FreeBSD | statement".  An argument is a pattern: only sections whose title matches.
 * Knows no statement.
 */
#include "conf.h"

#include <fnmatch.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#define STATUS_SKIP 77

#ifdef ABI32
#define SECTIONS(X) X(abi32)
#else
#define SECTIONS(X)							\
	X(codes) X(commands) X(life) X(gone) X(defaults) X(buffers)	\
	X(filter) X(attach) X(values) X(reading) X(store) X(polling) X(signals)	\
	X(records) X(stamps) X(writing) X(sending) X(batches) X(lock)	\
	X(direction) X(writers) X(waits) X(fildrop) X(extensions)	\
	X(vlan) X(validation) X(machine) X(stats) X(sysctls) X(compat) X(clients)
#endif

#define DECLARE(name) extern const struct section name;
SECTIONS(DECLARE)

#define POINTER(name) &name,
static const struct section *const sections[] = { SECTIONS(POINTER) };

/* Rows at a time: some sleep, and there are some processors. */
#define WIDTH 4

/* A row that runs. */
struct job {
	const struct section *begins;	/* the row is its first */
	const struct row *row;
	int notes;	/* a file in memory: the standard output of the row */
	pid_t child;
	int64_t deadline;
	int net;	/* a namespace that no row has changed, or -1 */
};

char data[1 << 20];
static int64_t patience;	/* us until a row counts as hung */
static int skipped;

void row_fail(const char *file, int line, const char *expr, long got, int err,
	      long wanted, int wanted_err)
{
	printf("%s:%d: %s: %ld", file, line, expr, got);
	if (got == -1)
		printf(" (%s)", strerror(err));
	if (wanted_err)
		printf(", not -1 (%s)\n", strerror(wanted_err));
	else
		printf(", not %ld\n", wanted);
	exit(1);
}

void row_skip(const char *why)
{
	printf("%s\n", why);
	exit(STATUS_SKIP);
}

static void __attribute__((noreturn)) row_child(const struct job *job)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(setpgid(0, 0));
	must(dup2(job->notes, STDOUT_FILENO));
	setvbuf(stdout, NULL, _IOLBF, 0);
	must(setns(job->net, CLONE_NEWNET));
	job->row->run(job->row);
	exit(0);
}

static void job_start(struct job *job, const struct section *section, size_t r)
{
	if (section->own_net && job->net >= 0) {
		close(job->net);
		job->net = -1;
	}
	if (job->net < 0)
		job->net = net_make();
	job->begins = r ? NULL : section;
	job->row = &section->rows[r];
	job->notes = must(memfd_create("notes", MFD_CLOEXEC));
	job->deadline = now_us(CLOCK_MONOTONIC) + patience;
	fflush(stdout);
	job->child = must(fork());
	if (!job->child)
		row_child(job);
}

/* Its wait status, or -1 if it had to be killed. */
static int job_wait(const struct job *job)
{
	struct pollfd pfd = { .events = POLLIN };
	int64_t left = job->deadline - now_us(CLOCK_MONOTONIC);
	int status, ended;

	pfd.fd = must(syscall(SYS_pidfd_open, job->child, 0));
	ended = must(poll(&pfd, 1, left > 0 ? left / 1000 : 0));
	close(pfd.fd);
	/* and what it started */
	kill(-job->child, SIGKILL);
	if (!ended)
		kill(job->child, SIGKILL);
	must(waitpid(job->child, &status, 0));
	return ended ? status : -1;
}

/* What the row printed, one line as "# ..." a line. */
static void show_notes(const struct job *job)
{
	static char text[65536];
	ssize_t len = must(pread(job->notes, text, sizeof(text) - 1, 0));
	char *save, *line;

	text[len] = '\0';
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		printf("#   %s\n", line);
}

static void job_report(struct job *job)
{
	const struct row *row = job->row;
	int status = job_wait(job);
	bool skip = status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SKIP;

	if (job->begins)
		printf("# == %s (%zu)\n", job->begins->title, job->begins->count);
	ok(!status || skip, "%s | %s | %s%s%s%s", row->para, row->who, row->says,
	   row->differs ? " | differs: " : "", row->differs ?: "", skip ? " # SKIP" : "");
	if (status)
		show_notes(job);
	if (status == -1)
		printf("#   killed after %lld s\n", (long long)patience / 1000000);
	else if (WIFSIGNALED(status))
		printf("#   died of signal %d\n", WTERMSIG(status));
	fflush(stdout);
	close(job->notes);
	skipped += skip;
	if (!net_unchanged(job->net)) {
		close(job->net);
		job->net = -1;
	}
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : "*";
	int64_t start = now_us(CLOCK_MONOTONIC);
	size_t s, r, started = 0, ended = 0;
	struct job jobs[WIDTH];
	struct utsname uts;

	for (s = 0; s < WIDTH; s++)
		jobs[s].net = -1;
	must(uname(&uts));
	/* a kernel full of checks is slower */
	patience = strstr(uts.release, "debug") ? 120000000 : 60000000;
	for (s = 0; s < ARRAY_SIZE(sections); s++) {
		if (fnmatch(only, sections[s]->title, 0))
			continue;
		for (r = 0; r < sections[s]->count; r++) {
			if (started - ended == WIDTH)
				job_report(&jobs[ended++ % WIDTH]);
			job_start(&jobs[started++ % WIDTH], sections[s], r);
		}
	}
	while (ended < started)
		job_report(&jobs[ended++ % WIDTH]);
	printf("# %d rows, %d failed, %d skipped, %lld s\n", tap_count, tap_failed, skipped,
	       (long long)(now_us(CLOCK_MONOTONIC) - start) / 1000000);
	return tap_done();
}
