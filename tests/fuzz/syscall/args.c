// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * ioctls: a command in Linux's or in the BSDs' encoding, by a 64-bit or by a 32-bit
 * call, with an argument that is right, nearly right, or garbage; and a look at what
 * it gives back: documented zeros are zero, and nothing else has changed.
 */
#include "world.h"
#include "../../vm/errno_page.h"

/* Bits of an operation's b. */
#define WAY_BSD		0x1	/* BSD's encoding */
#define WAY_32		0x6	/* all set: a 32-bit call */
#define WAY_SIZE	0xf8	/* all set: another size */
#define WAY_DIR		0x1f00	/* all set: another direction */
#define WAY_PLACE(b)	((b) >> 16)

#define GUARDS	32	/* bytes before and behind an argument */

struct made_argument {
	uint8_t bytes[256];
	unsigned int size;
	bool wide;		/* 64 bits */
};

/* A system call as a 32-bit program makes it; addresses have to be below 4 GiB. */
long int80(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("int $0x80" : "=a" (ret) : "a" (nr), "b" (a), "c" (b), "d" (c)
		     : "memory", "r8", "r9", "r10", "r11");
	if ((int)ret >= 0 || (int)ret < -4095)
		return (int)ret;
	errno = -(int)ret;
	return -1;
}

/* Where places() puts something that can be read and written. */
bool args_good(uint32_t how)
{
	return how % 16 > 4;
}

/* Memory for size bytes: mostly good, with guards around. */
char *args_place(struct worker *w, size_t size, uint32_t how)
{
	switch (how % 16) {
	case 0: return NULL;
	case 1: return w->memory + MEMORY - size / 2;
	case 2: return (char *)0xffff888000000000;
	case 3: return world.readonly;
	case 4: return w->memory + MEMORY;
	default: return w->memory + 4096 + how % 3;
	}
}

static void put32(struct made_argument *a, uint32_t value)
{
	memcpy(a->bytes + a->size, &value, 4);
	a->size += 4;
}

/* A number of the size of long; in a structure of 64 bits it is aligned. */
static void put(struct made_argument *a, uint64_t value)
{
	if (!a->wide) {
		put32(a, value);
		return;
	}
	a->size = (a->size + 7) & ~7U;
	memcpy(a->bytes + a->size, &value, 8);
	a->size += 8;
}

/* Further memory, which an argument points to: apart from the argument itself. */
static char *beyond(struct worker *w, size_t size)
{
	uint32_t how = rng_next(&w->state);

	return args_place(w, size, how) + (args_good(how) ? 65536 : 0);
}

static void put_ifreq(struct worker *w, struct made_argument *a, bool short_one)
{
	char *name = (char *)a->bytes;

	memset(a->bytes, 0, 40);
	a->size = short_one ? 32 : 40;
	switch (rng_below(&w->state, 12)) {
	case 0: strcpy(name, "nonesuch"); break;
	case 1: break;
	case 2: memset(name, 'f', 16); break;
	case 3: strcpy(name, "f0/../f1"); break;
	default: links_choose(name, rng_next(&w->state));
	}
}

/* A filter that takes some, one that is changed in a place, or anything. */
static void put_program(struct worker *w, struct made_argument *a)
{
	static const struct bpf_insn some[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FRAME_TYPE, 0, 1),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 17),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 64),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct bpf_insn *to = (void *)beyond(w, 4096);
	unsigned int len = ARRAY_SIZE(some), kind = rng_below(&w->state, 10);

	if ((char *)to >= w->memory && (char *)to < w->memory + MEMORY - 65536) {
		memcpy(to, some, sizeof(some));
		to[4].k = rng_wild(&w->state);
		if (kind == 1)
			((uint8_t *)to)[rng_below(&w->state, sizeof(some))] = rng_next(&w->state);
		for (int i = 0; kind == 2 && i < 4096 / 8; i++)
			((u64 *)to)[i] = rng_next(&w->state) & 0x0f0f0f0f00ff00ff;
	}
	if (kind == 2)
		len = rng_below(&w->state, 512);
	if (kind == 3)
		len = rng_wild(&w->state);
	if (kind == 4)
		len = 0;
	if (kind == 5) {
		to += 5;	/* the last one alone */
		len = 1;
	}
	put32(a, len);
	put(a, (uintptr_t)to);
}

static void put_timeval(struct worker *w, struct made_argument *a)
{
	bool odd = rng_one_in(&w->state, 8);

	put(a, odd ? (int64_t)(int32_t)rng_wild(&w->state) : 0);
	put(a, rng_one_in(&w->state, 8) ? (int64_t)(int32_t)rng_wild(&w->state) :
	       1000 * (int64_t)rng_below(&w->state, 40));
}

/* Once more the area of the slot, or what is near it. */
static void put_zbuf(struct worker *w, struct made_argument *a)
{
	size_t page = sysconf(_SC_PAGESIZE), len = AREA_PAGES * page;
	char *area = world.areas + w->op->slot * 2 * len, *second = area + len;

	switch (rng_below(&w->state, 8)) {
	case 0: area++; break;
	case 1: area = beyond(w, len); break;
	case 2: len = rng_wild(&w->state); break;
	case 3: second = area; break;
	case 4: second = (char *)0xffff888000000000; break;
	}
	put(a, (uintptr_t)area);
	put(a, (uintptr_t)second);
	put(a, len);
}

/* Only signals that wake, and processes that are ours. */
static uint32_t harmless(struct worker *w, bool signal)
{
	static const uint32_t signals[] = { 0, SIGIO, SIGUSR1, SIGURG, 64, 65, 0xffffffff };
	const uint32_t processes[] = { 0, getpid(), -getpid(), 0x400001, 0x80000000, gettid() };

	return signal ? signals[rng_below(&w->state, ARRAY_SIZE(signals))] :
			processes[rng_below(&w->state, ARRAY_SIZE(processes))];
}

static uint32_t number_for(struct worker *w, unsigned long code)
{
	static const unsigned int sizes[] = { 32, 60, 256, 1024, 4096, 8160, 16384, 65536 };

	if (code == BIOCSRSIG)
		return harmless(w, true);
	if (code == FIOSETOWN || code == TIOCSPGRP)
		return harmless(w, false);
	if (code == BIOCSBLEN && !rng_one_in(&w->state, 8))
		return sizes[rng_below(&w->state, ARRAY_SIZE(sizes))];
	if (rng_one_in(&w->state, 8))
		return rng_wild(&w->state);
	return rng_below(&w->state, code == BIOCSTSTAMP && rng_one_in(&w->state, 2) ? 0x400 : 4);
}

static void argument_make(struct worker *w, struct made_argument *a, unsigned long code, bool bsd)
{
	a->size = 0;
	switch (code) {
	case BIOCSETIF:
	case BIOCGETIF:
	case SIOCGIFADDR:
		put_ifreq(w, a, bsd || !a->wide);
		break;
	case BIOCSETF:
	case BIOCSETFNR:
	case BIOCSETWF:
		put_program(w, a);
		break;
	case BIOCSRTIMEOUT:
	case BIOCGRTIMEOUT:
	case BIOCSWTIMEOUT:
	case BIOCGWTIMEOUT:
		put_timeval(w, a);
		break;
	case BIOCGDLTLIST:
	case BIOCGETIFLIST:
		put32(a, rng_one_in(&w->state, 4) ? rng_wild(&w->state) : rng_below(&w->state, 64));
		if (code == BIOCGETIFLIST)
			put32(a, rng_wild(&w->state));
		put(a, (uintptr_t)beyond(w, 4096));
		break;
	case BIOCSETZBUF:
	case BIOCROTZBUF:
		put_zbuf(w, a);
		break;
	case BIOCGETZMAX:
		put(a, 0);
		break;
	case BIOCSFANOUT:
	case BIOCGFANOUT:
		put32(a, rng_below(&w->state, 3));
		put32(a, rng_below(&w->state, 7));
		break;
	default:
		put32(a, number_for(w, code));
		if (_IOC_TYPE(code) == 'B' && _IOC_SIZE(code) != 4)
			a->size = _IOC_SIZE(code);
	}
}

/* The command's number for such an argument. */
static uint32_t encode(unsigned long code, uint32_t way, unsigned int size)
{
	static const uint32_t bsd[] = { 0x20000000, 0x80000000, 0x40000000, 0xc0000000 };
	static const struct {
		uint32_t code, bsd;
	} generic[] = {
		{ FIONREAD, 0x4004667f }, { FIONBIO, 0x8004667e }, { FIOASYNC, 0x8004667d },
		{ FIOSETOWN, 0x8004667c }, { FIOGETOWN, 0x4004667b },
		{ TIOCSPGRP, 0x80047476 }, { TIOCGPGRP, 0x40047477 }, { SIOCGIFADDR, 0xc0206921 },
	};
	uint32_t made;

	for (size_t i = 0; i < ARRAY_SIZE(generic); i++)
		if (generic[i].code == code)
			return way & WAY_BSD ? generic[i].bsd : code;
	made = (code & 0xffff) | size << 16 |
	       (way & WAY_BSD ? bsd[_IOC_DIR(code)] : (uint32_t)_IOC_DIR(code) << 30);
	if ((way & WAY_SIZE) == WAY_SIZE)
		made ^= 1 << (16 + (way >> 16) % 14);
	if ((way & WAY_DIR) == WAY_DIR)
		made ^= 1U << (29 + (way >> 20) % 3);
	return made;
}

/* Freed or never written memory of a kernel that marks such, four bytes of it. */
static bool poisoned(const uint8_t *bytes, unsigned int size)
{
	static const uint32_t marks[] = { 0x6b6b6b6b, 0x5a5a5a5a, 0xaaaaaaaa, 0xfefefefe };
	uint32_t four;

	for (unsigned int i = 0; i + 4 <= size; i++) {
		memcpy(&four, bytes + i, 4);
		for (size_t j = 0; j < ARRAY_SIZE(marks); j++)
			if (four == marks[j])
				return true;
	}
	return false;
}

static bool zeros(const uint8_t *bytes, unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		if (bytes[from])
			return false;
	return true;
}

/* Is what the manual page says is zero, or nothing, zero? */
static bool answer_clean(unsigned long code, const uint8_t *bytes, unsigned int size, bool wide)
{
	unsigned int word = wide ? 8 : 4;

	switch (code) {
	case BIOCGSTATS64: return zeros(bytes, 24, size);
	case BIOCGENGINE: return zeros(bytes, 24, size);
	case BIOCGETIF: return zeros(bytes, strnlen((const char *)bytes, 16), size);
	case BIOCROTZBUF: return zeros(bytes, word, 2 * word);
	case SIOCGIFADDR: return zeros(bytes, 24, size);
	default: return !poisoned(bytes, size);
	}
}

/* What a call has made of the argument that was given to it. */
static void argument_check(const struct made_argument *a, const char *name, unsigned long code,
			   const char *at, long ret, int err)
{
	uint8_t guard[GUARDS];
	char key[64];

	memset(guard, FILL, sizeof(guard));
	snprintf(key, sizeof(key), "argument %s", name);
	if (memcmp(at - GUARDS, guard, GUARDS) || memcmp(at + a->size, guard, GUARDS))
		finding(key, "%s writes beyond its argument of %u bytes", name, a->size);
	else if (ret < 0 && err != EFAULT && memcmp(at, a->bytes, a->size))
		finding(key, "%s fails and has changed its argument", name);
	else if (!ret && COMMAND_OUT(code) && !COMMAND_IN(code) &&
		 !answer_clean(code, (const uint8_t *)at, a->size, a->wide))
		finding(key, "%s gives bytes that should be zero, or are memory never written", name);
	else if (!ret && _IOC_TYPE(code) == 'B' && !COMMAND_OUT(code) &&
		 memcmp(at, a->bytes, a->size))
		finding(key, "%s has changed its argument, which is only read", name);
}

static void argument_place(const struct made_argument *a, char *at, uint32_t how)
{
	if (!args_good(how))
		return;
	memset(at - GUARDS, FILL, a->size + 2 * GUARDS);
	memcpy(at, a->bytes, a->size);
}

/* Nearly always another one than that which leaves a descriptor with little to do. */
static const struct command *command_of(const struct op *op)
{
	const struct command *c = &commands[op->a % ARRAY_SIZE(commands)];

	return c->code == BIOCLOCK && op->c % 4 ? c + 1 : c;
}

static long call(struct worker *w, uint32_t made, char *at, bool wide)
{
	return wide ? ioctl(SLOT0 + w->op->slot, made, at) :
		      int80(54, SLOT0 + w->op->slot, made, (uintptr_t)at);
}

/* a: which command, b: WAY_*, c: argument. */
long args_ioctl(struct worker *w)
{
	const struct op *op = w->op;
	const struct command *c = command_of(op);
	struct made_argument a = { .wide = (op->b & WAY_32) != WAY_32 };
	uint32_t made, how = WAY_PLACE(op->b);
	bool generic = _IOC_TYPE(c->code) != 'B';
	char *at;
	long ret;
	int err;

	if (generic && !a.wide && how % 16 == 2)
		how = 5;
	argument_make(w, &a, c->code, op->b & WAY_BSD);
	made = encode(c->code, op->b, a.size);
	at = args_place(w, a.size, how);
	argument_place(&a, at, how);
	errno = 0;
	ret = call(w, made, at, a.wide);
	err = errno;
	/* another size or direction makes it a command that there may not be */
	if ((op->b & WAY_SIZE) != WAY_SIZE && (op->b & WAY_DIR) != WAY_DIR && args_good(how))
		argument_check(&a, c->name, c->code, at, ret, err);
	judge(w, c->name, ret, err);
	errno = err;
	return ret;
}

/* a: any number with our groups, c: argument. */
long args_code(struct worker *w)
{
	static const uint8_t groups[] = { 'B', 'B', 'B', 'f', 't', 'i' };
	static const uint8_t sizes[] = { 0, 1, 2, 4, 8, 12, 16, 24, 32, 40, 128, 255 };
	const struct op *op = w->op;
	uint32_t group = groups[rng_below(&w->state, ARRAY_SIZE(groups))];
	uint32_t nr = group == 'B' ? 96 + rng_below(&w->state, 84) : rng_below(&w->state, 256);
	uint32_t made = (op->a & 0xe0000000) | group << 8 |
			(uint32_t)sizes[rng_below(&w->state, ARRAY_SIZE(sizes))] << 16;
	char *at = args_place(w, 256, op->c);
	const char *name = "FIO";	/* any command's errors */
	long ret;
	int err;

	/* which process gets which signal is not for chance */
	if (nr == 115 || (group == 'f' && nr >= 123 && nr <= 126) || (group == 't' && nr == 118))
		nr = 0;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if ((commands[i].code & 0xffff) == (group << 8 | nr))
			name = commands[i].name;
	if (args_good(op->c))
		for (int i = 0; i < 32; i++)
			((u64 *)at)[i] = rng_next(&w->state) & 0x0000ffff0000ffff;
	ret = call(w, made | nr, at, op->b % 4);
	err = errno;
	if (!strcmp(name, "FIO") || op->c % 2)
		judge(w, name, ret, err);
	errno = err;
	return ret;
}
