// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Exact accounting: every packet that passes an interface is counted, and every
 * one that a filter accepts is either read, intact and once, or counted as dropped.
 * Floods with sizes, filters, readers and senders of all kinds.  What happens to
 * the counters while commands change the descriptor is ledger_change.c.
 *
 * IPv6 is off and nothing has an address, so the interfaces carry our frames only.
 */
#include "flow.h"

enum reader { NOBODY, EAGER, SLOW, STOPS, POLLS, TWO };

struct flood {
	const char *what;
	unsigned int size;		/* buffer */
	unsigned int mod, rem, snap;	/* filter, see flow_filter() */
	enum reader reader;
	unsigned int senders;
	bool sockets;			/* they are packet sockets, not descriptors */
	bool receive;			/* listen where the frames arrive */
	unsigned int count;		/* frames of each */
};

static const struct flood floods[] = {
	{ "32 bytes, nobody reads", 32, 1, 0, 9999, NOBODY, 1, false, false, 300 },
	{ "32 bytes, an eager reader", 32, 1, 0, 9999, EAGER, 2, false, false, 1000 },
	{ "no filter, nobody reads", 4096, 0, 0, 0, NOBODY, 1, false, false, 1000 },
	{ "all, nobody reads", 4096, 1, 0, 9999, NOBODY, 1, true, false, 1000 },
	{ "all, an eager reader", 4096, 1, 0, 9999, EAGER, 2, true, false, 2000 },
	{ "a third, a reader that polls", 4096, 3, 1, 80, POLLS, 2, false, true, 2000 },
	{ "a third, 65535 bytes, nobody reads", 65535, 3, 1, 9999, NOBODY, 1, false, true, 2000 },
	{ "none, an eager reader", 4096, 3, 3, 9999, EAGER, 2, false, false, 1000 },
	{ "all, 65535 bytes, a slow reader", 65535, 1, 0, 9999, SLOW, 2, false, false, 3000 },
	{ "all, 65535 bytes, a reader that stops", 65535, 1, 0, 9999, STOPS, 2, true, true, 3000 },
	{ "all, 524288 bytes, an eager reader", 524288, 1, 0, 9999, EAGER, 2, true, true, 3000 },
	{ "half, 33 bytes, two readers", 33, 2, 1, 1, TWO, 2, false, false, 1500 },
};

struct reading {
	struct flow_listener *l;
	enum reader reader;
	atomic_bool stop;
	atomic_uint others;		/* records that two readers took */
};

/*
 * Two readers of one descriptor cannot say in which order their records came, so
 * this one only counts: 33 bytes hold one record of one byte.
 */
static void *second_reader(void *arg)
{
	struct reading *r = arg;
	char *buf = malloc(r->l->size);
	ssize_t len;

	for (;;) {
		len = must(read(r->l->fd, buf, r->l->size));
		if (len == ETHER_HDRLEN + 1)
			atomic_fetch_add(&r->others, 1);
		if (!len && atomic_load(&r->stop))
			break;
	}
	free(buf);
	return NULL;
}

static void *reader(void *arg)
{
	struct reading *r = arg;
	struct pollfd pfd = { .fd = r->l->fd, .events = POLLIN };
	ssize_t len;

	flow_pin(1);
	for (;;) {
		if (r->reader == POLLS)
			must(poll(&pfd, 1, 20));
		len = flow_read(r->l);
		if (len < 0 && errno != EAGAIN)
			must(len);
		if (r->reader == SLOW)
			sleep_ms(100); /* its slowness is what is tested */
		if (r->reader == STOPS && r->l->reads == 2)
			break;
		if (len <= 0 && atomic_load(&r->stop))
			break;
	}
	return NULL;
}

/* Frames that the filter accepts. */
static unsigned int accepted(const struct flood *f)
{
	unsigned int i, n = 0;

	for (i = 0; i < f->count; i++)
		n += !f->mod || i % f->mod == f->rem;
	return n * f->senders;
}

/*
 * How many frames of one sender two buffers hold when nobody reads: what bpf(4)
 * says of them, worked out here once more.
 */
static unsigned int capacity(const struct flood *f)
{
	unsigned int i, n = 0, cap, off, used[2] = {}, b = 0;

	for (i = 0; i < f->count; i++) {
		if (f->mod && i % f->mod != f->rem)
			continue;
		cap = flow_len(0, i);
		if (f->mod && cap > f->snap)
			cap = f->snap;
		if (cap > f->size - ETHER_HDRLEN)
			cap = f->size - ETHER_HDRLEN;
		off = BPF_WORDALIGN(used[b]);
		if (off + ETHER_HDRLEN + cap > f->size) {
			if (b)
				continue;
			b = 1;
			off = 0;
		}
		used[b] = off + ETHER_HDRLEN + cap;
		n++;
	}
	return n;
}

/* The line of /proc/net/bpf must say what the ioctl says. */
static void check_proc(const struct flood *f, struct bpf_stat stat, unsigned int match)
{
	unsigned long got[3] = {};
	char line[256];
	FILE *proc = fopen("/proc/net/bpf", "r");

	while (fgets(line, sizeof(line), proc))
		sscanf(line, "%*d %*s %*s %lu %lu %lu", &got[0], &got[1], &got[2]);
	fclose(proc);
	ok(got[0] == stat.bs_recv && got[1] == stat.bs_drop && got[2] == match,
	   "%s: /proc/net/bpf says the same", f->what);
}

static void check(const struct flood *f, struct flow_listener *l, unsigned int others,
		  unsigned int sent)
{
	unsigned int match = accepted(f), read = l->records + others;
	struct bpf_stat stat = bpf_stats(l->fd);

	ok(stat.bs_recv == sent, "%s: each of %u frames is counted", f->what, sent);
	if (stat.bs_recv != sent)
		printf("# received: %u\n", stat.bs_recv);
	ok(read + stat.bs_drop == match, "%s: read + dropped = accepted, %u", f->what, match);
	if (read + stat.bs_drop != match)
		printf("# read %u, dropped %u\n", read, stat.bs_drop);
	ok(!l->bad, "%s: every record is intact and in order", f->what);
	check_proc(f, stat, match);
	if (f->reader == NOBODY)
		ok(read == capacity(f), "%s: as many as two buffers hold, %u of %u",
		   f->what, read, capacity(f));
}

static void flood(const struct flood *f)
{
	struct flow_sender senders[2] = {};
	struct flow_listener l;
	struct reading r = { .l = &l, .reader = f->reader };
	pthread_t thread, second;
	unsigned int i, sent;

	flow_listen(&l, f->receive ? "vr" : "vl", f->size, f->mod, f->rem, f->snap);
	must(bpf_timeout_ms(l.fd, 20));
	if (f->reader == POLLS)
		must(fcntl(l.fd, F_SETFL, O_NONBLOCK));
	if (f->reader != NOBODY && f->reader != TWO)
		flow_thread(&thread, reader, &r);
	if (f->reader == TWO) {
		flow_thread(&thread, second_reader, &r);
		flow_thread(&second, second_reader, &r);
	}
	for (i = 0; i < f->senders; i++) {
		senders[i].id = i;
		senders[i].count = f->count;
		senders[i].fd = f->sockets ? flow_socket("vl") : flow_writer("vl");
	}
	flow_start(senders, f->senders);
	sent = flow_join(senders, f->senders);
	flow_await(l.fd, sent);
	for (i = 0; i < f->senders; i++) {
		if (!f->sockets && bpf_stats(senders[i].fd).bs_recv)
			ok(false, "%s: a writer counts what it does not want", f->what);
		close(senders[i].fd);
	}
	atomic_store(&r.stop, true);
	if (f->reader != NOBODY)
		pthread_join(thread, NULL);
	if (f->reader == TWO)
		pthread_join(second, NULL);
	else
		flow_drain(&l);
	check(f, &l, atomic_load(&r.others), sent);
	flow_close(&l);
}

/* Several listeners on one interface, each with a filter of its own. */
static void crowd(void)
{
	struct flow_listener l[10];
	struct flow_sender senders[2] = { { .id = 0, .count = 1500 },
					  { .id = 1, .count = 1500 } };
	unsigned int i, n, sent, read, bad = 0, lost = 0, wrong = 0;
	struct bpf_stat stat;

	for (i = 0; i < 10; i++)
		flow_listen(&l[i], "vl", 4096 << i % 4, i % 5 + 1, i % 3, 20 + 60 * i);
	senders[0].fd = flow_socket("vl");
	senders[1].fd = flow_writer("vl");
	flow_start(senders, 2);
	sent = flow_join(senders, 2);
	for (i = 0; i < 10; i++) {
		stat = bpf_stats(l[i].fd);
		flow_drain(&l[i]);
		for (n = 0, read = 0; n < 1500; n++)
			read += 2 * (n % (i % 5 + 1) == i % 3);
		bad += l[i].bad;
		lost += stat.bs_recv != sent;
		wrong += l[i].records + stat.bs_drop != read;
		flow_close(&l[i]);
	}
	ok(!lost, "ten listeners: each counts all %u frames", sent);
	ok(!wrong, "ten listeners: for each, read + dropped = what its filter accepts");
	ok(!bad, "ten listeners: every record is intact");
	close(senders[0].fd);
	close(senders[1].fd);
}

/* What the kernel's packet generator sends; its frames have numbers of its own. */
static void generator(void)
{
	const unsigned int count = 20000, size = 65536, off = ETHER_HDRLEN + 14 + 20 + 8;
	unsigned int records = 0, disorder = 0, at;
	uint32_t seq, last = 0;
	struct bpf_hdr *hdr;
	struct bpf_stat stat;
	char *buf = malloc(size);
	ssize_t len;
	int fd;

	if (access("/proc/net/pktgen/pgctrl", F_OK)) {
		printf("ok %d - pktgen # SKIP this kernel has none\n", ++tap_count);
		return;
	}
	sh("ip link add dummy0 type dummy");
	if_up("dummy0");
	file_put("/proc/net/pktgen/kpktgend_0", "add_device dummy0");
	file_put("/proc/net/pktgen/dummy0", "count 20000");
	file_put("/proc/net/pktgen/dummy0", "pkt_size 100");
	file_put("/proc/net/pktgen/dummy0", "xmit_mode netif_receive");
	fd = bpf_on("dummy0", size);
	file_put("/proc/net/pktgen/pgctrl", "start\n"); /* returns when all are sent */
	must(fcntl(fd, F_SETFL, O_NONBLOCK));
	stat = bpf_stats(fd);
	while ((len = read(fd, buf, size)) > 0) {
		for (at = 0; at < len; at += BPF_WORDALIGN(ETHER_HDRLEN + hdr->bh_caplen)) {
			hdr = (void *)(buf + at);
			memcpy(&seq, buf + at + off + 4, 4); /* behind pktgen's magic */
			disorder += ntohl(seq) <= last && records;
			last = ntohl(seq);
			records++;
		}
	}
	ok(stat.bs_recv == count, "pktgen: each of its %u packets is counted", count);
	ok(records && records + stat.bs_drop == count, "pktgen: read + dropped = sent");
	ok(!disorder, "pktgen: its numbers increase");
	close(fd);
	free(buf);
	file_put("/proc/net/pktgen/kpktgend_0", "rem_device_all");
}

int main(void)
{
	const char *backlog = "/proc/sys/net/core/netdev_max_backlog";
	char before[16];
	unsigned int i;
	int fd;

	/* What arrives must not be lost before the tap; known to the first network only. */
	fd = must(open(backlog, O_RDWR));
	file_get(backlog, before, sizeof(before));
	must(write(fd, "100000", 6));
	flow_pair();
	for (i = 0; i < ARRAY_SIZE(floods); i++)
		flood(&floods[i]);
	crowd();
	generator();
	must(write(fd, before, strlen(before)));
	return tap_done();
}
