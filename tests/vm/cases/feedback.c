// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * BIOCFEEDBACK: what is written goes out and comes in, too.  Who sees what of
 * it: the writer, another descriptor, a descriptor on the other end, the stack.
 */
#include "bpf.h"
#include "links.h"

#include <netinet/in.h>

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
	not_hidden();
	return tap_done();
}
