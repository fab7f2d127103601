// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Interfaces upon a serial line, which is a pseudo-terminal here: SLIP, AX.25 in
 * KISS frames, and PPP between the line's two ends.
 */
#include "bpf.h"
#include "links.h"
#include <linux/ppp-ioctl.h>
#include <linux/tty.h>
#include <pty.h>
#include <termios.h>

#define END	0xc0	/* of SLIP and KISS frames; what would be one is escaped */
#define ESC	0xdb

static int home;	/* where slip and mkiss make their interfaces */

/* A line; the end that the interface is on gets this discipline. */
static void line(int *master, int *slave, int discipline)
{
	struct termios raw;

	cfmakeraw(&raw);
	must(openpty(master, slave, NULL, &raw, NULL));
	must(ioctl(*slave, TIOCSETD, &discipline));
	must(fcntl(*master, F_SETFL, O_NONBLOCK));
}

static size_t encode(uint8_t *to, const uint8_t *frame, size_t len)
{
	size_t n = 0;

	to[n++] = END;
	for (size_t i = 0; i < len; i++) {
		bool escaped = frame[i] == END || frame[i] == ESC;

		if (escaped)
			to[n++] = ESC;
		to[n++] = !escaped ? frame[i] : frame[i] == END ? 0xdc : 0xdd;
	}
	to[n++] = END;
	return n;
}

struct line {
	uint8_t got[2000];
	size_t len;
};

/* Has the line carried these bytes by now? */
static bool has_carried(struct line *l, int master, const uint8_t *want, size_t n)
{
	ssize_t more = read(master, l->got + l->len, sizeof(l->got) - l->len);

	if (more > 0)
		l->len += more;
	return memmem(l->got, l->len, want, n);
}

static bool carried(int master, const uint8_t *frame, size_t len)
{
	struct line l = {};
	uint8_t want[500];
	size_t n = encode(want, frame, len);

	return wait_until(has_carried(&l, master, want, n));
}

/* Over the line in both directions; sent as other programs do, and written if that is 0. */
static void over_line(const char *what, int discipline, unsigned int dlt, int write_error,
		      int proto, const uint8_t *frame, size_t len)
{
	int master, slave, net = this_net();
	char ifname[IFNAMSIZ];
	uint8_t coded[500];

	must(setns(home, CLONE_NEWNET));
	line(&master, &slave, discipline);
	must(ioctl(slave, SIOCGIFNAME, ifname));
	sh("ip link set %s netns /proc/%d/fd/%d", ifname, getpid(), net);
	must(setns(net, CLONE_NEWNET));
	if_up(ifname);

	struct look l = look_at(ifname, what, dlt);

	expect(&l, frame, len);
	must(write(master, coded, encode(coded, frame, len)));
	saw(&l, IN, frame, len);
	packet_saw(&l, IN, frame, len);
	expect(&l, frame, len);
	send_on(ifname, proto, frame, len);
	saw(&l, OUT, frame, len);
	/* no second opinion: mkiss marks its checksum in the packet socket's copy, too */
	if (write_error) {
		is_errno(write(l.fd[BOTH], frame, len), write_error, "%s: cannot be written", what);
	} else {
		ok(carried(master, frame, len), "%s: the line carried it", what);
		expect(&l, frame, len);
		is_ret(write(l.fd[BOTH], frame, len), len, "%s: a frame is written", what);
		saw(&l, OUT, frame, len);
		ok(carried(master, frame, len), "%s: the line carried it", what);
	}
	look_away(&l);
	close(slave);
	close(master);
	close(net);
}

/* PPP's end of a line: an interface. */
static int ppp_end(int tty, char *ifname)
{
	int channel = must(open("/dev/ppp", O_RDWR | O_CLOEXEC));
	int unit = must(open("/dev/ppp", O_RDWR | O_CLOEXEC));
	int index, number = -1;

	must(ioctl(tty, PPPIOCGCHAN, &index));
	must(ioctl(channel, PPPIOCATTCHAN, &index));
	must(ioctl(unit, PPPIOCNEWUNIT, &number));
	must(ioctl(channel, PPPIOCCONNECT, &number));
	sprintf(ifname, "ppp%d", number);
	if_up(ifname);
	return unit;
}

static void ppp(void)
{
	int tty[2], discipline = N_PPP, unit[2];
	char ifname[2][IFNAMSIZ];
	uint8_t packet[120];
	struct look l[2];
	size_t len;

	line(&tty[0], &tty[1], N_PPP);
	must(ioctl(tty[0], TIOCSETD, &discipline));
	for (int i = 0; i < 2; i++) {
		unit[i] = ppp_end(tty[i], ifname[i]);
		/* the packets have no PPP header above ppp_generic */
		l[i] = look_at(ifname[i], "ppp", DLT_RAW);
	}
	for (int i = 0; i < 4; i++) {
		len = ip_packet(packet, i < 2 ? 4 : 6, i);
		expect(&l[0], packet, len);
		expect(&l[1], packet, len);
		is_ret(write(l[i % 2].fd[BOTH], packet, len), len, "ppp: a packet is written");
		saw(&l[i % 2], OUT, packet, len);
		packet_saw(&l[i % 2], OUT, packet, len);
		saw(&l[!(i % 2)], IN, packet, len);
		packet_saw(&l[!(i % 2)], IN, packet, len);
	}
	/* a packet socket leaves room for the header that ppp_generic has below */
	len = ip_packet(packet, 4, 4);
	expect(&l[0], packet, len);
	expect(&l[1], packet, len);
	send_on(ifname[0], ETH_P_IP, packet, len);
	saw(&l[0], OUT, packet, len);
	saw(&l[1], IN, packet, len);
	for (int i = 0; i < 2; i++) {
		look_away(&l[i]);
		close(unit[i]);
		close(tty[!i]);
	}
}

int main(void)
{
	/* a KISS byte: data on port 0; to TEST-0, from BPF-0, UI frame, no layer 3 */
	uint8_t ax25[80] = { 0, 'T' << 1, 'E' << 1, 'S' << 1, 'T' << 1, ' ' << 1, ' ' << 1, 0x60,
			     'B' << 1, 'P' << 1, 'F' << 1, ' ' << 1, ' ' << 1, ' ' << 1, 0x61,
			     0x03, 0xf0 };
	uint8_t packet[120];
	size_t len;

	home = this_net();
	/* for those that slip and mkiss make there, too */
	file_put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	private_net();
	len = ip_packet(packet, 4, 1);
	packet[30] = END;
	packet[31] = ESC;
	if (made("slip", "modprobe slip"))
		over_line("slip", N_SLIP, DLT_RAW, 0, ETH_P_IP, packet, len);
	for (size_t i = 17; i < sizeof(ax25); i++)
		ax25[i] = 3 * i;
	if (made("ax25", "modprobe mkiss"))
		over_line("ax25", N_AX25, DLT_AX25_KISS, EIO, ETH_P_AX25, ax25, sizeof(ax25));
	if (made("ppp", "modprobe ppp_async"))
		ppp();
	must(setns(home, CLONE_NEWNET));
	file_put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
	return tap_done();
}
