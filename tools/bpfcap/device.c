// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A descriptor of /dev/bpf from open(2) to close(2): the order in which things are asked
 * of it, the two ways to get packets (buffers that are mapped, and read(2)), what a
 * record looks like, and how to stop without losing what is buffered.  Must not know
 * what becomes of the packets.  All of it is explained in bpf(4).
 */
#include <pcap/pcap.h>
#include <net/bpf.h>

#include "bpfcap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void set(struct device *d, unsigned long command, unsigned int value, const char *what)
{
	if (ioctl(d->fd, command, &value))
		die(EXIT_CAPTURE, "%s: %s: %s", d->name, what, strerror(errno));
}

static int open_device(void)
{
	/* mmap(2) wants both ways; it is never written to */
	int fd = open("/dev/bpf", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		die(EXIT_CAPTURE, "/dev/bpf is missing: load the module with modprobe bsdbpf");
	if (errno == EACCES || errno == EPERM)
		die(EXIT_CAPTURE, "cannot open /dev/bpf: %s: run as root", strerror(errno));
	die(EXIT_CAPTURE, "cannot open /dev/bpf: %s", strerror(errno));
}

/* Buffers that kernel and program share, unless the system or the user wants none. */
static bool want_mapped(struct device *d, enum buffers wish)
{
	unsigned int mode = BPF_BUFMODE_ZBUF;

	if (wish == BUFFERS_READ)
		return false;
	if (!ioctl(d->fd, BIOCSETBUFMODE, &mode))
		return true;
	if (wish == BUFFERS_MMAP)
		die(EXIT_CAPTURE, "no buffers to map: net.bpf.zerocopy_enable is not 1");
	return false;
}

/* Before BIOCSETIF, which makes the buffers unless they are there. */
static void make_buffers(struct device *d, const struct options *o)
{
	bool mapped = want_mapped(d, o->buffers);
	size_t page = sysconf(_SC_PAGESIZE);

	if (o->buffer) {
		d->size = o->buffer;
		if (ioctl(d->fd, BIOCSBLEN, &d->size))
			die(EXIT_CAPTURE, "%s: buffer size: %s", d->name, strerror(errno));
		if (d->size < o->buffer)
			say("%s: buffers of %u bytes: sysctl net.bpf.maxbufsize allows no more",
			    d->name, d->size);
	}
	if (ioctl(d->fd, BIOCGBLEN, &d->size))
		die(EXIT_CAPTURE, "%s: buffer size: %s", d->name, strerror(errno));
	if (mapped) {
		d->half = (d->size + sizeof(struct bpf_zbuf_header) + page - 1) & ~(page - 1);
		d->memory = mmap(NULL, 2 * d->half, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, 0);
		if (d->memory == MAP_FAILED)
			die(EXIT_CAPTURE, "%s: cannot map buffers of %zu bytes: %s", d->name,
			    d->half, strerror(errno));
	} else {
		d->memory = malloc(d->size);
		if (!d->memory)
			die(EXIT_CAPTURE, "%s: no memory for a buffer of %u bytes", d->name,
			    d->size);
	}
}

static void attach(struct device *d)
{
	struct ifreq ifr = {};

	memcpy(ifr.ifr_name, d->name, IFNAMSIZ);
	if (!ioctl(d->fd, BIOCSETIF, &ifr))
		return;
	if (errno == ENXIO)
		die(EXIT_CAPTURE, "no interface %s to capture on: bpfcap -D lists them", d->name);
	die(EXIT_CAPTURE, "%s: %s", d->name, strerror(errno));
}

/* Accepts nothing; keep: what is buffered, and the counters, stay. */
static void reject_all(struct device *d, bool keep)
{
	struct bpf_insn none[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct bpf_program program = { 1, none };

	if (ioctl(d->fd, keep ? BIOCSETFNR : BIOCSETF, &program))
		die(EXIT_CAPTURE, "%s: cannot set a filter: %s", d->name, strerror(errno));
}

/**
 * device_open() - a descriptor on an interface, or die
 * @d: descriptor
 * @name: the interface
 * @o: options
 *
 * It is complete, but for its filter, which rejects everything.  The link type is known
 * only after BIOCSETIF, and a filter depends on it; and nothing shall be captured before
 * all descriptors are what they are to be.
 */
void device_open(struct device *d, const char *name, const struct options *o)
{
	struct timeval wait = { .tv_sec = o->wait };

	wait.tv_usec = (o->wait - wait.tv_sec) * 1e6;
	*d = (struct device){ .fd = open_device() };
	snprintf(d->name, sizeof(d->name), "%s", name);
	make_buffers(d, o);
	/* struct bpf_xhdr in front of every packet, struct bpf_pktinfo in it */
	set(d, BIOCSTSTAMP, BPF_T_NANOTIME, "time stamps of nanoseconds");
	set(d, BIOCSPKTINFO, 1, "direction of packets");
	set(d, BIOCSDIRECTION, o->direction, "direction");
	if (ioctl(d->fd, BIOCSWTIMEOUT, &wait))
		die(EXIT_CAPTURE, "%s: wait timeout: %s", d->name, strerror(errno));
	reject_all(d, false);
	attach(d);
	if (ioctl(d->fd, BIOCGDLT, &d->dlt))
		die(EXIT_CAPTURE, "%s: link type: %s", d->name, strerror(errno));
	if (o->promiscuous && ioctl(d->fd, BIOCPROMISC))
		die(EXIT_CAPTURE, "%s: promiscuous mode: %s; -p does without", d->name,
		    strerror(errno));
}

/**
 * device_share() - join a group that shares the interface's packets, or die
 * @d: descriptor that rejects everything
 * @group: the group's number
 * @mode: BPF_FANOUT_*
 */
void device_share(struct device *d, unsigned int group, unsigned int mode)
{
	struct bpf_fanout fanout = { group, mode };

	if (ioctl(d->fd, BIOCSFANOUT, &fanout))
		die(EXIT_CAPTURE, "%s: cannot share packets: %s", d->name, strerror(errno));
}

/**
 * device_start() - set the filter, or die; from now on packets are captured
 * @d: descriptor
 * @o: options
 *
 * The counters start again at 0.  The snap length is what the filter returns.
 */
void device_start(struct device *d, const struct options *o)
{
	pcap_t *link = pcap_open_dead(d->dlt, o->snaplen);
	struct bpf_program program;

	if (!link)
		die(EXIT_CAPTURE, "out of memory");
	if (pcap_compile(link, &program, o->filter, 1, PCAP_NETMASK_UNKNOWN))
		die(EXIT_USAGE, "filter \"%s\" for %s: %s", o->filter, d->name,
		    pcap_geterr(link));
	if (ioctl(d->fd, BIOCSETF, &program))
		die(EXIT_CAPTURE, "%s: cannot set a filter of %u instructions: %s", d->name,
		    program.bf_len, strerror(errno));
	pcap_freecode(&program);
	pcap_close(link);
}

/**
 * device_close() - this process does not need it any more
 * @d: descriptor
 */
void device_close(struct device *d)
{
	close(d->fd);
	if (d->half)
		munmap(d->memory, 2 * d->half);
	else
		free(d->memory);
}

/* The next buffer, if it is ours already.  The acquire pairs with the kernel's release. */
static bool mapped_ready(struct device *d)
{
	struct bpf_zbuf_header *header = (void *)(d->memory + d->turn * d->half);
	unsigned int len;

	if (__atomic_load_n(&header->bzh_kernel_gen, __ATOMIC_ACQUIRE) == header->bzh_user_gen)
		return false;
	len = header->bzh_kernel_len;
	d->at = (uint8_t *)(header + 1);
	d->end = d->at + (len < d->size ? len : d->size);
	return true;
}

/* Else the kernel is asked for the one that it is storing into. */
static bool mapped_take(struct device *d)
{
	struct bpf_zbuf where;

	if (mapped_ready(d))
		return true;
	if (ioctl(d->fd, BIOCROTZBUF, &where))
		die(EXIT_CAPTURE, "%s: cannot get packets: %s", d->name, strerror(errno));
	return mapped_ready(d);
}

static bool read_take(struct device *d)
{
	/* always asks for the whole size; returns whole records */
	ssize_t len = read(d->fd, d->memory, d->size);

	if (len < 0 && errno == ENXIO)
		d->gone = true;
	else if (len < 0 && errno != EAGAIN && errno != EINTR)
		die(EXIT_CAPTURE, "%s: cannot read packets: %s", d->name, strerror(errno));
	d->at = d->memory;
	d->end = d->memory + (len > 0 ? len : 0);
	return len > 0;
}

/**
 * device_take() - get a buffer with packets, without waiting
 * @d: descriptor, none of whose buffers is taken
 *
 * Return: whether there was one, which has to be given back by device_done().
 */
bool device_take(struct device *d)
{
	return d->half ? mapped_take(d) : read_take(d);
}

/**
 * device_record() - the next packet in the buffer that was taken
 * @d: descriptor
 * @r: out: the packet; its bytes are in the buffer
 *
 * Return: whether there is one.
 */
bool device_record(struct device *d, struct record *r)
{
	const struct bpf_xhdr *h = (const void *)d->at;
	struct bpf_pktinfo info;

	if (d->at >= d->end)
		return false;
	/* right behind the last member, where the structure's padding begins */
	memcpy(&info, (const uint8_t *)&h->bh_hdrlen + sizeof(h->bh_hdrlen), sizeof(info));
	*r = (struct record){
		.time = h->bh_tstamp.bt_sec * 1000000000ULL + h->bh_tstamp.bt_frac,
		.caplen = h->bh_caplen,
		.len = h->bh_datalen,
		.data = d->at + h->bh_hdrlen,
		.direction = info.bpi_direction,
		.type = info.bpi_type,
	};
	memcpy(&r->drops, info.bpi_drops, sizeof(r->drops));
	d->at += BPF_WORDALIGN(h->bh_hdrlen + h->bh_caplen);
	return true;
}

/**
 * device_done() - give the buffer back
 * @d: descriptor
 */
void device_done(struct device *d)
{
	struct bpf_zbuf_header *header = (void *)(d->memory + d->turn * d->half);

	if (!d->half)
		return;
	__atomic_store_n(&header->bzh_user_gen, header->bzh_kernel_gen, __ATOMIC_RELEASE);
	d->turn = !d->turn;
}

/**
 * device_stop() - accept nothing any more; what is buffered can still be taken
 * @d: descriptor
 *
 * Once this returns no packet is added and the counters of accepted and dropped ones
 * stand still: who takes buffers until there are none has every packet.
 */
void device_stop(struct device *d)
{
	reject_all(d, true);
}

/**
 * device_counts() - what the descriptor has counted since its filter was set
 * @d: descriptor
 * @c: out: counts
 */
void device_counts(const struct device *d, struct counts *c)
{
	struct bpf_stat64 stat;

	if (ioctl(d->fd, BIOCGSTATS64, &stat))
		die(EXIT_CAPTURE, "%s: statistics: %s", d->name, strerror(errno));
	*c = (struct counts){ stat.bs_recv, stat.bs_capt, stat.bs_drop };
}

/**
 * device_list() - print the interfaces that can be captured on, or die
 */
void device_list(void)
{
	struct bpf_iflist list = {};
	int fd = open_device();
	char *names = NULL;
	const char *name;

	/* first how much it is, then what it is: it may have become more meanwhile */
	if (!ioctl(fd, BIOCGETIFLIST, &list)) {
		names = malloc(list.bi_size + 1);
		list.bi_ubuf = names;
		if (!names)
			die(EXIT_CAPTURE, "out of memory");
	}
	if (!names || ioctl(fd, BIOCGETIFLIST, &list))
		die(EXIT_CAPTURE, "cannot list the interfaces: %s", strerror(errno));
	for (name = names; list.bi_count--; name += strlen(name) + 1)
		puts(name);
	if (fflush(stdout))
		die(EXIT_CAPTURE, "cannot write: %s", strerror(errno));
	free(names);
	close(fd);
}
