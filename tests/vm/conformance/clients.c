// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 10, 11: what well-known programs do, call by call, in their order and with their
 * numbers; and pitfalls that their users have met.
 */
#include "conf.h"

/* 10.1: activation with defaults; the descriptor, size in *blen. */
static int libpcap(uint32_t *blen, bool stamps)
{
	struct bpf_dltlist list = {};
	struct timeval tv = { 1, 0 };
	struct bpf_version bv;
	struct ifreq ifr = {};
	uint32_t dlts[8], v;
	int fd = open("/dev/bpf", O_RDWR);

	want_true(fd >= 0);
	want(ioctl(fd, BIOCVERSION, &bv), 0);
	want_true(bv.bv_major == 1 && bv.bv_minor >= 1);
	want(ioctl(fd, BIOCGBLEN, &v), 0);
	v = v > 524288 ? v : 524288;
	(void)ioctl(fd, BIOCSBLEN, &v);
	strcpy(ifr.ifr_name, "d0");
	want(ioctl(fd, BIOCSETIF, &ifr), 0);
	want(ioctl(fd, BIOCGDLT, &v), 0);
	want(ioctl(fd, BIOCGDLTLIST, &list), 0);
	list.bfl_list = dlts;
	want(ioctl(fd, BIOCGDLTLIST, &list), 0);
	want(bpf_set(fd, BIOCSHDRCMPLT, 1), 0);
	want(ioctl(fd, BIOCSRTIMEOUT, &tv), 0);
	want(ioctl(fd, BIOCPROMISC, NULL), 0);
	if (stamps)
		want(bpf_set(fd, BIOCSTSTAMP, BPF_T_BINTIME), 0);
	want(ioctl(fd, BIOCGBLEN, blen), 0);
	want(ioctl(fd, BIOCSETF, PROGRAM(RET(262144))), 0);
	return fd;
}

static void libpcap_activates(const struct row *r)
{
	struct timespec ts;
	struct bintime bt;
	uint32_t blen;
	int fd = libpcap(&blen, r->a);

	want(blen, 524288);
	frame_send(fd, 60, 1);
	bpf_nonblock(fd, true);
	want(read(fd, data, blen), ONE_FRAME);
	if (!r->a)
		return;
	memcpy(&bt, data, sizeof(bt));
	bintime2timespec(&bt, &ts);
	want_true(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000 &&
		  labs(ts.tv_sec - time(NULL)) < 60);
}

static void libpcap_nonblock(const struct row *r)
{
	uint32_t blen;
	int fd = libpcap(&blen, true);

	(void)r;
	want(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	want_errno(read(fd, data, blen), EAGAIN);
	frame_send(fd, 60, 1);
	want(read(fd, data, blen), ONE_FRAME);
}

static void libpcap_falls_back(const struct row *r)
{
	uint32_t blen;
	int fd = libpcap(&blen, true);

	(void)r;
	/* protochain: EINVAL, the old filter stays, the library filters itself */
	want_errno(ioctl(fd, BIOCSETF, PROGRAM(RET(1), STMT(BPF_JMP | BPF_JA, 0xfffffffe),
					       RET(1))), EINVAL);
	frame_send(fd, 60, 1);
	want(bpf_drain(fd, data, blen), ONE_FRAME);
}

static void libpcap_breaks(const struct row *r)
{
	struct call c = {};
	uint32_t blen;

	(void)r;
	c.fd = libpcap(&blen, true);
	c.len = blen;
	call_start(&c);
	want_true(call_end(&c));
	want(c.ret, 0);		/* the timeout lets it look at its flag */
}

static void libpcap_devices(const struct row *r)
{
	(void)r;
	want(bpf_setif(fresh(), "d0"), 0);
	want_errno(bpf_setif(fresh(), "nosuch0"), ENXIO);
	if_down("d0");
	want(bpf_setif(fresh(), "d0"), 0);
}

static void smallest_first(const struct row *r)
{
	int fd = fresh();
	uint32_t v = 1 << 30;

	(void)r;
	/* too much is not refused but made less, so that SETIF finds memory */
	want(ioctl(fd, BIOCSBLEN, &v), 0);
	want(bpf_setif(fd, "d0"), 0);
}

/* 10.2 */
static void scapy(const struct row *r)
{
	struct { char name[16], rest[16]; } ifr = { "d0", "" };
	uint32_t v = 65535, dlt;
	int fd = open("/dev/bpf0", O_RDWR);
	const struct bpf_xhdr *rec = (void *)data;

	(void)r;
	want_true(fd >= 0);
	want(bpf_set(fd, 0x80044284, 1), 0);		/* STSTAMP NANOTIME */
	want(ioctl(fd, 0xc0044266, &v), 0);
	want(v, 65535);
	want(ioctl(fd, 0x8020426c, &ifr), 0);
	want(ioctl(fd, 0x20004269, &v), 0);		/* PROMISC with a pointer */
	want(bpf_set(fd, 0x80044270, 1), 0);
	want(bpf_set(fd, 0x80044275, 1), 0);
	want(ioctl(fd, 0x80104267, PROGRAM(RET(262144))), 0);
	want(ioctl(fd, 0x4004426a, &dlt), 0);
	want(dlt, 1);
	frame_send(fd, 60, 1);
	want_true(readable(fd));
	want(read(fd, data, 65535), ONE_FRAME);
	want_true(rec->bh_tstamp.bt_frac < 1000000000);
}

static void gopacket(const struct row *r)
{
	struct { char name[16], rest[16]; } ifr = { "d0", "" };
	struct timeval tv = { 1, 0 };
	uint32_t v = 32767;
	int fd = open("/dev/bpf0", O_RDWR);

	(void)r;
	want(ioctl(fd, 0xc0044266, &v), 0);
	want(v, 32767);
	want(ioctl(fd, 0x8020426c, &ifr), 0);
	want(bpf_set(fd, 0x80044270, 1), 0);
	want(ioctl(fd, 0x8010426d, &tv), 0);
	want(bpf_set(fd, 0x80044275, 1), 0);
	want(ioctl(fd, 0x20004269, NULL), 0);
	send_frames(fd, 2);
	want(read(fd, data, v), TWO_FRAMES);
}

static void libpnet(const struct row *r)
{
	struct { char name[16], rest[16]; } ifr = { "d0", "" };
	uint32_t v = 4096, dlt;
	int fd = open("/dev/bpf", O_RDWR);

	(void)r;
	want(ioctl(fd, 0xc0044266, &v), 0);
	want(ioctl(fd, 0x8020426c, &ifr), 0);
	want(bpf_set(fd, 0x80044270, 1), 0);
	want(ioctl(fd, 0x4004426a, &dlt), 0);
	want(bpf_set(fd, 0x80044275, 1), 0);
	bpf_nonblock(fd, true);
	want(polled(fd, 0), POLLOUT | POLLWRNORM);
	frame_send(fd, 60, 1);
	want_true(readable(fd));
	want(read(fd, data, 4096), ONE_FRAME);
}

static void isc_dhcp(const struct row *r)
{
	uint8_t head[14], body[300] = {}, ip[20] = { 0x45 };
	struct iovec iov[3] = { { head, 14 }, { ip, 20 }, { body, 300 } };
	struct bpf_version bv;
	uint8_t mac[6];
	int fd = open("/dev/bpf0", O_RDWR);
	uint32_t v;

	(void)r;
	want(bpf_setif(fd, "d0"), 0);
	want(ioctl(fd, BIOCVERSION, &bv), 0);
	want(bpf_set(fd, BIOCIMMEDIATE, 1), 0);
	want(ioctl(fd, BIOCGBLEN, &v), 0);
	want(v, 4096);
	want(ioctl(fd, BIOCSETF, PROGRAM(STMT(BPF_LD | BPF_H | BPF_ABS, 12),
					 JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x800, 0, 1),
					 RET(0x40000), RET(0))), 0);
	memset(head, 0xff, 12);
	memcpy(head + 12, "\x08\0", 2);
	want(writev(fd, iov, 3), 334);
	want(read(fd, data, v), ETHER_HDRLEN + 334);
	/* no SHDRCMPLT: the kernel fills the source in */
	if_mac("d0", mac);
	want(memcmp(data + ETHER_HDRLEN + 6, mac, 6), 0);
}

static void dhcpcd(const struct row *r)
{
	uint8_t head[14] = { [12] = 8 }, body[300] = { 0x45 };
	struct iovec iov[2] = { { head, 14 }, { body, 300 } };
	struct bpf_version bv;
	int fd = open("/dev/bpf", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	uint32_t v;

	(void)r;
	want(ioctl(fd, BIOCVERSION, &bv), 0);
	want(bpf_setif(fd, "d0"), 0);
	want(bpf_set(fd, BIOCIMMEDIATE, 1), 0);
	want(ioctl(fd, BIOCSETF, PROGRAM(RET(0x40000))), 0);
	want(ioctl(fd, BIOCSETWF, PROGRAM(RET(0x40000))), 0);
	want(ioctl(fd, BIOCLOCK), 0);
	want(ioctl(fd, BIOCGBLEN, &v), 0);
	want(writev(fd, iov, 2), 314);
	want_true(readable(fd));
	want(read(fd, data, v), ETHER_HDRLEN + 314);
	want_errno(read(fd, data, v), EAGAIN);
}

static void dhclient(const struct row *r)
{
	int fd = open("/dev/bpf", O_RDWR);
	uint8_t frame[60];

	(void)r;
	want(bpf_setif(fd, "d0"), 0);
	want(bpf_set(fd, BIOCSETVLANPCP, 3), 0);
	want(ioctl(fd, BIOCSETF, ODD_ONLY(60)), 0);
	want(ioctl(fd, BIOCSETWF, ODD_ONLY(60)), 0);
	want(ioctl(fd, BIOCLOCK), 0);
	frame_make(frame, 60, 2);
	want_errno(write(fd, frame, 60), EPERM);
	frame_make(frame, 60, 1);
	want(write(fd, frame, 60), 60);
}

static void record_room(const struct row *r)
{
	int fd = on();
	ssize_t len;

	(void)r;
	/* clients test for sizeof(struct bpf_hdr), 32, before they look at a record */
	frame_send(fd, 60, 1);
	frame_send(fd, 18, 2);
	len = take(fd);
	want_true(data + len - (const char *)nth(len, 1) >= (long)sizeof(struct bpf_hdr));
}

static void numbered_loop(const struct row *r)
{
	char path[32];
	int fd = -1, n;

	(void)r;
	/* the first number that does not say EBUSY */
	for (n = 0; n < 10; n++) {
		sprintf(path, "/dev/bpf%d", n);
		fd = open(path, O_RDWR);
		if (fd >= 0 || errno != EBUSY)
			break;
	}
	want(n, 0);
	want_true(fd >= 0);
}

static void dead_interface(const struct row *r)
{
	int fd = fresh();

	(void)r;
	must(bpf_setif(fd, "d0"));
	link_del("d0");
	/* a reader that loops gets an error each time, it does not hang */
	for (int i = 0; i < 100; i++)
		want_errno(read(fd, data, SIZE), ENXIO);
}

static void misaligned(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want(bpf_drain(fd, data + 3, SIZE), ONE_FRAME);
	want(data[3 + 24], 26);
}

static void dhcp_fits(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 1514, 1);
	frame_send(fd, 1514, 2);
	want(record_count(data, take(fd)), 2);
	want(((struct bpf_hdr *)data)->bh_caplen, 1514);
}

static void classic_loop(const struct row *r)
{
	struct timeval tv = { 0, 20000 };
	int fd = on(), got = 0;
	ssize_t len;
	fd_set in;

	(void)r;
	/* timeout 0, not immediate, small traffic: select's own timeout, then read */
	bpf_nonblock(fd, true);
	for (int i = 0; i < 3; i++) {
		frame_send(fd, 60, i);
		FD_ZERO(&in);
		FD_SET(fd, &in);
		tv = (struct timeval){ 0, 20000 };
		select(fd + 1, &in, NULL, NULL, &tv);
		len = read(fd, data, SIZE);
		got += len > 0 ? record_count(data, len) : 0;
	}
	want(got, 3);
}

static const struct row rows[] = {
	{ "10.1", "libpcap", "activation, step by step, micro seconds", libpcap_activates },
	{ "10.1", "libpcap", "activation with STSTAMP BINTIME", libpcap_activates, .a = 1 },
	{ "10.1", "libpcap", "non-blocking: EAGAIN, then what is there", libpcap_nonblock },
	{ "10.1", "libpcap", "a filter the kernel refuses: EINVAL, capture goes on",
	  libpcap_falls_back },
	{ "10.1", "libpcap", "a blocked read returns 0 at the timeout", libpcap_breaks },
	{ "10.1", "libpcap", "findalldevs: SETIF says ENXIO only where there is nothing",
	  libpcap_devices },
	{ "10.1", "libpcap", "a buffer size far too large is made less, and SETIF works",
	  smallest_first },
	{ "10.2", "scapy", "its calls, BSD codes, 32-byte ifreq, 65535 bytes", scapy },
	{ "10.2", "gopacket", "its calls, BSD codes, 32767 bytes", gopacket },
	{ "10.2", "libpnet", "its calls, BSD codes, 4096 bytes", libpnet },
	{ "10.2", "ISC dhcp", "its calls, three pieces, source address filled in", isc_dhcp },
	{ "10.2", "dhcpcd", "its calls, SETWF, LOCK, then GBLEN", dhcpcd },
	{ "10.2", "dhclient", "its calls, SETVLANPCP, both filters, LOCK", dhclient },
	{ "10.2", "dhcpcd", "sizeof(struct bpf_hdr) bytes are left at the last record",
	  record_room },
	{ "10.3", "all", "a loop over numbered nodes ends at /dev/bpf0", numbered_loop },
	{ "10.3", "all", "a reader of a dead interface gets ENXIO each time", dead_interface },
	{ "11", "libpnet", "a misaligned user buffer works", misaligned },
	{ "11", "ISC dhcp", "the default buffer holds full frames", dhcp_fits },
	{ "11", "libpcap", "timeout 0: select with an own timeout, then read, gets all",
	  classic_loop },
};

SECTION(clients, "clients");
