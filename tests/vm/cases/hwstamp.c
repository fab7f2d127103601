// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * BPF_T_HARDWARE: the network card's own time stamp, on an interface of the
 * test module hwstamp, which stamps each frame with a time that is in it.
 */
#include "bpf.h"

#include <endian.h>
#include <sys/utsname.h>

#define BLEN 4096
/* A time that no clock of this machine shows. */
#define STAMP 12345678987654321ULL

enum { IN_PACKET, TOKEN };

/* With a stamp of 0 the card has made none. */
static void send_stamped(int fd, uint64_t stamp, uint8_t how)
{
	uint64_t be = htobe64(stamp);
	uint8_t f[60];

	frame_make(f, sizeof(f), 1);
	memcpy(f + 18, &be, sizeof(be));
	f[26] = how;
	must(write(fd, f, sizeof(f)));
}

/* The one received record's time, ns. */
static int64_t stamp_of(const char *name, int out, unsigned int tstamp,
			uint64_t stamp, uint8_t how)
{
	char buf[BLEN];
	const struct bpf_xhdr *rec = (const void *)buf;
	int fd = bpf_on(name, BLEN);
	ssize_t n;

	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_IN));
	must(bpf_set(fd, BIOCSTSTAMP, tstamp));
	send_stamped(out, stamp, how);
	if (!wait_until(bpf_buffered(fd) > 0))
		printf("# nothing comes in\n");
	n = bpf_drain(fd, buf, sizeof(buf));
	close(fd);
	return n > 0 ? rec->bh_tstamp.bt_sec * 1000000000LL +
		       (int64_t)rec->bh_tstamp.bt_frac : -1;
}

static bool is_now(int64_t stamp, clockid_t clock)
{
	int64_t now = now_us(clock) * 1000;

	return stamp <= now && stamp > now - PATIENCE * 1000000000LL;
}

int main(void)
{
	const unsigned int hard = BPF_T_NANOTIME | BPF_T_HARDWARE;
	struct utsname u;
	int out, vlan, got;

	must(uname(&u));
	/* interfaces of a module are born in the first namespace */
	sh("insmod build/%s/test/hwstamp.ko", u.release);
	sh("ip link set hwstamp0 up");
	sh("ip link add link hwstamp0 name hwstamp0.7 type vlan id 7");
	sh("ip link set hwstamp0.7 up");
	out = bpf_on("hwstamp0", 0);
	vlan = bpf_on("hwstamp0.7", 0);

	ok(stamp_of("hwstamp0", out, hard, STAMP, IN_PACKET) == STAMP,
	   "HARDWARE gives the card's stamp");
	ok(stamp_of("hwstamp0", out, hard, STAMP, TOKEN) == STAMP,
	   "also where only the driver knows it");
	ok(is_now(stamp_of("hwstamp0", out, BPF_T_NANOTIME, STAMP, IN_PACKET),
		  CLOCK_REALTIME), "without the flag the time is the system's");
	ok(is_now(stamp_of("hwstamp0", out, hard, 0, IN_PACKET), CLOCK_REALTIME),
	   "and so it is where the card has made no stamp");
	ok(is_now(stamp_of("hwstamp0", out, hard | BPF_T_MONOTONIC, 0, IN_PACKET),
		  CLOCK_MONOTONIC), "from the clock that was asked for");
	ok(stamp_of("hwstamp0", out, hard | BPF_T_MONOTONIC, STAMP, IN_PACKET) ==
	   STAMP, "a card's stamp has the card's clock, whatever was asked for");
	/* above, where no driver can be asked, the token must not get out */
	ok(stamp_of("hwstamp0.7", vlan, hard, STAMP, IN_PACKET) == STAMP,
	   "a VLAN interface passes the stamp on");
	ok(is_now(stamp_of("hwstamp0.7", vlan, hard, STAMP, TOKEN),
		  CLOCK_REALTIME), "but not a token");
	must(bpf_set(out, BIOCSTSTAMP, BPF_T_MICROTIME | BPF_T_HARDWARE));
	is_ret(ioctl(out, BIOCGTSTAMP, &got), 0, "the flag is read back");
	ok(got == (BPF_T_MICROTIME | BPF_T_HARDWARE), "as it was set");
	is_errno(bpf_set(out, BIOCSTSTAMP, BPF_T_NONE | BPF_T_HARDWARE), EINVAL,
		 "no stamp at all cannot be the card's");
	close(out);
	close(vlan);
	sh("rmmod hwstamp");
	return tap_done();
}
