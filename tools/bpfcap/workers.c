// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Several processes that share the packets of each interface: each has descriptors and
 * files of its own.  They begin and end together.
 */
#include "bpfcap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The descriptors of the others stay theirs: who holds one keeps it in its group. */
static void keep_only(struct device *devices, const struct options *o, unsigned int worker)
{
	unsigned int i;

	for (i = 0; i < o->workers * o->ninterfaces; i++)
		if (i / o->ninterfaces + 1 != worker)
			device_close(&devices[i]);
}

static pid_t start(struct device *devices, const struct options *o, unsigned int worker,
		   uint64_t *total)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	/* without the one that is told to end, end */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		raise(SIGTERM);
	keep_only(devices, o, worker);
	exit(capture(devices + (worker - 1) * o->ninterfaces, o, worker, total));
}

static void end_all(const pid_t *pids, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGTERM);
}

/* Those that have ended; status becomes the worst of theirs.  Returns how many. */
static unsigned int collect(pid_t *pids, unsigned int count, int *status)
{
	unsigned int i, ended = 0;
	int how, result;

	for (i = 0; i < count; i++) {
		if (pids[i] <= 0 || waitpid(pids[i], &how, WNOHANG) <= 0)
			continue;
		result = WIFEXITED(how) ? WEXITSTATUS(how) : EXIT_CAPTURE;
		if (WIFSIGNALED(how))
			say("process %d of %u: %s", i + 1, count, strsignal(WTERMSIG(how)));
		if (result > *status)
			*status = result;
		pids[i] = 0;
		ended++;
	}
	return ended;
}

/**
 * workers() - capture with several processes
 * @devices: descriptors of all of them, one process's after another's, started
 * @o: options
 * @total: a number that they share
 *
 * When one of them ends, for whatever reason, all do.
 *
 * Return: exit status.
 */
int workers(struct device *devices, const struct options *o, uint64_t *total)
{
	pid_t pids[WORKERS_MAX] = {};
	unsigned int i, running = 0;
	int status = 0, number = 0;
	unsigned int gone;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	/* ppoll(2) of the processes lets in what was let in before: not this one */
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (i = 0; i < o->workers; i++) {
		pids[i] = start(devices, o, i + 1, total);
		if (pids[i] < 0) {
			say("cannot start a process: %s", strerror(errno));
			status = EXIT_CAPTURE;
			end_all(pids, i);
			break;
		}
		running++;
	}
	keep_only(devices, o, 0);
	while (running) {
		gone = collect(pids, o->workers, &status);
		running -= gone;
		if (gone || (number && number != SIGCHLD))
			end_all(pids, o->workers);
		if (running)
			sigwait(&set, &number);
	}
	return status;
}
