/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the parts of the capture benchmark know of each other inside of the test
 * machine: readers as rows of one table, traffic, and what to measure. A reader is
 * a way for a program to get packets; nothing but its own file knows which calls
 * that takes. All readers get the same filter, bytes of buffer and direction (both).
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define INTERFACE	"bench0"
#define ACCEPTED_PORT	9	/* UDP port that the traffic goes to */
#define SNAPLEN		262144	/* as libpcap's programs have it */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* A call that must not fail: says which one did, and ends. */
#define must(expr) ({							\
	__typeof__(expr) val_ = (expr);					\
									\
	if ((long)val_ == -1)						\
		die("%s:%d: %s: %s", __FILE__, __LINE__, #expr, strerror(errno)); \
	val_;								\
})

struct insn {			/* struct sock_filter, struct bpf_insn */
	u16 code;
	u8 jt, jf;
	u32 k;
};

/**
 * struct wish - what a reader is asked for
 * @port: UDP port that the filter accepts
 * @memory: bytes for packets in the kernel, all in all
 * @immediate: a packet is to be delivered at once
 */
struct wish {
	u16 port;
	u32 memory;
	bool immediate;
};

/**
 * struct reader - one that listens
 * @kind: how
 * @fd: socket or descriptor
 * @map: memory that is shared with the kernel, @map_size bytes, or NULL
 * @buffer: where calls copy packets to, @buffer_size bytes, or NULL
 * @at: next frame or block of @map
 * @records: that were touched, @bytes of packets; @calls: system calls that took;
 *	@dropped: what is known of packets without room
 * @each: called with each record's packet and its length, unless NULL
 */
struct reader {
	const struct reader_kind *kind;
	int fd;
	u8 *map, *buffer;
	u32 map_size, buffer_size;
	u32 block_size, blocks, at;
	u64 records, calls, bytes, dropped;
	void (*each)(struct reader *r, const u8 *packet, u32 caplen);
};

/**
 * struct reader_kind - a way to read packets
 * @name: for --reader and for the results
 * @label: for people
 * @late: packets cannot be had one by one as they come
 * @open: listen on INTERFACE
 * @take: touch the headers of all records that are there, as this reader's
 *	programs do it; with @wait sleep if there is none, else go on until there is
 *	none
 * @dropped: packets that were accepted and found no room, since @open
 */
struct reader_kind {
	const char *name, *label;
	bool late;
	void (*open)(struct reader *r, const struct wish *wish);
	void (*take)(struct reader *r, bool wait);
	u64 (*dropped)(struct reader *r);
};

/* readers.c: the table */
extern const struct reader_kind *const reader_kinds[];
extern const u32 reader_kinds_count;
void reader_open(struct reader *r, const struct reader_kind *kind, const struct wish *wish);
void reader_close(struct reader *r);

extern const struct reader_kind reader_recv, reader_v2, reader_v3, reader_v3_tuned,
	reader_bpf_read, reader_bpf_zerocopy, reader_bpf_mmap;

/* All that a reader does with a record. */
static inline void reader_seen(struct reader *r, const u8 *packet, u32 caplen)
{
	r->records++;
	r->bytes += caplen;
	if (r->each)
		r->each(r, packet, caplen);
}

/* bpf.c */
const char *bpf_engine(void);

/* filter.c */
u32 filter_make(u16 port, struct insn *insns, u32 max);

/* traffic.c: packets from the kernel's own generator */
enum way { WAY_RX, WAY_TX };
struct traffic {
	enum way way;
	u32 size;		/* bytes of a frame, without checksum */
	u32 count;		/* packets */
	u32 burst;		/* packets in a row, without a look left and right */
	u32 delay;		/* ns from burst to burst */
	u32 cpus;		/* that send, each @count */
};
void traffic_setup(u32 cpus);
void traffic_prepare(const struct traffic *t);
void traffic_run(void);
void traffic_urgent(bool urgent);
u64 traffic_nsecs(u32 cpu);
const char *way_name(enum way way);

/* main.c */
struct options {
	const char *reader, *which, *way;	/* shell patterns */
	u32 rounds, packets, memory;
};
extern struct options options;
bool wanted(const char *pattern, const char *name);
void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void result(const char *format, ...) __attribute__((format(printf, 1, 2)));
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void put_file(const char *path, const char *text);
void sleep_ms(u32 ms);
u64 now_ns(clockid_t clock);

/* What there is to be measured, each in a file of its own. */
void exact(void);
void native(void);
void latency(void);
void loss(void);
void flows(void);

#endif /* CAPTURE_H */
