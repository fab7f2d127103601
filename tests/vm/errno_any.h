/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Provokers of the errors that any command can have; see cases/errno.c for what a
 * provoker is.  Include errno_page.h and errno_calls.h first.
 */
#ifndef VM_ERRNO_ANY_H
#define VM_ERRNO_ANY_H

#include "stall.h"

static inline int on_d0(void)
{
	return bpf_on("d0", 0);
}

static long any_unknown(bool bad)
{
	return ioctl(on_d0(), bad ? (unsigned long)_IO('B', 99) : BIOCFLUSH);
}

static long any_locked(bool bad)
{
	int fd = on_d0();

	if (!bad)
		return bpf_setif(fd, "d0");
	prepare(ioctl(fd, BIOCLOCK));
	if (!failed(ioctl(fd, _IO('B', 99)), EPERM))
		return UNPREPARED;
	return bpf_setif(fd, "d0");
}

/* Every command that reads an argument, on descriptors of all kinds. */
static long any_unreadable(bool bad)
{
	int fds[] = { bpf_open(O_RDWR), on_d0(), on_d0() };
	int last = 0;

	if (!bad)
		return ioctl(on_d0(), BIOCIMMEDIATE, &last);
	prepare(ioctl(fds[2], BIOCLOCK));
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		for (size_t j = 0; j < ARRAY_SIZE(commands); j++) {
			if (!COMMAND_IN(commands[j].code))
				continue;
			if (!failed(ioctl(fds[i], commands[j].code, nowhere()),
				    EFAULT)) {
				printf("# %s: %s\n", commands[j].name,
				       strerror(errno));
				return UNPREPARED;
			}
			last++;
		}
	printf("# %d calls\n", last);
	errno = EFAULT;
	return last ? -1 : UNPREPARED;
}

static long any_unstorable(bool bad)
{
	struct timeval second = { 1, 0 };
	union argument arg;
	int plain = on_d0(), zcopy = zcopy_fresh(O_RDWR), last = 0;

	prepare(ioctl(plain, BIOCSWTIMEOUT, &second));
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned long code = commands[i].code;
		int fd = is_zcopy(code) ? zcopy : plain;

		if (!COMMAND_OUT(code) || COMMAND_IN(code))
			continue;
		if (bad ? !failed(ioctl(fd, code, nowhere()), EFAULT) :
			  ioctl(fd, code, &arg)) {
			printf("# %s: %s\n", commands[i].name, strerror(errno));
			return UNPREPARED;
		}
		last++;
	}
	printf("# %d calls\n", last);
	errno = EFAULT;
	return bad ? -1 : 0;
}

/* A command in a thread, which says what became of it. */
struct command_call {
	int fd;
	struct bpf_program *filter;	/* NULL: BIOCFLUSH */
	long ret;
	int err;
	pid_t tid;
	pthread_t thread;
};

static inline void *command_thread(void *arg)
{
	struct command_call *c = arg;

	__atomic_store_n(&c->tid, gettid(), __ATOMIC_RELEASE);
	c->ret = ioctl(c->fd, c->filter ? BIOCSETF : BIOCFLUSH, c->filter);
	c->err = errno;
	return NULL;
}

static inline bool command_asleep(struct command_call *c)
{
	pid_t tid = __atomic_load_n(&c->tid, __ATOMIC_ACQUIRE);
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	file_get(path, text, sizeof(text));
	return tid && *text != 'r' && atoi(text) == SYS_ioctl;
}

/* A BIOCSETF whose program does not come is at work as long as that takes. */
static long any_interrupted(bool bad)
{
	struct command_call set = { .fd = on_d0() }, flush = { .fd = set.fd };
	struct bpf_program filter = { .bf_len = 1 };
	struct timespec patience;
	struct stall stall;
	bool ended = false;
	int err;

	err = stall_make(&stall);
	if (err && errno == ENOSYS)
		lacking = "has no userfaultfd";
	prepare(err);
	filter.bf_insns = stall.page;
	set.filter = &filter;
	pthread_create(&set.thread, NULL, command_thread, &set);
	prepare(stall_touched(&stall) ? 0 : -1);
	pthread_create(&flush.thread, NULL, command_thread, &flush);
	prepare(wait_until(command_asleep(&flush)) ? 0 : -1);
	if (bad) {
		pthread_kill(flush.thread, SIGUSR1);
		clock_gettime(CLOCK_REALTIME, &patience);
		patience.tv_sec += PATIENCE / 2;
		ended = !pthread_timedjoin_np(flush.thread, NULL, &patience);
	}
	/* no return without it, or the threads would stay */
	stall_end(&stall);
	pthread_join(set.thread, NULL);
	if (!ended)
		pthread_join(flush.thread, NULL);
	errno = flush.err;
	return bad && !ended ? UNPREPARED : flush.ret;
}

#endif /* VM_ERRNO_ANY_H */
