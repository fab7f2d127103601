// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Interfaces that show what is no network: netlink messages (nlmon), each behind
 * the header of LINKTYPE_NETLINK, which the driver makes, and the packets of
 * virtual machine sockets (vsockmon), whose header the kernel makes.
 */
#include "bpf.h"
#include "links.h"
#include <linux/genetlink.h>
#include <linux/vm_sockets.h>

/* All records of a descriptor; at most max. */
static int records(int fd, const struct bpf_hdr **recs, int max, char *buf)
{
	const struct bpf_hdr *rec = NULL;
	ssize_t len = bpf_drain(fd, buf, SIZE);
	int n = 0;

	while (n < max && len > 0 && (rec = record_next(buf, len, rec)))
		recs[n++] = rec;
	return n;
}

/* LINKTYPE_NETLINK: type 4 is "sent by us", 824 is ARPHRD_NETLINK. */
static size_t behind_header(uint8_t *to, int protocol, const void *message, size_t len)
{
	memset(to, 0, 16);
	memcpy(to, (uint8_t []){ 0, 4, 824 >> 8, 824 & 0xff }, 4);
	to[15] = protocol;
	memcpy(to + 16, message, len);
	return 16 + len;
}

/* A request on a netlink protocol and its answer are two frames. */
static void netlink(struct look *l, int protocol, void *request, size_t len)
{
	int sock = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
	static uint8_t want[2][SIZE], answer[SIZE];
	const struct bpf_hdr *recs[3];
	char buf[SIZE];
	size_t n[2];
	int got;

	n[0] = behind_header(want[0], protocol, request, len);
	expect(l, want[0], n[0]);
	must(send(sock, request, len, 0));
	n[1] = behind_header(want[1], protocol, answer, must(recv(sock, answer, SIZE, 0)));
	memcpy(want[1] + 16, answer, n[1] - 16);
	wait_until(bpf_stats(l->fd[MISS]).bs_recv == 2);
	l->frames += 2;
	for (int desc = BOTH; desc <= OUT; desc++) {
		got = records(l->fd[desc], recs, 3, buf);
		if (desc == IN) {
			ok(!got, "nlmon: nothing is received");
			continue;
		}
		ok(got == 2 && recs[0]->bh_hdrlen == 32 && recs[0]->bh_datalen == n[0] &&
		   recs[0]->bh_caplen == n[0] && !memcmp(record_data(recs[0]), want[0], n[0]),
		   "nlmon: the request, protocol %d, byte for byte", protocol);
		ok(got == 2 && recs[1]->bh_datalen == n[1] && recs[1]->bh_caplen == n[1] &&
		   !memcmp(record_data(recs[1]), want[1], n[1]), "nlmon: and the answer");
	}
	ok(bpf_buffered(l->fd[MATCH]) && !bpf_buffered(l->fd[MISS]),
	   "nlmon: a filter finds the request by bytes of header and message");
	packet_saw(l, OUT, request, len);
	packet_saw(l, OUT, answer, n[1] - 16);
	tcpdump_says("nlmon", DLT_NETLINK, want[0], n[0], "link-type NETLINK");
	close(sock);
}

static void nlmon(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} route = {
		.head = { sizeof(route), RTM_GETLINK, NLM_F_REQUEST, 1, 0 },
		.info.ifi_index = 1,
	};
	struct {
		struct nlmsghdr head;
		struct genlmsghdr genl;
		uint16_t len, type, family, pad;
	} generic = {
		.head = { sizeof(generic), GENL_ID_CTRL, NLM_F_REQUEST, 2, 0 },
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.len = 6, .type = CTRL_ATTR_FAMILY_ID, .family = GENL_ID_CTRL,
	};

	if (!made("nlmon", "ip link add nl up type nlmon"))
		return;
	struct look l = look_at("nl", "nlmon", DLT_NETLINK);

	/* what libpcap asked in look_at() */
	for (int i = 0; i < DESCS; i++)
		must(ioctl(l.fd[i], BIOCFLUSH));
	netlink(&l, NETLINK_ROUTE, &route, sizeof(route));
	netlink(&l, NETLINK_GENERIC, &generic, sizeof(generic));
	is_errno(write(l.fd[BOTH], &route, sizeof(route)), EIO, "nlmon: cannot be written");
	look_away(&l);
}

/* One connection within this machine, with 200 bytes of data. */
static void vsock_traffic(const uint8_t *data, size_t len)
{
	struct sockaddr_vm at = { .svm_family = AF_VSOCK, .svm_port = 1234,
				  .svm_cid = VMADDR_CID_LOCAL };
	int listener = must(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
	int client = must(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
	uint8_t got[200];
	int server;

	must(bind(listener, (struct sockaddr *)&at, sizeof(at)));
	must(listen(listener, 1));
	must(connect(client, (struct sockaddr *)&at, sizeof(at)));
	server = must(accept(listener, NULL, NULL));
	must(send(client, data, len, 0));
	must(recv(server, got, len, MSG_WAITALL));
	close(client);
	close(server);
	close(listener);
}

static void vsockmon(void)
{
	/* linux/vsockmon.h: the operation, little-endian, is at 24; then 44 bytes of virtio */
	struct bpf_insn payload[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 24),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0400, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 32 + 44),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xfeedbee5, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1000),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct bpf_program prog = { ARRAY_SIZE(payload), payload };
	uint8_t data[200] = { 0xfe, 0xed, 0xbe, 0xe5 }, packet[SIZE];
	const struct bpf_hdr *recs[30], *match[2];
	char buf[SIZE], matched[SIZE];
	bool same = true;
	int n, i;

	if (!made("vsockmon", "modprobe vsock_loopback && ip link add vm up type vsockmon"))
		return;
	struct look l = look_at("vm", "vsockmon", DLT_VSOCK);

	must(ioctl(l.fd[MATCH], BIOCSETF, &prog));
	vsock_traffic(data, sizeof(data));
	/* request, response, data, and the end of it */
	ok(wait_until(bpf_stats(l.fd[BOTH]).bs_recv >= 5), "vsockmon: a connection is seen");
	n = records(l.fd[BOTH], recs, 30, buf);
	for (i = 0; i < n; i++) {
		ssize_t len = recv(l.packet, packet, sizeof(packet), 0);

		same &= len == (ssize_t)recs[i]->bh_datalen && recs[i]->bh_caplen == len &&
			recs[i]->bh_hdrlen == 32 && !memcmp(packet, record_data(recs[i]), len);
	}
	ok(n >= 5 && same, "vsockmon: byte for byte what a packet socket sees");
	ok(holds_nothing(&l, IN) && bpf_buffered(l.fd[OUT]), "vsockmon: as being sent");
	ok(records(l.fd[MATCH], match, 2, matched) == 1 &&
	   match[0]->bh_datalen == 32 + 44 + sizeof(data) &&
	   !memcmp(record_data(match[0]) + 76, data, sizeof(data)),
	   "vsockmon: a filter finds the data");
	tcpdump_says("vsockmon", DLT_VSOCK, record_data(match[0]), match[0]->bh_caplen, "VSOCK");
	is_errno(write(l.fd[BOTH], packet, 100), EIO, "vsockmon: cannot be written");
	l.frames = bpf_stats(l.fd[BOTH]).bs_recv;
	look_away(&l);
}

int main(void)
{
	private_net();
	nlmon();
	vsockmon();
	return tap_done();
}
