// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 1.1, 1.2: how arguments get in and out, what is no command, struct ifreq's two
 * sizes, bad pointers.
 */
#include "conf.h"

/* Memory of r->b bytes and not one more; SETIF reads no further. */
static void setif_size(const struct row *r)
{
	char *arg = edge_alloc(r->b);
	int fd = fresh();

	strcpy(arg, "d0");
	want(ioctl(fd, r->a, arg), 0);
	want(get(fd, BIOCGDLT), 1);
}

static void getif_size(const struct row *r)
{
	int fd = on();

	memset(data, 0xff, 64);
	want(ioctl(fd, r->a, data), 0);
	want(strcmp(data, "d0"), 0);
	for (unsigned long i = 2; i < r->b; i++)
		want(data[i], 0);
	for (unsigned long i = r->b; i < 64; i++)
		want(data[i], (char)0xff);
}

/* What stands behind the name in a program's ifreq is whatever was on its stack. */
static void setif_rest(const struct row *r)
{
	int fd = fresh();

	(void)r;
	memset(data, 0xff, 64);
	strcpy(data, "d0");
	want(ioctl(fd, BIOCSETIF, data), 0);
	want(data[16], (char)0xff);
}

static void name_ends(const struct row *r)
{
	int fd = fresh();

	(void)r;
	memset(data, 'x', 64);
	want_errno(ioctl(fd, BIOCSETIF, data), ENXIO);
}

static void longest_name(const struct row *r)
{
	int fd = fresh();

	(void)r;
	want_true(link_add("a23456789012345", "dummy"));
	want(bpf_setif(fd, "a23456789012345"), 0);
}

/* No command, also with an argument that would do for anything. */
static void unknown(const struct row *r)
{
	int fd = on();

	memset(data, 0, 512);
	want_errno(ioctl(fd, r->a, data), EINVAL);
	want_errno(ioctl(fd, r->a, NULL), EINVAL);
}

static void is_sdlt(const struct row *r)
{
	int fd = on();

	want(bpf_set(fd, r->a, 1), 0);
	want_errno(bpf_set(fd, r->a, 0), EINVAL);
}

static void number_102(const struct row *r)
{
	uint32_t blen = 5000;
	int fd = fresh();

	(void)r;
	want(ioctl(fd, 0xc0044266, &blen), 0);
	blen = 6000;
	want(ioctl(fd, 0x80044266, &blen), 0);
	want(blen, 5000);
}

/* A setter: a bad pointer is found before the state is looked at. */
static void fault_in(const struct row *r)
{
	int fd = r->b ? on() : fresh();

	want_errno(ioctl(fd, r->a, NULL), EFAULT);
	want_errno(ioctl(fd, r->a, (void *)-4096L), EFAULT);
}

/* A getter that works: nothing can be stored. */
static void fault_out(const struct row *r)
{
	want_errno(ioctl(on(), r->a, NULL), EFAULT);
}

/* A getter that fails: nothing is stored, so the pointer does not matter. */
static void fault_late(const struct row *r)
{
	want_errno(ioctl(fresh(), r->a, NULL), EINVAL);
}

static void read_only(const struct row *r)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must((long)page);
	want_errno(ioctl(fresh(), r->a, page), EFAULT);
}

/* A getter that fails leaves the memory as it was. */
static void untouched(const struct row *r)
{
	memset(data, 0x5a, 64);
	want_errno(ioctl(fresh(), r->a, data), EINVAL);
	for (int i = 0; i < 64; i++)
		want(data[i], 0x5a);
}

static void sblen_untouched(const struct row *r)
{
	uint32_t blen = 1;

	(void)r;
	want_errno(ioctl(on(), BIOCSBLEN, &blen), EINVAL);
	want(blen, 1);
}

static void dltlist_untouched(const struct row *r)
{
	uint32_t list = 77;
	struct bpf_dltlist arg = { 0, &list };

	(void)r;
	want_errno(ioctl(on(), BIOCGDLTLIST, &arg), ENOMEM);
	want(arg.bfl_len, 0);
	want(list, 77);
}

static void void_pointer(const struct row *r)
{
	want(ioctl(on(), r->a, (void *)-1L), 0);
	want(ioctl(on(), r->a, data), 0);
}

static void high_bits(const struct row *r)
{
	int fd = on();

	(void)r;
	/* a program that keeps codes in an int has their sign extended */
	want((int)get(fd, (unsigned long)(long)(int)0x80044266), 4096);
}

#define ALIAS(who, name, number)					\
	{ "1.2", who, "its " name " (0x" #number ") is not taken for a command: EINVAL", \
	  unknown, "FreeBSD's numbers only: others' clash with them", .a = 0x##number }
#define NONE(what, number)						\
	{ "1.1", "all", what " (0x" #number ") is no command: EINVAL, not ENOTTY", \
	  unknown, .a = 0x##number }
#define FAULT_IN(name)							\
	{ "1.1", "all", #name ": a bad pointer is EFAULT before any look at the state", \
	  fault_in, .a = BIOC##name }
#define FAULT_OUT(name)							\
	{ "1.1", "all", #name ": a result that cannot be stored is EFAULT", \
	  fault_out, .a = BIOC##name }
#define IFREQ(name, fn, code, size)					\
	{ "1.1", "ours", #name " with an ifreq of " #size " bytes, code 0x" #code, \
	  fn, .a = 0x##code, .b = size }

static const struct row rows[] = {
	IFREQ(SETIF, setif_size, 8020426c, 32),
	IFREQ(SETIF, setif_size, 8028426c, 40),
	IFREQ(SETIF, setif_size, 4020426c, 32),
	IFREQ(SETIF, setif_size, 4028426c, 40),
	IFREQ(GETIF, getif_size, 4020426b, 32),
	IFREQ(GETIF, getif_size, 4028426b, 40),
	IFREQ(GETIF, getif_size, 8020426b, 32),
	IFREQ(GETIF, getif_size, 8028426b, 40),
	{ "1.1", "all", "SETIF looks at the name only, and changes nothing", setif_rest },
	{ "1.4 SETIF", "FreeBSD", "a name of 15 characters fits", longest_name },
	{ "1.4 SETIF", "ours", "a name without an end within 16 bytes is ENXIO", name_ends,
	  "FreeBSD cuts it: no interface can be called so" },
	{ "1.1", "all", "number 102 is told apart by its direction: GBLEN, SBLEN", number_102 },
	{ "1.1", "ours", "a code whose sign was extended to 64 bits is the same code", high_bits },

	{ "1.1", "ours", "0x40044278 is SDLT in Linux's form, not NetBSD's GDIRECTION", is_sdlt,
	  .a = 0x40044278 },
	ALIAS("NetBSD", "GSTATS of 128 bytes", 4080426f),
	ALIAS("NetBSD", "STCPF", 80104272),
	ALIAS("NetBSD", "SUDPF", 80104273),
	ALIAS("NetBSD", "GDLTLIST", c0104277),
	ALIAS("NetBSD", "SDIRECTION", 80044279),
	ALIAS("NetBSD", "SRTIMEOUT", 8010427a),
	ALIAS("NetBSD", "LOCK", 2000427e),
	ALIAS("NetBSD", "SETWF", 8010427f),
	ALIAS("OpenBSD", "LOCK", 20004276),
	ALIAS("OpenBSD", "SETWF", 80104277),
	ALIAS("OpenBSD", "SDLT", 8004427a),
	ALIAS("OpenBSD", "GDLTLIST", c010427b),
	ALIAS("OpenBSD", "SWTIMEOUT", 8010427e),
	ALIAS("OpenBSD", "GWTIMEOUT", 4010427e),
	ALIAS("macOS", "GETTC", 4004427a),
	ALIAS("macOS", "SETTC", 8004427b),
	ALIAS("macOS", "GIFATTACHCOUNT", c020427d),
	ALIAS("macOS", "GWANTPKTAP", 4004427f),
	ALIAS("macOS", "SWANTPKTAP", c004427f),
	ALIAS("macOS", "SHEADDROP", 80044280),
	ALIAS("macOS", "GHEADDROP", 40044280),
	ALIAS("macOS", "STRUNCATE", 80044281),
	ALIAS("macOS", "SETUP", 80204283),
	ALIAS("macOS", "GHDRCOMP", 40044286),
	ALIAS("macOS", "SDIRECTION", 8004428b),
	ALIAS("macOS", "SBATCHWRITE", 8004428f),

	NONE("number 101", 40044265),
	NONE("number 147", 80044293),
	NONE("number 255", 200042ff),
	NONE("group 'C'", 40044366),
	NONE("code 0", 00000000),
	NONE("a tty's TCGETS", 5401),
	NONE("GBLEN with 8 bytes", 40084266),
	NONE("SETF with 12 bytes", 800c4267),
	NONE("FLUSH with an argument", 80044268),
	NONE("SETF without an argument", 20004267),
	NONE("SETIF both ways", c020426c),
	NONE("GBLEN with size 0 and no direction", 00004266),
	NONE("every bit set", ffffffff),

	FAULT_IN(SBLEN),
	{ "1.1", "all", "SBLEN when attached: a bad pointer is still EFAULT", fault_in,
	  .a = BIOCSBLEN, .b = 1 },
	FAULT_IN(SETF),
	FAULT_IN(SETFNR),
	FAULT_IN(SETWF),
	FAULT_IN(SETIF),
	FAULT_IN(SRTIMEOUT),
	FAULT_IN(IMMEDIATE),
	FAULT_IN(SRSIG),
	FAULT_IN(SHDRCMPLT),
	FAULT_IN(SDIRECTION),
	FAULT_IN(SDLT),
	FAULT_IN(GDLTLIST),
	FAULT_IN(FEEDBACK),
	FAULT_IN(SETBUFMODE),
	FAULT_IN(STSTAMP),
	FAULT_IN(SETVLANPCP),
	FAULT_IN(SWTIMEOUT),
	FAULT_IN(SFILDROP),
	FAULT_IN(SHEADDROP),
	FAULT_IN(SBATCHWRITE),
	FAULT_IN(GETIFLIST),
	FAULT_OUT(GBLEN),
	FAULT_OUT(GDLT),
	FAULT_OUT(GETIF),
	FAULT_OUT(GRTIMEOUT),
	FAULT_OUT(GSTATS),
	FAULT_OUT(VERSION),
	FAULT_OUT(GRSIG),
	FAULT_OUT(GHDRCMPLT),
	FAULT_OUT(GDIRECTION),
	FAULT_OUT(GETBUFMODE),
	FAULT_OUT(GTSTAMP),
	{ "1.1", "all", "SBLEN whose result cannot be written back is EFAULT", read_only,
	  .a = BIOCSBLEN },
	{ "1.1", "all", "GDLT fails: no result, so a bad pointer is not noticed", fault_late,
	  .a = BIOCGDLT },
	{ "1.1", "all", "GETIF fails: no result, so a bad pointer is not noticed", fault_late,
	  .a = BIOCGETIF },
	{ "1.1", "all", "GDLT that fails stores nothing", untouched, .a = BIOCGDLT },
	{ "1.1", "all", "GETIF that fails stores nothing", untouched, .a = BIOCGETIF },
	{ "1.1", "all", "GDLTLIST that fails stores nothing", untouched, .a = BIOCGDLTLIST },
	{ "1.1", "all", "GDLTLIST with a list too short stores nothing", dltlist_untouched },
	{ "1.4 SBLEN", "FreeBSD", "SBLEN that is EINVAL does not write the adjusted size back",
	  sblen_untouched },
	{ "1.4 PROMISC", "FreeBSD", "PROMISC ignores its argument, any pointer will do",
	  void_pointer, .a = BIOCPROMISC },
	{ "1.1", "FreeBSD", "FLUSH ignores its argument", void_pointer, .a = BIOCFLUSH },
	{ "1.1", "FreeBSD", "LOCK ignores its argument", void_pointer, .a = BIOCLOCK },
};

SECTION(commands, "commands");
