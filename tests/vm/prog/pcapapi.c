// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a program that uses libpcap's functions sees of the patched library over
 * /dev/bpf: one test per promise of tools/libpcap/patches.  Expects lo and a
 * veth pair vl-vr to be up and a dummy dn0 to be down; deletes the veth pair.
 * Run by cases/libpcap.sh with the library.
 */
#include "tap.h"

#include <poll.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <pcap/pcap.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* The device offers zero-copy buffers: given by any argument. */
static bool zero_copy;

static void shell(const char *command)
{
	if (system(command)) {
		printf("Bail out! %s failed\n", command);
		exit(1);
	}
}

static void ping(void)
{
	shell("ping -c 1 -W 5 127.0.0.1 >/dev/null");
}

static pcap_t *created(const char *dev, int timeout)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(dev, err);

	pcap_set_snaplen(p, 65535);
	pcap_set_timeout(p, timeout);
	return p;
}

static pcap_t *opened(const char *dev, int timeout)
{
	pcap_t *p = created(dev, timeout);

	if (pcap_activate(p) < 0) {
		printf("Bail out! %s: %s\n", dev, pcap_geterr(p));
		exit(1);
	}
	return p;
}

static void ignore(u_char *user, const struct pcap_pkthdr *hdr,
		   const u_char *bytes)
{
	(void)user;
	(void)hdr;
	(void)bytes;
}

static int dispatch(pcap_t *p)
{
	return pcap_dispatch(p, -1, ignore, NULL);
}

static void *loop(void *p)
{
	return (void *)(long)pcap_loop(p, -1, ignore, NULL);
}

/* Is any thread of this process but the caller asleep in poll(2)? */
static bool loop_sleeps(void)
{
	return system("cat /proc/$PPID/task/*/syscall | grep -q '^7 '") == 0;
}

static void wait_until_loop_sleeps(void)
{
	double deadline = now() + 20;

	while (!loop_sleeps() && now() < deadline)
		usleep(20000);	/* between two looks at the condition */
}

static void test_breakloop(int timeout)
{
	pcap_t *p = opened("lo", timeout);
	pthread_t thread;
	void *result;
	double start;

	must(-pthread_create(&thread, NULL, loop, p));
	wait_until_loop_sleeps();
	start = now();
	pcap_breakloop(p);
	pthread_join(thread, &result);
	ok((long)result == PCAP_ERROR_BREAK && now() - start < 30,
	   "pcap_breakloop ends a wait with timeout %d ms", timeout);
	pcap_close(p);
}

static void test_timeouts(void)
{
	pcap_t *p = opened("lo", 0);
	double start;
	int n;

	ping();
	ok(dispatch(p) > 0, "timeout 0 means now");
	pcap_close(p);
	p = opened("lo", -1);
	ping();
	ok(dispatch(p) > 0, "timeout -1 means now");
	pcap_close(p);

	p = created("lo", 2500000);
	is_ret(pcap_activate(p), 0, "a timeout of 2500 s is possible");
	pcap_close(p);

	p = opened("lo", 500);
	start = now();
	n = dispatch(p);
	ok(n == 0 && now() - start >= 0.5,
	   "a quiet link returns 0 packets after the timeout");
	ping();
	ok(dispatch(p) > 0, "what came is returned at the latest after it");
	pcap_close(p);
}

static void test_stats_and_nonblock(void)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = opened("lo", 60000);
	struct pcap_stat st;
	struct pollfd pfd;

	is_ret(pcap_setnonblock(p, 1, err), 0, "non-blocking mode can be set");
	is_ret(pcap_getnonblock(p, err), 1, "and is remembered");
	is_ret(dispatch(p), 0, "non-blocking, nothing there: 0 packets");
	ping();
	ok(dispatch(p) > 0, "non-blocking gets a buffer that is not full");
	is_ret(pcap_stats(p, &st), 0, "pcap_stats works");
	ok(st.ps_recv >= 2 && st.ps_drop == 0 && st.ps_ifdrop == 0,
	   "counts are received %u, dropped %u, by the interface %u",
	   st.ps_recv, st.ps_drop, st.ps_ifdrop);
	pcap_close(p);

	p = opened("lo", 200);
	pfd = (struct pollfd){ pcap_get_selectable_fd(p), POLLIN, 0 };
	must(poll(&pfd, 1, 0));	/* starts the timer */
	ping();
	is_ret(poll(&pfd, 1, 20000), 1, "a program's own poll wakes");
	ok(dispatch(p) > 0, "and finds packets");
	pcap_close(p);
}

static bool no_metadata(const struct bpf_program *prog)
{
	unsigned int i;

	for (i = 0; i < prog->bf_len; i++)
		if (BPF_CLASS(prog->bf_insns[i].code) == BPF_LD &&
		    prog->bf_insns[i].k >= 0xfffff000)
			return false;
	return true;
}

/* On lo all packets are received ones, and it is the first interface. */
static void keeps(pcap_t *p, const char *expression, bool some)
{
	struct bpf_program prog;
	int n;

	is_ret(pcap_compile(p, &prog, expression, 1, 0), 0, "%s compiles", expression);
	is_ret(pcap_setfilter(p, &prog), 0, "goes into the kernel");
	pcap_freecode(&prog);
	ping();
	n = dispatch(p);
	ok(some ? n > 0 : n == 0, "and keeps %s", some ? "what it should" : "nothing here");
}

static void test_filters(void)
{
	pcap_t *p = opened("lo", 300);
	struct bpf_program prog;
	char err[PCAP_ERRBUF_SIZE];

	keeps(p, "inbound", true);
	keeps(p, "outbound", false);
	keeps(p, "ifindex 1", true);
	keeps(p, "ifindex 2", false);
	is_ret(pcap_compile(p, &prog, "inbound and ip protochain 1", 1, 0), 0,
	       "inbound with a loop compiles");
	is_ret(pcap_setfilter(p, &prog), -1, "and is refused, since only a kernel knows: %s",
	       pcap_geterr(p));
	pcap_freecode(&prog);
	is_ret(pcap_compile(p, &prog, "vlan", 1, 0), 0, "vlan compiles");
	ok(no_metadata(&prog), "to tests of the bytes of the frame");
	pcap_freecode(&prog);

	pcap_compile(p, &prog, "tcp port 4444", 1, 0);
	is_ret(pcap_setfilter(p, &prog), 0, "a filter goes into the kernel");
	pcap_freecode(&prog);
	ping();
	is_ret(dispatch(p), 0, "and keeps out what it does not want");
	is_ret(pcap_compile(p, &prog, "ip protochain 1", 1, 0), 0,
	       "protochain, whose loops no kernel takes, compiles");
	is_ret(pcap_setfilter(p, &prog), 0, "and is run by the library");
	pcap_freecode(&prog);
	must(pcap_setnonblock(p, 1, err));
	ping();
	ok(dispatch(p) > 0, "which sees past the old filter in the kernel");
	pcap_close(p);
}

/* What the clock said before the traffic, then what the packets say. */
struct stamps {
	struct timespec last;
	int packets, disorder, fine;
};

static void look(u_char *user, const struct pcap_pkthdr *hdr, const u_char *bytes)
{
	struct stamps *s = (struct stamps *)user;
	struct timespec ts = { hdr->ts.tv_sec, hdr->ts.tv_usec };

	(void)bytes;
	s->packets++;
	s->disorder += ts.tv_nsec < 0 || ts.tv_nsec >= 1000000000 ||
		       ts.tv_sec < s->last.tv_sec ||
		       (ts.tv_sec == s->last.tv_sec && ts.tv_nsec < s->last.tv_nsec);
	s->fine += ts.tv_nsec % 1000 != 0;
	s->last = ts;
}

/* With either precision stamps lie between two looks at the clock. */
static void test_precision(void)
{
	static const int precision[] = {
		PCAP_TSTAMP_PRECISION_MICRO, PCAP_TSTAMP_PRECISION_NANO
	};

	for (int i = 0; i < 2; i++) {
		pcap_t *p = created("lo", 100);
		struct timespec after;
		struct stamps s = {};
		bool nano = precision[i] == PCAP_TSTAMP_PRECISION_NANO;

		is_ret(pcap_set_tstamp_precision(p, precision[i]), 0,
		       "stamps in %sseconds can be had", nano ? "nano" : "micro");
		must(pcap_activate(p));
		clock_gettime(CLOCK_REALTIME, &s.last);
		if (!nano)
			s.last.tv_nsec /= 1000;
		for (int j = 0; j < 4; j++)
			ping();
		while (s.packets < 8 && pcap_dispatch(p, -1, look, (u_char *)&s) >= 0)
			;
		clock_gettime(CLOCK_REALTIME, &after);
		ok(!s.disorder && s.last.tv_sec <= after.tv_sec,
		   "they follow one another from when the traffic began");
		/* 8 times a multiple of 1000 by chance: once in 10^24 */
		if (nano)
			ok(s.fine, "and are finer than microseconds");
		else
			ok(s.last.tv_nsec < 1000000, "and are microseconds");
		pcap_close(p);
	}
}

static void test_refusals(void)
{
	pcap_t *p = created("lo", 500);

	is_ret(pcap_can_set_rfmon(p), 0, "there is no monitor mode");
	pcap_set_rfmon(p, 1);
	is_ret(pcap_activate(p), PCAP_ERROR_RFMON_NOTSUP,
	       "and asking for it is an error: %s", pcap_geterr(p));
	pcap_close(p);
	p = created("any", 500);
	is_ret(pcap_activate(p), PCAP_ERROR_NO_SUCH_DEVICE,
	       "any is refused: %s", pcap_geterr(p));
	pcap_close(p);
	p = created("nosuch0", 500);
	is_ret(pcap_activate(p), PCAP_ERROR_NO_SUCH_DEVICE,
	       "so is an unknown name: %s", pcap_geterr(p));
	pcap_close(p);
	p = created("dn0", 500);
	is_ret(pcap_activate(p), 0, "an interface that is down is fine");
	pcap_close(p);
	p = created("lo", 500);
	pcap_set_buffer_size(p, 8 << 20);
	is_ret(pcap_activate(p), 0, "a buffer of 8 MiB is cut down");
	is_ret(pcap_bufsize(p), zero_copy ? 0x200000 - 32 : 0x80000,
	       "to what the device has");
	pcap_close(p);
}

static void test_interface(void)
{
	static const u_char frame[46] = "\xff\xff\xff\xff\xff\xff"
					"\x02\0\0\0\0\x09\x88\xb5hello";
	pcap_t *p = opened("vl", 0);
	struct pcap_stat st;
	pthread_t thread;
	void *result;
	int *dlts;

	is_ret(pcap_list_datalinks(p, &dlts), 2, "Ethernet has two link types");
	ok(dlts[0] == DLT_EN10MB && dlts[1] == DLT_DOCSIS,
	   "one of them chosen for the file only");
	pcap_free_datalinks(dlts);
	is_ret(pcap_setdirection(p, PCAP_D_IN), 0, "direction in can be set");
	is_ret(pcap_setdirection(p, PCAP_D_OUT), 0, "direction out can be set");
	is_ret(pcap_inject(p, frame, sizeof(frame)), sizeof(frame),
	       "pcap_inject sends a frame");
	ok(dispatch(p) > 0, "which is seen going out");
	shell("ip link set vl down && ip link set vl name vx && ip link set vx up");
	is_ret(pcap_stats(p, &st), 0, "statistics work after a rename");

	must(-pthread_create(&thread, NULL, loop, p));
	wait_until_loop_sleeps();
	shell("ip link del vx");
	pthread_join(thread, &result);
	ok((long)result == PCAP_ERROR, "a removed interface ends the loop: %s",
	   pcap_geterr(p));
	pcap_close(p);
}

/* Two times half a megabyte of the process are locked, or none. */
static void test_memory(void)
{
	pcap_t *p = opened("lo", 500);

	ok(!system(zero_copy ? "grep -q '^VmLck:.* 1024 kB' /proc/$PPID/status" :
			       "grep -q '^VmLck:.* 0 kB' /proc/$PPID/status"),
	   "the library %s zero-copy buffers", zero_copy ? "has" : "does not have");
	pcap_close(p);
}

int main(int argc, char **argv)
{
	(void)argv;
	zero_copy = argc > 1;
	ok(strstr(pcap_lib_version(), "/dev/bpf") != NULL,
	   "the library is the patched one: %s", pcap_lib_version());
	test_memory();
	test_breakloop(0);
	test_breakloop(600000);
	test_timeouts();
	test_stats_and_nonblock();
	test_filters();
	test_precision();
	test_refusals();
	test_interface();
	return tap_done();
}
