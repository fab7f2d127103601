// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Everything at once, for STRESS_SECONDS (15): threads that do anything to any
 * of a few descriptors of every kind of buffer - read, wait, write, every ioctl,
 * garbage, reopen, fork, descriptors of namespaces that nothing else keeps - while
 * interfaces come, go, change and move, and a process writes over all buffers that
 * are shared.  Nothing may fail but as documented, what is read must be records, a
 * listener beside all this must get its packets whole, and in the end nothing may be
 * left.  The kernel log is the other judge.
 *
 * STRESS_SEED takes the same decisions again, though not in the same order.
 */
#include "flow.h"
#include "churn.h"
#include "zcopy.h"
#include "vandal.h"
#include "scribble.h"
#include "bystander.h"
#include <sys/select.h>

#define WORKERS	10
#define SLOTS	8
#define SLOT0	100		/* slot n is the file descriptor SLOT0 + n, always */
#define BUFLEN	(BPF_MAXBUFSIZE + 8192)

struct worker {
	pthread_t thread;
	uint64_t random;
	char *buf;		/* BUFLEN bytes, and then none */
	atomic_bool done;
};

struct op {
	const char *name;
	long (*run)(struct worker *w);
	unsigned int weight;
	int errors[12];		/* that it may fail with */
};

static struct worker workers[WORKERS + 2];
static atomic_bool stop;
static atomic_uint torn;	/* reads that did not return records */
static atomic_uint records;
static int home, away;		/* the namespace that all this is in, a second one */
static pid_t other;		/* a process that keeps the second one */
static struct scribbler scribbler = { .slots = SLOTS, .slot0 = SLOT0 };

static int slot(struct worker *w)
{
	return SLOT0 + pick(&w->random, SLOTS);
}

static const char *name(struct worker *w)
{
	static const char *const names[] = { "s0", "s1", "s2", "s3", "s4", "s5",
					     "s6", "lo", "nonesuch", "" };

	return names[pick(&w->random, ARRAY_SIZE(names))];
}

/* Memory for n bytes: mostly good, sometimes bad from somewhere on. */
static char *memory(struct worker *w, size_t n)
{
	switch (pick(&w->random, 48)) {
	case 0: return NULL;
	case 1: return w->buf + BUFLEN - n / 2;
	case 2: return w->buf + 1;
	case 3: return (char *)0xffff888000000000;
	default: return w->buf;
	}
}

static void check_records(const char *buf, ssize_t len)
{
	const struct bpf_hdr *rec = NULL;
	ssize_t end = 0;

	while ((rec = record_next(buf, len, rec))) {
		end = (const char *)rec - buf + rec->bh_hdrlen + rec->bh_caplen;
		if (rec->bh_hdrlen < ETHER_HDRLEN || rec->bh_hdrlen > 40 ||
		    rec->bh_caplen > rec->bh_datalen || end > len)
			break;
		atomic_fetch_add(&records, 1);
	}
	if (rec || end != len)
		atomic_fetch_add(&torn, 1);
}

static long op_read(struct worker *w)
{
	int fd = slot(w);
	unsigned int size;
	char *buf;
	long len;

	if (ioctl(fd, BIOCGBLEN, &size))
		return -1;
	if (!pick(&w->random, 16))
		size = pick(&w->random, BPF_MAXBUFSIZE);
	buf = memory(w, size);
	if (!pick(&w->random, 4)) {
		struct iovec iov[2] = { { buf, size / 3 }, { buf + size / 3, size - size / 3 } };

		len = readv(fd, iov, 2);
	} else {
		len = read(fd, buf, size);
	}
	if (len > size)
		atomic_fetch_add(&torn, 1);
	else if (len > 0)
		check_records(buf, len);
	return len;
}

static long op_poll(struct worker *w)
{
	struct pollfd pfd[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		pfd[i] = (struct pollfd){ .fd = slot(w), .events = pick(&w->random, 64) };
	return poll(pfd, 3, pick(&w->random, 20));
}

static long op_select(struct worker *w)
{
	struct timeval tv = { 0, pick(&w->random, 20000) };
	fd_set in, out;
	unsigned int i;

	FD_ZERO(&in);
	FD_ZERO(&out);
	for (i = 0; i < SLOTS; i++)
		FD_SET(SLOT0 + i, pick(&w->random, 4) ? &in : &out);
	return select(SLOT0 + SLOTS, &in, pick(&w->random, 4) ? NULL : &out, NULL, &tv);
}

static long op_write(struct worker *w)
{
	unsigned int len = pick(&w->random, 8) ? 60 + pick(&w->random, 1400) : pick(&w->random, 12000), i;
	int fd = slot(w);
	long ret = 0;

	for (i = 0; i < 8 && ret >= 0; i++)
		ret = write(fd, memory(w, len), len);
	return ret;
}

static long op_filter(struct worker *w)
{
	struct bpf_insn *garbage = (void *)memory(w, 4096);
	struct bpf_program prog = { pick(&w->random, 600), garbage };
	static const unsigned long cmds[] = { BIOCSETF, BIOCSETFNR, BIOCSETWF };
	unsigned long cmd = cmds[pick(&w->random, 3)];

	if (!pick(&w->random, 4))
		return ioctl(slot(w), cmd, &prog);
	return flow_filter(slot(w), cmd, 1 + pick(&w->random, 3), pick(&w->random, 2), 1 + pick(&w->random, 2000));
}

static long op_setif(struct worker *w)
{
	return bpf_setif(slot(w), name(w));
}

static long op_sblen(struct worker *w)
{
	static const unsigned int sizes[] = { 32, 60, 4096, 8192, 32767, 65536, 524288 };

	return bpf_set(slot(w), BIOCSBLEN, sizes[pick(&w->random, ARRAY_SIZE(sizes))]);
}

static long op_value(struct worker *w)
{
	static const unsigned long cmds[] = {
		BIOCIMMEDIATE, BIOCSHDRCMPLT, BIOCSDIRECTION, BIOCPROMISC,
		BIOCPROMISC, BIOCFLUSH, BIOCFEEDBACK, BIOCSFILDROP, BIOCSHEADDROP,
		BIOCSBATCHWRITE, BIOCSPKTINFO, BIOCSTSTAMP, BIOCSETVLANPCP,
		BIOCDWTIMEOUT, FIOASYNC,
	};

	return bpf_set(slot(w), cmds[pick(&w->random, ARRAY_SIZE(cmds))], pick(&w->random, 3));
}

static long op_timeout(struct worker *w)
{
	struct timeval tv = { 0, pick(&w->random, 60) * 1000 };

	return ioctl(slot(w), pick(&w->random, 2) ? BIOCSRTIMEOUT : BIOCSWTIMEOUT, &tv);
}

/* Signals to this process, which only wake calls; a lock, until a reopen. */
static long op_owner(struct worker *w)
{
	static const int signals[] = { 0, SIGIO, SIGUSR1 };
	int fd = slot(w), me = getpid();

	if (!pick(&w->random, 8))
		return ioctl(fd, BIOCLOCK);
	return ioctl(fd, BIOCSRSIG, &signals[pick(&w->random, 3)]) ?:
	       ioctl(fd, FIOSETOWN, &me);
}

static long op_ask(struct worker *w)
{
	static const unsigned long cmds[] = {
		BIOCGBLEN, BIOCGDLT, BIOCGETIF, BIOCGRTIMEOUT, BIOCGSTATS,
		BIOCVERSION, BIOCGHDRCMPLT, BIOCGDIRECTION, FIONREAD,
		BIOCGSTATS64, BIOCGTSTAMP, BIOCGWTIMEOUT, BIOCGETIFLIST,
		SIOCGIFADDR, FIOGETOWN, BIOCGENGINE,
	};

	return ioctl(slot(w), cmds[pick(&w->random, ARRAY_SIZE(cmds))], memory(w, 128));
}

/* Any command of the group, with any direction and size. */
static long op_garbage(struct worker *w)
{
	static const unsigned int sizes[] = { 0, 1, 4, 8, 16, 24, 32, 40, 168 };
	unsigned int cmd = pick(&w->random, 8) << 29 | sizes[pick(&w->random, ARRAY_SIZE(sizes))] << 16 |
			   'B' << 8 | (96 + pick(&w->random, 80));

	/* a random signal could be one that ends this */
	if ((cmd & 0xff) == 115)
		cmd--;
	return ioctl(slot(w), cmd, memory(w, 16));
}

static long op_rotate(struct worker *w)
{
	return scribble_read(&scribbler, pick(&w->random, SLOTS));
}

/* Only a fresh descriptor has a choice. */
static long op_buffers(struct worker *w)
{
	unsigned int n = pick(&w->random, SLOTS);
	char *area = scribble_area(&scribbler, n), *const at[] = {
		area, area, area + 1, NULL, w->buf + BUFLEN, (char *)0xffff888000000000,
	};
	struct bpf_zbuf where = { at[pick(&w->random, ARRAY_SIZE(at))],
				  area + scribble_len(), scribble_len() };

	switch (pick(&w->random, 3)) {
	case 0: return ioctl(SLOT0 + n, BIOCSETZBUF, &where);
	case 1: return bpf_set(SLOT0 + n, BIOCSETBUFMODE, pick(&w->random, 4));
	default: return ioctl(SLOT0 + n, pick(&w->random, 2) ? BIOCGETZMAX : BIOCGETBUFMODE,
			      memory(w, 8));
	}
}

static long op_odd(struct worker *w)
{
	int fd = slot(w), flags = fcntl(fd, F_GETFL);

	switch (pick(&w->random, 5)) {
	case 0: return lseek(fd, 0, SEEK_END);
	case 1: return (long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	case 2: return pread(fd, w->buf, 4096, 0);
	case 3: return fsync(fd);
	default: return fcntl(fd, F_SETFL, flags ^ O_NONBLOCK);
	}
}

static long op_proc(struct worker *w)
{
	file_get("/proc/thread-self/net/bpf", w->buf, 65536);
	return strncmp(w->buf, "    Pid Netif", 13) ? (errno = 0, -1) : 0;
}

static long place(int fd, int at)
{
	long ret = fd < 0 ? fd : dup3(fd, at, O_CLOEXEC);

	close(fd);
	return ret;
}

static long op_reopen(struct worker *w)
{
	static const int flags[] = { O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDWR,
				     O_RDONLY, O_WRONLY };
	int fd = open(pick(&w->random, 2) ? "/dev/bpf" : "/dev/bpf0",
		      flags[pick(&w->random, ARRAY_SIZE(flags))] | O_CLOEXEC);
	unsigned int n = pick(&w->random, SLOTS), kind = pick(&w->random, 4);

	if (fd >= 0 && kind <= MAPPED)
		scribble_open(&scribbler, fd, kind, n);
	if (fd >= 0 && pick(&w->random, 4)) {
		bpf_setif(fd, name(w));
		bpf_timeout_ms(fd, 10);
	}
	return place(fd, SLOT0 + n);
}

/* A child closes what it inherited by its end, others hold it still. */
static long op_fork(struct worker *w)
{
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid) {
		/* the signals are for calls of the device; a child left would hold it */
		while (waitpid(pid, NULL, 0) < 0)
			must(errno == EINTR ? 0 : -1);
		return 0;
	}
	bpf_setif(slot(w), name(w));
	ioctl(slot(w), BIOCPROMISC);
	_exit(0);
}

/* A descriptor that alone keeps its namespace, until something takes its slot. */
static long op_netns(struct worker *w)
{
	long ret = unshare(CLONE_NEWNET);
	int fd;

	if (ret)
		return ret;
	fd = open("/dev/bpf", O_RDWR | O_CLOEXEC);
	if_up("lo");
	bpf_setif(fd, "lo");
	bpf_timeout_ms(fd, 10);
	ioctl(fd, BIOCPROMISC);
	write(fd, w->buf, 100);
	must(setns(home, CLONE_NEWNET));
	return place(fd, slot(w));
}

static const struct op ops[] = {
	{ "read", op_read, 20, { EINVAL, ENXIO, EAGAIN, EINTR, EFAULT, EBADF, EOPNOTSUPP } },
	{ "poll", op_poll, 8, { EINTR } },
	{ "select", op_select, 4, { EINTR } },
	{ "write", op_write, 20, { ENXIO, ENETDOWN, EMSGSIZE, EIO, EFAULT, ENOBUFS, EBADF, EINTR, EPERM,
				  EINVAL } },
	{ "filter", op_filter, 8, { EINVAL, EINTR, EPERM } },
	{ "setif", op_setif, 10, { ENXIO, EINVAL, EINTR, EPERM } },
	{ "sblen", op_sblen, 6, { EINVAL, EINTR, EPERM, EOPNOTSUPP } },
	{ "rotate", op_rotate, 10, { EOPNOTSUPP, EINTR, EPERM } },
	{ "buffers", op_buffers, 2, { EOPNOTSUPP, EINVAL, EBUSY, EBADF, EFAULT, ENOMEM, EINTR,
				      EPERM } },
	{ "value", op_value, 10, { EINVAL, EINTR, EPERM } },
	{ "timeout", op_timeout, 6, { EINTR } },
	{ "owner", op_owner, 2, { EINTR, EPERM } },
	{ "ask", op_ask, 10, { EINVAL, EFAULT, EINTR, EPERM, ENXIO, EADDRNOTAVAIL, ENOSPC, ENOMEM } },
	{ "garbage", op_garbage, 6, { EINVAL, EFAULT, ENXIO, ENOMEM, EINTR, EPERM, EOPNOTSUPP, EBUSY, ENOSPC } },
	{ "odd", op_odd, 2, { ESPIPE, ENODEV, EACCES, EINVAL, EBADF } },
	{ "/proc", op_proc, 1, { } },
	{ "reopen", op_reopen, 6, { } },
	{ "fork", op_fork, 1, { EAGAIN } },
	{ "netns", op_netns, 1, { } },
};

static atomic_uint runs[ARRAY_SIZE(ops)], passed[ARRAY_SIZE(ops)], wrong[ARRAY_SIZE(ops)];

static void run_op(struct worker *w, unsigned int n)
{
	const struct op *op = &ops[n];
	unsigned int i;
	int err;

	atomic_fetch_add(&runs[n], 1);
	if (op->run(w) >= 0) {
		atomic_fetch_add(&passed[n], 1);
		return;
	}
	err = errno;
	for (i = 0; i < ARRAY_SIZE(op->errors); i++)
		if (err && op->errors[i] == err)
			return;
	if (atomic_fetch_add(&wrong[n], 1) < 3)
		printf("# %s: %s\n", op->name, strerror(err));
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int total = 0, n, i;

	/* there are many workers, and interfaces shall change all the time */
	must(setpriority(PRIO_PROCESS, gettid(), 10));
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		total += ops[i].weight;
	while (!atomic_load(&stop)) {
		n = pick(&w->random, total);
		for (i = 0; n >= ops[i].weight; i++)
			n -= ops[i].weight;
		run_op(w, i);
	}
	/* What an unshared thread would keep is gone: it is at home again. */
	atomic_store(&w->done, true);
	return NULL;
}

/* One changer works here, a second one in the other namespace. */
static void *change(void *arg)
{
	struct worker *w = arg;
	bool second = w == &workers[WORKERS + 1];

	if (second)
		must(setns(away, CLONE_NEWNET));
	while (!atomic_load(&stop))
		change_links(&w->random, second ? getpid() : other);
	return NULL;
}

/* Has each operation worked once?  Garbage may be all wrong. */
static bool all_worked(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (!atomic_load(&passed[i]) && ops[i].run != op_garbage)
			return false;
	for (i = 0; i < 2; i++)
		if (!atomic_load(&scribbler.counts[i].struck) ||
		    !atomic_load(&scribbler.counts[i].handed))
			return false;
	return true;
}

/*
 * Lets everybody work, with signals as interrupts, until the time is over; longer where
 * that does not suffice, since a kernel full of checks is slow.
 */
static void run_for(unsigned int seconds)
{
	int64_t start = now_us(CLOCK_MONOTONIC);
	unsigned int i, left;

	for (i = 0; i < WORKERS; i++)
		flow_thread(&workers[i].thread, work, &workers[i]);
	for (; i < WORKERS + 2; i++)
		flow_thread(&workers[i].thread, change, &workers[i]);
	do {
		int64_t past = now_us(CLOCK_MONOTONIC) - start;

		if (past > seconds * 1000000LL &&
		    (all_worked() || past > 8 * seconds * 1000000LL))
			atomic_store(&stop, true);
		sleep_ms(10); /* the interval of the signals */
		for (i = 0, left = 0; i < WORKERS; i++) {
			left += !atomic_load(&workers[i].done);
			if (!atomic_load(&workers[i].done) &&
			    (atomic_load(&stop) || !pick(&workers[i].random, 8)))
				pthread_kill(workers[i].thread, SIGUSR1);
		}
	} while (left);
	for (i = 0; i < WORKERS + 2; i++)
		pthread_join(workers[i].thread, NULL);
}

/* Sum of the promiscuity of the interfaces here that have our names. */
static int promiscuous(void)
{
	struct if_nameindex *all = if_nameindex();
	int i, sum = 0;

	for (i = 0; all[i].if_index; i++)
		if (all[i].if_name[0] == 's' || !strcmp(all[i].if_name, "lo"))
			sum += promiscuity(all[i].if_name);
	if_freenameindex(all);
	return sum;
}

static void check_nothing_left(void)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		close(SLOT0 + i);
	/* vlan and veth interfaces lend their promiscuity to others: all are closed */
	is_ret(promiscuous(), 0, "no interface is promiscuous any more");
	is_ret(proc_lines("-"), 0, "/proc/net/bpf is empty");
	must(setns(away, CLONE_NEWNET));
	is_ret(promiscuous(), 0, "nor is one in the second namespace");
	must(setns(home, CLONE_NEWNET));
	close(away);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	sh("for i in s0 s1 s2 s3 s4 s5 s6; do ip link del $i 2>/dev/null; done; true");
	ok(!if_nametoindex("s0"), "the interfaces can be removed");
	is_ret(system("rmmod bsdbpf"), 0, "the module can be removed");
	is_ret(system("insmod build/$(uname -r)/bsdbpf.ko"), 0, "and loaded again");
}

int main(void)
{
	const char *seconds = getenv("STRESS_SECONDS"), *seed = getenv("STRESS_SEED");
	char path[64];
	static struct bystander bystander;
	unsigned long first = seed ? strtoul(seed, NULL, 0) : (unsigned long)time(NULL) ^ getpid();
	unsigned int i;

	setlinebuf(stdout);
	printf("# STRESS_SEED=%lu\n", first);
	flow_pair();
	zcopy_allow(true);
	if_up("lo");
	home = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	/* that of a descriptor with FIOASYNC; what wakes a call is SIGUSR1 */
	signal(SIGIO, SIG_IGN);
	other = namespace_start();
	snprintf(path, sizeof(path), "/proc/%d/ns/net", other);
	away = must(open(path, O_RDONLY | O_CLOEXEC));
	sh("for i in s0 s1 s2 s3 s4 s5 s6; do ip link add $i up type dummy; done");
	for (i = 0; i < WORKERS + 2; i++) {
		workers[i].random = (first + i) * 0x9e3779b97f4a7c15 | 1;
		workers[i].buf = must(mmap(NULL, BUFLEN + 4096, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		must(mprotect(workers[i].buf + BUFLEN, 4096, PROT_NONE));
	}
	for (i = 0; i < SLOTS; i++)
		must(place(open("/dev/bpf", O_RDWR | O_CLOEXEC), SLOT0 + i));
	scribble_start(&scribbler, first | 1);
	bystander_start(&bystander);
	run_for(seconds ? strtoul(seconds, NULL, 0) : 15);
	ok(scribble_stop(&scribbler), "memory around shared buffers is untouched");
	for (i = 0; i < 2; i++)
		ok(scribbler.counts[i].struck && scribbler.counts[i].handed,
		   "%s: written over, %u times, %u buffers with records", zkinds[i],
		   scribbler.counts[i].struck, scribbler.counts[i].handed);
	bystander_check(&bystander);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		/* garbage may be all wrong; of the rest something must have worked */
		ok(!wrong[i] && (passed[i] || ops[i].run == op_garbage),
		   "%s: worked, or failed as documented", ops[i].name);
		printf("# %u times, %u without an error\n", runs[i], passed[i]);
	}
	ok(!torn && records, "what was read were records, %u", records);
	check_nothing_left();
	return tap_done();
}
