// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Commands that hold a value: what it is after open, what may be set, what is
 * read back, what FLUSH does, and what an unattached descriptor may be asked.
 */
#include "bpf.h"

#include <limits.h>

/* The state after open: a table of getters. */
static void defaults(void)
{
	static const struct {
		const char *what;
		unsigned long cmd;
		uint32_t want;
	} rows[] = {
		{ "the buffer size is 4096", BIOCGBLEN, 4096 },
		{ "the source address is filled in", BIOCGHDRCMPLT, 0 },
		{ "both directions are seen", BIOCGDIRECTION, BPF_D_INOUT },
		{ "the same by its older name", BIOCGSEESENT, 1 },
		{ "the version is 1.1", BIOCVERSION, 1 << 16 | 1 },
		{ "nothing is buffered", FIONREAD, 0 },
	};
	int fd = bpf_open(O_RDWR);
	struct bpf_state s;
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t got = 0xdeadbeef;

		is_ret(ioctl(fd, rows[i].cmd, &got), 0, "after open: getter works");
		ok(got == rows[i].want, "after open %s", rows[i].what);
	}
	state_get(fd, &s);
	ok(!s.timeout.tv_sec && !s.timeout.tv_usec, "after open there is no timeout");
	ok(!s.stat.bs_recv && !s.stat.bs_drop, "after open the counters are 0");
	snprintf(text, sizeof(text), "%7d %-15s %s %10d %10d %10d %7d %7d %7d %3s %5d %6d %10d %10d %10d %3d %-6s %-6s %-6s %10d %10d %10d %10d %10d %10d %10d %s\n",
		 getpid(), "-", "--fs------", 0, 0, 0, 0, 0, 4096, "-", 0, 0,
		 0, 0, 0, SIGIO, "0x0", "buffer", "-", 0, 0, 0, 0, 0, 0, 0, "ioctl_value");
	ok(strstr(s.proc, text), "after open /proc/net/bpf says the same");
	close(fd);
}

static void buffer_size(void)
{
	static const struct { uint32_t ask, get; } rows[] = {
		{ 0, 32 }, { 31, 32 }, { 32, 32 }, { 33, 33 }, { 1000, 1000 },
		{ 4096, 4096 }, { 32767, 32767 }, { 65535, 65535 },
		{ 524287, 524287 }, { 524288, 524288 }, { 524289, 524288 },
		{ 0x7fffffff, 524288 }, { 0x80000000, 524288 },
		{ 0xffffffff, 524288 },
	};
	int fd = bpf_open(O_RDWR);
	struct bpf_state before;
	uint32_t blen, got;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		blen = rows[i].ask;
		is_ret(ioctl(fd, BIOCSBLEN, &blen), 0, "SBLEN %u succeeds",
		       rows[i].ask);
		must(ioctl(fd, BIOCGBLEN, &got));
		ok(blen == rows[i].get && got == rows[i].get,
		   "SBLEN %u gives, and writes back, %u", rows[i].ask, rows[i].get);
	}
	must(bpf_setif(fd, "d0"));
	state_get(fd, &before);
	blen = 100;
	is_errno(ioctl(fd, BIOCSBLEN, &blen), EINVAL, "SBLEN when attached is EINVAL");
	ok(blen == 100, "and leaves the argument alone");
	blen = 1;
	is_errno(ioctl(fd, BIOCSBLEN, &blen), EINVAL, "also with a size that is too small");
	ok(blen == 1, "which is not moved then");
	ok(state_is(fd, &before), "SBLEN when attached changes nothing");
	close(fd);
}

static void timeout(void)
{
	static const struct {
		const char *what;
		struct timeval tv;
		bool legal;
	} rows[] = {
		{ "1 us", { 0, 1 }, true },
		{ "999999 us", { 0, 999999 }, true },
		{ "1.5 s", { 1, 500000 }, true },
		{ "1e8 s", { 100000000, 0 }, true },
		{ "0, which is none", { 0, 0 }, true },
		{ "-1 s", { -1, 0 }, false },
		{ "-1 us", { 0, -1 }, false },
		{ "1000000 us", { 0, 1000000 }, false },
		{ "the least number of seconds", { LONG_MIN, 0 }, false },
		{ "the greatest number of seconds", { LONG_MAX, 0 }, false },
		{ "the greatest number of us", { 0, LONG_MAX }, false },
		{ "-1 s and -1 us", { -1, -1 }, false },
	};
	int fd = bpf_open(O_RDWR);
	struct timeval tv;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		must(bpf_timeout_ms(fd, 4321));
		tv = rows[i].tv;
		if (rows[i].legal)
			is_ret(ioctl(fd, BIOCSRTIMEOUT, &tv), 0,
			       "SRTIMEOUT of %s is legal", rows[i].what);
		else
			is_errno(ioctl(fd, BIOCSRTIMEOUT, &tv), EINVAL,
				 "SRTIMEOUT of %s is EINVAL", rows[i].what);
		must(ioctl(fd, BIOCGRTIMEOUT, &tv));
		if (rows[i].legal)
			ok(!memcmp(&tv, &rows[i].tv, sizeof(tv)),
			   "and GRTIMEOUT returns it");
		else
			ok(tv.tv_sec == 4 && tv.tv_usec == 321000,
			   "and the old one stays");
	}
	close(fd);
}

/* Flags and choices; the column of /proc/net/bpf that shows each. */
static void choices(bool attached)
{
	static const struct {
		const char *what;
		unsigned long set, get;
		uint32_t ask, want;	/* want 99: EINVAL, nothing changes */
		int column;
		char shown;
	} rows[] = {
		{ "SHDRCMPLT 1", BIOCSHDRCMPLT, BIOCGHDRCMPLT, 1, 1, 2, '-' },
		{ "SHDRCMPLT 0", BIOCSHDRCMPLT, BIOCGHDRCMPLT, 0, 0, 2, 'f' },
		{ "SHDRCMPLT 256", BIOCSHDRCMPLT, BIOCGHDRCMPLT, 256, 1, 2, '-' },
		{ "SDIRECTION IN", BIOCSDIRECTION, BIOCGDIRECTION, 0, 0, 3, '-' },
		{ "SDIRECTION OUT", BIOCSDIRECTION, BIOCGDIRECTION, 2, 2, 3, 'o' },
		{ "SDIRECTION 3", BIOCSDIRECTION, BIOCGDIRECTION, 3, 99, 3, 'o' },
		{ "SDIRECTION 256", BIOCSDIRECTION, BIOCGDIRECTION, 256, 99, 3, 'o' },
		{ "SDIRECTION ~0", BIOCSDIRECTION, BIOCGDIRECTION, ~0, 99, 3, 'o' },
		{ "SDIRECTION INOUT", BIOCSDIRECTION, BIOCGDIRECTION, 1, 1, 3, 's' },
		{ "SSEESENT 0", BIOCSSEESENT, BIOCGSEESENT, 0, 0, 3, '-' },
		{ "SSEESENT 1", BIOCSSEESENT, BIOCGSEESENT, 1, 1, 3, 's' },
		{ "IMMEDIATE 1", BIOCIMMEDIATE, 0, 1, 1, 1, 'i' },
		{ "IMMEDIATE 0", BIOCIMMEDIATE, 0, 0, 0, 1, '-' },
		{ "IMMEDIATE 256", BIOCIMMEDIATE, 0, 256, 1, 1, 'i' },
		{ "IMMEDIATE 0x80000000", BIOCIMMEDIATE, 0, 0x80000000, 1, 1, 'i' },
		{ "FEEDBACK 7", BIOCFEEDBACK, BIOCGFEEDBACK, 7, 1, 4, 'b' },
		{ "FEEDBACK 0", BIOCFEEDBACK, BIOCGFEEDBACK, 0, 0, 4, '-' },
		{ "SHEADDROP 256", BIOCSHEADDROP, BIOCGHEADDROP, 256, 1, 8, 'h' },
		{ "SHEADDROP 0", BIOCSHEADDROP, BIOCGHEADDROP, 0, 0, 8, '-' },
		{ "SFILDROP 3", BIOCSFILDROP, BIOCGFILDROP, 3, 99, 9, '-' },
		{ "SFILDROP DROP", BIOCSFILDROP, BIOCGFILDROP, 2, 2, 9, 'd' },
		{ "SFILDROP CAPTURE", BIOCSFILDROP, BIOCGFILDROP, 1, 1, 9, 'd' },
		{ "SFILDROP PASS", BIOCSFILDROP, BIOCGFILDROP, 0, 0, 9, '-' },
	};
	int fd = attached ? bpf_on("d0", 0) : bpf_open(O_RDWR);
	char flags[16], text[4096];
	struct bpf_state before;
	uint32_t got;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		state_get(fd, &before);
		if (rows[i].want == 99) {
			is_errno(bpf_set(fd, rows[i].set, rows[i].ask), EINVAL,
				 "%s is EINVAL", rows[i].what);
			ok(state_is(fd, &before), "and changes nothing");
			continue;
		}
		is_ret(bpf_set(fd, rows[i].set, rows[i].ask), 0, "%s works",
		       rows[i].what);
		got = rows[i].want;
		if (rows[i].get)
			must(ioctl(fd, rows[i].get, &got));
		file_get("/proc/net/bpf", text, sizeof(text));
		if (sscanf(strchr(text, '\n'), "%*d %*s %15s", flags) != 1)
			flags[0] = '\0';
		ok(got == rows[i].want && flags[rows[i].column] == rows[i].shown,
		   "%s: %u is read back and /proc/net/bpf shows '%c'",
		   rows[i].what, rows[i].want, rows[i].shown);
	}
	close(fd);
}

/* FLUSH; and how counters and FIONREAD count. */
static void counters(void)
{
	int fd = bpf_on("d0", 2 * RECORD_SIZE(60));
	struct bpf_stat st;
	char buf[2 * RECORD_SIZE(60)];

	for (int i = 1; i <= 6; i++) {
		frame_send(fd, 60, i);
		st = bpf_stats(fd);
		ok(st.bs_recv == (unsigned int)i &&
		   st.bs_drop == (i > 4 ? i - 4U : 0),
		   "%d packets: room for 4, what has none is counted as dropped", i);
		/* the last record of a buffer is not padded */
		ok(bpf_buffered(fd) == (int[]){ 0, 86, 174, 260, 348, 348, 348 }[i],
		   "FIONREAD counts both buffers");
	}
	is_ret(ioctl(fd, BIOCFLUSH), 0, "FLUSH works");
	st = bpf_stats(fd);
	ok(!st.bs_recv && !st.bs_drop, "FLUSH: the counters are 0");
	ok(!bpf_buffered(fd), "FLUSH: both buffers are empty");
	is_errno(bpf_drain(fd, buf, sizeof(buf)), EAGAIN, "FLUSH: nothing to read");
	frame_send(fd, 60, 7);
	is_ret(bpf_drain(fd, buf, sizeof(buf)), 86, "after FLUSH capture goes on");
	ok(record_serial(buf, 86, 0) == 7, "and the first record is the first packet");
	ok(bpf_stats(fd).bs_recv == 1, "reading does not change the counters");
	/* rejected packets are received ones, as the kernels count */
	must(bpf_snap(fd, BIOCSETFNR, 0));
	frame_send(fd, 60, 8);
	st = bpf_stats(fd);
	ok(st.bs_recv == 2 && !st.bs_drop && !bpf_buffered(fd),
	   "a packet that the filter refuses counts as received, not as dropped");
	must(ioctl(fd, BIOCFLUSH));
	ok(!bpf_stats(fd).bs_recv, "FLUSH: refused packets count no more");
	close(fd);
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy");
	if_up("d0");
	defaults();
	buffer_size();
	timeout();
	choices(false);
	choices(true);
	counters();
	return tap_done();
}
