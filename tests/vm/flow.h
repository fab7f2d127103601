/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the cases that count packets share: frames that say who sent them and as
 * which one, threads that send them from a chosen processor, and listeners that
 * check every byte of what they read.  Knows the record format and the ioctls, not
 * what a case wants to show.
 *
 * A frame is a function of its sender and its sequence number, both of which are
 * in its first six bytes, the destination address: even a buffer of 32 bytes,
 * which has room for six bytes of a frame, says which frame it got.
 */
#ifndef FLOW_H
#define FLOW_H

#include "bpf.h"
#include <linux/if_packet.h>
#include <pthread.h>
#include <stdatomic.h>

#define FLOW_SENDERS	8
#define FLOW_MAXLEN	1514

static inline unsigned int flow_len(unsigned int sender, uint32_t seq)
{
	return seq % 32 == 7 ? FLOW_MAXLEN : 60 + (seq * 37 + sender * 11) % 241;
}

static inline unsigned char flow_byte(unsigned int sender, uint32_t seq, unsigned int i)
{
	return (seq + (seq >> 8)) * 7 + i * 13 + sender * 29;
}

/* Makes the frame; returns its length. */
static inline unsigned int flow_frame(unsigned char *to, unsigned int sender, uint32_t seq)
{
	unsigned int len = flow_len(sender, seq), i;
	uint32_t be = htonl(seq);

	to[0] = 2;
	to[1] = sender;
	memcpy(to + 2, &be, 4);
	memcpy(to + 6, "\2\0\0\0\1", 5);
	to[11] = sender;
	to[12] = FRAME_TYPE >> 8;
	to[13] = FRAME_TYPE & 0xff;
	for (i = 14; i < len; i++)
		to[i] = flow_byte(sender, seq, i);
	return len;
}

static inline void flow_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	errno = pthread_create(thread, NULL, run, arg);
	must(errno ? -1 : 0);
}

/*
 * A network of our own with a pair of silent interfaces, vl and vr.  The one that
 * comes up last can send at once; the other's queue drops what it is given until
 * the kernel's link watcher has run.
 */
static inline void flow_pair(void)
{
	private_net();
	sh("ip link add vl address 02:00:00:00:00:01 type veth "
	   "peer name vr address 02:00:00:00:00:02");
	if_up("vr");
	if_up("vl");
}

/*
 * Accepts frames with seq % mod == rem and captures snap bytes of them.  The
 * command is BIOCSETF or BIOCSETFNR.
 */
static inline int flow_filter(int fd, unsigned long cmd, unsigned int mod,
			      unsigned int rem, unsigned int snap)
{
	struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, mod),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rem, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, snap),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct bpf_program prog = { 5, insns };

	return ioctl(fd, cmd, &prog);
}

/* --- senders --- */

struct flow_sender {
	unsigned int id;		/* from 0; it runs on processor id modulo 2 */
	int fd;				/* a descriptor or a packet socket */
	uint32_t first, count;
	atomic_bool *stop;		/* NULL: sends them all */
	bool ends;			/* an error is its end, not the case's */
	atomic_uint sent;
	pthread_t thread;
};

static inline void flow_pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	must(sched_setaffinity(0, sizeof(set), &set));
}

static inline void *flow_send(void *arg)
{
	struct flow_sender *s = arg;
	unsigned char frame[FLOW_MAXLEN];
	unsigned int len, i;

	flow_pin(s->id);
	for (i = 0; i < s->count; i++) {
		if (s->stop && atomic_load(s->stop))
			break;
		len = flow_frame(frame, s->id, s->first + i);
		if (write(s->fd, frame, len) != len) {
			must(s->ends ? 0 : -1);
			break;
		}
		atomic_store(&s->sent, i + 1);
	}
	return NULL;
}

/* A descriptor that only writes: sees what comes in, and nothing does. */
static inline int flow_writer(const char *ifname)
{
	int fd = bpf_on(ifname, 0);

	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	return fd;
}

/* A packet socket that only sends. */
static inline int flow_socket(const char *ifname)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(ifname),
	};
	int fd = must(socket(AF_PACKET, SOCK_RAW, 0));

	must(bind(fd, (struct sockaddr *)&to, sizeof(to)));
	return fd;
}

static inline void flow_start(struct flow_sender *s, unsigned int n)
{
	while (n--)
		flow_thread(&s[n].thread, flow_send, &s[n]);
}

static inline unsigned int flow_join(struct flow_sender *s, unsigned int n)
{
	unsigned int sent = 0;

	while (n--) {
		pthread_join(s[n].thread, NULL);
		sent += atomic_load(&s[n].sent);
	}
	return sent;
}

/* --- listeners --- */

struct flow_listener {
	int fd;
	unsigned int size;		/* its buffers' */
	unsigned int snap[2];		/* its filter's: either, or, if parted, */
	bool parted;			/* [0] for even and [1] for odd frames */
	char *buf;
	/* what it has read */
	unsigned int reads, records;
	unsigned int of_snap[2];	/* records of either snap length */
	unsigned int from[FLOW_SENDERS];	/* records of each sender */
	uint32_t first[FLOW_SENDERS];
	uint32_t next[FLOW_SENDERS];	/* the lowest number that may follow */
	uint32_t gaps;			/* numbers skipped */
	struct timeval last;		/* time of the latest record; shortly before the start */
	unsigned int bad;		/* records that are not as they should be */
};

/* Opens it with a filter that accepts seq % mod == rem; mod 0 is no filter. */
static inline void flow_listen(struct flow_listener *l, const char *ifname,
			       unsigned int size, unsigned int mod,
			       unsigned int rem, unsigned int snap)
{
	if (!mod)
		snap = FLOW_MAXLEN;
	*l = (struct flow_listener){ .size = size, .snap = { snap, snap } };
	l->fd = bpf_on(ifname, size);
	l->buf = calloc(1, size);
	gettimeofday(&l->last, NULL);
	/* the first packet may have been stamped before, and waited in a queue */
	l->last.tv_sec--;
	if (mod)
		must(flow_filter(l->fd, BIOCSETF, mod, rem, snap));
}

static inline void flow_close(struct flow_listener *l)
{
	close(l->fd);
	free(l->buf);
}

static inline void flow_bad(struct flow_listener *l, const char *what,
			    unsigned int got, unsigned int want)
{
	if (l->bad++ < 5)
		printf("# record %u of read %u: %s is %u, not %u\n", l->records,
		       l->reads, what, got, want);
}

/* How many bytes of a frame of len bytes a record has. */
static inline unsigned int flow_cap(const struct flow_listener *l, unsigned int len,
				    unsigned int snap)
{
	if (len > snap)
		len = snap;
	return len < l->size - ETHER_HDRLEN ? len : l->size - ETHER_HDRLEN;
}

/* Checks the record's caplen; returns which of the filters judged it. */
static inline unsigned int flow_judge(struct flow_listener *l, unsigned int caplen,
				      unsigned int len, uint32_t seq)
{
	unsigned int which;

	if (l->parted)
		which = seq % 2;
	else
		which = l->snap[0] != l->snap[1] && caplen == flow_cap(l, len, l->snap[1]);
	if (caplen != flow_cap(l, len, l->snap[which]))
		flow_bad(l, "caplen", caplen, flow_cap(l, len, l->snap[which]));
	return which;
}

/* Notes that this frame was read, which must be one after the last. */
static inline void flow_note(struct flow_listener *l, unsigned int sender, uint32_t seq)
{
	if (!l->from[sender]++)
		l->first[sender] = l->next[sender] = seq;
	if (seq < l->next[sender])
		flow_bad(l, "number", seq, l->next[sender]);
	else
		l->gaps += seq - l->next[sender];
	l->next[sender] = seq + 1;
	l->records++;
}

/* Checks one record of which left bytes were read; returns its length. */
static inline unsigned int flow_record(struct flow_listener *l, const char *at,
				       unsigned int left)
{
	const unsigned char *frame = (const void *)(at + ETHER_HDRLEN);
	unsigned char want[FLOW_MAXLEN];
	unsigned int sender, len;
	struct bpf_hdr hdr = {};
	uint32_t seq;

	if (left < ETHER_HDRLEN + 6)
		return flow_bad(l, "what is left", left, ETHER_HDRLEN + 6), left;
	memcpy(&hdr, at, ETHER_HDRLEN);
	memcpy(&seq, frame + 2, 4);
	seq = ntohl(seq);
	sender = frame[1];
	if (hdr.bh_hdrlen != ETHER_HDRLEN)
		return flow_bad(l, "hdrlen", hdr.bh_hdrlen, ETHER_HDRLEN), left;
	if (sender >= FLOW_SENDERS || frame[0] != 2)
		return flow_bad(l, "sender", sender, FLOW_SENDERS), left;
	len = flow_frame(want, sender, seq);
	if (hdr.bh_datalen != len)
		flow_bad(l, "datalen", hdr.bh_datalen, len);
	l->of_snap[flow_judge(l, hdr.bh_caplen, len, seq)]++;
	if (hdr.bh_caplen > len || ETHER_HDRLEN + hdr.bh_caplen > left)
		return flow_bad(l, "what is left", left, ETHER_HDRLEN + hdr.bh_caplen), left;
	if (memcmp(frame, want, hdr.bh_caplen))
		flow_bad(l, "a byte of frame", seq, seq);
	if (timercmp(&hdr.bh_tstamp, &l->last, <) || hdr.bh_tstamp.tv_usec > 999999)
		flow_bad(l, "its time, us,", hdr.bh_tstamp.tv_usec, l->last.tv_usec);
	l->last = hdr.bh_tstamp;
	flow_note(l, sender, seq);
	return ETHER_HDRLEN + hdr.bh_caplen;
}

/* Checks what a read returned. */
static inline void flow_records(struct flow_listener *l, unsigned int len)
{
	unsigned int off, next;

	l->reads++;
	for (off = 0; off < len; off = next) {
		next = off + flow_record(l, l->buf + off, len - off);
		if (next == len)
			break;	/* what follows the last record is not padded */
		for (; next % BPF_ALIGNMENT && next < len; next++)
			if (l->buf[next])
				flow_bad(l, "padding", l->buf[next], 0);
		if (next == len)
			flow_bad(l, "the end, padded to", next, off);
	}
}

/* Reads once; what read(2) returns. */
static inline ssize_t flow_read(struct flow_listener *l)
{
	ssize_t len = read(l->fd, l->buf, l->size);

	if (len > 0)
		flow_records(l, len);
	return len;
}

/* Reads without waiting until nothing is left. */
static inline void flow_drain(struct flow_listener *l)
{
	ssize_t len;

	must(fcntl(l->fd, F_SETFL, O_NONBLOCK));
	while ((len = flow_read(l)) > 0)
		;
	if (len == 0 || errno != EAGAIN)
		flow_bad(l, "the drained descriptor's errno", len ? errno : 0, EAGAIN);
	must(fcntl(l->fd, F_SETFL, 0));
}

/* Waits until the descriptor was offered n packets: receiving takes its time. */
static inline unsigned int flow_await(int fd, unsigned int n)
{
	wait_until(bpf_stats(fd).bs_recv >= n);
	return bpf_stats(fd).bs_recv;
}

#endif /* FLOW_H */
