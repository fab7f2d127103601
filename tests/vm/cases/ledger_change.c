// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Exact accounting while commands change the descriptor under traffic from two
 * processors: BIOCSETFNR loses and doubles nothing and each packet is judged by
 * one filter; after BIOCFLUSH, BIOCSETF and BIOCSETIF the counters begin anew and
 * nothing that was judged before is there.  Floods without changes are ledger.c.
 */
#include "flow.h"

#define SIZE	524288
#define SNAP_A	40		/* filter A takes even frames */
#define SNAP_B	48		/* filter B takes odd ones */

static struct flow_sender senders[2];
static atomic_bool stop;

/* Two senders, each on its own processor, until stop or the end of count. */
static void start(unsigned int count)
{
	unsigned int i;

	atomic_store(&stop, false);
	for (i = 0; i < 2; i++) {
		senders[i] = (struct flow_sender){ .id = i, .count = count, .stop = &stop };
		senders[i].fd = i ? flow_writer("vl") : flow_socket("vl");
	}
	flow_start(senders, 2);
}

static unsigned int finish(void)
{
	unsigned int sent;

	atomic_store(&stop, true);
	sent = flow_join(senders, 2);
	close(senders[0].fd);
	close(senders[1].fd);
	return sent;
}

static unsigned int sent_so_far(void)
{
	return atomic_load(&senders[0].sent) + atomic_load(&senders[1].sent);
}

static void await_sent(unsigned int n)
{
	wait_until(sent_so_far() >= n);
}

/*
 * Two filters that take everything, with different snap lengths: whichever judges,
 * every frame must be there once.  The buffers hold all of them.
 */
static void both_accept(void)
{
	const unsigned int count = 2500;
	unsigned int flips = 0, sent;
	struct flow_listener l;
	struct bpf_stat stat;

	flow_listen(&l, "vl", SIZE, 1, 0, SNAP_A);
	l.snap[1] = SNAP_B;
	start(count);
	while (sent_so_far() < 2 * count) {
		flips++;
		must(flow_filter(l.fd, BIOCSETFNR, 1, 0, l.snap[flips % 2]));
	}
	sent = finish();
	stat = bpf_stats(l.fd);
	flow_drain(&l);
	ok(stat.bs_recv == sent && !stat.bs_drop,
	   "SETFNR: %u frames are counted, none is dropped", sent);
	ok(l.from[0] == count && l.from[1] == count && !l.gaps && !l.bad,
	   "SETFNR: every frame is there once, as one of the filters cut it");
	ok(l.of_snap[0] && l.of_snap[1], "SETFNR: both filters have judged");
	printf("# %u changes, %u and %u frames\n", flips, l.of_snap[0], l.of_snap[1]);
	flow_close(&l);
}

/* One filter takes even frames, the other odd ones; a reader keeps up. */
static void each_its_own(void)
{
	unsigned int flips = 0, sent;
	struct flow_listener l;
	struct bpf_stat stat;

	flow_listen(&l, "vl", 32768, 2, 0, SNAP_A);
	l.snap[1] = SNAP_B;
	l.parted = true;
	must(fcntl(l.fd, F_SETFL, O_NONBLOCK));
	start(1000000);
	/* This thread may not run for thousands of frames: on until it saw both filters'. */
	while (sent_so_far() < 2 * 2500 || !l.of_snap[0] || !l.of_snap[1]) {
		flips++;
		must(flow_filter(l.fd, BIOCSETFNR, 2, flips % 2, l.snap[flips % 2]));
		if (flips % 16 == 0)
			flow_read(&l);
	}
	sent = finish();
	stat = bpf_stats(l.fd);
	flow_drain(&l);
	ok(stat.bs_recv == sent, "parted SETFNR: %u frames are counted", sent);
	ok(!l.bad, "parted SETFNR: each frame was judged and cut by the same filter");
	printf("# %u changes, %u and %u frames, %u dropped\n", flips, l.of_snap[0],
	       l.of_snap[1], stat.bs_drop);
	flow_close(&l);
}

/*
 * Frames that each sender has sent from the first one that was read on.  Of which
 * none was read, that had none to send after the reset.
 */
static unsigned int since_first(const struct flow_listener *l)
{
	unsigned int i, n = 0;

	for (i = 0; i < 2; i++)
		if (l->from[i])
			n += atomic_load(&senders[i].sent) - l->first[i];
	return n;
}

static void flush(int fd, unsigned int round)
{
	(void)round;
	must(ioctl(fd, BIOCFLUSH));
}

static void setif_same(int fd, unsigned int round)
{
	(void)round;
	must(bpf_setif(fd, "vl"));
}

static void setif_other(int fd, unsigned int round)
{
	if (round % 4 == 0)
		must(bpf_setif(fd, "quiet"));
	must(bpf_setif(fd, "vl"));
}

static void setf_same(int fd, unsigned int round)
{
	(void)round;
	must(flow_filter(fd, BIOCSETF, 1, 0, SNAP_A));
}

/* After the last reset what is counted is what is read or dropped, nothing more. */
static void reset_by(const char *what, void (*reset)(int fd, unsigned int round))
{
	unsigned int i, rest;
	struct flow_listener l;
	struct bpf_stat stat;

	flow_listen(&l, "vl", SIZE, 1, 0, SNAP_A);
	start(1000000);
	for (i = 0; i < 40; i++) {
		await_sent(20 * i);
		reset(l.fd, i);
	}
	await_sent(sent_so_far() + 500);
	finish();
	stat = bpf_stats(l.fd);
	flow_drain(&l);
	rest = since_first(&l);
	ok(stat.bs_recv == l.records + stat.bs_drop && l.records,
	   "%s: what is counted afterwards is what is read or dropped", what);
	ok(stat.bs_recv == rest && l.gaps <= stat.bs_drop && !l.bad,
	   "%s: from the first frame on none is missing", what);
	printf("# received %u, dropped %u, read %u, sent since the first %u\n",
	       stat.bs_recv, stat.bs_drop, l.records, rest);
	flow_close(&l);
}

/*
 * After BIOCSETF nothing that the old filter let through is there.  A frame that
 * was being refused at that moment may count before or after it: one a processor,
 * and the frame that the new filter refuses before it takes the first.
 */
static void filters_replaced(void)
{
	unsigned int i, rest;
	struct flow_listener l;
	struct bpf_stat stat;

	flow_listen(&l, "vl", SIZE, 2, 0, SNAP_A);
	start(1000000);
	for (i = 0; i < 400; i++) {
		await_sent(2 * i);
		must(flow_filter(l.fd, BIOCSETF, 2, (i + 1) % 2, i % 2 ? SNAP_A : SNAP_B));
	}
	await_sent(sent_so_far() + 500);
	finish();
	stat = bpf_stats(l.fd);
	flow_drain(&l);
	rest = since_first(&l);
	ok(!l.bad && l.records && l.records == l.of_snap[0],
	   "SETF: only what the last filter takes is there");
	ok(stat.bs_recv >= rest && stat.bs_recv <= rest + 4,
	   "SETF: the counters begin with the last filter");
	printf("# received %u, dropped %u, read %u, sent since the first %u\n",
	       stat.bs_recv, stat.bs_drop, l.records, rest);
	flow_close(&l);
}

/* What a direction hides is not counted at all. */
static void directions(void)
{
	unsigned int i, sent;
	struct flow_listener l;
	struct bpf_stat stat;

	flow_listen(&l, "vl", SIZE, 1, 0, SNAP_A);
	start(2000);
	for (i = 0; sent_so_far() < 4000; i++) {
		must(bpf_set(l.fd, BIOCSDIRECTION, i % 3));
		await_sent(10 * i);
	}
	sent = finish();
	stat = bpf_stats(l.fd);
	flow_drain(&l);
	ok(stat.bs_recv == l.records + stat.bs_drop && !l.bad,
	   "SDIRECTION: what is counted is what is read or dropped");
	ok(stat.bs_recv && stat.bs_recv < sent, "SDIRECTION: what it hides is not counted");
	flow_close(&l);
}

/* The interface goes under traffic: what was counted before can still be read. */
static void interface_goes(void)
{
	struct flow_listener l[2];
	struct bpf_stat stat;
	unsigned int i, bad = 0;

	flow_listen(&l[0], "vl", SIZE, 1, 0, SNAP_A);
	flow_listen(&l[1], "vl", 4096, 3, 0, SNAP_B);
	start(1000000);
	senders[0].ends = true;
	senders[1].ends = true;
	await_sent(200);
	sh("ip link del vl");
	finish();
	for (i = 0; i < 2; i++) {
		while (flow_read(&l[i]) > 0)
			;
		bad += errno != ENXIO || l[i].bad;
	}
	stat = bpf_stats(l[0].fd);
	ok(l[0].records && stat.bs_recv == l[0].records + stat.bs_drop,
	   "interface removed: what was counted is read or dropped");
	ok(!bad, "interface removed: every record is intact, then it is ENXIO");
	flow_close(&l[0]);
	flow_close(&l[1]);
}

int main(void)
{
	flow_pair();
	sh("ip link add quiet type dummy");
	if_up("quiet");
	both_accept();
	each_its_own();
	reset_by("FLUSH", flush);
	reset_by("SETIF to the same", setif_same);
	reset_by("SETIF to another and back", setif_other);
	reset_by("SETF", setf_same);
	filters_replaced();
	directions();
	interface_goes();
	return tap_done();
}
