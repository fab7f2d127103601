// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CAN: classic, FD and XL frames as LINKTYPE_CAN_SOCKETCAN has them.  The stack
 * hands back what it sends; what a socket sends is seen as sent and not again,
 * what comes from the bus as received.
 *
 * vcan is a bus of its own; vxcan is a pair, va ------- vb.
 */
#include "bpf.h"
#include "links.h"
#include <linux/can.h>
#include <linux/can/raw.h>

#ifndef CAN_RAW_XL_FRAMES
#define CAN_RAW_XL_FRAMES 7	/* since 6.1 */
#endif
#define XL_DATA 100

/* A socket for frames of all sizes. */
static int can_socket(const char *ifname)
{
	struct sockaddr_can on = { .can_family = AF_CAN, .can_ifindex = if_nametoindex(ifname) };
	int sock = must(socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW)), one = 1;

	must(setsockopt(sock, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &one, sizeof(one)));
	if (setsockopt(sock, SOL_CAN_RAW, CAN_RAW_XL_FRAMES, &one, sizeof(one)))
		printf("# no CAN XL\n");
	must(bind(sock, (struct sockaddr *)&on, sizeof(on)));
	return sock;
}

/* The link type's header: identifier or priority big-endian, the rest little-endian. */
static size_t classic(uint8_t *frame, uint8_t *want)
{
	struct can_frame f = { .can_id = 0x12345678 | CAN_EFF_FLAG, .len = 5,
			       .data = { 1, 2, 3, 4, 5 } };

	memcpy(frame, &f, sizeof(f));
	memcpy(want, frame, sizeof(f));
	memcpy(want, (uint8_t []){ 0x92, 0x34, 0x56, 0x78, 5, 0 }, 6);
	return sizeof(f);
}

static size_t fd(uint8_t *frame, uint8_t *want)
{
	struct canfd_frame f = { .can_id = 0x123, .len = 48, .flags = CANFD_BRS };

	for (int i = 0; i < 48; i++)
		f.data[i] = 3 * i;
	memcpy(frame, &f, sizeof(f));
	memcpy(want, frame, sizeof(f));
	/* bit rate switch, and the mark of FD, whoever set it */
	memcpy(want, (uint8_t []){ 0, 0, 1, 0x23, 48, 0x01 | 0x04 }, 6);
	return sizeof(f);
}

static size_t xl(uint8_t *frame, uint8_t *want)
{
	/* struct canxl_frame: priority, flags (XLF), SDU type, length, acceptance field */
	uint32_t prio = 0x242, af = 0x12345678;
	uint16_t len = XL_DATA;

	memcpy(frame, &prio, 4);
	frame[4] = 0x80;
	frame[5] = 3;
	memcpy(frame + 6, &len, 2);
	memcpy(frame + 8, &af, 4);
	for (int i = 0; i < XL_DATA; i++)
		frame[12 + i] = 5 * i;
	memcpy(want, (uint8_t []){ 0, 0, 2, 0x42, 0x80, 3, XL_DATA, 0, 0x78, 0x56, 0x34, 0x12 }, 12);
	memcpy(want + 12, frame + 12, XL_DATA);
	return 12 + XL_DATA;
}

static const struct {
	const char *what;
	int proto;
	size_t (*make)(uint8_t *frame, uint8_t *want);
} kinds[] = {
	{ "CAN", 0x000c, classic },
	{ "CAN FD", 0x000d, fd },
	{ "CAN XL", 0x000e, xl },
};

/* Sent by a socket, at to's other end. */
static void sent(int sock, struct look *at, struct look *to)
{
	uint8_t frame[200], want[200];
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		len = kinds[i].make(frame, want);
		expect(at, want, len);
		if (to)
			expect(to, want, len);
		if (send(sock, frame, len, 0) != (ssize_t)len) {
			ok(i == 2 && errno == EINVAL, "%s # SKIP this kernel has none", kinds[i].what);
			continue;
		}
		printf("# %s\n", kinds[i].what);
		saw(at, OUT, want, len);
		if (to)
			saw(to, IN, want, len);
		tcpdump_says(kinds[i].what, DLT_CAN_SOCKETCAN, want, len, "CAN_SOCKETCAN");
	}
}

static void bus(void)
{
	uint8_t frame[200], want[200];
	int sock, no = 0;
	size_t len;

	if (!made("vcan", "modprobe can-raw && ip link add vc type vcan && "
		  "ip link set vc mtu 2060 up"))
		return;
	sock = can_socket("vc");
	struct look l = look_at("vc", "vcan", DLT_CAN_SOCKETCAN);

	sent(sock, &l, NULL);
	must(setsockopt(sock, SOL_CAN_RAW, CAN_RAW_LOOPBACK, &no, sizeof(no)));
	l.what = "vcan, not handed back";
	sent(sock, &l, NULL);

	/* packet sockets set no mark and may leave anything in its place */
	l.what = "vcan, by a packet socket";
	for (int i = 0; i < 2; i++) {
		len = kinds[i].make(frame, want);
		frame[5] = i ? 0x01 : 0x04;
		expect(&l, want, len);
		send_on("vc", kinds[i].proto, frame, len);
		saw(&l, OUT, want, len);
	}
	is_errno(write(l.fd[BOTH], want, len), EIO, "vcan: cannot be written");
	look_away(&l);
	close(sock);
}

static void pair(void)
{
	int sock;

	if (!made("vxcan", "ip link add va type vxcan peer name vb && "
		  "for i in va vb; do ip link set $i mtu 2060 up; done"))
		return;
	sock = can_socket("va");
	struct look a = look_at("va", "vxcan", DLT_CAN_SOCKETCAN);
	struct look b = look_at("vb", "vxcan, its peer", DLT_CAN_SOCKETCAN);

	sent(sock, &a, &b);
	look_away(&a);
	look_away(&b);
	close(sock);
}

int main(void)
{
	private_net();
	bus();
	pair();
	return tap_done();
}
