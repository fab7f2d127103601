// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The table of commands in bpf(4) and the driver say the same: the size and the
 * way of each argument, whether an interface must be attached, whether the
 * command remains after BIOCLOCK.  errno_commands [PAGE] takes the table from
 * another file.
 */
#include "bpf.h"
#include "errno_page.h"
#include "zcopy.h"

#define HEADINGS ".It Sy Command Ta Sy Argument Ta Sy Way Ta Sy Interface Ta Sy Locked"

enum { NAME, ARGUMENT, WAY, INTERFACE, LOCKED };

static const struct command *command_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static size_t size_of(const char *type)
{
	static const struct { const char *name; size_t size; } types[] = {
		{ "none", 0 }, { "u_int", 4 }, { "int", 4 },
		{ "size_t", sizeof(size_t) },
		{ "struct bpf_zbuf", sizeof(struct bpf_zbuf) },
		{ "struct bpf_fanout", sizeof(struct bpf_fanout) },
		{ "struct bpf_program", sizeof(struct bpf_program) },
		{ "struct bpf_stat", sizeof(struct bpf_stat) },
		{ "struct bpf_stat64", sizeof(struct bpf_stat64) },
		{ "struct bpf_engine", sizeof(struct bpf_engine) },
		{ "struct bpf_version", sizeof(struct bpf_version) },
		{ "struct bpf_dltlist", sizeof(struct bpf_dltlist) },
		{ "struct bpf_iflist", sizeof(struct bpf_iflist) },
		{ "struct timeval", sizeof(struct timeval) },
		{ "struct ifreq", sizeof(struct ifreq) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, type))
			return types[i].size;
	return ~0;
}

/* Buffers of a page each. */
static struct bpf_zbuf buffers(void)
{
	return (struct bpf_zbuf){ zcopy_memory(zcopy_page()), zcopy_memory(zcopy_page()),
				  zcopy_page() };
}

/* In a state in which no getter has nothing to say. */
static int fresh(const struct command *c, bool attached)
{
	struct timeval second = { 1, 0 };
	bool zcopy = c && is_zcopy(c->code);
	int fd = zcopy ? zcopy_fresh(O_RDWR) : bpf_open(O_RDWR);
	struct bpf_zbuf where;

	if (zcopy && attached) {
		where = buffers();
		must(ioctl(fd, BIOCSETZBUF, &where));
	}
	/* where it is not known its own rows say so */
	ioctl(fd, BIOCSWTIMEOUT, &second);
	if (attached)
		must(bpf_setif(fd, "d0"));
	return fd;
}

static long call(const struct command *c, bool attached, bool locked)
{
	union argument arg = argument_of(c);
	int fd = fresh(c, attached), err;
	struct bpf_zbuf where;
	long ret;

	if (c->code == BIOCSETZBUF) {
		where = buffers();
		memcpy(&arg, &where, sizeof(where));
	}

	if (locked && ioctl(fd, BIOCLOCK))
		return -1;
	errno = 0;
	ret = ioctl(fd, c->code, &arg);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

/* The codes of older commands say nothing of their arguments. */
static void argument(const struct command *c, const struct page_row *row)
{
	static const char *const ways[] = {
		[_IOC_NONE] = "-", [_IOC_READ] = "out", [_IOC_WRITE] = "in",
		[_IOC_READ | _IOC_WRITE] = "in, out",
	};

	if (_IOC_TYPE(c->code) != 'B')
		return;
	ok(size_of(row->cell[ARGUMENT]) == _IOC_SIZE(c->code) &&
	   !strcmp(row->cell[WAY], ways[_IOC_DIR(c->code)]),
	   "%s: the argument is %s, %s", c->name, row->cell[ARGUMENT],
	   row->cell[WAY]);
}

static void interface(const struct command *c, const char *need)
{
	static const char *const where[] = { "unattached", "attached" };

	for (int attached = 0; attached < 2; attached++) {
		const char *against = attached ? "no" : "yes";
		bool legal = strcmp(need, against);
		long ret = call(c, attached, false);

		if (!ok(legal ? !ret : ret == -1 && errno != EFAULT,
			"%s, interface %s: %s %s", c->name, need,
			legal ? "works" : "fails", where[attached]))
			printf("# it returned %ld (%s)\n", ret, strerror(errno));
	}
}

static void locked(const struct command *c, const struct page_row *row)
{
	bool stays = !strcmp(row->cell[LOCKED], "yes");
	long ret = call(c, strcmp(row->cell[INTERFACE], "no"), true);

	if (!ok(stays ? !ret : ret == -1 && errno == EPERM, "%s: %s on a locked descriptor",
		c->name, stays ? "works" : "is EPERM"))
		printf("# it returned %ld (%s)\n", ret, strerror(errno));
}

static void test(const struct page_row *row)
{
	const struct command *c = command_of(row->cell[NAME]);
	static const char *const words[] = { "yes", "no", "any" };
	int known = 0;

	for (int i = 0; i < 3; i++) {
		known += !strcmp(row->cell[INTERFACE], words[i]);
		known += i < 2 && !strcmp(row->cell[LOCKED], words[i]);
	}
	if (!ok(c && known == 2, "the row of %s can be understood", row->cell[NAME]))
		return;
	argument(c, row);
	interface(c, row->cell[INTERFACE]);
	locked(c, row);
}

/* The same commands of Linux are the file layer's, and work; see the page. */
static void bsd_code(const char *name, uint32_t code)
{
	int fd = fresh(NULL, true), on = 0;

	is_ret(ioctl(fd, code, &on), 0, "%s in BSD's encoding works", name);
	must(ioctl(fd, BIOCLOCK));
	is_errno(ioctl(fd, code, &on), EPERM, "and is EPERM on a locked descriptor");
	close(fd);
}

int main(int argc, char **argv)
{
	static struct page_table table;

	private_net();
	sh("ip link add d0 type dummy && ip address add 10.8.0.1/24 dev d0");
	if_up("d0");
	zcopy_allow(true);
	page_read(argc > 1 ? argv[1] : PAGE, HEADINGS, 5, &table);
	for (int i = 0; i < table.count; i++)
		test(&table.rows[i]);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		int rows = 0;

		for (int j = 0; j < table.count; j++)
			rows += !strcmp(table.rows[j].cell[NAME], commands[i].name);
		ok(rows == 1, "%s has a row in the table", commands[i].name);
	}
	bsd_code("FIONBIO", 0x8004667e);
	bsd_code("FIOASYNC", 0x8004667d);
	return tap_done();
}
