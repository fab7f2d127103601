// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What is done with descriptors beside ioctls. */
#include "world.h"

#include <sys/epoll.h>
#include <sys/select.h>

static int slot(const struct worker *w)
{
	return SLOT0 + w->op->slot;
}

/* Takes the place of a descriptor in a slot, as in a close and an open at once. */
static long place(int fd, unsigned int n)
{
	long ret;

	if (fd < 0)
		return -1;
	ret = dup3(fd, SLOT0 + n, O_CLOEXEC);
	close(fd);
	return ret;
}

/* What a mapping of a descriptor's two buffers has to have. */
static size_t map_len(int fd)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned int size = 4096;

	ioctl(fd, BIOCGBLEN, &size);
	return 2 * ((size + 32 + page - 1) & -page);
}

/* What most programs do next. b: how; errors are expected. */
static void configure(struct worker *w, int fd, uint32_t how)
{
	size_t len = AREA_PAGES * sysconf(_SC_PAGESIZE);
	char *area = world.areas + w->op->slot * 2 * len, name[16];
	struct bpf_zbuf where = { area, area + len, len };
	struct timeval soon = { 0, 10000 };
	unsigned int on = 1;

	if (how % 8 < 2)
		bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF);
	if (how % 8 == 0)
		ioctl(fd, BIOCSETZBUF, &where);
	if (how % 8 == 1) {
		len = map_len(fd);
		munmap(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), len);
	}
	links_choose(name, how >> 16);
	if (how >> 6 & 7) {
		bpf_setif(fd, name);
		ioctl(fd, BIOCSRTIMEOUT, &soon);
		if (how >> 9 & 1)
			ioctl(fd, BIOCIMMEDIATE, &on);
	}
}

/* a: how to open, in which namespace; b: how to go on. */
static long do_open(struct worker *w)
{
	static const int flags[] = { O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDONLY,
				     O_WRONLY };
	uint32_t how = w->op->a;
	bool away = (how >> 8) % 16 == 0;
	int fd, err;

	if (away)
		must(setns(world.away, CLONE_NEWNET));
	fd = open(how & 16 ? "/dev/bpf" : "/dev/bpf0", O_CLOEXEC | flags[how % ARRAY_SIZE(flags)] |
		  ((how >> 5) % 4 ? O_NONBLOCK : 0));
	err = errno;
	if (away)
		must(setns(world.home, CLONE_NEWNET));
	judge(w, "open", fd, err);
	if (fd >= 0)
		configure(w, fd, w->op->b);
	errno = err;
	return place(fd, w->op->slot);
}

static long do_close(struct worker *w)
{
	atomic_store(&world.closed[w->op->slot], 1);
	return close(slot(w));
}

/* a: into which slot */
static long do_dup(struct worker *w)
{
	return place(dup(slot(w)), w->op->a % SLOTS);
}

/* A descriptor travels; it may lie in the socket when all else of it is closed. */
static long do_pass(struct worker *w)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fd = slot(w);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(world.pass[0], &msg, MSG_DONTWAIT);
}

static long do_take(struct worker *w)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	int fd;

	if (recvmsg(world.pass[1], &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -1;
	c = CMSG_FIRSTHDR(&msg);
	if (!c)
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return place(fd, w->op->slot);
}

/* A child has all descriptors, uses one, and goes on its own time. c: what it does */
static long do_fork(struct worker *w)
{
	struct pollfd pfd = { slot(w), POLLIN, 0 };
	pid_t pid = fork();

	if (pid)
		return pid;
	alarm(20);
	switch (w->op->c % 4) {
	case 0:
		break;
	case 1:
		bpf_setif(slot(w), "f0");
		ioctl(slot(w), BIOCPROMISC);
		break;
	case 2:
		poll(&pfd, 1, 10);
		fcntl(slot(w), F_SETFL, O_NONBLOCK);
		read(slot(w), w->memory, 4096);
		break;
	default:
		/* holds them a little longer than others do */
		sleep_ms(5);
	}
	_exit(0);
}

/* a: what, b: value */
static long do_fcntl(struct worker *w)
{
	static const int signals[] = { 0, SIGIO, SIGUSR1, 64 };
	int on = w->op->b & 1, fd = slot(w);

	switch (w->op->a % 8) {
	case 0: return fcntl(fd, F_SETFL, w->op->b & (O_NONBLOCK | O_ASYNC));
	case 1: return fcntl(fd, F_SETOWN, w->op->b & 1 ? getpid() : -getpid());
	case 2: return fcntl(fd, F_SETSIG, signals[w->op->b % ARRAY_SIZE(signals)]);
	case 3: return ioctl(fd, FIOASYNC, &on);
	case 4: return ioctl(fd, 0x8004667d, &on);	/* the BSDs' */
	case 5: return lseek(fd, w->op->b, SEEK_SET);
	case 6: return fcntl(fd, F_GETOWN);
	default: return fcntl(fd, F_SETFL, O_NONBLOCK);
	}
}

/* a: odd length, b: memory, c: readv or a 32-bit call */
static long do_read(struct worker *w)
{
	const struct op *op = w->op;
	unsigned int size = 4096;
	uint32_t how = op->b | 8;	/* not too often bad */
	char *buf;
	long ret;
	int err;

	ioctl(slot(w), BIOCGBLEN, &size);
	if (op->a % 16 == 0)
		size = op->a >> 8;
	if (size > MEMORY - 16384)
		size = MEMORY - 16384;
	if (op->b % 8 == 0)
		how = op->b >> 8;
	buf = args_place(w, size, how);
	if (args_good(how) && size <= 65536)
		memset(buf, FILL, size);
	if (op->c % 8 == 0) {
		struct iovec iov[2] = { { buf, size / 3 }, { buf + size / 3, size - size / 3 } };

		ret = readv(slot(w), iov, 2);
	} else if (op->c % 8 == 1 && (uintptr_t)buf < UINT32_MAX) {
		ret = int80(3, slot(w), (uintptr_t)buf, size);
	} else {
		ret = read(slot(w), buf, size);
	}
	err = errno;
	judge(w, "read", ret, err);
	if (ret > (long)size)
		finding("read: too long", "read of %u bytes returns %ld", size, ret);
	else if (ret > 0 && args_good(how))
		records_check(buf, ret);
	for (unsigned int i = ret > 0 ? ret : 0; args_good(how) && size <= 65536 && i < size; i++)
		if ((uint8_t)buf[i] != FILL && !(ret < 0 && err == EFAULT)) {
			finding("read: beyond", "read returns %ld and changes byte %u", ret, i);
			break;
		}
	errno = err;
	return ret;
}

/* A batch: records, sometimes malformed. */
static size_t batch_make(struct worker *w, char *at)
{
	unsigned int n = 1 + rng_below(&w->state, 5);
	size_t len = 0;

	while (n--) {
		struct bpf_hdr hdr = { .bh_caplen = 60 + rng_below(&w->state, 64) };

		hdr.bh_datalen = hdr.bh_caplen;
		hdr.bh_hdrlen = sizeof(hdr);
		if (rng_one_in(&w->state, 16))
			((uint8_t *)&hdr)[16 + rng_below(&w->state, 10)] ^= 1 << rng_below(&w->state, 8);
		memcpy(at + len, &hdr, sizeof(hdr));
		frame_make((uint8_t *)at + len + sizeof(hdr), 124, w->serial++);
		len += BPF_WORDALIGN(sizeof(hdr) + (hdr.bh_caplen & 0xff));
	}
	return len;
}

/* a: length, b: memory, c: a batch or one frame; write or writev */
static long do_write(struct worker *w)
{
	const struct op *op = w->op;
	size_t len = op->a % 8 ? 60 + op->a % 1400 : (op->a >> 8) % 70000;
	uint32_t how = op->b % 8 ? op->b | 8 : op->b >> 8;
	char *buf = args_place(w, 80000, how);
	long ret;

	if (args_good(how)) {
		frame_make((uint8_t *)buf, len < FRAME_MIN ? FRAME_MIN : len, w->serial++);
		memset(buf, 0xff, op->c & 4 ? 6 : 0);
		if (op->c & 1)
			len = batch_make(w, buf);
	}
	if (op->c % 8 < 2) {
		struct iovec iov[2] = { { buf, len / 3 }, { buf + len / 3, len - len / 3 } };

		ret = writev(slot(w), iov, 2);
	} else {
		ret = write(slot(w), buf, len);
	}
	judge(w, "write", ret, errno);
	return ret;
}

/* a: what for, b: how long, c: by which call */
static long do_poll(struct worker *w)
{
	struct pollfd pfd[2] = { { slot(w), w->op->a & 63, 0 },
				 { SLOT0 + (w->op->a >> 8) % SLOTS, POLLIN, 0 } };
	struct epoll_event event = { .events = EPOLLIN };
	struct timeval tv = { 0, w->op->b % 10000 };
	fd_set in;
	long ret;
	int fd;

	switch (w->op->c % 3) {
	case 0:
		return poll(pfd, 2, w->op->b % 10);
	case 1:
		FD_ZERO(&in);
		FD_SET(slot(w), &in);
		return select(slot(w) + 1, &in, NULL, NULL, &tv);
	default:
		fd = epoll_create1(EPOLL_CLOEXEC);
		epoll_ctl(fd, EPOLL_CTL_ADD, slot(w), &event);
		ret = epoll_wait(fd, &event, 1, w->op->b % 10);
		close(fd);
		return ret;
	}
}

/* a: length, b: protection and flags, c: offset */
static long do_map(struct worker *w)
{
	static const int flags[] = { MAP_SHARED, MAP_SHARED, MAP_SHARED, MAP_PRIVATE };
	const struct op *op = w->op;
	struct mapping *m = &world.maps[op->slot], old;
	size_t page = sysconf(_SC_PAGESIZE);
	size_t size = op->a % 6 ? map_len(slot(w)) : page * (1 + (op->a >> 8) % 300);
	char *at;

	at = mmap(NULL, size, op->b % 8 ? PROT_READ | PROT_WRITE : PROT_READ,
		  flags[(op->b >> 8) % ARRAY_SIZE(flags)], slot(w), op->c % 8 ? 0 : page);
	if (at == MAP_FAILED) {
		judge(w, "mmap", -1, errno);
		return -1;
	}
	pthread_rwlock_wrlock(&world.maps_lock);
	old = *m;
	*m = (struct mapping){ op->b % 8 ? at : NULL, size };
	pthread_rwlock_unlock(&world.maps_lock);
	if (old.at)
		munmap(old.at, old.len);
	if (!(op->b % 8))
		munmap(at, size);
	return 0;
}

static long do_unmap(struct worker *w)
{
	struct mapping old;

	pthread_rwlock_wrlock(&world.maps_lock);
	old = world.maps[w->op->slot];
	world.maps[w->op->slot].at = NULL;
	pthread_rwlock_unlock(&world.maps_lock);
	/* sometimes a half of it, the other half goes with the process */
	return old.at ? munmap(old.at, w->op->a % 4 ? old.len : old.len / 2) : -1;
}

static void scribble(uint32_t *header, size_t len, const struct op *op)
{
	switch (op->a % 6) {
	case 0: header[op->b % 8] = op->c; break;
	case 1: header[op->b % 8] = op->c % 4; break;
	case 2: memset(header, op->c, op->b % 16 ? 32 : len); break;
	default: __atomic_store_n(&header[2], header[0], __ATOMIC_RELEASE); break;
	}
}

/* Writes into shared buffers, as a good program does or a bad one. a, b, c: what */
static long do_touch(struct worker *w)
{
	size_t len = AREA_PAGES * sysconf(_SC_PAGESIZE);
	bool second = w->op->b >> 8 & 1;
	struct mapping *m = &world.maps[w->op->slot];

	scribble((void *)(world.areas + w->op->slot * 2 * len + (second ? len : 0)), len, w->op);
	pthread_rwlock_rdlock(&world.maps_lock);
	if (m->at)
		scribble((void *)(m->at + (second ? m->len / 2 : 0)), m->len / 2, w->op);
	pthread_rwlock_unlock(&world.maps_lock);
	return 0;
}

/* A descriptor that alone keeps its namespace, until something takes its slot. */
static long do_unshare(struct worker *w)
{
	int fd;

	if (unshare(CLONE_NEWNET))
		return -1;
	fd = open("/dev/bpf", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	bpf_setif(fd, "lo");
	ioctl(fd, BIOCPROMISC);
	must(setns(world.home, CLONE_NEWNET));
	return place(fd, w->op->slot);
}

/* a: which, b: value */
static long do_sysctl(struct worker *w)
{
	static const struct {
		const char *name;
		uint32_t good[4];
	} all[] = {
		{ "bufsize", { 4096, 32, 8192, 0 } },
		{ "maxbufsize", { 524288, 65536, 16777216, 31 } },
		{ "maxinsns", { 4096, 4096, 64, 4097 } },
		{ "optimize_writers", { 0, 0, 1, 2 } },
		{ "zerocopy_enable", { 1, 1, 0, 2 } },
		{ "jit_enable", { 0, 1, 2, 3 } },
		{ "jit_harden", { 0, 1, 2, 3 } },
		{ "stats", { 0, 0, 0, 1 } },
	};
	unsigned int which = w->op->a % ARRAY_SIZE(all);
	char path[64], call[32], text[16];
	int fd, err;
	long ret;

	snprintf(path, sizeof(path), "/proc/sys/net/bpf/%s", all[which].name);
	snprintf(call, sizeof(call), "net.bpf.%s", all[which].name);
	snprintf(text, sizeof(text), "%u", w->op->b % 8 ? all[which].good[w->op->b % 4] : w->op->b);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	if (!w->op->fail)
		judge(w, call, ret, err);
	return ret;
}

static long do_proc(struct worker *w)
{
	char *text = file_get("/proc/thread-self/net/bpf", w->memory, 32768);

	if (!w->op->fail && strncmp(text, "    Pid Netif", 13))
		finding("/proc/net/bpf", "/proc/net/bpf begins with \"%.20s\"", text);
	return 0;
}

long files_run(struct worker *w)
{
	switch (w->op->kind) {
	case OP_open: return do_open(w);
	case OP_close: return do_close(w);
	case OP_dup: return do_dup(w);
	case OP_pass: return do_pass(w);
	case OP_take: return do_take(w);
	case OP_fork: return do_fork(w);
	case OP_fcntl: return do_fcntl(w);
	case OP_read: return do_read(w);
	case OP_write: return do_write(w);
	case OP_poll: return do_poll(w);
	case OP_map: return do_map(w);
	case OP_unmap: return do_unmap(w);
	case OP_touch: return do_touch(w);
	case OP_unshare: return do_unshare(w);
	case OP_sysctl: return do_sysctl(w);
	default: return do_proc(w);
	}
}
