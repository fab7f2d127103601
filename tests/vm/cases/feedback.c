// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * BIOCFEEDBACK: what is written goes out and comes in, too.  Who sees what of
 * it: the writer, another descriptor, a descriptor on the other end, the stack.
 */
#include "bpf.h"
#include "links.h"

#include <netinet/in.h>
#include <linux/net_tstamp.h>
#include <linux/tcp.h>

#define PORT 7003

static int count_dir(int fd, int direction)
{
	struct bpf_pktinfo info;
	const struct bpf_hdr *rec = NULL;
	char buf[4096];
	ssize_t n = bpf_drain(fd, buf, sizeof(buf));
	int count = 0;

	while (n > 0 && (rec = record_next(buf, n, rec))) {
		memcpy(&info, (const char *)rec + 26, sizeof(info));
		count += info.bpi_direction == direction;
	}
	return count;
}

static int watcher(const char *name)
{
	int fd = bpf_on(name, 0);

	must(bpf_set(fd, BIOCSPKTINFO, 1));
	return fd;
}

static void who_sees(int feedback, unsigned int direction, int out, int in)
{
	static const char *const names[] = { "IN", "INOUT", "OUT" };
	int writer = watcher("v0"), other = watcher("v0"), peer = watcher("v1");
	struct bpf_stat st;

	must(bpf_set(peer, BIOCSDIRECTION, BPF_D_IN));
	must(bpf_set(writer, BIOCFEEDBACK, feedback));
	must(bpf_set(writer, BIOCSDIRECTION, direction));
	frame_send(writer, 60, 1);
	ok(wait_until(bpf_stats(peer).bs_recv == 1),
	   "feedback %d, direction %s: the frame reaches the other end once",
	   feedback, names[direction]);
	wait_until(bpf_stats(other).bs_recv >= (unsigned int)(out + in));
	st = bpf_stats(other);
	ok(st.bs_recv == (unsigned int)(out + in),
	   "another descriptor sees it %d times", out + in);
	ioctl(other, BIOCIMMEDIATE, &(unsigned int){ 1 });
	ok(count_dir(other, BPF_D_OUT) == out, "%d times as sent", out);
	close(other);
	close(writer);
	close(peer);
}

/* A datagram that the feedback hands to the stack reaches a socket. */
static void stack(void)
{
	uint8_t f[60] = {
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
		0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0,
		192, 0, 2, 2, 192, 0, 2, 1, 0x10, 0, PORT >> 8, PORT & 0xff, 0, 12,
	};
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int sock = must(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	int fd = bpf_on("v0", 0);
	uint32_t sum = 0;
	char buf[64];

	for (int i = 14; i < 34; i += 2)
		sum += f[i] << 8 | f[i + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	f[24] = sum >> 8;
	f[25] = sum;
	must(bind(sock, (void *)&sin, sizeof(sin)));
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(write(fd, f, sizeof(f)));
	is_errno(recv(sock, buf, sizeof(buf), 0), EAGAIN,
		 "without feedback the own stack gets nothing of it");
	must(bpf_set(fd, BIOCFEEDBACK, 1));
	must(write(fd, f, sizeof(f)));
	ok(wait_until(recv(sock, buf, sizeof(buf), 0) == 4),
	   "with feedback the datagram in it is delivered");
	close(fd);
	close(sock);
}

/* Whether a frame of that length is among what the packet socket has. */
static int raw_has(int raw, ssize_t len)
{
	char buf[2048];
	ssize_t n;

	do
		n = recv(raw, buf, sizeof(buf), 0);
	while (n >= 0 && n != len);
	return n == len;
}

/* Nobody but the own interface's taps is kept from it. */
static void not_hidden(void)
{
	int writer = watcher("v0"), vlan, raw;

	sh("ip link add br0 type bridge");
	sh("ip link add w0 type veth peer name w1");
	sh("ip link set v1 master br0");
	sh("ip link set w0 master br0");
	if_up("br0");
	if_up("w0");
	if_up("w1");
	vlan = watcher("w0");
	must(bpf_set(vlan, BIOCSDIRECTION, BPF_D_OUT));
	raw = must(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(3)));
	must(bpf_set(writer, BIOCFEEDBACK, 1));
	/* a bridge port needs a moment until it forwards: send until it does */
	ok(wait_until(({ frame_send(writer, 60, 2); bpf_stats(vlan).bs_recv > 0; })),
	   "where a bridge forwards the frame to, it is seen as sent");
	/* among what the new interfaces say by themselves, as for IPv6 */
	ok(raw_has(raw, 60), "a packet socket sees what is hidden from taps");
	close(raw);
	close(vlan);
	close(writer);
	sh("ip link del br0");
	sh("ip link del w0");
}

/* Sees frames of our type only. */
static int frame_watcher(const char *name)
{
	struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FRAME_TYPE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 100),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct bpf_program prog = { ARRAY_SIZE(insns), insns };
	int fd = watcher(name);

	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_OUT));
	must(ioctl(fd, BIOCSETF, &prog));
	return fd;
}

/*
 * The other end's namespace forwards the frame to an interface whose number is that of
 * the one where it was fed back.
 */
static void same_number(void)
{
	int home = this_net(), writer = watcher("v0"), far, fd;
	unsigned int number = if_nametoindex("v0"), far_number;

	sh("ip netns add far");
	sh("ip -n far link add w0 index %u type veth peer name w1", number);
	sh("ip -n far link add br0 type bridge");
	sh("ip link set v1 netns far");
	sh("for i in v1 w0; do ip -n far link set $i master br0; done");
	sh("for i in br0 v1 w0 w1; do ip -n far link set $i up; done");
	far = must(open("/run/netns/far", O_RDONLY | O_CLOEXEC));
	must(setns(far, CLONE_NEWNET));
	far_number = if_nametoindex("w0");
	fd = frame_watcher("w0");
	must(setns(home, CLONE_NEWNET));
	wait_running("v0");
	must(bpf_set(writer, BIOCFEEDBACK, 1));
	ok(far_number == number &&
	   wait_until(({ frame_send(writer, 60, 3); bpf_buffered(fd) > 0; })),
	   "forwarded in another namespace, by an interface of the same number: seen as sent");
	close(fd);
	close(far);
	close(home);
	close(writer);
	sh("ip -n far link set v1 netns %d", getpid());
	sh("ip netns del far");
	if_up("v1");
	wait_running("v0");
}

/*
 * No program can choose the mark.  One that repairs its connection chooses what other
 * packets carry: the key of time stamps, which is the number of the last byte.
 */
static void not_forged(uint32_t key)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = bpf_on("v0", 0), sock = must(socket(AF_INET, SOCK_STREAM, 0));
	/* nobody has answered: the window is what we say */
	struct tcp_repair_window window = { .snd_wnd = 1000, .max_window = 1000 };
	unsigned int stamps = SOF_TIMESTAMPING_TX_ACK, first = key - 9;

	sh("ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0 nud permanent");
	inet_pton(AF_INET, "192.0.2.2", &to.sin_addr);
	must(setsockopt(sock, IPPROTO_TCP, TCP_REPAIR, &(int){ TCP_REPAIR_ON }, sizeof(int)));
	must(setsockopt(sock, IPPROTO_TCP, TCP_REPAIR_QUEUE, &(int){ TCP_SEND_QUEUE },
			sizeof(int)));
	must(setsockopt(sock, IPPROTO_TCP, TCP_QUEUE_SEQ, &first, sizeof(first)));
	must(connect(sock, (void *)&to, sizeof(to)));
	must(setsockopt(sock, IPPROTO_TCP, TCP_REPAIR_WINDOW, &window, sizeof(window)));
	must(setsockopt(sock, IPPROTO_TCP, TCP_REPAIR, &(int){ TCP_REPAIR_OFF_NO_WP },
			sizeof(int)));
	must(setsockopt(sock, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof(stamps)));
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_OUT));
	must(ioctl(fd, BIOCFLUSH));
	must(send(sock, "0123456789", 10, 0));
	/* a veth sends at once; later it could be seen when it is sent again */
	ok(bpf_stats(fd).bs_recv == 1, "a segment with time stamp key %08x is seen", key);
	close(sock);
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
	/* until its queue is there an interface drops what it is to send */
	wait_running("v0");
	wait_running("v1");
	who_sees(0, BPF_D_INOUT, 1, 0);
	who_sees(1, BPF_D_INOUT, 0, 1);
	who_sees(1, BPF_D_IN, 1, 1);
	who_sees(1, BPF_D_OUT, 1, 1);
	stack();
	/* once the mark was such a key */
	not_forged(0x12345678);
	not_forged(0xbdbf0000 ^ if_nametoindex("v0"));
	not_hidden();
	same_number();
	return tap_done();
}
