// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * net.bpf.*: defaults, bounds, what each value does, and that every network
 * namespace has its own.
 */
#include "bpf.h"

static int home;

static const char *path_of(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/bpf/%s", name);
	return path;
}

/* Return: 0 or errno. */
static int set(const char *name, const char *text)
{
	int fd = must(open(path_of(name), O_WRONLY | O_CLOEXEC));
	int err = write(fd, text, strlen(text)) < 0 ? errno : 0;

	close(fd);
	return err;
}

static long get(const char *name)
{
	char text[64];

	return *file_get(path_of(name), text, sizeof(text)) ? atol(text) : -1;
}

static void values(void)
{
	static const struct {
		const char *name;
		long first;
		const char *good[2], *bad[3];
	} rows[] = {
		{ "bufsize", 524288, { "32", "524288" }, { "31", "524289", "-1" } },
		{ "maxbufsize", 524288, { "32", "16777216" }, { "31", "16777217", "x" } },
		{ "maxinsns", 4096, { "1", "4096" }, { "0", "4097", "4294967296" } },
		{ "optimize_writers", 0, { "0", "1" }, { "2", "-1", "yes" } },
		{ "zerocopy_enable", 0, { "1", "0" }, { "x", "-1", "2" } },
		{ "jit_enable", 1, { "0", "2" }, { "3", "-1", "on" } },
		{ "jit_harden", 1, { "0", "2" }, { "3", "-1", "on" } },
	};
	char text[16];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ok(get(rows[i].name) == rows[i].first, "net.bpf.%s is %ld at first",
		   rows[i].name, rows[i].first);
		for (int j = 0; j < 2; j++) {
			is_ret(set(rows[i].name, rows[i].good[j]), 0, "net.bpf.%s = %s",
			       rows[i].name, rows[i].good[j]);
			is_ret(get(rows[i].name), atol(rows[i].good[j]), "is kept");
		}
		for (int j = 0; j < 3; j++) {
			long was = get(rows[i].name);

			is_ret(set(rows[i].name, rows[i].bad[j]), EINVAL,
			       "net.bpf.%s = %s is refused", rows[i].name,
			       rows[i].bad[j]);
			is_ret(get(rows[i].name), was, "and changes nothing");
		}
		snprintf(text, sizeof(text), "%ld", rows[i].first);
		must(set(rows[i].name, text) ? -1 : 0);
	}
}

static unsigned int blen(int fd)
{
	unsigned int size;

	must(ioctl(fd, BIOCGBLEN, &size));
	return size;
}

static void sizes(void)
{
	int before = bpf_open(O_RDWR), fd;
	unsigned int size = 1 << 20;

	set("bufsize", "8192");
	fd = bpf_open(O_RDWR);
	ok(blen(fd) == 8192 && blen(before) == 4096,
	   "bufsize is the size at open, for those opened later");
	must(ioctl(fd, BIOCSBLEN, &size));
	ok(size == 524288, "maxbufsize bounds SBLEN");
	set("maxbufsize", "2097152");
	size = 1 << 20;
	must(ioctl(fd, BIOCSBLEN, &size));
	ok(size == 1 << 20, "a higher one lets more through");
	is_ret(bpf_setif(fd, "d0"), 0, "and such buffers can be had");
	frame_send(fd, 60, 1);
	ok(bpf_buffered(fd) > 0, "and used");
	close(fd);
	set("maxbufsize", "1000");
	fd = bpf_open(O_RDWR);
	ok(blen(fd) == 1000, "a maxbufsize below bufsize bounds that, too");
	close(fd);
	is_ret(set("bufsize", "1001"), EINVAL, "bufsize is bounded by it from then on");
	set("maxbufsize", "524288");
	set("bufsize", "4096");
	close(before);
}

static void program(void)
{
	struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct bpf_program prog = { 2, insns };
	int fd = bpf_open(O_RDWR);

	set("maxinsns", "1");
	is_errno(ioctl(fd, BIOCSETF, &prog), EINVAL, "maxinsns bounds SETF");
	is_errno(ioctl(fd, BIOCSETWF, &prog), EINVAL, "and SETWF");
	set("maxinsns", "2");
	is_ret(ioctl(fd, BIOCSETF, &prog), 0, "not beyond what it says");
	set("maxinsns", "4096");
	close(fd);
}

static bool listed_as_writer(void)
{
	char text[2048], flags[16] = "";

	file_get("/proc/net/bpf", text, sizeof(text));
	sscanf(strchr(text, '\n'), "%*d %*s %15s", flags);
	return flags[7] == 'w';
}

static void writers(void)
{
	int fd;

	set("optimize_writers", "1");
	fd = bpf_on("d0", 0);
	ok(listed_as_writer(), "optimize_writers makes a writer of who attaches");
	frame_send(fd, 60, 1);
	ok(!bpf_stats(fd).bs_recv, "which receives nothing");
	set("optimize_writers", "0");
	must(bpf_setif(fd, "d1"));
	ok(listed_as_writer(), "it stays one, also elsewhere");
	is_ret(bpf_snap(fd, BIOCSETFNR, 60), 0, "until it sets a filter to read");
	frame_send(fd, 60, 1);
	ok(!listed_as_writer() && bpf_stats(fd).bs_recv == 1, "then it receives");
	close(fd);
}

static void stats(void)
{
	unsigned long v[3], w[3];
	char text[128];
	int fd, other;

	must(set("stats", "0") ? -1 : 0);
	fd = bpf_on("d0", 2 * RECORD_SIZE(60));
	other = bpf_on("d0", 0);
	must(bpf_snap(other, BIOCSETF, 0));
	for (int i = 0; i < 6; i++)
		frame_send(fd, 60, i);
	file_get(path_of("stats"), text, sizeof(text));
	ok(sscanf(text, "%lu %lu %lu", &v[0], &v[1], &v[2]) == 3 && v[0] == 12 &&
	   v[1] == 2 && v[2] == 6, "stats are sums: received, dropped, captured");
	must(ioctl(fd, BIOCFLUSH));
	close(other);
	file_get(path_of("stats"), text, sizeof(text));
	ok(sscanf(text, "%lu %lu %lu", &w[0], &w[1], &w[2]) == 3 &&
	   !memcmp(v, w, sizeof(v)), "neither a flush nor a close takes from them");
	frame_send(fd, 60, 7);
	is_ret(set("stats", "1"), EINVAL, "they cannot be set");
	is_ret(set("stats", "0"), 0, "but to 0");
	file_get(path_of("stats"), text, sizeof(text));
	ok(sscanf(text, "%lu %lu %lu", &w[0], &w[1], &w[2]) == 3 &&
	   !w[0] && !w[1] && !w[2], "then they are");
	ok(!bpf_stats(fd).bs_recv && bpf_buffered(fd) == ETHER_HDRLEN + 60,
	   "and so are the descriptors' counters, while their data stays");
	close(fd);

	/* other buffers take what was counted before with them */
	sh("ip link add d9 up type dummy");
	fd = bpf_on("d9", 0);
	frame_send(fd, 60, 8);
	must(set("stats", "0") ? -1 : 0);
	sh("ip link del d9");
	must(bpf_set(fd, BIOCSBLEN, 8192));
	ok(!bpf_stats(fd).bs_recv, "a new buffer size leaves the counters at 0");
	must(bpf_setif(fd, "d0"));
	file_get(path_of("stats"), text, sizeof(text));
	ok(sscanf(text, "%lu %lu %lu", &w[0], &w[1], &w[2]) == 3 &&
	   !w[0] && !w[1] && !w[2], "and the sums");
	close(fd);
}

static void namespaces(void)
{
	unsigned long v[3];
	char text[128];
	int fd, theirs;

	fd = bpf_on("d0", 0);
	frame_send(fd, 60, 1);
	set("bufsize", "5000");
	private_net();
	is_ret(get("bufsize"), 4096, "another namespace has its own values");
	set("bufsize", "6000");
	theirs = bpf_open(O_RDWR);
	ok(blen(theirs) == 6000, "which its descriptors follow");
	file_get(path_of("stats"), text, sizeof(text));
	ok(sscanf(text, "%lu %lu %lu", &v[0], &v[1], &v[2]) == 3 && !v[0],
	   "and its own sums");
	must(setns(home, CLONE_NEWNET));
	is_ret(get("bufsize"), 5000, "and changes no other's");
	set("bufsize", "4096");
	close(fd);
	close(theirs);
}

int main(void)
{
	private_net();
	must(unshare(CLONE_NEWNET));	/* as nobody has set anything */
	home = must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	sh("ip link add d0 up type dummy && ip link add d1 up type dummy");
	values();
	set("bufsize", "4096");
	sizes();
	program();
	writers();
	stats();
	namespaces();
	return tap_done();
}
