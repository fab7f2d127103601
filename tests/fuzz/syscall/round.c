// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Runs a round in a process of its own: threads that do the operations, one that wakes
 * whoever sleeps, and the process that waits for all this and never takes part.  Who
 * does not return though it was woken is a finding, and so is a process that is ended.
 */
#include "world.h"
#include "../../vm/fault.h"

#include <sys/prctl.h>

#define NAP_MS		10	/* how long a call may sleep before it gets a signal */

struct world world;

static unsigned int hang_seconds;

void finding(const char *key, const char *fmt, ...)
{
	struct shared *s = world.shared;
	unsigned int none = 0;
	va_list ap;

	if (!atomic_compare_exchange_strong(&s->found, &none, 1))
		return;
	snprintf(s->key, sizeof(s->key), "%s", key);
	va_start(ap, fmt);
	vsnprintf(s->text, sizeof(s->text), fmt, ap);
	va_end(ap);
	atomic_store(&s->found, 2);
}

/*
 * Kernel code that changes interfaces warns if it gets no memory for what cannot fail.
 * And what fails could be the copy of a signal's frame, which ends the process: so there
 * are no signals meanwhile, and nothing that sleeps until one comes.
 */
static bool can_fail(const struct op *op)
{
	int flags = op->kind == OP_read ? fcntl(SLOT0 + op->slot, F_GETFL) : O_NONBLOCK;

	return op->kind != OP_link && op->kind != OP_tun && op->kind != OP_unshare &&
	       op->kind != OP_fork && op->kind != OP_poll && flags >= 0 && (flags & O_NONBLOCK);
}

static long kind_run(struct worker *w)
{
	switch (w->op->kind) {
	case OP_ioctl: return args_ioctl(w);
	case OP_code: return args_code(w);
	case OP_send: return links_send(w);
	case OP_link: return links_change(w);
	case OP_tun: return links_tun(w);
	default: return files_run(w);
	}
}

static void op_run(struct worker *w, const struct op *op, unsigned int at)
{
	struct shared *s = world.shared;
	bool fault = op->fail && w->fault >= 0 && can_fail(op);
	sigset_t all, was;
	long ret;

	w->op = op;
	w->state = (uint64_t)op->a << 32 ^ (uint64_t)op->b << 16 ^ op->c;
	atomic_store(&s->threads[op->thread].at, at);
	atomic_store(&s->threads[op->thread].since, now_us(CLOCK_MONOTONIC));
	if (fault) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &was);
		fault_set(w->fault, op->fail);
	}
	ret = kind_run(w);
	if (fault) {
		atomic_fetch_add(&s->faults, fault_end(w->fault));
		pthread_sigmask(SIG_SETMASK, &was, NULL);
	}
	atomic_fetch_add(&s->calls, 1);
	atomic_fetch_add(&s->runs[op->kind], 1);
	atomic_fetch_add(&s->passed[op->kind], ret >= 0);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	const struct round *r = world.round;

	w->fault = fault_open();
	for (unsigned int i = 0; i < r->count && !atomic_load(&world.shared->found); i++)
		if (r->ops[i].thread == w->id)
			op_run(w, &r->ops[i], i);
	atomic_store(&world.shared->threads[w->id].since, 0);
	return NULL;
}

/* Any signal that chance may choose only wakes. */
static void signals_catch(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (sig != SIGSEGV && sig != SIGBUS && sig != SIGCHLD && sig != SIGALRM)
			sigaction(sig, &sa, NULL);
}

static void memory_get(struct worker *w)
{
	w->memory = must(mmap(NULL, MEMORY + 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
	must(mprotect(w->memory + MEMORY, 4096, PROT_NONE));
}

static void world_make(void)
{
	size_t areas = SLOTS * 2 * AREA_PAGES * sysconf(_SC_PAGESIZE);

	world.areas = must(mmap(NULL, areas, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
	world.readonly = must(mmap(NULL, 4096, PROT_READ,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
	must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, world.pass));
	pthread_rwlock_init(&world.maps_lock, NULL);
	for (int n = 0; n < SLOTS; n++) {
		int fd = must(open("/dev/bpf", O_RDWR | O_CLOEXEC | O_NONBLOCK));

		must(dup3(fd, SLOT0 + n, O_CLOEXEC));
		close(fd);
	}
	ledger_start();
}

/* Where a thread is in the kernel, as far as that can be said. */
static void hang_report(unsigned int id, pid_t pid, pid_t tid)
{
	const struct op *op = &world.round->ops[atomic_load(&world.shared->threads[id].at)];
	char path[64], stack[500], key[96];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stack", pid, tid);
	file_get(path, stack, sizeof(stack));
	snprintf(key, sizeof(key), "hang %s", op_names[op->kind]);
	finding(key, "thread %u is in %s for %u s, signals do not wake it:\n%s", id,
		op_names[op->kind], hang_seconds, stack);
}

/* Wakes who sleeps, until all have ended; false if somebody cannot be woken. */
static bool threads_wait(struct worker *workers)
{
	unsigned int left;

	do {
		left = 0;
		sleep_ms(NAP_MS / 2);
		for (unsigned int i = 0; i < THREADS; i++) {
			long since = atomic_load(&world.shared->threads[i].since);
			long past = now_us(CLOCK_MONOTONIC) - since;

			left += since != 0;
			if (!since || past < NAP_MS * 1000)
				continue;
			pthread_kill(workers[i].thread, SIGUSR2);
			if (past > hang_seconds * 1000000L) {
				hang_report(i, getpid(), workers[i].tid);
				return false;
			}
		}
	} while (left);
	return true;
}

static void *work_begin(void *arg)
{
	struct worker *w = arg;

	w->tid = gettid();
	return work(w);
}

/* The process of the round. */
static void round_process(void)
{
	static struct worker workers[THREADS];

	must(prctl(PR_SET_PDEATHSIG, SIGKILL));
	must(setpgid(0, 0));
	signals_catch();
	world_make();
	for (unsigned int i = 0; i < THREADS; i++) {
		struct worker *w = &workers[i];

		*w = (struct worker){ .id = i, .tun = -1, .serial = i << 24 };
		memory_get(w);
		atomic_store(&world.shared->threads[i].since, now_us(CLOCK_MONOTONIC));
		must(pthread_create(&w->thread, NULL, work_begin, w) ? -1 : 0);
	}
	if (!threads_wait(workers))
		_exit(1);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	if (!atomic_load(&world.shared->found))
		ledger_check();
	for (unsigned int n = 0; n < SLOTS; n++)
		close(SLOT0 + n);
	links_clear();
	_exit(0);
}

/* Settings of chance end with the round. */
static void sysctls_reset(void)
{
	static const char *const all[][2] = {
		{ "maxbufsize", "524288" }, { "bufsize", "4096" }, { "maxinsns", "4096" },
		{ "optimize_writers", "0" }, { "zerocopy_enable", "1" }, { "jit_enable", "1" },
		{ "jit_harden", "1" },
	};
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/bpf/%s", all[i][0]);
		file_put(path, all[i][1]);
	}
}

void round_prepare(void)
{
	world.shared = must(mmap(NULL, sizeof(*world.shared), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	links_open();
	fault_prepare();
}

/*
 * Waits for the process of the round. It has its own watch; whoever is not through
 * with that is stuck in the kernel, as is one that does not die.
 */
static bool process_wait(pid_t pid, int *status)
{
	int64_t end = now_us(CLOCK_MONOTONIC) + 4 * hang_seconds * 1000000LL;
	pid_t got;

	while (!(got = waitpid(pid, status, WNOHANG)) && now_us(CLOCK_MONOTONIC) < end)
		sleep_ms(2);
	if (got)
		return true;
	hang_report(0, pid, pid);
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	end = now_us(CLOCK_MONOTONIC) + hang_seconds * 1000000LL;
	while (!(got = waitpid(pid, status, WNOHANG)) && now_us(CLOCK_MONOTONIC) < end)
		sleep_ms(2);
	return got;
}

/**
 * round_run - run a round
 * @hang: seconds until a call that was woken counts as hung
 *
 * What was found is in world.shared.
 *
 * Return: whether this machine can go on.
 */
bool round_run(const struct round *r, unsigned int hang)
{
	struct shared *s = world.shared;
	int status = 0;
	pid_t pid;

	hang_seconds = hang;
	world.round = r;
	atomic_store(&world.sent, 0);
	atomic_store(&s->found, 0);
	sysctls_reset();
	pid = must(fork());
	if (!pid)
		round_process();
	if (!process_wait(pid, &status))
		return false;
	if (WIFSIGNALED(status))
		finding("ended", "the process of the round was ended by signal %d",
			WTERMSIG(status));
	else if (WEXITSTATUS(status))
		finding("ended", "the process of the round ended with %d", WEXITSTATUS(status));
	kill(-pid, SIGKILL);
	ledger_left();
	return true;
}
