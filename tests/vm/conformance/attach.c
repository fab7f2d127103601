// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.4 Attachment, 6.2, 6.3: SETIF, GETIF, link types, promiscuous mode.
 */
#include "conf.h"

#include <linux/if_arp.h>
#include <linux/if_tun.h>

static void second_interface(const char *name)
{
	want_true(link_add(name, "dummy"));
	if_up(name);
}

static void no_interface(const struct row *r)
{
	want_errno(bpf_setif(r->b ? on() : fresh(), r->p), ENXIO);
}

static void failed_keeps(const struct row *r)
{
	int fd = on();

	(void)r;
	frame_send(fd, 60, 1);
	want_errno(bpf_setif(fd, "none0"), ENXIO);
	want(bpf_buffered(fd), ONE_FRAME);
	want(get(fd, BIOCGDLT), 1);
}

/* A hardware type for which there is no link type. */
static void no_link_type(const struct row *r)
{
	(void)r;
	wire_typed("w0", IFF_TAP, ARPHRD_VOID);
	want_errno(bpf_setif(fresh(), "w0"), ENXIO);
}

static void is_down(const struct row *r)
{
	int fd = fresh();

	(void)r;
	want_true(link_add("d1", "dummy"));
	want(bpf_setif(fd, "d1"), 0);
	if_up("d1");
	frame_send(fd, 60, 1);
	want(take(fd), ONE_FRAME);
}

static void again_flushes(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	send_frames(fd, 5);
	want(bpf_setif(fd, "d0"), 0);
	want(bpf_buffered(fd), 0);
	want(recv_count(fd), 0);
	want(drop_count(fd), 0);
}

static void again_keeps_promisc(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCPROMISC, NULL));
	want(bpf_setif(fd, "d0"), 0);
	want(promiscuity("d0"), 1);
}

static void other_drops(const struct row *r)
{
	int fd = bpf_on("d0", TWO);

	(void)r;
	second_interface("d1");
	send_frames(fd, 5);
	want(bpf_setif(fd, "d1"), 0);
	want(bpf_buffered(fd), 0);
	want(recv_count(fd), 0);
	want(drop_count(fd), 0);
}

static void other_promisc(const struct row *r)
{
	int fd = on();

	(void)r;
	second_interface("d1");
	must(ioctl(fd, BIOCPROMISC, NULL));
	must(bpf_setif(fd, "d1"));
	want(promiscuity("d0"), 0);
	want(promiscuity("d1"), 0);
}

static void other_only(const struct row *r)
{
	int fd = on(), old = on();

	(void)r;
	second_interface("d1");
	must(bpf_setif(fd, "d1"));
	frame_send(old, 60, 1);
	want(bpf_buffered(fd), 0);
	frame_send(fd, 60, 2);
	want(bpf_buffered(fd), ONE_FRAME);
	want(bpf_buffered(old), ONE_FRAME);
}

/* A number that is set before SETIF, and is there after one to another. */
static void keeps(const struct row *r)
{
	int fd = on();

	second_interface("d1");
	must(bpf_set(fd, r->a, r->c));
	must(bpf_setif(fd, "d1"));
	want(get(fd, r->b), r->c);
}

static void keeps_immediate(const struct row *r)
{
	int fd = on();

	(void)r;
	second_interface("d1");
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(bpf_setif(fd, "d1"));
	frame_send(fd, 60, 1);
	want(readable(fd), true);
}

static void keeps_timeout(const struct row *r)
{
	struct timeval tv;
	int fd = on();

	(void)r;
	second_interface("d1");
	must(bpf_timeout_ms(fd, 1500));
	must(bpf_setif(fd, "d1"));
	must(ioctl(fd, BIOCGRTIMEOUT, &tv));
	want_true(tv.tv_sec == 1 && tv.tv_usec == 500000);
}

static void no_zero_appended(const struct row *r)
{
	(void)r;
	second_interface("if0");
	want_errno(bpf_setif(fresh(), "if"), ENXIO);
}

static void other_namespace(const struct row *r)
{
	int fd = fresh();

	(void)r;
	must(unshare(CLONE_NEWNET));
	want(bpf_setif(fd, "d0"), 0);
	want_errno(bpf_setif(fresh(), "d0"), ENXIO);
}

static void cheap(const struct row *r)
{
	int fd = fresh();

	(void)r;
	for (int i = 0; i < 50; i++) {
		must(bpf_setif(fd, "d0"));
		must(bpf_setif(fd, "lo"));
	}
	want(promiscuity("d0"), 0);
}

static void getif(const struct row *r)
{
	struct ifreq ifr;
	int fd = on();

	(void)r;
	memset(&ifr, 0xff, sizeof(ifr));
	want(ioctl(fd, BIOCGETIF, &ifr), 0);
	want(strcmp(ifr.ifr_name, "d0"), 0);
	for (size_t i = 2; i < sizeof(ifr); i++)
		want(((char *)&ifr)[i], 0);
}

static void getif_renamed(const struct row *r)
{
	struct ifreq ifr;
	int fd = on();

	(void)r;
	link_rename("d0", "other");
	want(ioctl(fd, BIOCGETIF, &ifr), 0);
	want(strcmp(ifr.ifr_name, "other"), 0);
}

static void gdlt(const struct row *r)
{
	if (!strcmp(r->p, "t0"))
		wire_typed("t0", IFF_TUN, 0);
	else if (!strcmp(r->p, "w0"))
		wire_typed("w0", IFF_TAP, r->b);
	want(get(bpf_on(r->p, 0), BIOCGDLT), r->a);
}

static void dltlist(const struct row *r)
{
	uint32_t list[3] = { 77, 77, 77 };
	struct bpf_dltlist arg = { r->a, list };

	want(ioctl(on(), BIOCGDLTLIST, &arg), 0);
	want(arg.bfl_len, 1);
	want(list[0], 1);
	want(list[1], 77);
}

static void dltlist_count(const struct row *r)
{
	struct bpf_dltlist arg = { r->a, NULL };

	want(ioctl(on(), BIOCGDLTLIST, &arg), 0);
	want(arg.bfl_len, 1);
}

static void dltlist_short(const struct row *r)
{
	uint32_t list = 77;
	struct bpf_dltlist arg = { 0, &list };

	(void)r;
	want_errno(ioctl(on(), BIOCGDLTLIST, &arg), ENOMEM);
}

static void dltlist_fault(const struct row *r)
{
	struct bpf_dltlist arg = { 1, (void *)8 };

	(void)r;
	want_errno(ioctl(on(), BIOCGDLTLIST, &arg), EFAULT);
}

static void sdlt(const struct row *r)
{
	int fd = on();

	if (r->b)
		want_errno(bpf_set(fd, BIOCSDLT, r->a), r->b);
	else
		want(bpf_set(fd, BIOCSDLT, r->a), 0);
	want(get(fd, BIOCGDLT), 1);
}

static void sdlt_no_flush(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCPROMISC, NULL));
	send_frames(fd, 2);
	want(bpf_set(fd, BIOCSDLT, 1), 0);
	want(bpf_buffered(fd), TWO_FRAMES);
	want(recv_count(fd), 2);
	want(promiscuity("d0"), 1);
}

static void unattached(const struct row *r)
{
	uint32_t one[4] = { 1 };

	want_errno(ioctl(fresh(), r->a, one), EINVAL);
}

static void promisc_once(const struct row *r)
{
	int fd = on();

	(void)r;
	want(ioctl(fd, BIOCPROMISC, NULL), 0);
	want(ioctl(fd, BIOCPROMISC, NULL), 0);
	want(promiscuity("d0"), 1);
}

static void promisc_each(const struct row *r)
{
	int one = on(), other = on();

	(void)r;
	must(ioctl(one, BIOCPROMISC, NULL));
	must(ioctl(other, BIOCPROMISC, NULL));
	want(promiscuity("d0"), 2);
	must(close(one));
	want(promiscuity("d0"), 1);
}

static void promisc_down(const struct row *r)
{
	int fd = on();

	(void)r;
	if_down("d0");
	want(ioctl(fd, BIOCPROMISC, NULL), 0);
	want(promiscuity("d0"), 1);
}

static void promisc_others(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0), other = bpf_on("w0", 0);
	uint8_t frame[60];

	(void)r;
	must(ioctl(other, BIOCPROMISC, NULL));
	frame_make(frame, 60, 1);	/* to somebody else */
	wire_receive(wire, frame, 60);
	want(take(fd), ONE_FRAME);
}

static void no_off(const struct row *r)
{
	uint32_t zero = 0;
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCPROMISC, NULL));
	must(ioctl(fd, BIOCPROMISC, &zero));
	must(ioctl(fd, BIOCFLUSH));
	want(promiscuity("d0"), 1);
}

/* SIOCGIFADDR: 40 bytes, the address behind the name. */
static void gifaddr(const struct row *r)
{
	struct ifreq ifr = {};
	struct sockaddr_in *sin = (void *)&ifr.ifr_addr;
	int fd = on();

	(void)r;
	if_addr("d0", "10.1.2.3");
	want(ioctl(fd, SIOCGIFADDR, &ifr), 0);
	want(sin->sin_family, AF_INET);
	want(ntohl(sin->sin_addr.s_addr), 0x0a010203);
}

static void gifaddr_fails(const struct row *r)
{
	struct ifreq ifr = {};

	want_errno(ioctl(r->b ? on() : fresh(), SIOCGIFADDR, &ifr), r->a);
}

#define KEEPS(set, get_, value)						\
	{ "1.4 SETF", "FreeBSD", "SETIF to another interface keeps what " #set " set", \
	  keeps, .a = BIOC##set, .b = BIOC##get_, .c = value }
#define UNATTACHED(name)						\
	{ "1.4 " #name, "FreeBSD", #name " is EINVAL unattached", unattached, \
	  .a = BIOC##name }

static const struct row rows[] = {
	{ "1.4 SETIF", "FreeBSD", "an unknown name is ENXIO", no_interface, .p = "none0" },
	{ "1.4 SETIF", "FreeBSD", "also when attached", no_interface, .p = "none0", .b = 1 },
	{ "1.4 SETIF", "FreeBSD", "an empty name is ENXIO", no_interface, .p = "" },
	{ "1.4 SETIF", "FreeBSD", "an interface that bpf does not know is ENXIO", no_link_type },
	{ "1.4 SETIF", "FreeBSD", "a SETIF that fails leaves everything as it was", failed_keeps },
	{ "1.4 SETIF", "FreeBSD", "a down interface is fine", is_down },
	{ "1.4 SETIF", "FreeBSD", "the same interface again: a flush", again_flushes },
	{ "1.4 SETIF", "FreeBSD", "the same interface again: still promiscuous",
	  again_keeps_promisc },
	{ "1.4 SETIF", "FreeBSD", "another interface: data and counts are gone", other_drops },
	{ "1.4 SETIF", "FreeBSD", "another interface: promiscuous mode is given back",
	  other_promisc },
	{ "1.4 SETIF", "FreeBSD", "another interface: that one is captured, the old one not",
	  other_only },
	KEEPS(SHDRCMPLT, GHDRCMPLT, 1),
	KEEPS(SDIRECTION, GDIRECTION, 2),
	KEEPS(STSTAMP, GTSTAMP, 0x201),
	KEEPS(FEEDBACK, GFEEDBACK, 1),
	KEEPS(SRSIG, GRSIG, SIGUSR2),
	{ "1.4 SETF", "FreeBSD", "SETIF to another interface keeps immediate mode",
	  keeps_immediate },
	{ "1.4 SETF", "FreeBSD", "SETIF to another interface keeps the read timeout",
	  keeps_timeout },
	{ "1.4 SETIF", "FreeBSD", "nothing is appended to a name without a digit (NetBSD: 0)",
	  no_zero_appended },
	{ "1.4 SETIF", "ours", "names are those of the namespace that opened the device",
	  other_namespace },
	{ "10.1", "libpcap", "SETIF is cheap and has no side effect", cheap },
	{ "1.4 GETIF", "FreeBSD", "GETIF gives the name, the rest is zero", getif },
	{ "1.4 GETIF", "FreeBSD", "GETIF after a rename gives the new name", getif_renamed },
	UNATTACHED(GETIF),
	UNATTACHED(GDLT),
	UNATTACHED(GDLTLIST),
	UNATTACHED(SDLT),
	UNATTACHED(PROMISC),
	{ "1.4 GDLT", "FreeBSD", "Ethernet is DLT_EN10MB, 1", gdlt, .p = "d0", .a = 1 },
	{ "8.6", "ours", "lo is DLT_EN10MB, its framing on Linux", gdlt,
	  "BSD's is DLT_NULL or DLT_LOOP; its address family numbers are not Linux's",
	  .p = "lo", .a = 1 },
	{ "6.3", "FreeBSD", "an interface without link header is DLT_RAW, 12", gdlt,
	  .p = "t0", .a = 12 },
	{ "6.3", "FreeBSD", "802.11 is DLT_IEEE802_11, 105", gdlt, .p = "w0", .a = 105,
	  .b = ARPHRD_IEEE80211 },
	{ "6.3", "FreeBSD", "802.11 with radiotap is DLT_IEEE802_11_RADIO, 127", gdlt,
	  .p = "w0", .a = 127, .b = ARPHRD_IEEE80211_RADIOTAP },
	{ "6.3", "FreeBSD", "PPP is DLT_PPP, 9", gdlt, .p = "w0", .a = 9, .b = ARPHRD_PPP },
	{ "6.3", "FreeBSD", "FDDI is DLT_FDDI, 10", gdlt, .p = "w0", .a = 10, .b = ARPHRD_FDDI },
	{ "1.4 GDLTLIST", "FreeBSD", "without a list it counts", dltlist_count },
	{ "1.4 GDLTLIST", "FreeBSD", "without a list, whatever the length says", dltlist_count,
	  .a = 5 },
	{ "1.4 GDLTLIST", "FreeBSD", "it fills the list: [EN10MB]", dltlist, .a = 1 },
	{ "1.4 GDLTLIST", "FreeBSD", "a longer list: the number written is returned", dltlist,
	  .a = 3 },
	{ "1.4 GDLTLIST", "FreeBSD", "a list that is too short is ENOMEM", dltlist_short },
	{ "1.4 GDLTLIST", "FreeBSD", "a list that cannot be written is EFAULT", dltlist_fault },
	{ "1.4 SDLT", "FreeBSD", "the current type is fine", sdlt, .a = 1 },
	{ "1.4 SDLT", "FreeBSD", "the current type: no flush, still promiscuous", sdlt_no_flush },
	{ "1.4 SDLT", "FreeBSD", "a type the interface lacks is EINVAL: 12", sdlt, .a = 12,
	  .b = EINVAL },
	{ "1.4 SDLT", "FreeBSD", "a type the interface lacks is EINVAL: 0", sdlt, .a = 0,
	  .b = EINVAL },
	{ "1.4 SDLT", "FreeBSD", "a type the interface lacks is EINVAL: 257", sdlt, .a = 257,
	  .b = EINVAL },
	{ "1.4 PROMISC", "FreeBSD", "each descriptor contributes one at most", promisc_once },
	{ "6.2", "FreeBSD", "the interface counts its descriptors", promisc_each },
	{ "6.2", "FreeBSD", "PROMISC on a down interface succeeds", promisc_down },
	{ "6.2", "FreeBSD", "who is not promiscuous sees what another made visible",
	  promisc_others },
	{ "1.4 PROMISC", "FreeBSD", "nothing but SETIF elsewhere or close undoes it", no_off },
	{ "1.4 SIOCGIFADDR", "macOS", "the interface's IPv4 address", gifaddr },
	{ "1.4 SIOCGIFADDR", "macOS", "unattached: EINVAL", gifaddr_fails, .a = EINVAL },
	{ "1.4 SIOCGIFADDR", "ours", "no address: EADDRNOTAVAIL", gifaddr_fails,
	  .a = EADDRNOTAVAIL, .b = 1 },
};

SECTION(attach, "interfaces and link types");
