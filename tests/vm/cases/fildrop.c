// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * BIOCSFILDROP: received packets that match are kept from the stack, and only
 * those, only while a descriptor asks for it.  UDP datagrams come in on one end
 * of a veth pair, a socket says what the stack has got.
 */
#include "bpf.h"
#include "links.h"

#include <netinet/in.h>

#define PORT_OUT 7001	/* what the filter matches */
#define PORT_IN 7002	/* what it does not */

/* UDP over IPv4 without options, to PORT_OUT. */
static struct bpf_insn match[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0800, 0, 3),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 36),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PORT_OUT, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 0xffff),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static int sender, out_sock, in_sock;

static int udp(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	must(bind(fd, (void *)&sin, sizeof(sin)));
	return fd;
}

static int drain(int fd)
{
	char buf[64];
	int n = 0;

	while (recv(fd, buf, sizeof(buf), 0) > 0)
		n++;
	return n;
}

/* One Ethernet frame with UDP in it, from the far end; checksum 0 is none. */
static void send_udp(int port)
{
	uint8_t f[60] = {
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
		0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0,
		192, 0, 2, 2, 192, 0, 2, 1, 0x10, 0, port >> 8, port, 0, 12,
	};
	uint32_t sum = 0;

	for (int i = 14; i < 34; i += 2)
		sum += f[i] << 8 | f[i + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	f[24] = sum >> 8;
	f[25] = sum;
	must(write(sender, f, sizeof(f)));
}

/* Five of each sort.  The last one that the stack gets tells that all came. */
static void traffic(int *out, int *in)
{
	for (int i = 0; i < 5; i++) {
		send_udp(PORT_OUT);
		send_udp(PORT_IN);
	}
	*out = *in = 0;
	if (!wait_until((*in += drain(in_sock)) == 5))
		printf("# %d of 5 datagrams that do not match have come\n", *in);
	*out = drain(out_sock);
}

static int listener(unsigned int fildrop)
{
	struct bpf_program prog = { ARRAY_SIZE(match), match };
	int fd = bpf_on("v0", 0);

	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	must(ioctl(fd, BIOCSETF, &prog));
	must(bpf_set(fd, BIOCSFILDROP, fildrop));
	return fd;
}

static void modes(void)
{
	static const struct {
		const char *what;
		unsigned int mode;
		int reach, stored;
	} rows[] = {
		{ "PASS", BPF_FILDROP_PASS, 5, 5 },
		{ "CAPTURE", BPF_FILDROP_CAPTURE, 0, 5 },
		{ "DROP", BPF_FILDROP_DROP, 0, 0 },
	};
	char buf[4096];
	int out, in;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = listener(rows[i].mode);
		struct bpf_stat64 st;

		traffic(&out, &in);
		ok(out == rows[i].reach && in == 5,
		   "%s: the stack gets %d of 5 that match and all others",
		   rows[i].what, rows[i].reach);
		must(ioctl(fd, BIOCGSTATS64, &st));
		ok(st.bs_recv == 10 && st.bs_capt == 5 && !st.bs_drop,
		   "%s: 10 received, 5 captured, none dropped", rows[i].what);
		is_ret(record_count(buf, bpf_drain(fd, buf, sizeof(buf))),
		       rows[i].stored, "%s: %d can be read", rows[i].what,
		       rows[i].stored);
		close(fd);
	}
	traffic(&out, &in);
	ok(out == 5 && in == 5, "after the close everything passes again");
}

/* Who asks, and for how long. */
static void several(void)
{
	int a = listener(BPF_FILDROP_CAPTURE), b = listener(BPF_FILDROP_CAPTURE);
	int out, in, all;

	close(a);
	traffic(&out, &in);
	ok(!out && in == 5, "one of two has gone: the other one still drops");
	must(bpf_set(b, BIOCSFILDROP, BPF_FILDROP_PASS));
	traffic(&out, &in);
	ok(out == 5, "PASS undoes it");
	must(bpf_set(b, BIOCSFILDROP, BPF_FILDROP_DROP));
	must(bpf_set(b, BIOCSDIRECTION, BPF_D_OUT));
	traffic(&out, &in);
	ok(out == 5, "who does not want received packets drops none");
	must(bpf_set(b, BIOCSDIRECTION, BPF_D_INOUT));
	must(bpf_setif(b, "v1"));
	traffic(&out, &in);
	ok(out == 5, "on another interface it drops nothing here");
	must(bpf_setif(b, "v0"));
	traffic(&out, &in);
	ok(!out, "back again it drops");
	close(b);

	/* asked for before there is an interface */
	all = bpf_open(O_RDWR);
	must(bpf_set(all, BIOCSFILDROP, BPF_FILDROP_DROP));
	must(bpf_setif(all, "v0"));
	send_udp(PORT_IN);
	send_udp(PORT_OUT);
	ok(wait_until(bpf_stats(all).bs_recv == 2), "both have come");
	ok(!drain(in_sock) && !drain(out_sock), "without a filter everything matches");
	/* a writer wants no packets, so it drops none */
	close(all);
	all = bpf_open(O_WRONLY);
	must(bpf_set(all, BIOCSFILDROP, BPF_FILDROP_DROP));
	must(bpf_setif(all, "v0"));
	traffic(&out, &in);
	ok(out == 5 && in == 5, "a write-only descriptor drops nothing");
	close(all);
}

static void sent(void)
{
	int fd = bpf_on("v0", 0), peer = bpf_on("v1", 0);

	must(bpf_set(fd, BIOCSFILDROP, BPF_FILDROP_CAPTURE));
	must(bpf_set(peer, BIOCSDIRECTION, BPF_D_IN));
	frame_send(fd, 60, 1);
	ok(wait_until(bpf_stats(peer).bs_recv == 1), "what is sent is not dropped");
	is_ret(bpf_buffered(fd), ETHER_HDRLEN + 60, "and it is captured");
	close(fd);
	close(peer);
}

/* The interface goes while the hook is on it, both ways. */
static void gone(void)
{
	int fd = bpf_open(O_RDWR);

	sh("ip link add w0 type veth peer name w1");
	must(bpf_setif(fd, "w0"));
	must(bpf_set(fd, BIOCSFILDROP, BPF_FILDROP_DROP));
	sh("ip link del w0");
	is_errno(write(fd, "", 1), ENXIO, "the interface can go while packets are dropped");
	must(bpf_setif(fd, "v0"));
	send_udp(PORT_IN);
	ok(wait_until(bpf_stats(fd).bs_recv == 1) && !drain(in_sock),
	   "on the next one the descriptor drops as before");
	close(fd);
}

int main(void)
{
	private_net();
	sh("ip link add v0 address 02:00:00:00:00:01 type veth peer name v1");
	sh("ip addr add 192.0.2.1/24 dev v0");
	if_up("lo");
	if_up("v0");
	if_up("v1");
	wait_running("v0");
	wait_running("v1");
	sender = bpf_on("v1", 0);
	must(bpf_set(sender, BIOCSHDRCMPLT, 1));
	out_sock = udp(PORT_OUT);
	in_sock = udp(PORT_IN);
	modes();
	several();
	sent();
	gone();
	return tap_done();
}
