// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The commands about the interface: SETIF, GETIF, PROMISC, link types; who
 * shares a descriptor, and that the last close gives everything back.
 */
#include "bpf.h"

/* A descriptor on d0 with data, counters and all settings away from default. */
static int loaded(void)
{
	int fd = bpf_on("d0", 1000);

	must(bpf_timeout_ms(fd, 777));
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(bpf_snap(fd, BIOCSETF, 20));
	must(ioctl(fd, BIOCPROMISC, NULL));
	frame_send(fd, 60, 1);
	return fd;
}

static bool is_on(int fd, const char *name)
{
	struct ifreq ifr = {};

	return !ioctl(fd, BIOCGETIF, &ifr) && !strcmp(ifr.ifr_name, name);
}

static void setif_again(void)
{
	struct bpf_stat st;
	int fd = loaded();
	char buf[1000];

	is_ret(bpf_setif(fd, "d0"), 0, "SETIF to the same interface works");
	st = bpf_stats(fd);
	ok(!st.bs_recv && !bpf_buffered(fd), "it flushes data and counters");
	ok(is_on(fd, "d0"), "it stays attached");
	ok(promiscuity("d0") == 1, "it stays promiscuous");
	frame_send(fd, 60, 2);
	is_ret(bpf_drain(fd, buf, sizeof(buf)), ETHER_HDRLEN + 20,
	       "it goes on capturing with the same filter");
	close(fd);
	ok(promiscuity("d0") == 0, "close gives promiscuous mode back");
}

static void setif_other(void)
{
	struct bpf_state before, after;
	char buf[1000], flags[16];
	int fd = loaded();

	ok(promiscuity("d0") == 1 && promiscuity("d1") == 0,
	   "PROMISC reaches the interface");
	state_get(fd, &before);
	is_ret(bpf_setif(fd, "d1"), 0, "SETIF to another interface works");
	ok(promiscuity("d0") == 0, "promiscuous mode is given back there");
	ok(promiscuity("d1") == 0, "and is not taken along");
	state_get(fd, &after);
	ok(is_on(fd, "d1"), "GETIF names the new interface");
	ok(!after.stat.bs_recv && !after.buffered, "data and counters are dropped");
	ok(before.blen == after.blen && before.hdrcmplt == after.hdrcmplt &&
	   before.direction == after.direction &&
	   !memcmp(&before.timeout, &after.timeout, sizeof(after.timeout)),
	   "buffer size, header mode, direction and timeout stay");
	ok(sscanf(strchr(after.proc, '\n'), "%*d d1 %15s", flags) == 1 &&
	   !strcmp(flags, "-i-s------"), "immediate mode stays, promiscuous mode does not");
	frame_send(fd, 60, 2);
	is_ret(bpf_drain(fd, buf, sizeof(buf)), ETHER_HDRLEN + 20,
	       "it captures on the new interface, and the filter stays");
	is_ret(ioctl(fd, BIOCPROMISC, NULL), 0, "PROMISC works again");
	ok(promiscuity("d1") == 1, "and reaches the new interface");
	close(fd);
	ok(promiscuity("d1") == 0, "close gives it back");
}

static void setif_fails(void)
{
	static const struct {
		const char *what;
		char name[41];
	} rows[] = {
		{ "an unknown name", "none0" },
		{ "the empty name", "" },
		{ "a name that d0 is only the beginning of", "d00" },
		{ "the beginning of a name", "d" },
		{ "a name without its end in 16 bytes", "d0d0d0d0d0d0d0d0" },
		{ "a longer one", "d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0" },
		{ "an interface's number", "2" },
		{ "a space in the name", "d0 " },
		{ "a format", "d%d" },
		{ "a path", "./d0" },
		{ "bytes that are no letters", "\xff\xfe\x01" },
	};
	int fd = loaded(), fresh = bpf_open(O_RDWR);
	struct bpf_state before, before_fresh;
	uint32_t blen = 2000;

	state_get(fd, &before);
	state_get(fresh, &before_fresh);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		is_errno(ioctl(fd, 0x4028426c, rows[i].name), ENXIO,
			 "SETIF, attached, is ENXIO for %s", rows[i].what);
		is_errno(ioctl(fresh, 0x8020426c, rows[i].name), ENXIO,
			 "SETIF, unattached, is ENXIO for %s", rows[i].what);
	}
	ok(state_is(fd, &before), "a SETIF that fails changes nothing");
	ok(promiscuity("d0") == 1, "not even promiscuous mode");
	ok(state_is(fresh, &before_fresh), "an unattached descriptor stays so");
	is_ret(ioctl(fresh, BIOCSBLEN, &blen), 0, "and may still set its buffer size");
	is_ret(bpf_setif(fresh, "d0"), 0, "and attach");
	close(fd);
	close(fresh);
}

/* All 15 bytes of a long name count; what follows the name does not. */
static void setif_names(void)
{
	static const struct { const char *what, *arg, *name; } rows[] = {
		{ "15 bytes and the end", "abcdefghijklmno", "abcdefghijklmno" },
		{ "bytes behind the name's end", "d0\0garbage.garbage.garbage", "d0" },
	};
	int fd = bpf_open(O_RDWR);
	char arg[40];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(arg, 'x', sizeof(arg));
		memcpy(arg, rows[i].arg, strlen(rows[i].arg) + 1);
		is_ret(ioctl(fd, BIOCSETIF, arg), 0, "SETIF: %s", rows[i].what);
		memset(arg, 'x', sizeof(arg));
		must(ioctl(fd, BIOCGETIF, arg));
		ok(!strcmp(arg, rows[i].name) &&
		   !memcmp(arg + 16, (char[24]){}, 24) &&
		   !memchr(arg, 'x', sizeof(arg)),
		   "GETIF gives the name, and zeros behind it");
	}
	memset(arg, 'x', sizeof(arg));
	memcpy(arg, "abcdefghijklmnop", 16);
	is_errno(ioctl(fd, BIOCSETIF, arg), ENXIO,
		 "SETIF: a 16th byte behind the name of an interface is ENXIO");
	close(fd);
}

static void renamed(void)
{
	int fd = bpf_on("d0", 0);
	struct bpf_state s;
	char buf[4096];

	frame_send(fd, 60, 1);
	if_down("d0");
	if_rename("d0", "e0");
	if_up("e0");
	ok(is_on(fd, "e0"), "GETIF shows an interface's new name");
	state_get(fd, &s);
	ok(proc_lines("e0") == 1 && !proc_lines("d0"), "so does /proc/net/bpf");
	ok(s.stat.bs_recv == 1, "a rename loses nothing");
	is_errno(bpf_setif(fd, "d0"), ENXIO, "the old name is ENXIO");
	frame_send(fd, 60, 2);
	is_ret(bpf_drain(fd, buf, sizeof(buf)), 88 + 86, "capture goes on over it");
	close(fd);
	if_down("e0");
	if_rename("e0", "d0");
	if_up("d0");
}

static void promisc(void)
{
	int a = bpf_on("d0", 0), b = bpf_on("d0", 0), plain = bpf_on("d0", 0);

	for (int i = 0; i < 3; i++)
		is_ret(ioctl(a, BIOCPROMISC, NULL), 0, "PROMISC may be repeated");
	ok(promiscuity("d0") == 1, "it counts once for a descriptor");
	must(ioctl(b, BIOCPROMISC, NULL));
	ok(promiscuity("d0") == 2, "and once for each descriptor");
	close(plain);
	ok(promiscuity("d0") == 2, "close of a descriptor without it gives nothing back");
	close(a);
	ok(promiscuity("d0") == 1, "close gives back one");
	must(bpf_set(b, BIOCSDLT, DLT_EN10MB));
	ok(promiscuity("d0") == 1, "SDLT of the current type keeps it");
	close(b);
	ok(promiscuity("d0") == 0, "the last close ends it");
	if_down("d0");
	a = bpf_open(O_RDWR);
	is_ret(bpf_setif(a, "d0"), 0, "SETIF to an interface that is down works");
	is_ret(ioctl(a, BIOCPROMISC, NULL), 0, "PROMISC, too");
	if_up("d0");
	ok(promiscuity("d0") == 1, "it holds when the interface goes up");
	close(a);
}

static void link_types(void)
{
	static const struct { const char *what; uint32_t dlt; } rows[] = {
		{ "NULL", 0 }, { "RAW", 12 }, { "IEEE802_11", 105 },
		{ "none there is", 0xffffffff }, { "1 in another byte", 0x101 },
	};
	int fd = loaded();
	struct bpf_state before;
	struct bpf_dltlist list = { 12345, NULL };
	uint32_t dlts[3] = { 77, 88, 99 };

	must(ioctl(fd, BIOCGDLT, dlts));
	ok(dlts[0] == 1, "GDLT of an Ethernet interface is EN10MB, 1");
	state_get(fd, &before);
	is_ret(ioctl(fd, BIOCGDLTLIST, &list), 0, "GDLTLIST without a list works");
	ok(list.bfl_len == 1 && !list.bfl_list, "and counts one type");
	dlts[0] = 66;
	list = (struct bpf_dltlist){ 3, dlts };
	is_ret(ioctl(fd, BIOCGDLTLIST, &list), 0, "GDLTLIST with a list works");
	ok(list.bfl_len == 1 && list.bfl_list == dlts && dlts[0] == 1,
	   "and stores one type and its number");
	ok(dlts[1] == 88 && dlts[2] == 99, "and no more than one");
	list = (struct bpf_dltlist){ 0, dlts };
	is_errno(ioctl(fd, BIOCGDLTLIST, &list), ENOMEM,
		 "GDLTLIST with room for none is ENOMEM");
	ok(list.bfl_len == 0, "and does not write the argument");
	list = (struct bpf_dltlist){ 1, (void *)8 };
	is_errno(ioctl(fd, BIOCGDLTLIST, &list), EFAULT,
		 "GDLTLIST with a bad list is EFAULT");
	ok(list.bfl_len == 1, "and does not write the argument");
	is_ret(bpf_set(fd, BIOCSDLT, 1), 0, "SDLT of the current type works");
	ok(state_is(fd, &before), "and flushes nothing, nor do the others");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		is_errno(bpf_set(fd, BIOCSDLT, rows[i].dlt), EINVAL,
			 "SDLT of another type is EINVAL: %s", rows[i].what);
	ok(state_is(fd, &before), "and changes nothing");
	close(fd);
}

/* dup and fork share one descriptor: two opens never do. */
static void shared(void)
{
	int fd = bpf_open(O_RDWR), other = dup(fd), status;
	pid_t child;

	if (!(child = fork())) {
		bool done = !bpf_set(fd, BIOCSDIRECTION, BPF_D_IN) &&
			    !bpf_setif(fd, "d0") &&
			    !ioctl(fd, BIOCPROMISC, NULL);

		_exit(!done);
	}
	must(waitpid(child, &status, 0));
	ok(!status, "a child attaches the descriptor that it inherited");
	ok(is_on(fd, "d0"), "the parent sees that");
	ok(is_on(other, "d0"), "so does a duplicate");
	ok(proc_lines("d0") == 1 && promiscuity("d0") == 1,
	   "and it is one descriptor, which the child's end did not close");
	close(fd);
	ok(proc_lines("d0") == 1 && promiscuity("d0") == 1,
	   "close of one of two leaves it open");
	close(other);
	ok(!proc_lines("d0") && promiscuity("d0") == 0, "the last close releases it");

	fd = bpf_on("d0", 64);
	other = bpf_open(O_RDWR);
	ok(!is_on(other, "d0"), "a second open is another descriptor");
	close(fd);
	close(other);
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy && ip link add d1 type dummy && ip link add abcdefghijklmno type dummy");
	if_up("d0");
	if_up("d1");
	setif_again();
	setif_other();
	setif_fails();
	setif_names();
	renamed();
	promisc();
	link_types();
	shared();
	return tap_done();
}
