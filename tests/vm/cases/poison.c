// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Memory that the kernel used before never reaches a program: not by the answer of any
 * command, not between records or in their headers, not by buffers that are shared.
 * What was there before is made known: a command's argument that failed has left its
 * bytes on the kernel's stack, frames of ones have been in the buffers.  On a kernel that
 * marks its pages and objects (tests/host/poison.sh) fresh memory is known, too.
 */
#include "bpf.h"
#include "zcopy.h"
#include "errno_page.h"

#define ROUNDS 8
#define PAGES 4

static uint8_t buf[1 << 16];

/* Leaves n bytes of this on the stack, where the next command has its argument. */
static void dirty_stack(int fd, int byte)
{
	struct ifreq ifr;

	memset(&ifr, byte, sizeof(ifr));
	if (!ioctl(fd, BIOCSETIF, &ifr) || errno != ENXIO)
		must(-1);
}

/* Bytes of the answer that are those on the stack, whichever those are. */
static int stack_bytes(const struct command *c, int fd)
{
	static const int patterns[] = { 0xa5, 0x3c };
	uint8_t seen[2][sizeof(union argument)];
	int leaked = 0;

	for (int i = 0; i < 2; i++) {
		union argument arg = argument_of(c);

		if (!COMMAND_IN(c->code))
			memset(&arg, 0xee, sizeof(arg));
		dirty_stack(fd, patterns[i]);
		if (ioctl(fd, c->code, &arg))
			return 0;	/* no answer */
		memcpy(seen[i], &arg, sizeof(arg));
	}
	for (size_t i = 0; i < sizeof(union argument); i++)
		leaked += seen[0][i] == patterns[0] && seen[1][i] == patterns[1];
	return leaked;
}

static void answers(void)
{
	int outs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];
		int fds[] = { bpf_open(O_RDWR), bpf_on("d0", 4096) };

		if (_IOC_DIR(c->code) & _IOC_READ || _IOC_TYPE(c->code) != 'B') {
			outs++;
			is_ret(stack_bytes(c, fds[0]) + stack_bytes(c, fds[1]), 0,
			       "%s: nothing of the stack is in the answer", c->name);
		}
		close(fds[0]);
		close(fds[1]);
	}
	ok(outs > 25, "there are such commands: %d", outs);
}

static void names(void)
{
	struct bpf_iflist list = { sizeof(buf), 1000, (void *)buf };
	int fd = bpf_open(O_RDWR), odd = 0;

	memset(buf, 0xee, sizeof(buf));
	must(ioctl(fd, BIOCGETIFLIST, &list));
	for (size_t i = 0; i < list.bi_size; i++)
		odd += buf[i] && !strchr("lod01", buf[i]);
	ok(list.bi_size > 4 && !odd && buf[list.bi_size] == 0xee,
	   "BIOCGETIFLIST: names, zeros, and nothing behind them");
	close(fd);
}

/* Frames of ones, so that both buffers are full of them. */
static void soil(int fd, unsigned int len)
{
	static uint8_t frame[1514];

	memset(frame, 0xff, sizeof(frame));
	must(bpf_snap(fd, BIOCSETF, 0xffffffff));
	for (unsigned int i = 0; i < 2 * len / sizeof(frame) + 2; i++)
		must(write(fd, frame, sizeof(frame)));
}

/* Bytes of what a read returned that are of no record's fields, and not 0. */
static int gaps(ssize_t len, size_t fields, bool info)
{
	const struct bpf_hdr *rec = NULL;
	const uint8_t *p;
	int odd = 0;

	while ((rec = record_next(buf, len, rec))) {
		const uint8_t *data = record_data(rec), *end = data + rec->bh_caplen;
		const uint8_t *next = (void *)record_next(buf, len, rec);

		for (p = (const uint8_t *)rec + fields + (info ? 6 : 0); p < data; p++)
			odd += *p != 0;
		for (p = end; next && p < next; p++)
			odd += *p != 0;
	}
	return odd;
}

static void records_of(const char *what, unsigned int format, bool info, bool soiled)
{
	int fd = bpf_on("d0", 4096);
	ssize_t n;

	if (soiled)
		soil(fd, 4096);
	while (soiled && bpf_drain(fd, buf, 4096) > 0)
		;
	must(ioctl(fd, BIOCFLUSH));
	must(bpf_set(fd, BIOCSTSTAMP, format));
	must(bpf_set(fd, BIOCSPKTINFO, info));
	for (int len = FRAME_MIN; len < FRAME_MIN + 17; len++)
		frame_send(fd, len, len);
	memset(buf, 0xee, sizeof(buf));
	n = bpf_drain(fd, buf, 4096);
	ok(record_count(buf, n) == 17, "%s: all records", what);
	is_ret(gaps(n, 26, info), 0, "%s: zeros in every gap", what);
	ok(buf[n] == 0xee, "%s: nothing behind the last record", what);
	close(fd);
}

static void records(bool soiled)
{
	records_of("microseconds", BPF_T_MICROTIME, false, soiled);
	records_of("nanoseconds", BPF_T_NANOTIME, false, soiled);
	records_of("bintime", BPF_T_BINTIME, false, soiled);
	records_of("no time", BPF_T_NONE, false, soiled);
	records_of("microseconds and information", BPF_T_MICROTIME, true, soiled);
	records_of("nanoseconds and information", BPF_T_NANOTIME, true, soiled);
}

/* Buffers of one program, then of the next one, of the same size. */
static void shared(void)
{
	int odd = 0;

	zcopy_allow(true);
	for (int round = 0; round < ROUNDS; round++) {
		struct zcopy z;

		zcopy_make(&z, MAPPED, PAGES);
		for (int which = 0; which < 2; which++)
			for (size_t i = ZHEAD; i < z.len; i++)
				odd += z.buf[which][i] != 0;
		must(bpf_setif(z.fd, "d0"));
		soil(z.fd, z.size);
		memset(z.buf[0] + ZHEAD, 0xff, z.len - ZHEAD);
		zcopy_close(&z);
	}
	is_ret(odd, 0, "mapped buffers begin with zeros, whoever had that memory");
}

int main(void)
{
	private_net();
	sh("ip link add d0 up type dummy && ip link add d1 up type dummy && ip link set lo up");
	sh("ip address add 10.9.0.1/24 dev d0");
	answers();
	names();
	records(false);
	records(true);
	shared();
	return tap_done();
}
