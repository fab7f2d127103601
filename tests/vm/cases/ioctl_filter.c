// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * SETF and SETFNR: what is a program, that a refused one leaves the old one in
 * force, what is flushed.  What programs compute is not asked here.
 */
#include "bpf.h"

#define STMT(c, k) BPF_STMT(c, k)
#define JUMP(c, k, t, f) BPF_JUMP(c, k, t, f)
#define RET(k) STMT(BPF_RET | BPF_K, k)
#define LONGEST 4096

static struct bpf_insn longest[LONGEST + 1];

static const struct bpf_insn odd_only[] = {
	/* 20 bytes of packets with an odd serial number */
	STMT(BPF_LD | BPF_W | BPF_ABS, 14),
	JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1),
	RET(20),
	RET(0),
};

#define PROG(...) ((const struct bpf_insn[]){ __VA_ARGS__ }), \
	sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn)

static const struct {
	const char *what;
	const struct bpf_insn *insns;
	unsigned int len;
} bad[] = {
	{ "4097 instructions", longest, LONGEST + 1 },
	{ "2^31 instructions", longest, 0x80000000 },
	{ "2^32 - 1 instructions", longest, 0xffffffff },
	{ "2^29 instructions, 0 bytes in 32 bits", longest, 0x20000000 },
	{ "no address", NULL, 1 },
	{ "a bad address", (void *)8, 1 },
	{ "an address of the kernel", (void *)0xffff888000000000, 1 },
	{ "no return", PROG(STMT(BPF_LD | BPF_IMM, 0)) },
	{ "a store at the end", PROG(RET(1), STMT(BPF_ST, 0)) },
	{ "an unknown operation", PROG(STMT(0xff, 0), RET(1)) },
	{ "an operation beyond a byte", PROG(STMT(0x100 | BPF_LD | BPF_IMM, 0), RET(1)) },
	{ "return of X", PROG(STMT(BPF_RET | BPF_X, 0)) },
	{ "an unknown operation behind the return", PROG(RET(1), STMT(0xff, 0), RET(1)) },
	{ "a load of 3 bytes", PROG(STMT(BPF_LD | BPF_ABS | 0x18, 0), RET(1)) },
	{ "a jump to itself", PROG(STMT(BPF_JMP | BPF_JA, 0xffffffff), RET(1)) },
	{ "a jump back", PROG(RET(1), STMT(BPF_JMP | BPF_JA, 0xfffffffe), RET(1)) },
	{ "a jump behind the end", PROG(STMT(BPF_JMP | BPF_JA, 1), RET(1)) },
	{ "a jump that overflows", PROG(STMT(BPF_JMP | BPF_JA, 0x7fffffff), RET(1)) },
	{ "a true branch behind the end",
	  PROG(JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), RET(1)) },
	{ "a false branch behind the end",
	  PROG(JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 255), RET(1)) },
	{ "a branch at the end", PROG(JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0)) },
	{ "a load of M[16]", PROG(STMT(BPF_LD | BPF_MEM, 16), RET(1)) },
	{ "a load of X from M[16]", PROG(STMT(BPF_LDX | BPF_MEM, 16), RET(1)) },
	{ "a store to M[16]", PROG(STMT(BPF_ST, 16), RET(1)) },
	{ "a store of X to M[2^32 - 1]", PROG(STMT(BPF_STX, 0xffffffff), RET(1)) },
	{ "a division by 0", PROG(STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(1)) },
	{ "a remainder of 0", PROG(STMT(BPF_ALU | BPF_MOD | BPF_K, 0), RET(1)) },
	{ "OpenBSD's random number", PROG(STMT(BPF_LD | BPF_W | 0xc0, 0), RET(1)) },
	{ "NetBSD's co-processor", PROG(STMT(BPF_MISC | 0x20, 0), RET(1)) },
};

static const struct {
	const char *what;
	const struct bpf_insn *insns;
	unsigned int len;
	unsigned int caplen;	/* of a frame of 60 bytes */
} good[] = {
	{ "4096 instructions", longest + 1, LONGEST, 33 },
	{ "no instructions, no address", NULL, 0, 60 },
	{ "no instructions but an address", longest, 0, 60 },
	{ "no instructions, a bad address", (void *)8, 0, 60 },
	{ "an unreachable instruction", PROG(RET(7), RET(8)), 7 },
	{ "a jump to the last instruction",
	  PROG(STMT(BPF_JMP | BPF_JA, 1), RET(0), RET(9)), 9 },
	{ "M[15]", PROG(STMT(BPF_LD | BPF_MEM, 15), RET(10)), 10 },
	{ "return of the accumulator",
	  PROG(STMT(BPF_LD | BPF_IMM, 11), STMT(BPF_RET | BPF_A, 0)), 11 },
	{ "a snap length above the packet's", PROG(RET(0x7fffffff)), 60 },
	{ "a snap length above 2^31", PROG(RET(0xffffffff)), 60 },
	{ "a snap length just above the packet's", PROG(RET(61)), 60 },
	{ "a snap length of the packet's", PROG(RET(60)), 60 },
};

static const unsigned long cmds[] = { BIOCSETF, BIOCSETFNR };
static const char *const names[] = { "SETF", "SETFNR" };

static int set(int fd, unsigned long cmd, const void *insns, unsigned int len)
{
	struct bpf_program prog = { len, (struct bpf_insn *)insns };

	return ioctl(fd, cmd, &prog);
}

/* Bytes of a 60-byte frame that get through; -1 if it does not. */
static long caplen(int fd, uint32_t serial)
{
	char buf[4096];
	ssize_t n;

	must(ioctl(fd, BIOCFLUSH));
	frame_send(fd, 60, serial);
	if (!bpf_stats(fd).bs_recv)
		return -2;
	n = bpf_drain(fd, buf, sizeof(buf));
	return n > 0 ? (long)((struct bpf_hdr *)buf)->bh_caplen : -1;
}

static void refused(int fd, int which)
{
	struct bpf_state before;

	must(set(fd, BIOCSETF, odd_only, ARRAY_SIZE(odd_only)));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		frame_send(fd, 60, 1);
		state_get(fd, &before);
		is_errno(set(fd, cmds[which], bad[i].insns, bad[i].len), EINVAL,
			 "%s: %s is EINVAL", names[which], bad[i].what);
		ok(state_is(fd, &before), "and flushes nothing");
		ok(caplen(fd, 1) == 20 && caplen(fd, 2) == -1,
		   "and the old filter stays");
	}
}

/* A program half of which cannot be read is EINVAL, too, not EFAULT. */
static void half_mapped(int fd)
{
	struct bpf_insn *edge = edge_alloc(2 * sizeof(*edge));

	edge[0] = edge[1] = (struct bpf_insn)RET(5);
	for (int i = 0; i < 2; i++) {
		is_errno(set(fd, cmds[i], edge, 3), EINVAL,
			 "%s: a program that cannot be read to its end is EINVAL",
			 names[i]);
		is_ret(set(fd, cmds[i], edge, 2), 0,
		       "%s: nothing behind a program is read", names[i]);
	}
}

static void accepted(int fd, int which)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		must(bpf_snap(fd, BIOCSETF, 0));
		is_ret(set(fd, cmds[which], good[i].insns, good[i].len), 0,
		       "%s: %s is a program", names[which], good[i].what);
		ok(caplen(fd, 1) == (long)good[i].caplen,
		   "and lets %u of 60 bytes through", good[i].caplen);
	}
}

static void flushed(void)
{
	char buf[4096];
	int fd = bpf_on("d0", 0);

	for (int which = 1; which >= 0; which--) {
		must(ioctl(fd, BIOCFLUSH));
		must(set(fd, BIOCSETFNR, odd_only, ARRAY_SIZE(odd_only)));
		frame_send(fd, 60, 1);
		frame_send(fd, 60, 2);
		is_ret(bpf_snap(fd, cmds[which], 30), 0, "%s works", names[which]);
		ok(bpf_stats(fd).bs_recv == (which ? 2 : 0),
		   "%s %s the counters", names[which], which ? "keeps" : "resets");
		frame_send(fd, 60, 4);
		is_ret(bpf_drain(fd, buf, sizeof(buf)),
		       (which ? RECORD_SIZE(20) : 0) + ETHER_HDRLEN + 30,
		       "%s %s what is buffered, and is in force at once",
		       names[which], which ? "keeps" : "drops");
	}
	/* hold and store, both */
	for (int i = 0; i < 100; i++)
		frame_send(fd, 60, i);
	ok(bpf_buffered(fd) > 4096, "with both buffers in use");
	must(bpf_snap(fd, BIOCSETF, 1));
	ok(!bpf_buffered(fd), "SETF empties both");
	close(fd);
}

static void survives(void)
{
	int fd = bpf_open(O_RDWR);

	must(set(fd, BIOCSETF, odd_only, ARRAY_SIZE(odd_only)));
	must(bpf_setif(fd, "d0"));
	ok(caplen(fd, 1) == 20 && caplen(fd, 2) == -1,
	   "a filter set before SETIF survives it");
	must(bpf_setif(fd, "d1"));
	ok(caplen(fd, 1) == 20 && caplen(fd, 2) == -1,
	   "and the SETIF to another interface");
	must(bpf_setif(fd, "d1"));
	ok(caplen(fd, 1) == 20 && caplen(fd, 2) == -1, "and to the same");
	close(fd);
}

int main(void)
{
	int fd;

	private_net();
	sh("ip link add d0 type dummy && ip link add d1 type dummy");
	if_up("d0");
	if_up("d1");
	for (int i = 0; i < LONGEST; i++)
		longest[i] = (struct bpf_insn)STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	longest[LONGEST] = (struct bpf_insn)RET(33);

	fd = bpf_on("d0", 0);
	for (int which = 0; which < 2; which++) {
		refused(fd, which);
		accepted(fd, which);
	}
	half_mapped(fd);
	close(fd);
	flushed();
	survives();
	return tap_done();
}
