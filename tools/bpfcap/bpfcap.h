/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the parts of bpfcap tell each other.  A packet's way: a descriptor of /dev/bpf
 * (device.c) gives records, pcapng.c makes blocks of them, output.c puts those into
 * files, capture.c turns the wheel.  Who wants to see how /dev/bpf is used needs only
 * device.c.
 */
#ifndef BPFCAP_H
#define BPFCAP_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Exit statuses besides 0; bpfcap(1) promises them to scripts. */
enum {
	EXIT_CAPTURE = 1,	/* cannot capture, or not write */
	EXIT_USAGE = 2,		/* wrong usage, wrong filter */
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define INTERFACES_MAX 64
#define WORKERS_MAX 64
#define SNAPLEN_MAX 262144

enum buffers { BUFFERS_AUTO, BUFFERS_MMAP, BUFFERS_READ };

/**
 * struct options - the command line
 * @interfaces:	names of interfaces
 * @ninterfaces: how many
 * @filter:	expression; "" for all packets
 * @snaplen:	bytes to keep of a packet
 * @buffer:	bytes of one of a descriptor's two buffers; 0: the system's default
 * @buffers:	how packets come from the kernel
 * @wait:	seconds that a packet may wait in a buffer
 * @direction:	BPF_D_*
 * @promiscuous: see packets for other hosts, too?
 * @count:	end after so many packets; 0: no limit
 * @duration:	end after so many seconds; 0: no limit
 * @path:	file to write; "-" is the standard output
 * @file_size:	bytes after which the next file begins; 0: no limit; and so on
 * @file_time:	nanoseconds
 * @file_count:	packets
 * @files:	how many files to keep; 0: all
 * @fanout:	BPF_FANOUT_*
 * @workers:	processes that share the packets; 1: no fan-out
 * @user:	whose privileges are enough once it captures, or NULL
 * @quiet:	say nothing but errors
 */
struct options {
	const char *interfaces[INTERFACES_MAX];
	unsigned int ninterfaces;
	char *filter;
	uint32_t snaplen;
	uint32_t buffer;
	enum buffers buffers;
	double wait;
	unsigned int direction;
	bool promiscuous;
	uint64_t count;
	double duration;
	const char *path;
	uint64_t file_size;
	uint64_t file_time;
	uint64_t file_count;
	uint64_t files;
	unsigned int fanout;
	unsigned int workers;
	const char *user;
	bool quiet;
};

/**
 * struct device - a descriptor of /dev/bpf, and what is known of its interface
 * @fd:		the descriptor
 * @name:	the interface
 * @dlt:	its link type
 * @size:	bytes of a buffer
 * @memory:	for read(2) a buffer of ours, else both of the descriptor's, mapped
 * @half:	mapped: bytes from one buffer to the other; 0: @memory is for read(2)
 * @turn:	mapped: which of the two comes next
 * @at:		the record to look at next
 * @end:	where the records end
 * @written:	packets that are in the output
 * @gone:	has the interface gone?
 */
struct device {
	int fd;
	char name[IFNAMSIZ];
	unsigned int dlt;
	unsigned int size;
	uint8_t *memory;
	size_t half;
	int turn;
	const uint8_t *at;
	const uint8_t *end;
	uint64_t written;
	bool gone;
};

/**
 * struct record - a packet
 * @time:	nanoseconds since 1970
 * @caplen:	bytes that are here
 * @len:	bytes on the link
 * @data:	the bytes
 * @drops:	packets that were dropped between the one before and this
 * @direction:	BPF_D_IN, BPF_D_OUT
 * @type:	PACKET_HOST ... of <linux/if_packet.h>
 */
struct record {
	uint64_t time;
	uint32_t caplen;
	uint32_t len;
	const uint8_t *data;
	uint32_t drops;
	uint8_t direction;
	uint8_t type;
};

/* What a descriptor has counted. */
struct counts {
	uint64_t received;	/* offered to the filter */
	uint64_t accepted;	/* that it accepted, */
	uint64_t dropped;	/* and that found no room */
};

/* Most bytes of each kind of block; a packet's come on top. */
#define PCAPNG_HEADER_MAX 66000
#define PCAPNG_PACKET_MAX 80
#define PCAPNG_STATISTICS_MAX 128

/* pcapng.c: blocks; each returns how many bytes it is */
size_t pcapng_section(uint8_t *to);
size_t pcapng_interface(uint8_t *to, const struct device *d, const struct options *o);
size_t pcapng_packet(uint8_t *to, unsigned int interface, const struct record *r);
size_t pcapng_statistics(uint8_t *to, unsigned int interface, const struct device *d,
			 const struct counts *c, uint64_t start, uint64_t now);
size_t pcapng_length(const uint8_t *block);
int pcapng_packet_of(const uint8_t *block);

/* device.c: the device */
void device_open(struct device *d, const char *name, const struct options *o);
void device_share(struct device *d, unsigned int group, unsigned int mode);
void device_start(struct device *d, const struct options *o);
void device_close(struct device *d);
bool device_take(struct device *d);
bool device_record(struct device *d, struct record *r);
void device_done(struct device *d);
void device_stop(struct device *d);
void device_counts(const struct device *d, struct counts *c);
void device_list(void);

/**
 * struct output - the file that is written, and those before it
 * @o:		options
 * @devices:	whose packets they are
 * @worker:	number of the process, from 1 on; 0: there is but one
 * @number:	of the file, from 1 on
 * @path:	its name
 * @fd:		the file
 * @base:	where in it our first byte is; -1 if it cannot be cut
 * @size:	bytes written since, those in @buffer not counted
 * @packets:	packets in the file
 * @first:	when the first of them came
 * @start:	when the capture began
 * @buffer:	bytes to be written
 * @len:	how many
 * @error:	errno of what went wrong; nothing is written any more
 */
struct output {
	const struct options *o;
	struct device *devices;
	unsigned int worker;
	uint64_t number;
	char *path;
	int fd;
	off_t base;
	uint64_t size;
	uint64_t packets;
	uint64_t first;
	uint64_t start;
	uint8_t *buffer;
	size_t len;
	int error;
};

/* output.c: files */
void output_open(struct output *out, const struct options *o, struct device *devices,
		 unsigned int worker);
bool output_packet(struct output *out, unsigned int interface, const struct record *r);
bool output_flush(struct output *out);
bool output_close(struct output *out);

/* capture.c: one process's capture; total is what all of them have written */
int capture(struct device *devices, const struct options *o, unsigned int worker,
	    uint64_t *total);
void signals_block(void);
uint64_t clock_ns(clockid_t clock);

/* workers.c: several processes */
int workers(struct device *devices, const struct options *o, uint64_t *total);

/* options.c */
void options_parse(struct options *o, int argc, char **argv);
const char *fanout_name(unsigned int mode);

/* bpfcap.c */
__attribute__((noreturn, format(printf, 2, 3)))
void die(int status, const char *fmt, ...);
__attribute__((format(printf, 1, 2)))
void say(const char *fmt, ...);

#endif /* BPFCAP_H */
