// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Zero-copy buffers under traffic: every packet is read whole or counted as dropped,
 * programs that write over all of their buffers harm nobody but themselves, and
 * those that end in the midst of it leave nothing.
 */
#include "flow.h"
#include "zcopy.h"
#include "vandal.h"

/* --- a reader that keeps to the protocol --- */

enum reader { SPINS, POLLS, ROTATES, SLOW, NEVER };

struct flood {
	const char *what;
	int pages;
	enum reader reader;
	unsigned int mod, rem, snap, senders, count;
};

static const struct flood floods[] = {
	{ "a page, all, looks at the headers", 1, SPINS, 1, 0, 9999, 2, 3000 },
	{ "a page, all, polls", 1, POLLS, 1, 0, 9999, 2, 3000 },
	{ "a page, all, rotates all the time", 1, ROTATES, 1, 0, 9999, 2, 3000 },
	{ "16 pages, a third, rotates all the time", 16, ROTATES, 3, 1, 80, 2, 5000 },
	{ "128 pages, all, polls", 128, POLLS, 1, 0, 9999, 2, 5000 },
	{ "2 pages, all, slow", 2, SLOW, 1, 0, 9999, 2, 3000 },
	{ "2 pages, half, never gives back", 2, NEVER, 2, 0, 9999, 2, 2000 },
};

struct reading {
	struct zcopy z;
	struct flow_listener l;
	enum reader reader;
	atomic_bool stop;
};

/* Reads the buffer that comes next, if it is the program's. */
static bool take(struct reading *r)
{
	int which = r->z.next;

	if (!zcopy_owned(&r->z, which))
		return false;
	r->l.buf = zcopy_data(&r->z, which);
	flow_records(&r->l, zcopy_len(&r->z, which));
	zcopy_ack(&r->z, which);
	r->z.next = !which;
	return true;
}

static void *reader(void *arg)
{
	struct reading *r = arg;
	struct pollfd pfd = { .fd = r->z.fd, .events = POLLIN };
	bool stop;

	flow_pin(1);
	do {
		stop = atomic_load(&r->stop);
		if (r->reader == NEVER || (r->reader == SLOW && !stop)) {
			sleep_ms(5);	/* its slowness is what is tested */
			if (r->reader == SLOW)
				take(r);
			continue;
		}
		if (r->reader == POLLS)
			must(poll(&pfd, 1, 5));
		if (r->reader == ROTATES || r->reader == POLLS)
			zcopy_rotate(&r->z, NULL);
		while (take(r))
			;
	} while (!stop);
	return NULL;
}

static void reading_on(struct reading *r, const char *ifname, enum zkind kind,
		       const struct flood *f)
{
	*r = (struct reading){ .reader = f->reader };
	zcopy_on(&r->z, kind, f->pages, ifname);
	must(flow_filter(r->z.fd, BIOCSETF, f->mod, f->rem, f->snap));
	r->l = (struct flow_listener){
		.fd = r->z.fd, .size = r->z.size, .snap = { f->snap, f->snap },
	};
	gettimeofday(&r->l.last, NULL);
	r->l.last.tv_sec--;
}

/* All that has been stored comes to the program in the end. */
static void leftovers(struct reading *r)
{
	while (take(r) || zcopy_rotate(&r->z, NULL) > 0)
		;
}

static void senders_make(struct flow_sender *s, unsigned int n, unsigned int count)
{
	for (unsigned int i = 0; i < n; i++)
		s[i] = (struct flow_sender){ .id = i, .count = count,
					     .fd = flow_socket("vl") };
}

static void senders_close(struct flow_sender *s, unsigned int n)
{
	while (n--)
		close(s[n].fd);
}

static void flood(const struct flood *f, enum zkind kind)
{
	struct flow_sender senders[FLOW_SENDERS];
	struct reading r;
	unsigned int sent, seen, i, accepted = 0;
	struct bpf_stat st;
	pthread_t thread;

	reading_on(&r, "vr", kind, f);
	for (i = 0; i < f->count; i++)
		accepted += i % f->mod == f->rem;
	accepted *= f->senders;
	senders_make(senders, f->senders, f->count);
	flow_thread(&thread, reader, &r);
	flow_start(senders, f->senders);
	sent = flow_join(senders, f->senders);
	seen = flow_await(r.z.fd, sent);
	atomic_store(&r.stop, true);
	pthread_join(thread, NULL);
	leftovers(&r);
	st = bpf_stats(r.z.fd);
	if (!ok(seen == sent && !r.l.bad && r.l.records + st.bs_drop == accepted,
		"%s, %s: each packet was read whole or counted as dropped",
		zkinds[kind], f->what))
		printf("# sent %u, seen %u, accepted %u, read %u, dropped %u, bad %u\n",
		       sent, seen, accepted, r.l.records, st.bs_drop, r.l.bad);
	ok(f->reader != NEVER || r.l.reads <= 3, "two buffers at once, no more");
	senders_close(senders, f->senders);
	zcopy_close(&r.z);
}

/* Appends the records' bytes, but for their times, to what there is. */
static size_t append(char *to, size_t at, const char *data, unsigned int len)
{
	const struct bpf_hdr *rec = NULL;

	while ((rec = record_next(data, len, rec))) {
		memcpy(to + at, (const char *)rec + 16,
		       rec->bh_hdrlen - 16 + rec->bh_caplen);
		at += rec->bh_hdrlen - 16 + rec->bh_caplen;
	}
	return at;
}

/* What one buffer of either kind has is what read(2) gets of the same frames. */
static void equal(void)
{
	static char got[3][4 << 20], data[512 * 1024];
	const struct flood all = { "", 128, NEVER, 1, 0, 9999, 1, 1500 };
	struct flow_sender sender;
	struct reading r[2];
	size_t len[3] = {};
	int fd = bpf_on("vr", sizeof(data));
	ssize_t n;

	for (int kind = PINNED; kind <= MAPPED; kind++)
		reading_on(&r[kind], "vr", kind, &all);
	senders_make(&sender, 1, all.count);
	flow_start(&sender, 1);
	flow_join(&sender, 1);
	flow_await(fd, all.count);
	for (int kind = PINNED; kind <= MAPPED; kind++) {
		flow_await(r[kind].z.fd, all.count);
		must(zcopy_rotate(&r[kind].z, NULL));
		len[kind] = append(got[kind], 0, zcopy_data(&r[kind].z, 0),
				   zcopy_len(&r[kind].z, 0));
		zcopy_close(&r[kind].z);
	}
	while ((n = bpf_drain(fd, data, sizeof(data))) > 0)
		len[2] = append(got[2], len[2], data, n);
	ok(len[2] > all.count * 60 && len[0] == len[2] && !memcmp(got[0], got[2], len[2]),
	   "SETZBUF: 1500 frames are byte by byte what read(2) gets");
	ok(len[1] == len[2] && !memcmp(got[1], got[2], len[2]), "mmap: so they are");
	close(fd);
	close(sender.fd);
}

/* --- a program that writes over everything --- */

struct vandal {
	struct zcopy z;
	atomic_bool stop;
};

static void *vandalise(void *arg)
{
	struct vandal *v = arg;
	uint64_t random = 88172645463325252ULL;

	while (!atomic_load(&v->stop))
		vandal_strike(&v->z, &random);
	return NULL;
}

static void scribbling(enum zkind kind)
{
	const unsigned int count = 10000;
	struct flow_sender senders[2];
	size_t page = zcopy_page();
	struct vandal v = {};
	struct flow_listener l;
	struct bpf_stat st;
	pthread_t thread[2];
	char *at;

	flow_listen(&l, "vr", 4096, 1, 0, 9999);
	at = zcopy_memory(6 * page);
	memset(at, GUARD, 6 * page);
	if (kind == PINNED) {
		v.z = (struct zcopy){ .kind = kind, .len = 2 * page };
		v.z.fd = zcopy_fresh(O_RDWR);
		v.z.buf[0] = at + page;
		v.z.buf[1] = at + 3 * page;
		must(zcopy_set(v.z.fd, v.z.buf[0], v.z.buf[1], 2 * page));
		must(bpf_setif(v.z.fd, "vr"));
	} else {
		zcopy_on(&v.z, kind, 2, "vr");
	}
	must(bpf_timeout_ms(l.fd, 20));
	senders_make(senders, 2, count);
	flow_thread(&thread[0], vandalise, &v);
	flow_thread(&thread[1], vandalise, &v);
	flow_start(senders, 2);
	while (atomic_load(&senders[0].sent) < count || atomic_load(&senders[1].sent) < count)
		flow_read(&l);
	ok(flow_join(senders, 2) == 2 * count, "%s, a vandal: the senders get on", zkinds[kind]);
	flow_await(l.fd, 2 * count);
	atomic_store(&v.stop, true);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	flow_drain(&l);
	st = bpf_stats(l.fd);
	ok(!l.bad && l.records + st.bs_drop == 2 * count,
	   "another descriptor's packets are whole and counted");
	ok(kind == MAPPED || (guard_is(at, page) && guard_is(at + 5 * page, page)),
	   "memory around the buffers is untouched");
	/* and the descriptor itself is as good as new */
	must(ioctl(v.z.fd, BIOCFLUSH));
	zcopy_ack(&v.z, 0);
	zcopy_ack(&v.z, 1);
	bpf_buffered(v.z.fd);
	zcopy_ack(&v.z, 0);
	zcopy_ack(&v.z, 1);
	must(ioctl(v.z.fd, BIOCFLUSH));
	ok(bpf_stats(v.z.fd).bs_recv == 0 && bpf_buffered(v.z.fd) <= (int)(2 * v.z.len),
	   "its own counters are");
	close(v.z.fd);
	if (kind == MAPPED)
		munmap(v.z.buf[0], 2 * v.z.len);
	munmap(at, 6 * page);
	senders_close(senders, 2);
	flow_close(&l);
}

/* Exits and kills while packets come. */
static void leaving(enum zkind kind)
{
	const struct flood f = { "", 1, SPINS, 1, 0, 9999, 2, 0 };
	struct flow_sender senders[2];
	struct reading r;
	atomic_bool stop;

	atomic_init(&stop, false);
	senders_make(senders, 2, ~0U);
	senders[0].stop = senders[1].stop = &stop;
	flow_start(senders, 2);
	for (int i = 0; i < 20; i++) {
		pid_t pid = must(fork());

		if (!pid) {
			reading_on(&r, "vr", kind, &f);
			while (r.l.records < 50)
				take(&r);
			if (i & 1)
				_exit(0);
			kill(getpid(), SIGKILL);
		}
		waitpid(pid, NULL, 0);
	}
	atomic_store(&stop, true);
	flow_join(senders, 2);
	senders_close(senders, 2);
	ok(wait_until(!proc_lines("vr")), "%s: programs that end in the midst leave nothing",
	   zkinds[kind]);
}

int main(void)
{
	flow_pair();
	zcopy_allow(true);
	for (int kind = PINNED; kind <= MAPPED; kind++) {
		for (size_t i = 0; i < ARRAY_SIZE(floods); i++)
			flood(&floods[i], kind);
		scribbling(kind);
		leaving(kind);
	}
	equal();
	return tap_done();
}
