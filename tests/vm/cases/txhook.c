// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The module's parameter tx_hook: what is sent is seen in the same way by the
 * tracepoint and by the packet_type hook, which is how a packet socket sees it, too.
 * Each group of tests runs with the module loaded anew for either; the traffic of
 * the compare cases goes through the default, the tracepoint, and through the other one
 * in compare-ptype.sh.
 *
 *	v0 -- v1	veth	v0.5	VLAN 5 on it, whose tag travels beside the frame
 *	d0		dummy	t0	tun: no link header
 *	vrf0		whose driver shows packets that never pass the tracepoint
 *
 * All of them transmit at once: what was sent has been seen when the call returns,
 * by packet sockets before descriptors.
 */
#include "bpf.h"
#include "module.h"
#include "view.h"

#include <linux/errqueue.h>
#include <linux/if_tun.h>
#include <linux/net_tstamp.h>
#include <netinet/udp.h>

#define PARAM	"/sys/module/bsdbpf/parameters/tx_hook"

/* The hook that is in use: trace or ptype. */
static const char *hook;

/* --- traffic --- */

static int udp_socket(const char *ifname, const char *addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	must(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, strlen(ifname)));
	must(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &(int){ 1 << 20 }, sizeof(int)));
	inet_pton(AF_INET, addr, &sin.sin_addr);
	must(connect(fd, (void *)&sin, sizeof(sin)));
	return fd;
}

static uint8_t bytes[40000];

/* Datagrams of these sizes; -1 ends them. */
static void datagrams(const char *ifname, const char *addr, const int *sizes)
{
	int fd = udp_socket(ifname, addr);

	for (; *sizes >= 0; sizes++)
		must(send(fd, bytes, *sizes, 0));
	close(fd);
}

/* A buffer that is cut into datagrams of 1000 bytes, and is not copied before. */
static void segmented(const char *ifname, const char *addr, size_t len)
{
	int fd = udp_socket(ifname, addr);

	must(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &(int){ 1000 }, sizeof(int)));
	must(setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &(int){ 1 }, sizeof(int)));
	must(send(fd, bytes, len, MSG_ZEROCOPY));
	close(fd);
}

/* By a packet socket and by a descriptor: n frames each. */
static void raw_frames(const char *ifname, int n)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = if_nametoindex(ifname) };
	int sock = must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
	int fd = bpf_open(O_WRONLY);
	uint8_t frame[1514];

	must(bpf_setif(fd, ifname));
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	for (int i = 0; i < n; i++) {
		size_t len = i ? 1514 - 77 * i : 1514;

		frame_make(frame, len, i);
		must(sendto(sock, frame, len, 0, (void *)&to, sizeof(to)));
		frame_send(fd, len, 100 + i);
	}
	close(fd);
	close(sock);
}

static int tun_open(void)
{
	struct ifreq ifr = { .ifr_name = "t0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC));

	must(ioctl(fd, TUNSETIFF, &ifr));
	return fd;
}

/* --- the tests --- */

static void kinds(void)
{
	struct view v = view_open("v0"), vlan = view_open("v0.5"), tun = view_open("t0");

	raw_frames("v0", 18);
	view_same(&v, hook, "frames by hand", 36);
	raw_frames("v1", 3);
	must(wait_until(bpf_stats(v.fd[IN]).bs_recv >= 6) ? 0 : -1);
	view_same(&v, hook, "nothing, but received some", 0);
	datagrams("v0", "192.0.2.2", (int[]){ 0, 1, 100, 1472, 5000, -1 });
	view_same(&v, hook, "datagrams, one of them in fragments", 4 + 4);
	segmented("v0", "192.0.2.2", 30000);
	view_same(&v, hook, "a super packet", 1);
	sh("ethtool -K v0 tx-udp-segmentation off");
	segmented("v0", "192.0.2.2", 30000);
	view_same(&v, hook, "its segments", 30);
	sh("ethtool -K v0 tx-udp-segmentation on");
	datagrams("v0.5", "198.51.100.2", (int[]){ 1, 1000, 3000, -1 });
	view_same(&vlan, hook, "datagrams into a VLAN", 2 + 3);
	view_same(&v, hook, "with their tags", 2 + 3);
	segmented("v0.5", "198.51.100.2", 20000);
	view_same(&v, hook, "a super packet with a tag", 1);
	datagrams("t0", "203.0.113.2", (int[]){ 1, 1000, 3000, -1 });
	view_same(&tun, hook, "packets without link header", 2 + 3);
	view_close(&v);
	view_close(&vlan);
	view_close(&tun);
}

/*
 * The driver of a VRF device shows packets by itself, and then writes another link
 * header over theirs, in the bytes that a packet socket has not read yet.
 */
static void vrf(void)
{
	int out, in;

	if (system("ip link add vrf0 type vrf table 10 2>/dev/null")) {
		printf("ok %d - %s: vrf # SKIP this kernel has none\n", ++tap_count, hook);
		return;
	}
	sh("ip link set d0 master vrf0");
	if_up("vrf0");
	sh("ip addr add 192.0.3.1/24 dev d0; "
	   "ip neigh add 192.0.3.2 lladdr 02:00:00:00:00:03 dev d0 nud permanent");
	out = bpf_on("vrf0", 0);
	in = bpf_on("vrf0", 0);
	must(bpf_set(out, BIOCSDIRECTION, BPF_D_OUT));
	must(bpf_set(in, BIOCSDIRECTION, BPF_D_IN));
	datagrams("vrf0", "192.0.3.2", (int[]){ 1, 1000, -1 });
	ok(bpf_stats(out).bs_recv == 2 && !bpf_stats(in).bs_recv,
	   "%s: packets of a VRF device are seen as sent, once", hook);
	close(in);
	close(out);
	sh("ip link del vrf0; ip addr flush dev d0");
}

/* The time when a packet shall be sent is not when it was. */
static void stamps(void)
{
	static const int clocks[] = { CLOCK_REALTIME, CLOCK_TAI, CLOCK_MONOTONIC };
	int fd = bpf_on("v0", 0), sock = udp_socket("v0", "192.0.2.2");
	char control[CMSG_SPACE(sizeof(uint64_t))] = {}, *buf;
	struct iovec iov = { bytes, 100 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	const struct bpf_hdr *rec = NULL;
	int64_t before, after, at, late;
	unsigned int i, n = 0, blen;
	ssize_t len;

	must(ioctl(fd, BIOCGBLEN, &blen));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_TXTIME;
	cmsg->cmsg_len = CMSG_LEN(sizeof(uint64_t));
	before = now_us(CLOCK_REALTIME);
	for (i = 0; i < ARRAY_SIZE(clocks); i++) {
		struct sock_txtime txtime = { .clockid = clocks[i] };

		must(setsockopt(sock, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime)));
		late = (now_us(clocks[i]) + 1000000000) * 1000;
		memcpy(CMSG_DATA(cmsg), &late, sizeof(late));
		must(sendmsg(sock, &msg, 0));
	}
	after = now_us(CLOCK_REALTIME);
	buf = malloc(blen);
	len = bpf_drain(fd, buf, blen);
	while (len > 0 && (rec = record_next(buf, len, rec))) {
		at = rec->bh_tstamp.tv_sec * 1000000LL + rec->bh_tstamp.tv_usec;
		if (at >= before && at <= after)
			n++;
		else
			printf("# %lld us after the calls\n", (long long)(at - after));
	}
	ok(n == ARRAY_SIZE(clocks),
	   "%s: packets that shall be sent later have the time of now", hook);
	free(buf);
	close(fd);
	close(sock);
}

/* A descriptor that changes its direction sees the next packet, or none. */
static void directions(void)
{
	static const struct {
		unsigned int direction, sees;
	} steps[] = {
		{ BPF_D_IN, 0 }, { BPF_D_OUT, 1 }, { BPF_D_INOUT, 1 }, { BPF_D_IN, 0 },
		{ BPF_D_INOUT, 1 }, { BPF_D_OUT, 1 }, { BPF_D_IN, 0 }, { BPF_D_OUT, 1 },
	};
	int fd = bpf_on("d0", 0), writer = bpf_open(O_WRONLY), other = -1;
	unsigned int recv, n, i, bad = 0;

	must(bpf_setif(writer, "d0"));
	for (n = 0; n < 3; n++) {
		/* alone, with another that is not interested, and with one that is */
		if (n)
			other = bpf_on("d0", 0);
		if (n == 1)
			must(bpf_set(other, BIOCSDIRECTION, BPF_D_IN));
		for (i = 0; i < ARRAY_SIZE(steps); i++) {
			must(bpf_set(fd, BIOCSDIRECTION, steps[i].direction));
			recv = bpf_stats(fd).bs_recv;
			frame_send(writer, 60, i);
			bad += bpf_stats(fd).bs_recv != recv + steps[i].sees;
		}
		if (n)
			close(other);
		recv = bpf_stats(fd).bs_recv;
		frame_send(writer, 60, i);
		bad += bpf_stats(fd).bs_recv != recv + 1;
	}
	ok(!bad, "%s: a change of direction holds from the next packet on", hook);
	must(bpf_setif(fd, "v0"));
	must(bpf_setif(fd, "d0"));
	recv = bpf_stats(fd).bs_recv;
	frame_send(writer, 60, 1);
	ok(bpf_stats(fd).bs_recv == recv + 1, "%s: and so does an interface", hook);
	close(fd);
	close(writer);
}

/* The original of a frame that is fed back is seen by nobody on the interface. */
static void feedback(void)
{
	struct view v = view_open("v0");
	struct seen seen = {};
	int fd = bpf_on("v0", 0);

	must(bpf_set(fd, BIOCFEEDBACK, 1));
	frame_send(fd, 60, 1);
	must(wait_until(bpf_stats(v.fd[IN]).bs_recv >= 1) ? 0 : -1);
	take_bpf(v.fd[BOTH], &seen);
	ok(seen.n == 1 && !seen.f[0].out && !bpf_stats(v.fd[OUT]).bs_recv,
	   "%s: a frame that is fed back is seen as received only", hook);
	seen_free(&seen);
	close(fd);
	view_close(&v);
}

/* What loopback sends it receives. */
static void loopback(void)
{
	int fd = bpf_on("lo", 0);

	for (int i = 0; i < 3; i++)
		datagrams("lo", "127.0.0.1", (int[]){ 100 * i, -1 });
	wait_until(bpf_stats(fd).bs_recv >= 6);	/* with three refusals */
	is_ret(bpf_stats(fd).bs_recv, 6, "%s: loopback is seen once", hook);
	close(fd);
}

/* --- what it costs: clones of packets, and calls of the probe --- */

#define TRACING "/sys/kernel/tracing/"

static int events(const char *what)
{
	char text[8192], *at;

	file_get(TRACING "kprobe_profile", text, sizeof(text));
	at = strstr(text, what);
	return at ? atoi(at + strlen(what)) : -1;
}

/* One hundred frames with a listener of this direction. */
static void cost(unsigned int direction, const char *what, bool wanted)
{
	int fd = bpf_on("d0", 0), writer = bpf_open(O_WRONLY), i;
	int clones, calls;
	bool trace = !strcmp(hook, "trace");

	must(bpf_setif(writer, "d0"));
	must(bpf_set(fd, BIOCSDIRECTION, direction));
	/* the probe may stay a moment longer than it is wanted */
	if (!wanted)
		wait_until(({
			int was = events("txh_call");

			frame_send(writer, 60, 0);
			events("txh_call") == was;
		}));
	clones = events("txh_clone");
	calls = events("txh_call");
	for (i = 0; i < 100; i++)
		frame_send(writer, 60, i);
	clones = events("txh_clone") - clones;
	calls = events("txh_call") - calls;
	/* others on this machine may clone some, too, but no hundred */
	if (!ok(wanted && !trace ? clones >= 100 : clones < 50, "%s: %s: clones", hook, what))
		printf("# %d clones\n", clones);
	if (!ok(calls == (wanted && trace ? 100 : 0), "%s: %s: calls of the probe", hook, what))
		printf("# %d calls\n", calls);
	close(fd);
	close(writer);
}

static void costs(void)
{
	if (access(TRACING "kprobe_events", W_OK)) {
		printf("ok %d - %s: cost # SKIP this kernel has no kprobe events\n", ++tap_count,
		       hook);
		return;
	}
	sh("cd " TRACING " && echo 'p:txh/txh_clone skb_clone' >>kprobe_events && "
	   "echo 'p:txh/txh_call bsdbpf:bsdbpf_trace_xmit' >>kprobe_events && "
	   "echo 1 >events/txh/enable");
	cost(BPF_D_IN, "nobody wants what is sent", false);
	cost(BPF_D_INOUT, "somebody wants it", true);
	cost(BPF_D_IN, "nobody wants it any more", false);
	sh("cd " TRACING " && echo 0 >events/txh/enable && echo >kprobe_events");
}

/*
 * The test machine has two users of the tracepoint for its whole life (tools/vm/README.md),
 * so that no other case has the kernel change its code.  This one does: the module's probe
 * is the first and the last one here, set and unset while no other processor sends.
 */
static void hold_tracepoint(bool hold)
{
	sh("for e in " TRACING "instances/hold*/events/net/net_dev_start_xmit/enable; do "
	   "test ! -e $e || echo %d >$e; done", hold);
}

static void with(const char *params, const char *which)
{
	char text[64];

	hook = which;
	is_ret(module_load(params), 0, "loaded with \"%s\"", params);
	file_get(PARAM, text, sizeof(text));
	if (!ok(!strncmp(text, which, strlen(which)) && !strcmp(text + strlen(which), "\n"),
		"it says that it uses %s", which))
		printf("# %s\n", text);
}

int main(void)
{
	int tun;

	private_net();
	sh("ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; "
	   "ip link add link v0 name v0.5 type vlan id 5; ip link add d0 type dummy; "
	   "ip addr add 192.0.2.1/24 dev v0; ip addr add 198.51.100.1/24 dev v0.5; "
	   "mount -t tracefs none /sys/kernel/tracing 2>/dev/null || true");
	tun = tun_open();
	sh("ip addr add 203.0.113.1/24 dev t0");
	if_up("lo");
	if_up("v1");
	if_up("v0");
	if_up("v0.5");
	if_up("d0");
	if_up("t0");
	sh("ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0 nud permanent; "
	   "ip neigh add 198.51.100.2 lladdr 02:00:00:00:00:02 dev v0.5 nud permanent");
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 7 + (i >> 8);
	is_ret(module_unload(), 0, "unloaded");
	is_errno(module_load("tx_hook=clone"), EINVAL, "there is no other hook");
	with("", "trace");
	is_ret(module_unload(), 0, "unloaded");
	hold_tracepoint(false);
	for (int i = 0; i < 2; i++) {
		with(i ? "tx_hook=ptype" : "tx_hook=trace", i ? "ptype" : "trace");
		kinds();
		vrf();
		stamps();
		directions();
		feedback();
		loopback();
		costs();
		is_ret(module_unload(), 0, "unloaded");
	}
	hold_tracepoint(true);
	is_ret(module_load(""), 0, "loaded again for the next case");
	close(tun);
	return tap_done();
}
