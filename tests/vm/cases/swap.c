// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Filters that change under full traffic from two processors: each packet is judged
 * by exactly one of them, whichever engine runs it, and that engine changes, too.
 * None is lost, none is judged twice, none by a filter that has been replaced.
 *
 * What judged a packet shows in its captured length.
 */
#include "flow.h"
#include <sys/utsname.h>
#include "engine.h"

#define SNAP	40		/* of even changes; of odd ones 8 more */
#define LONG	4096		/* the longest program */

struct stream {
	struct flow_sender senders[2];
	atomic_bool stop;
};

static void stream_start(struct stream *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned int i = 0; i < 2; i++)
		s->senders[i] = (struct flow_sender){ .id = i, .count = ~0U, .stop = &s->stop,
						      .fd = flow_socket("vl") };
	flow_start(s->senders, 2);
}

/* Until then both senders have sent this many more. */
static void stream_await(struct stream *s, unsigned int more)
{
	for (int i = 0; i < 2; i++) {
		unsigned int want = atomic_load(&s->senders[i].sent) + more;

		wait_until(atomic_load(&s->senders[i].sent) >= want);
	}
}

/* How many frames it was. */
static unsigned int stream_end(struct stream *s)
{
	unsigned int sent;

	atomic_store(&s->stop, true);
	sent = flow_join(s->senders, 2);
	for (int i = 0; i < 2; i++)
		close(s->senders[i].fd);
	return sent;
}

/* Received, dropped, captured packets of the namespace's descriptors. */
static void sums(long sum[3])
{
	char text[128];

	if (sscanf(file_get("/proc/sys/net/bpf/stats", text, sizeof(text)), "%ld %ld %ld",
		   &sum[0], &sum[1], &sum[2]) != 3)
		must(-1);
}

/* Which engine the nth change asks for; ENGINES asks for each in its turn. */
static void turn(int engine, unsigned int n)
{
	jit_set(engine < ENGINES ? engine : (int)(n / 2 % ENGINES));
}

static const char *name_of(int engine)
{
	return engine < ENGINES ? engines[engine] : "all engines";
}

/*
 * Accepts all, SETFNR: every frame is read once, none is missing.  The reader keeps
 * up since it is the one who changes filters.
 */
static void all_once(int engine)
{
	unsigned int n, sent, changes = 200;
	struct flow_listener l;
	struct stream s;

	turn(engine, 0);
	flow_listen(&l, "vl", 1 << 19, 1, 0, SNAP);
	l.snap[1] = SNAP + 8;
	must(fcntl(l.fd, F_SETFL, O_NONBLOCK));
	stream_start(&s);
	for (n = 0; n < changes; n++) {
		turn(engine, n);
		must(flow_filter(l.fd, BIOCSETFNR, 1, 0, l.snap[n % 2]));
		if (n % 15 == 0)
			stream_await(&s, 1);
		if (n % 4 == 0)
			flow_read(&l);
	}
	sent = stream_end(&s);
	flow_drain(&l);
	is_ret(bpf_stats(l.fd).bs_recv, sent, "%s: all %u frames are counted", name_of(engine),
	       sent);
	is_ret(l.records + bpf_stats(l.fd).bs_drop, sent, "and each was accepted once");
	ok(!l.bad && l.of_snap[0] && l.of_snap[1], "by one of two filters");
	printf("# %u changes; %u and %u frames, %u without room\n", changes, l.of_snap[0],
	       l.of_snap[1], bpf_stats(l.fd).bs_drop);
	flow_close(&l);
}

/*
 * One filter accepts even frames, the other one odd ones: what was judged by neither
 * or by both would show in the sum, what was judged wrongly in its length.
 */
static void halves(int engine)
{
	unsigned int n, sent, changes = 150;
	struct flow_listener l;
	struct stream s;
	int other;

	turn(engine, 0);
	flow_listen(&l, "vl", 32768, 2, 0, SNAP);
	l.snap[1] = SNAP + 8;
	l.parted = true;
	must(fcntl(l.fd, F_SETFL, O_NONBLOCK));
	other = bpf_on("vl", 32);
	stream_start(&s);
	for (n = 0; n < changes; n++) {
		turn(engine, n);
		must(flow_filter(l.fd, BIOCSETFNR, 2, n % 2, l.snap[n % 2]));
		/* code of all sizes comes and goes beside it */
		must(sum_filter(other, BIOCSETFNR, 1 + n * 7 % SUM_MAX, 0));
		if (n % 15 == 0)
			stream_await(&s, 1);
		if (n % 16 == 0)
			flow_read(&l);
	}
	sent = stream_end(&s);
	is_ret(bpf_stats(l.fd).bs_recv, sent, "%s: filters for half of the frames count all %u",
	       name_of(engine), sent);
	flow_drain(&l);
	ok(!l.bad && l.of_snap[0] && l.of_snap[1], "and each was judged by one of them, rightly");
	flow_close(&l);
	close(other);
}

/*
 * SETF throws away what the old filter has let through: from its return on there is
 * nothing of the old length.  The namespace's sums know of all that were thrown away.
 */
static void anew(int engine)
{
	unsigned int n, sent, changes = 120, with = 0;
	long before[3], after[3];
	struct flow_listener l;
	struct stream s;

	turn(engine, 0);
	flow_listen(&l, "vl", 32768, 1, 0, SNAP);
	must(fcntl(l.fd, F_SETFL, O_NONBLOCK));
	must(bpf_set(l.fd, BIOCIMMEDIATE, 1));
	sums(before);
	stream_start(&s);
	for (n = 0; n < changes; n++) {
		turn(engine, n);
		l.snap[0] = SNAP + 8 * (n % 2);
		l.snap[1] = l.snap[0];
		must(flow_filter(l.fd, BIOCSETF, 1, 0, l.snap[0]));
		if (n % 8 == 0)
			stream_await(&s, 4);
		with += flow_read(&l) > 0;
	}
	sent = stream_end(&s);
	sums(after);
	is_ret(after[0] - before[0], sent, "%s: SETF: all %u frames are counted",
	       name_of(engine), sent);
	is_ret(after[2] - before[2], sent, "and each was accepted once");
	ok(!l.bad && with > changes / 10, "and none by a filter that has been replaced");
	printf("# %u changes, %u reads after one\n", changes, with);
	flow_close(&l);
}

/*
 * A program that takes its time, and then accepts all, with this length: steps of
 * which none can be left out, since the result depends on all of them.  Odd numbers
 * stay odd, so it is always the same.
 */
static void long_filter(int fd, unsigned int snap)
{
	static struct bpf_insn insns[LONG];
	struct bpf_program prog = { LONG, insns };

	insns[0] = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2);
	insns[1] = (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 1);
	for (unsigned int i = 2; i < LONG - 3; i++)
		insns[i] = i % 2 ? (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, i) :
			   (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, i * 0x01010102);
	insns[LONG - 3] = (struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
	insns[LONG - 2] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, snap);
	insns[LONG - 1] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 0);
	must(ioctl(fd, BIOCSETFNR, &prog));
}

/*
 * Two processors are nearly always in the middle of the program when it is replaced,
 * and when its memory is wanted for another one: whoever frees it without waiting for
 * them makes them run what is no code.
 */
static void in_the_middle(int engine)
{
	unsigned int n, sent, changes = 40;
	struct flow_listener l;
	struct stream s;

	jit_set(engine);
	flow_listen(&l, "vl", 1 << 19, 1, 0, SNAP);
	l.snap[1] = SNAP + 8;
	long_filter(l.fd, SNAP);
	must(fcntl(l.fd, F_SETFL, O_NONBLOCK));
	stream_start(&s);
	for (n = 0; n < changes; n++) {
		long_filter(l.fd, l.snap[n % 2]);
		stream_await(&s, 1);
		flow_read(&l);
	}
	sent = stream_end(&s);
	flow_drain(&l);
	is_ret(l.records + bpf_stats(l.fd).bs_drop, sent,
	       "%s: %u frames through filters of %d instructions", engines[engine], sent, LONG);
	ok(!l.bad && l.of_snap[0] && l.of_snap[1], "each by one of two");
	ok(!strcmp(engine_of(l.fd), engines[engine]), "all of them by that engine");
	flow_close(&l);
}

int main(void)
{
	flow_pair();
	for (int engine = 0; engine <= ENGINES; engine++) {
		all_once(engine);
		halves(engine);
		anew(engine);
	}
	for (int engine = 1; engine < ENGINES; engine++)
		in_the_middle(engine);
	return tap_done();
}
