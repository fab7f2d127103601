/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Provokers of the errors of open, read, write and of what is no ioctl; see
 * cases/errno.c for what a provoker is.  Include bpf.h and call.h first.
 *
 * The network they find: d0 and a0, dummies that are up, a0 with an address;
 * q0, whose queue is always full; c0, a CAN interface; n0, without a link type.
 */
#ifndef VM_ERRNO_CALLS_H
#define VM_ERRNO_CALLS_H

#include <linux/capability.h>

#define BLEN 4096	/* see private_net() */
#define FRAME 60
#define NOBODY 65534

static char buf[BLEN + 1];

/* What a provoker returns when it could not get as far as its call. */
#define UNPREPARED (-2)

/* What the kernel would need for that, set by the provoker: "has no ...". */
static const char *lacking;

#define prepare(expr) do {						\
	if ((long)(expr) == -1) {					\
		printf("# line %d: %s: %s\n", __LINE__, #expr,		\
		       strerror(errno));				\
		return UNPREPARED;					\
	}								\
} while (0)

/* Memory that can be neither read nor written. */
static inline void *nowhere(void)
{
	return edge_alloc(0);
}

/* Did a call fail so?  For provokers that try a condition in several ways. */
static inline bool failed(long ret, int err)
{
	return ret == -1 && errno == err;
}

/* Opens a file in a process of its own, as another user or as root. */
static inline long open_as(const char *path, int flags, bool nobody)
{
	pid_t child = must(fork());
	int status;

	if (!child) {
		if (nobody && (setresgid(NOBODY, NOBODY, NOBODY) ||
			       setresuid(NOBODY, NOBODY, NOBODY)))
			_exit(255);
		_exit(open(path, flags) < 0 ? errno : 0);
	}
	must(waitpid(child, &status, 0));
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

/* A descriptor with a packet to read, which never waits. */
static inline int filled(int flags)
{
	int fd = bpf_open(flags | O_NONBLOCK);

	must(bpf_setif(fd, "d0"));
	frame_send(bpf_on("d0", 0), FRAME, 1);
	return fd;
}

static long open_denied(bool bad)
{
	return open_as("/dev/bpf", O_RDWR, bad);
}

static long read_writeonly(bool bad)
{
	return read(filled(bad ? O_WRONLY : O_RDWR), buf, BLEN);
}

static long read_length(bool bad)
{
	if (bad && !failed(read(bpf_open(O_RDWR), buf, BLEN + 1), EINVAL))
		return UNPREPARED;
	return read(filled(O_RDWR), buf, bad ? BLEN - 1 : BLEN);
}

static long read_unattached(bool bad)
{
	return read(bad ? bpf_open(O_RDWR) : filled(O_RDWR), buf, BLEN);
}

/* The control is the very read that this error comes after. */
static long read_gone(bool bad)
{
	long ret;
	int fd;

	sh("ip link add g0 type dummy");
	if_up("g0");
	fd = bpf_on("g0", 0);
	frame_send(fd, FRAME, 1);
	sh("ip link del g0");
	ret = read(fd, buf, BLEN);
	if (!bad || ret <= 0)
		return bad ? UNPREPARED : ret;
	return read(fd, buf, BLEN);
}

static long read_nothing(bool bad)
{
	int fd = bpf_on("d0", 0);

	if (!bad)
		frame_send(fd, FRAME, 1);
	bpf_nonblock(fd, true);
	return read(fd, buf, BLEN);
}

static long read_signal(bool bad)
{
	struct call c = { .fd = bpf_on("d0", 0), .len = BLEN };

	prepare(bpf_set(c.fd, BIOCIMMEDIATE, 1));
	call_start(&c);
	if (bad)
		pthread_kill(c.thread, SIGUSR1);
	else
		frame_send(c.fd, FRAME, 1);
	if (!call_end(&c))
		return UNPREPARED;
	errno = c.err;
	return c.ret;
}

static long read_fault(bool bad)
{
	int fd = filled(O_RDWR);

	if (!bad)
		return read(fd, buf, BLEN);
	if (!failed(read(fd, nowhere(), BLEN), EFAULT) ||
	    read(fd, buf, BLEN) != RECORD_SIZE(FRAME) - 2)
		return UNPREPARED;
	errno = EFAULT;
	return -1;
}

/* Writes a frame of len bytes on an interface. */
static inline long written(const char *ifname, size_t len)
{
	uint8_t frame[4096];
	int fd = bpf_open(O_RDWR);

	prepare(bpf_setif(fd, ifname));
	frame_make(frame, sizeof(frame), 1);
	return write(fd, frame, len);
}

static long write_readonly(bool bad)
{
	int fd = bpf_open(bad ? O_RDONLY : O_RDWR);

	prepare(bpf_setif(fd, "d0"));
	return write(fd, buf, FRAME);
}

static long write_unattached(bool bad)
{
	int fd = bpf_open(O_RDWR), gone;

	if (!bad)
		return written("d0", FRAME);
	sh("ip link add g0 type dummy");
	gone = bpf_on("g0", 0);
	sh("ip link del g0");
	if (!failed(write(fd, buf, FRAME), ENXIO))
		return UNPREPARED;
	return write(gone, buf, FRAME);
}

static long write_down(bool bad)
{
	long ret;
	int err;

	if (bad)
		if_down("d0");
	ret = written("d0", FRAME);
	err = errno;
	if_up("d0");
	errno = err;
	return ret;
}

static long write_type(bool bad)
{
	return written(bad ? "c0" : "d0", FRAME);
}

static long write_short(bool bad)
{
	return written("d0", bad ? 13 : 14);
}

static long write_long(bool bad)
{
	return written("d0", bad ? 1515 : 1514);
}

static long write_beyond(bool bad)
{
	static uint8_t frame[1000000];

	return write(bpf_on("big0", 0), frame, bad ? sizeof(frame) : 77504);
}

static long write_fault(bool bad)
{
	return write(bpf_on("d0", 0), bad ? nowhere() : buf, FRAME);
}

static long write_malformed(bool bad)
{
	int fd = bpf_on("d0", 0);
	struct {
		struct bpf_hdr hdr;
		char room[FRAME];
	} batch = { .hdr = { .bh_caplen = FRAME, .bh_datalen = FRAME,
			     .bh_hdrlen = sizeof(struct bpf_hdr) } };

	prepare(bpf_set(fd, BIOCSHDRCMPLT, 1));
	prepare(bpf_set(fd, BIOCSBATCHWRITE, 1));
	batch.hdr.bh_datalen += bad;
	return write(fd, &batch, sizeof(struct bpf_hdr) + FRAME);
}

static long write_batch_long(bool bad)
{
	size_t size = (16 << 20) + bad;
	char *batch = calloc(1, size);
	struct bpf_hdr *hdr = (struct bpf_hdr *)batch;
	int fd = bpf_on("d0", 0);
	long ret;

	/* records without a packet */
	for (size_t i = 0; i < size / sizeof(*hdr); i++)
		hdr[i].bh_hdrlen = sizeof(*hdr);
	prepare(bpf_set(fd, BIOCSHDRCMPLT, 1));
	prepare(bpf_set(fd, BIOCSBATCHWRITE, 1));
	ret = write(fd, batch, size);
	free(batch);	/* leaves errno as it is */
	return ret;
}

static long write_refused(bool bad)
{
	int fd = bpf_on("d0", 0);

	prepare(bpf_snap(fd, BIOCSETWF, !bad));
	return write(fd, buf, FRAME);
}

static long write_queue(bool bad)
{
	return written(bad ? "q0" : "d0", FRAME);
}

static long file_lseek(bool bad)
{
	(void)bad;
	return lseek(filled(O_RDWR), 0, SEEK_SET);
}

static long file_pread(bool bad)
{
	(void)bad;
	return pread(filled(O_RDWR), buf, BLEN, 0);
}

static long file_pwrite(bool bad)
{
	(void)bad;
	return pwrite(filled(O_RDWR), buf, FRAME, 0);
}

/* Writes into a sysctl of this network namespace. */
static inline long sysctl(const char *name, const char *value)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/bpf/%s", name);
	fd = open(path, O_WRONLY);
	prepare(fd);
	return write(fd, value, strlen(value));
}

/* Two values that are refused, or one that is not: the default. */
static inline long bounds(const char *name, bool bad, const char *low,
			  const char *high, const char *good)
{
	if (!bad)
		return sysctl(name, good);
	if (!failed(sysctl(name, low), EINVAL))
		return UNPREPARED;
	return sysctl(name, high);
}

static long sysctl_bufsize(bool bad)
{
	return bounds("bufsize", bad, "31", "524289", "4096");
}

static long sysctl_maxbufsize(bool bad)
{
	return bounds("maxbufsize", bad, "31", "16777217", "524288");
}

static long sysctl_maxinsns(bool bad)
{
	return bounds("maxinsns", bad, "0", "4097", "4096");
}

static long sysctl_writers(bool bad)
{
	return bounds("optimize_writers", bad, "-1", "2", "0");
}

static long sysctl_zerocopy(bool bad)
{
	return bounds("zerocopy_enable", bad, "-1", "2", "1");
}

static long sysctl_jit(bool bad)
{
	return bounds("jit_enable", bad, "-1", "3", "1");
}

static long sysctl_harden(bool bad)
{
	return bounds("jit_harden", bad, "-1", "3", "1");
}

static long sysctl_stats(bool bad)
{
	return bounds("stats", bad, "1", "0 1", "0");
}

static long sysctl_denied(bool bad)
{
	return open_as("/proc/sys/net/bpf/bufsize", O_WRONLY, bad);
}

static long proc_denied(bool bad)
{
	return open_as("/proc/net/bpf", O_RDONLY, bad);
}

static long filters_denied(bool bad)
{
	return open_as("/proc/net/bpf_filter", O_RDONLY, bad);
}

/* It has it again before it reads. */
static long filters_unable(bool bad)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2], less[2];
	char text[16];
	int fd;

	must(syscall(SYS_capget, &head, caps));
	memcpy(less, caps, sizeof(less));
	if (bad)
		less[0].effective &= ~(1U << CAP_NET_ADMIN);
	must(syscall(SYS_capset, &head, less));
	fd = must(open("/proc/net/bpf_filter", O_RDONLY));
	must(syscall(SYS_capset, &head, caps));
	return read(fd, text, sizeof(text));
}

#endif /* VM_ERRNO_CALLS_H */
