/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What C cases share beyond TAP: a silent network of their own, descriptors on
 * it, frames that can be told apart, records, and a look at a descriptor's whole
 * state.  It knows how to use /dev/bpf, and judges nothing.
 *
 * A frame written to a descriptor is seen by the descriptors on the same
 * interface before write(2) returns: on a dummy interface a case needs to wait
 * for nothing.  What crosses a veth pair may arrive later: wait_until().
 */
#ifndef VM_BPF_H
#define VM_BPF_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE	/* so include this first */
#endif
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <net/bpf.h>

#include "tap.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* How long anything may take that should happen at once, seconds: a kernel full
 * of checks on a busy machine is slow.
 */
#define PATIENCE 60

/* Type and shortest length of the frames that frame_make() makes. */
#define FRAME_TYPE 0x88b5	/* IEEE 802, local experiments: nobody answers */
#define FRAME_MIN 18
/* bh_hdrlen of a record with an Ethernet frame, and what n bytes of it take. */
#define ETHER_HDRLEN 26
#define RECORD_SIZE(n) BPF_WORDALIGN(ETHER_HDRLEN + (n))

static inline int64_t now_us(clockid_t clock)
{
	struct timespec ts;

	must(clock_gettime(clock, &ts));
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static inline void sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* Waits for a condition; false if it has not come true in time. */
#define wait_until(cond) ({						\
	int64_t end_ = now_us(CLOCK_MONOTONIC) + PATIENCE * 1000000LL;	\
	bool true_;							\
									\
	while (!(true_ = (cond)) && now_us(CLOCK_MONOTONIC) < end_)	\
		sleep_ms(2);						\
	true_;								\
})

/* Runs a shell command that must succeed. */
__attribute__((format(printf, 1, 2)))
static inline void sh(const char *fmt, ...)
{
	char cmd[512];
	va_list ap;
	int status;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	status = system(cmd);
	if (status) {
		printf("Bail out! status %d: %s\n", status, cmd);
		exit(1);
	}
}

static inline void file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 && errno == ENOENT)
		return;		/* a kernel without it needs no setting */
	must(fd);
	must(write(fd, text, strlen(text)));
	close(fd);
}

/* Bytes of a file as a string, at most size - 1; "" if it cannot be read. */
static inline char *file_get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = 0, got;

	while (fd >= 0 && (got = read(fd, text + n, size - 1 - n)) > 0)
		n += got;
	text[n] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static inline void on_signal(int sig)
{
	(void)sig;
}

/* A network namespace in which nothing sends unless the case does. */
static inline void private_net(void)
{
	/* interrupts a call that hangs, see guarded() and call.h */
	struct sigaction sa = { .sa_handler = on_signal };

	must(unshare(CLONE_NEWNET));
	/* buffers that are soon full */
	file_put("/proc/sys/net/bpf/bufsize", "4096");
	file_put("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	file_put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	must(sigaction(SIGALRM, &sa, NULL));
	must(sigaction(SIGUSR1, &sa, NULL));
}

/* An expression that may sleep but must not for ever: EINTR if it does. */
#define guarded(expr) ({						\
	long got_;							\
	int err_;							\
									\
	alarm(PATIENCE);						\
	got_ = (expr);							\
	err_ = errno;							\
	alarm(0);							\
	errno = err_;							\
	got_;								\
})

/* Interface flags and name, without a process for each. */
static inline void if_ioctl(unsigned long cmd, const char *name, short set,
			    short clear, const char *newname)
{
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct ifreq ifr = {};

	strcpy(ifr.ifr_name, name);
	if (newname) {
		strcpy(ifr.ifr_newname, newname);
	} else {
		must(ioctl(fd, SIOCGIFFLAGS, &ifr));
		ifr.ifr_flags = (ifr.ifr_flags | set) & ~clear;
	}
	must(ioctl(fd, cmd, &ifr));
	close(fd);
}

#define if_up(name) if_ioctl(SIOCSIFFLAGS, name, IFF_UP, 0, NULL)
#define if_down(name) if_ioctl(SIOCSIFFLAGS, name, 0, IFF_UP, NULL)
/* An interface must be down to get another name. */
#define if_rename(name, to) if_ioctl(SIOCSIFNAME, name, 0, 0, to)

/* How many ask for promiscuous mode on an interface; -1 if there is none. */
static inline int promiscuity(const char *name)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
		char attrs[8192];
	} msg = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
		.nlh.nlmsg_type = RTM_GETLINK,
		.nlh.nlmsg_flags = NLM_F_REQUEST,
		.ifi.ifi_index = if_nametoindex(name),
	};
	int fd = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	int left, count = -1;

	must(send(fd, &msg, msg.nlh.nlmsg_len, 0));
	must(recv(fd, &msg, sizeof(msg), 0));
	close(fd);
	if (msg.nlh.nlmsg_type != RTM_NEWLINK)
		return -1;
	left = IFLA_PAYLOAD(&msg.nlh);
	for (struct rtattr *a = IFLA_RTA(&msg.ifi); RTA_OK(a, left);
	     a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_PROMISCUITY)
			count = *(unsigned int *)RTA_DATA(a);
	return count;
}

static inline int bpf_open(int flags)
{
	return must(open("/dev/bpf", flags | O_CLOEXEC));
}

/* BIOCSETIF: -1 and errno if it fails. */
static inline int bpf_setif(int fd, const char *name)
{
	struct ifreq ifr = {};

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	return ioctl(fd, BIOCSETIF, &ifr);
}

/* A descriptor on an interface; buffer size 0 leaves the default. */
static inline int bpf_on(const char *name, unsigned int blen)
{
	int fd = bpf_open(O_RDWR);

	if (blen)
		must(ioctl(fd, BIOCSBLEN, &blen));
	must(bpf_setif(fd, name));
	return fd;
}

static inline int bpf_set(int fd, unsigned long cmd, unsigned int value)
{
	return ioctl(fd, cmd, &value);
}

static inline int bpf_timeout_ms(int fd, long ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	return ioctl(fd, BIOCSRTIMEOUT, &tv);
}

static inline struct bpf_stat bpf_stats(int fd)
{
	struct bpf_stat st;

	must(ioctl(fd, BIOCGSTATS, &st));
	return st;
}

/* Bytes buffered. */
static inline int bpf_buffered(int fd)
{
	int n;

	must(ioctl(fd, FIONREAD, &n));
	return n;
}

static inline int bpf_nonblock(int fd, bool on)
{
	return must(fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0));
}

/* Sets a filter of one instruction: snap bytes of each packet. */
static inline int bpf_snap(int fd, unsigned long cmd, unsigned int snap)
{
	struct bpf_insn ret = BPF_STMT(BPF_RET | BPF_K, snap);
	struct bpf_program prog = { 1, &ret };

	return ioctl(fd, cmd, &prog);
}

/* A frame of len bytes; frames with other serial numbers differ everywhere. */
static inline void frame_make(uint8_t *frame, size_t len, uint32_t serial)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0x99,
		FRAME_TYPE >> 8, FRAME_TYPE & 0xff };
	uint32_t be = htonl(serial);

	for (size_t i = 0; i < len; i++)
		frame[i] = i * 7 + (i >> 8) + serial * 13;
	memcpy(frame, head, sizeof(head));
	memcpy(frame + sizeof(head), &be, sizeof(be));
}

static inline uint32_t frame_serial(const uint8_t *frame)
{
	uint32_t be;

	memcpy(&be, frame + 14, sizeof(be));
	return ntohl(be);
}

/* Writes such a frame, which must succeed.  */
static inline void frame_send(int fd, size_t len, uint32_t serial)
{
	uint8_t *frame = malloc(len);
	ssize_t sent;

	frame_make(frame, len, serial);
	sent = must(write(fd, frame, len));
	if (sent != (ssize_t)len) {
		printf("Bail out! write of %zu: %zd\n", len, sent);
		exit(1);
	}
	free(frame);
}

/* The record behind rec in what a read returned; the first one for NULL. */
static inline const struct bpf_hdr *record_next(const void *buf, ssize_t len,
						const struct bpf_hdr *rec)
{
	const char *at = rec ? (const char *)rec +
			 BPF_WORDALIGN(rec->bh_hdrlen + rec->bh_caplen) : buf;

	return at < (const char *)buf + len ? (const void *)at : NULL;
}

static inline const uint8_t *record_data(const struct bpf_hdr *rec)
{
	return (const uint8_t *)rec + rec->bh_hdrlen;
}

static inline int record_count(const void *buf, ssize_t len)
{
	const struct bpf_hdr *rec = NULL;
	int n = 0;

	while (len > 0 && (rec = record_next(buf, len, rec)))
		n++;
	return n;
}

/* Serial number of the nth record, counted from 0; -1 if there is none. */
static inline long record_serial(const void *buf, ssize_t len, int n)
{
	const struct bpf_hdr *rec = NULL;

	do {
		rec = record_next(buf, len, rec);
	} while (rec && n--);
	return rec ? (long)frame_serial(record_data(rec)) : -1;
}

/* A non-blocking read of all that one call gives. */
static inline ssize_t bpf_drain(int fd, void *buf, size_t len)
{
	int flags = must(fcntl(fd, F_GETFL));
	ssize_t n;
	int err;

	must(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
	n = read(fd, buf, len);
	err = errno;
	must(fcntl(fd, F_SETFL, flags));
	errno = err;
	return n;
}

/* Everything that can be asked about a descriptor; compare with state_is(). */
struct bpf_state {
	int err[9];
	unsigned int blen, dlt, hdrcmplt, direction;
	struct bpf_version version;
	int buffered;
	struct timeval timeout;
	struct bpf_stat stat;
	struct ifreq ifr;
	char proc[4096];	/* all of /proc/net/bpf: flags, match */
};

static inline void state_get(int fd, struct bpf_state *s)
{
	memset(s, 0, sizeof(*s));
	s->err[0] = ioctl(fd, BIOCGBLEN, &s->blen);
	s->err[1] = ioctl(fd, BIOCGDLT, &s->dlt);
	s->err[2] = ioctl(fd, BIOCGHDRCMPLT, &s->hdrcmplt);
	s->err[3] = ioctl(fd, BIOCGDIRECTION, &s->direction);
	s->err[4] = ioctl(fd, BIOCVERSION, &s->version);
	s->err[5] = ioctl(fd, FIONREAD, &s->buffered);
	s->err[6] = ioctl(fd, BIOCGRTIMEOUT, &s->timeout);
	s->err[7] = ioctl(fd, BIOCGSTATS, &s->stat);
	s->err[8] = ioctl(fd, BIOCGETIF, &s->ifr);
	file_get("/proc/net/bpf", s->proc, sizeof(s->proc));
}

static inline bool state_is(int fd, const struct bpf_state *before)
{
	struct bpf_state now;

	state_get(fd, &now);
	if (!memcmp(&now, before, sizeof(now)))
		return true;
	printf("# before: size %u recv %u buffered %d %s\n%s# now: size %u recv %u buffered %d %s\n%s",
	       before->blen, before->stat.bs_recv, before->buffered,
	       before->ifr.ifr_name, before->proc, now.blen, now.stat.bs_recv,
	       now.buffered, now.ifr.ifr_name, now.proc);
	return false;
}

/* Lines of /proc/net/bpf about descriptors on an interface ("-": on none). */
static inline int proc_lines(const char *ifname)
{
	char text[65536], name[64], *line, *save;
	int n = 0, pid;

	file_get("/proc/net/bpf", text, sizeof(text));
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		n += sscanf(line, "%d %63s", &pid, name) == 2 &&
		     !strcmp(name, ifname);
	return n;
}

/* How often the calling thread has gone to sleep. */
static inline long sleeps(void)
{
	struct rusage ru;

	must(getrusage(RUSAGE_THREAD, &ru));
	return ru.ru_nvcsw;
}

/* Memory of size bytes that ends where nothing is mapped. */
static inline void *edge_alloc(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t whole = (size + page - 1) / page * page;
	char *map = mmap(NULL, whole + page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must((long)map);
	must(mprotect(map + whole, page, PROT_NONE));
	return map + whole - size;
}

#endif /* VM_BPF_H */
