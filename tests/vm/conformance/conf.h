/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The conformance suite: what a row is, how it makes claims, and what rows share.
 *
 * A row is one statement of what the BSDs' /dev/bpf does, numbered by the paragraph
 * of the reference that it comes from, and a function that asks the real device.
 * The reference's paragraphs: 1 commands, 2 open, read, poll and signals, 3 records,
 * 4 write, 5 lock, 6 direction, promiscuity, link types, writers and extensions,
 * 7 zero copy, 8 filter machine, 9 statistics, 10 clients, 11 pitfalls; "ours" are
 * statements about what no BSD has.  Expectations are written down from there, as
 * literal numbers where a client would have them as such, never from the driver.
 *
 * Every row runs in a process of its own, in a silent network namespace that no row
 * has changed, in which there is the dummy interface d0, up.  A claim that fails ends
 * its row; what the row prints is shown as the reason.
 */
#ifndef CONF_H
#define CONF_H

#include "../bpf.h"
/* A row is over sooner than a case: see main.c. */
#undef PATIENCE
#define PATIENCE 15
#include "../call.h"
#include <limits.h>

struct row {
	const char *para;
	const char *who;	/* whose behaviour it is */
	const char *says;
	void (*run)(const struct row *row);
	const char *differs;	/* from the reference, on purpose, and why */
	/* for functions that many rows share */
	unsigned long a, b, c;
	const void *p;
	void (*use)(int fd, unsigned long code);
};

struct section {
	const char *title;
	const struct row *rows;
	size_t count;
	bool own_net;		/* each row needs a namespace that had no other */
};

#define SECTION(name, title_) \
	const struct section name = { title_, rows, ARRAY_SIZE(rows), false }
#define SECTION_OWN_NET(name, title_) \
	const struct section name = { title_, rows, ARRAY_SIZE(rows), true }

/* The claims.  They end the row. */
#define want(expr, value) ({						\
	long got_, want_ = (long)(value);				\
	int err_;							\
									\
	errno = 0;							\
	got_ = (long)(expr);						\
	err_ = errno;							\
	if (got_ != want_)						\
		row_fail(__FILE__, __LINE__, #expr, got_, err_, want_, 0); \
	got_;								\
})

#define want_errno(expr, error) do {					\
	long got_;							\
	int err_;							\
									\
	errno = 0;							\
	got_ = (long)(expr);						\
	err_ = errno;							\
	if (got_ != -1 || err_ != (int)(error))				\
		row_fail(__FILE__, __LINE__, #expr, got_, err_, -1, (int)(error)); \
} while (0)

#define want_true(cond) do {						\
	if (!(cond)) {							\
		printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #cond); \
		exit(1);						\
	}								\
} while (0)

__attribute__((noreturn))
void row_fail(const char *file, int line, const char *expr, long got, int err,
	      long wanted, int wanted_err);
__attribute__((noreturn)) void row_skip(const char *why);

/* Networks, see net.c. */
int net_make(void);
bool net_unchanged(int net);
bool link_add(const char *name, const char *kind);
void link_del(const char *name);
void link_rename(const char *name, const char *to);
void vlan_add(const char *parent, int id, int priority);
int wire_up(const char *name);
int wire_typed(const char *name, short flags, int arphrd);
void wire_receive(int wire, const void *frame, size_t len);
ssize_t wire_sent(int wire, void *frame, size_t size);
void if_mac(const char *name, uint8_t mac[6]);
void if_mtu(const char *name, int mtu);
void if_addr(const char *name, const char *addr);

/* Programs: ioctl(fd, BIOCSETF, PROGRAM(STMT(...), ...)) */
#define STMT(code, k) BPF_STMT(code, k)
#define JUMP(code, k, jt, jf) BPF_JUMP(code, k, jt, jf)
#define RET(k) STMT(BPF_RET | BPF_K, k)
#define PROGRAM(...) (&(struct bpf_program){				\
	sizeof((struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn), \
	(struct bpf_insn[]){ __VA_ARGS__ } })
/* Some bytes of frames whose serial number is odd: tells a filter in force. */
#define ODD_ONLY(snap)							\
	PROGRAM(STMT(BPF_LD | BPF_W | BPF_ABS, 14),			\
		JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1), RET(snap), RET(0))

#define SIZE 4096	/* of buffers: the default */
/* With two buffers of this size, each has room for two frames of 60 bytes. */
#define TWO (2 * RECORD_SIZE(60))
#define ONE_FRAME (ETHER_HDRLEN + 60)	/* a read that gives one of them */
#define TWO_FRAMES (RECORD_SIZE(60) + ONE_FRAME)

extern char data[1 << 20];	/* what reads put somewhere */

static inline int fresh(void)
{
	return bpf_open(O_RDWR);
}

/* Attached to d0. */
static inline int on(void)
{
	return bpf_on("d0", 0);
}

/* What a getter of a number says. */
static inline uint32_t get(int fd, unsigned long cmd)
{
	uint32_t value = 0xdeadbeef;

	must(ioctl(fd, cmd, &value));
	return value;
}

/* A non-blocking read of the default buffer size, into data. */
static inline ssize_t take(int fd)
{
	return bpf_drain(fd, data, SIZE);
}

/* The nth record in data, of len bytes; the row fails if there is none. */
static inline const struct bpf_hdr *nth(ssize_t len, int n)
{
	const struct bpf_hdr *rec = NULL;

	do {
		rec = record_next(data, len, rec);
		want_true(rec);
	} while (n--);
	return rec;
}

static inline uint32_t recv_count(int fd)
{
	return bpf_stats(fd).bs_recv;
}

static inline uint32_t drop_count(int fd)
{
	return bpf_stats(fd).bs_drop;
}

static inline void send_frames(int fd, int count)
{
	for (int i = 1; i <= count; i++)
		frame_send(fd, 60, i);
}

static inline short polled(int fd, int ms)
{
	struct pollfd pfd = { fd, POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM, 0 };

	must(poll(&pfd, 1, ms));
	return pfd.revents;
}

static inline bool readable(int fd)
{
	return polled(fd, 0) & POLLIN;
}

/* The field of /proc/net/bpf under a column's name, of the nth descriptor. */
const char *proc_field(const char *column, int n);
/* A sysctl of the namespace, net.bpf.NAME. */
const char *sysctl_get(const char *name);
int sysctl_set(const char *name, const char *value);	/* 0 or errno */

/* Fields of what a read returned, at any alignment. */
static inline uint32_t u32_at(int off)
{
	uint32_t value;

	memcpy(&value, data + off, sizeof(value));
	return value;
}

static inline uint16_t u16_at(int off)
{
	uint16_t value;

	memcpy(&value, data + off, sizeof(value));
	return value;
}

#endif /* CONF_H */
