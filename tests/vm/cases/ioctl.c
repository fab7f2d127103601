// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The way of every ioctl: which codes are commands, in which state each one is
 * legal, what happens to its argument, and that one which fails has done
 * nothing.  What the commands do is in ioctl_value.c, ioctl_if.c, ioctl_filter.c.
 *
 * The codes are written out: FreeBSD's table, and the same commands with the
 * direction bits of Linux.  A macro of the header may not be the judge of itself.
 */
#include "bpf.h"

#define BAD_POINTER ((void *)8)
#define NONE 0xffffffff

enum state { ANY, ATTACHED, UNATTACHED, NEVER };

static const struct command {
	const char *name;
	uint32_t bsd, lin;
	size_t size;
	bool in, out;
	enum state legal;
	const void *arg;	/* a legal one, of size bytes; zeros if NULL */
	int err;		/* in another state; EINVAL if 0 */
} commands[] = {
#define U32(x) (&(const uint32_t){ x })
#define NAME ((const char[40]){ "d0" })
	{ "GBLEN", 0x40044266, 0x80044266, 4, 0, 1, ANY, NULL, 0 },
	{ "SBLEN", 0xc0044266, 0xc0044266, 4, 1, 1, UNATTACHED, U32(4096), 0 },
	{ "SETF", 0x80104267, 0x40104267, 16, 1, 0, ANY, NULL, 0 },
	{ "FLUSH", 0x20004268, 0x00004268, 0, 0, 0, ANY, NULL, 0 },
	{ "PROMISC", 0x20004269, 0x00004269, 0, 0, 0, ATTACHED, NULL, 0 },
	{ "GDLT", 0x4004426a, 0x8004426a, 4, 0, 1, ATTACHED, NULL, 0 },
	{ "GETIF with 32 bytes", 0x4020426b, 0x8020426b, 32, 0, 1, ATTACHED, NULL, 0 },
	{ "GETIF with 40 bytes", 0x4028426b, 0x8028426b, 40, 0, 1, ATTACHED, NULL, 0 },
	{ "SETIF with 32 bytes", 0x8020426c, 0x4020426c, 32, 1, 0, ANY, NAME, 0 },
	{ "SETIF with 40 bytes", 0x8028426c, 0x4028426c, 40, 1, 0, ANY, NAME, 0 },
	{ "SRTIMEOUT", 0x8010426d, 0x4010426d, 16, 1, 0, ANY, NULL, 0 },
	{ "GRTIMEOUT", 0x4010426e, 0x8010426e, 16, 0, 1, ANY, NULL, 0 },
	{ "GSTATS", 0x4008426f, 0x8008426f, 8, 0, 1, ANY, NULL, 0 },
	{ "IMMEDIATE", 0x80044270, 0x40044270, 4, 1, 0, ANY, NULL, 0 },
	{ "VERSION", 0x40044271, 0x80044271, 4, 0, 1, ANY, NULL, 0 },
	{ "GRSIG", 0x40044272, 0x80044272, 4, 0, 1, ANY, NULL, 0 },
	{ "SRSIG", 0x80044273, 0x40044273, 4, 1, 0, ANY, U32(64), 0 },
	{ "GHDRCMPLT", 0x40044274, 0x80044274, 4, 0, 1, ANY, NULL, 0 },
	{ "SHDRCMPLT", 0x80044275, 0x40044275, 4, 1, 0, ANY, NULL, 0 },
	{ "GDIRECTION", 0x40044276, 0x80044276, 4, 0, 1, ANY, NULL, 0 },
	{ "SDIRECTION", 0x80044277, 0x40044277, 4, 1, 0, ANY, U32(1), 0 },
	{ "SDLT", 0x80044278, 0x40044278, 4, 1, 0, ATTACHED, U32(1), 0 },
	{ "GDLTLIST", 0xc0104279, 0xc0104279, 16, 1, 1, ATTACHED, NULL, 0 },
	{ "LOCK", 0x2000427a, 0x0000427a, 0, 0, 0, ANY, NULL, 0 },
	{ "SETWF", 0x8010427b, 0x4010427b, 16, 1, 0, ANY, NULL, 0 },
	{ "FEEDBACK", 0x8004427c, 0x4004427c, 4, 1, 0, ANY, U32(1), 0 },
	{ "GETBUFMODE", 0x4004427d, 0x8004427d, 4, 0, 1, ANY, NULL, 0 },
	{ "SETBUFMODE", 0x8004427e, 0x4004427e, 4, 1, 0, UNATTACHED, U32(1), EBUSY },
	{ "GETZMAX", 0x4008427f, 0x8008427f, 8, 0, 1, NEVER, NULL, EOPNOTSUPP },
	{ "ROTZBUF", 0x40184280, 0x80184280, 24, 0, 1, NEVER, NULL, EOPNOTSUPP },
	{ "SETZBUF", 0x80184281, 0x40184281, 24, 1, 0, NEVER, NULL, EOPNOTSUPP },
	{ "SETFNR", 0x80104282, 0x40104282, 16, 1, 0, ANY, NULL, 0 },
	{ "GTSTAMP", 0x40044283, 0x80044283, 4, 0, 1, ANY, NULL, 0 },
	{ "STSTAMP", 0x80044284, 0x40044284, 4, 1, 0, ANY, U32(0x301), 0 },
	{ "SETVLANPCP", 0x80044285, 0x40044285, 4, 1, 0, ANY, U32(7), 0 },
	{ "SWTIMEOUT", 0x801042a0, 0x401042a0, 16, 1, 0, ANY, NULL, 0 },
	{ "GWTIMEOUT", 0x401042a1, 0x801042a1, 16, 0, 1, ANY, NULL, 0 },
	{ "DWTIMEOUT", 0x200042a2, 0x000042a2, 0, 0, 0, ANY, NULL, 0 },
	{ "GFILDROP", 0x400442a3, 0x800442a3, 4, 0, 1, ANY, NULL, 0 },
	{ "SFILDROP", 0x800442a4, 0x400442a4, 4, 1, 0, ANY, U32(2), 0 },
	{ "GSTATS64", 0x408042a5, 0x808042a5, 128, 0, 1, ANY, NULL, 0 },
	{ "GFEEDBACK", 0x400442a6, 0x800442a6, 4, 0, 1, ANY, NULL, 0 },
	{ "GHEADDROP", 0x400442a7, 0x800442a7, 4, 0, 1, ANY, NULL, 0 },
	{ "SHEADDROP", 0x800442a8, 0x400442a8, 4, 1, 0, ANY, U32(1), 0 },
	{ "GBATCHWRITE", 0x400442a9, 0x800442a9, 4, 0, 1, ANY, NULL, 0 },
	{ "SBATCHWRITE", 0x800442aa, 0x400442aa, 4, 1, 0, ANY, U32(0), 0 },
	{ "GETIFLIST", 0xc01042ab, 0xc01042ab, 16, 1, 1, ANY, NULL, 0 },
	{ "GPKTINFO", 0x400442ac, 0x800442ac, 4, 0, 1, ANY, NULL, 0 },
	{ "SPKTINFO", 0x800442ad, 0x400442ad, 4, 1, 0, ANY, U32(1), 0 },
	{ "GENGINE", 0x402042ae, 0x802042ae, 32, 0, 1, ANY, NULL, 0 },
	{ "GFANOUT", 0x400842af, 0x800842af, 8, 0, 1, ANY, NULL, 0 },
	{ "SFANOUT", 0x800842b0, 0x400842b0, 8, 1, 0, ATTACHED,
	  ((const uint32_t[2]){ 1, BPF_FANOUT_RR }), 0 },
	{ "FIOGETOWN", 0x4004667b, 0x00008903, 4, 0, 1, ANY, NULL, 0 },
	{ "FIOSETOWN", 0x8004667c, 0x00008901, 4, 1, 0, ANY, NULL, 0 },
	{ "FIOASYNC", 0x8004667d, 0x00005452, 4, 1, 0, ANY, U32(1), 0 },
	{ "FIONBIO", 0x8004667e, 0x00005421, 4, 1, 0, ANY, U32(1), 0 },
	{ "FIONREAD", 0x4004667f, 0x0000541b, 4, 0, 1, ANY, NULL, 0 },
	{ "TIOCSPGRP", 0x80047476, 0x00005410, 4, 1, 0, ANY, NULL, 0 },
	{ "TIOCGPGRP", 0x40047477, 0x0000540f, 4, 0, 1, ANY, NULL, 0 },
	{ "SIOCGIFADDR with 32 bytes", 0xc0206921, 0xc0206921, 32, 1, 1, ATTACHED, NULL, 0 },
	{ "SIOCGIFADDR with 40 bytes", 0xc0286921, 0x00008915, 40, 1, 1, ATTACHED, NULL, 0 },
};

static bool is_legal(const struct command *c, bool attached)
{
	return c->legal == ANY || c->legal == (attached ? ATTACHED : UNATTACHED);
}

static const struct command *command_of(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (code == commands[i].bsd || code == commands[i].lin)
			return &commands[i];
	return NULL;
}

/* A fresh descriptor, on d0 if attached, on which no getter is trivial. */
static int fresh(bool attached)
{
	int fd = bpf_open(O_RDWR);

	struct timeval wait = { 12, 345678 };

	must(bpf_timeout_ms(fd, 1234567));
	must(ioctl(fd, BIOCSWTIMEOUT, &wait));
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_OUT));
	if (attached) {
		must(bpf_setif(fd, "d0"));
		frame_send(fd, 60, 1);
	}
	return fd;
}

/* Each command in each code and state with a legal argument. */
static void codes(const struct command *c, bool attached)
{
	static const char *const where[] = { "unattached", "attached" };
	const uint32_t code[] = { c->bsd, c->lin };
	bool legal = is_legal(c, attached);

	for (int i = 0; i < 2; i++) {
		int fd = fresh(attached);
		/* at the end of mapped memory: not a byte more is touched */
		char *arg = edge_alloc(c->size);
		struct bpf_state before;
		char was[128] = {};

		memset(arg, 0, c->size);
		if (c->arg)
			memcpy(arg, c->arg, c->size);
		else if (!c->in)
			memset(arg, 0xa5, c->size);
		memcpy(was, arg, c->size);
		state_get(fd, &before);
		if (legal)
			is_ret(ioctl(fd, code[i], arg), 0, "%s, code %08x, works %s",
			       c->name, code[i], where[attached]);
		else
			is_errno(ioctl(fd, code[i], arg), c->err ?: EINVAL,
				 "%s, code %08x, is refused %s", c->name, code[i],
				 where[attached]);
		if (!legal)
			ok(state_is(fd, &before) && !memcmp(arg, was, c->size),
			   "%s: and neither the descriptor nor the argument changes",
			   c->name);
		if (c->in && !c->out)
			ok(!memcmp(arg, was, c->size),
			   "%s: its argument is only read", c->name);
		close(fd);
	}
}

/* What a bad pointer does depends on where the argument travels. */
static void pointers(const struct command *c, bool attached)
{
	bool legal = is_legal(c, attached);
	const char *where = attached ? "attached" : "unattached";
	int fd = fresh(attached);
	/* all of the argument is out of reach, or only its last byte is */
	void *bad[] = { NULL, BAD_POINTER, edge_alloc(c->size - 1) };
	struct bpf_state before;

	memset(bad[2], 0, c->size - 1);
	if (c->arg)
		memcpy(bad[2], c->arg, c->size - 1);
	state_get(fd, &before);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (c->in)
			is_errno(ioctl(fd, c->bsd, bad[i]), EFAULT,
				 "%s, %s, bad argument: EFAULT before anything else",
				 c->name, where);
		else
			is_errno(ioctl(fd, c->lin, bad[i]), legal ? EFAULT : c->err ?: EINVAL,
				 "%s, %s: %s", c->name, where, legal ?
				 "nowhere to put the answer is EFAULT" :
				 "the state is looked at before the answer's place");
	}
	ok(state_is(fd, &before), "%s, %s, bad argument: nothing changes",
	   c->name, where);
	close(fd);
}

/* Answers fill their size and no byte more; the ifreq is zero behind the name. */
static void answers(const struct command *c)
{
	int fd = fresh(c->legal != UNATTACHED);
	uint8_t first[256], second[256];
	bool beyond = true, same;

	memset(first, 0xa5, sizeof(first));
	memset(second, 0x5a, sizeof(second));
	must(ioctl(fd, c->bsd, first));
	must(ioctl(fd, c->lin, second));
	same = !memcmp(first, second, c->size);
	for (size_t i = c->size; i < sizeof(first); i++)
		beyond &= first[i] == 0xa5 && second[i] == 0x5a;
	ok(same, "%s: both codes give the same answer, every byte of it", c->name);
	ok(beyond, "%s: nothing behind the answer is written", c->name);
	close(fd);
}

/* A code is a command by direction, size and number together. */
static void strangers(bool attached)
{
	static const uint32_t sizes[] = { 0, 1, 2, 3, 4, 5, 8, 12, 15, 16, 17,
		20, 24, 31, 32, 33, 36, 39, 40, 41, 48, 64, 128, 0x1fff };
	int fd = fresh(attached), wrong = 0, tried = 0;
	struct bpf_state before;
	char arg[8192] = "d0";

	state_get(fd, &before);
	for (uint32_t nr = 0; nr < 256; nr++)
		for (uint32_t dir = 0; dir < 8; dir++)
			for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
				uint32_t code = dir << 29 | sizes[i] << 16 |
						'B' << 8 | nr;

				if (command_of(code))
					continue;
				tried++;
				errno = 0;
				if (ioctl(fd, code, arg) == -1 && errno == EINVAL)
					continue;
				if (!wrong++)
					printf("# first: %08x: %s\n", code,
					       strerror(errno));
			}
	ok(tried > 40000 && !wrong,
	   "%d codes of group B with a wrong direction, size or number are EINVAL (%s)",
	   tried, attached ? "attached" : "unattached");
	ok(state_is(fd, &before), "and change nothing");
	close(fd);
}

static void others(void)
{
	static const struct {
		const char *name;
		uint32_t code;
	} rows[] = {
		{ "0", 0 }, { "the number alone", 102 }, { "~0", NONE },
		{ "TCGETS, which isatty() asks", 0x5401 },
		{ "TIOCGWINSZ", 0x5413 },
		{ "SIOCGIFFLAGS", 0x8913 },
		{ "TUNSETIFF", 0x400454ca },
		{ "GBLEN in group b", 0x40046266 },
		{ "FIONREAD of BSD with 8 bytes", 0x4008667f },
		{ "BLKGETSIZE", 0x1260 },
	};
	int fd = fresh(true);
	struct bpf_state before;
	char arg[64] = "d0";
	uint32_t x = 1;
	int wrong = 0;

	state_get(fd, &before);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		is_errno(ioctl(fd, rows[i].code, arg), EINVAL,
			 "an unknown command is EINVAL, not ENOTTY: %s",
			 rows[i].name);
	/* letters that the kernel's file layer uses for all files left out */
	for (int i = 0; i < 5000; i++) {
		uint32_t group = (x = x * 1664525 + 1013904223) >> 24;
		uint32_t code = ((x = x * 1664525 + 1013904223) & ~0xff00) |
				group << 8;

		if (group == 'B' || group == 'f' || group == 'X' ||
		    group == 'T' || group == 0x94 || group == 0x15 || !group)
			continue;
		errno = 0;
		wrong += ioctl(fd, code, arg) != -1 || errno != EINVAL;
	}
	ok(!wrong, "random codes are EINVAL");
	ok(state_is(fd, &before), "unknown commands change nothing");
	close(fd);
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy");
	if_up("d0");
	sh("ip addr add 192.0.2.1/24 dev d0");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		for (int attached = 0; attached < 2; attached++) {
			codes(c, attached);
			if (c->size)
				pointers(c, attached);
		}
		if (c->out && !c->in && c->legal != NEVER)
			answers(c);
	}
	is_ret(({ int fd = fresh(true); ioctl(fd, 0x20004269, BAD_POINTER); }), 0,
	       "PROMISC has no argument, so any pointer will do");
	strangers(false);
	strangers(true);
	others();
	return tap_done();
}
