// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Which engine a filter gets, by sysctls, by what the kernel has switched off and by
 * what the module was told; and what BIOCGENGINE and /proc/net/bpf tell of it, how
 * many packets were left to the interpreter above all.
 */
#include "bpf.h"
#include <sys/prctl.h>
#include <sys/utsname.h>
#include "engine.h"

#define SIZE	65536

static int core_jit, core_harden;	/* net.core.bpf_jit_* */

static uint8_t frame[20000];	/* written as one piece of some 7800 bytes and pages */

/* Returns the byte at an offset. */
static void byte_filter(int fd, unsigned long cmd, unsigned int off)
{
	struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, off),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct bpf_program prog = { 2, insns };

	must(ioctl(fd, cmd, &prog));
}

static void none(int fd)
{
	struct bpf_program prog = { 0, NULL };

	must(ioctl(fd, BIOCSETF, &prog));
	must(ioctl(fd, BIOCSETWF, &prog));
}

static void is_engine(int fd, const char *want, const char *when)
{
	byte_filter(fd, BIOCSETF, 14);
	ok(!strcmp(engine_of(fd), want) && engine_count(want) == 1, "%s: %s", when, want);
	must(write(fd, frame, 100));
	ok(bpf_drain(fd, (char[SIZE]){}, SIZE) == ETHER_HDRLEN + frame[14], "and it works");
}

static void selection(int fd)
{
	struct bpf_engine engine;

	none(fd);
	ok(!strcmp(engine_of(fd), "-") && engine_count("-") == 1, "no filter, no engine");
	jit_set(0);
	is_engine(fd, "interp", "net.bpf.jit_enable=0");
	jit_set(1);
	is_engine(fd, "native", "net.bpf.jit_enable=1");
	jit_set(2);
	ok(!strcmp(engine_of(fd), "native"), "a filter that is set keeps its engine");
	is_engine(fd, "ebpf", "net.bpf.jit_enable=2");
	jit_set(1);
	byte_filter(fd, BIOCSETWF, 14);
	engine = engine_get(fd);
	ok(engine.be_read == BPF_ENGINE_EBPF && engine.be_write == BPF_ENGINE_NATIVE,
	   "both filters have their own");
	none(fd);
	engine = engine_get(fd);
	ok(engine.be_read == BPF_ENGINE_NONE && engine.be_write == BPF_ENGINE_NONE &&
	   !engine.be_padding, "and then none");

	/* what the administrator has forbidden to the kernel */
	core_put(core_jit, "0");
	jit_set(2);
	is_engine(fd, "interp", "net.core.bpf_jit_enable=0 and eBPF");
	jit_set(1);
	is_engine(fd, "native", "net.core.bpf_jit_enable=0 and native");
	core_put(core_jit, "1");
	core_put(core_harden, "2");
	jit_set(2);
	is_engine(fd, "ebpf", "net.core.bpf_jit_harden=2");
	core_put(core_harden, "0");
	for (int harden = 0; harden < 3; harden++) {
		harden_set(harden);
		for (int enable = 0; enable < ENGINES; enable++) {
			jit_set(enable);
			is_engine(fd, engines[enable], harden ? "hardened" : "not hardened");
		}
	}
	harden_set(1);
}

static uint64_t fallback(int fd)
{
	return engine_get(fd).be_fallback;
}

/* The Fallback column of the only descriptor. */
static uint64_t fallback_column(void)
{
	char text[4096], *line;
	int column = 0;

	file_get("/proc/net/bpf", text, sizeof(text));
	while (strcmp(word_of(text, column), "Fallback"))
		must(*word_of(text, column++) ? 0 : -1);
	line = strchr(text, '\n') + 1;
	return strtoull(word_of(line, column), NULL, 10);
}

/* Only packets that are not in one piece where the filter looks are left. */
static void left(int fd, int engine)
{
	bool fast = engine != 0;
	uint64_t was = fallback(fd), wwas = engine_get(fd).be_wfallback;

	jit_set(engine);
	byte_filter(fd, BIOCSETF, 14);
	must(write(fd, frame, sizeof(frame)));
	must(write(fd, frame, 100));
	is_ret(fallback(fd) - was, 0, "%s: it looks where bytes are in one piece", engines[engine]);
	byte_filter(fd, BIOCSETFNR, 19000);
	must(write(fd, frame, sizeof(frame)));
	must(write(fd, frame, sizeof(frame)));
	is_ret(fallback(fd) - was, 2 * fast, "and where they are not, twice");
	must(write(fd, frame, 18000));
	is_ret(fallback(fd) - was, 3 * fast,
	       "there is no such byte, but native code cannot know");
	must(write(fd, frame, 100));
	is_ret(fallback(fd) - was, 3 * fast, "and here it can");
	is_ret(fallback_column(), fallback(fd), "/proc/net/bpf says the same");
	byte_filter(fd, BIOCSETWF, 19000);
	must(write(fd, frame, sizeof(frame)));
	is_ret(engine_get(fd).be_wfallback - wwas, fast, "the write filter");
	must(ioctl(fd, BIOCFLUSH));
	is_ret(fallback(fd) - was, 4 * fast, "a flush does not reset it");
	none(fd);
}

/* As root of a namespace of one's own, who is nobody to the kernel. */
static void by_nobody(int fd)
{
	int status;
	pid_t pid = must(fork());

	if (!pid) {
		/* the descriptor came from somebody else */
		must(unshare(CLONE_NEWUSER));
		byte_filter(fd, BIOCSETF, 14);
		_exit(strcmp(engine_of(fd), "native"));
	}
	must(waitpid(pid, &status, 0));
	is_ret(status, 0, "who has no capability sets native filters, too");
}

/* Another machine's driver has none of its own. */
static void without_native(void)
{
	int fd;

	is_ret(module_reload("native=0"), 0, "the module can be loaded with native=0");
	fd = bpf_on("d0", SIZE);
	is_engine(fd, "ebpf", "native=0, net.bpf.jit_enable=1");
	jit_set(0);
	is_engine(fd, "interp", "native=0, net.bpf.jit_enable=0");
	jit_set(1);
	core_put(core_jit, "0");
	is_engine(fd, "interp", "native=0, net.core.bpf_jit_enable=0");
	core_put(core_jit, "1");
	close(fd);
	is_ret(module_reload(""), 0, "and without");
	fd = bpf_on("d0", SIZE);
	is_engine(fd, "native", "then");
	close(fd);
}

int main(void)
{
	int fd;

	core_jit = core_open("bpf_jit_enable");
	core_harden = core_open("bpf_jit_harden");
	private_net();
	sh("ip link add d0 mtu 60000 type dummy");
	if_up("d0");
	frame_make(frame, sizeof(frame), 1);
	frame[14] = 33;
	frame[19000] = 44;
	fd = bpf_on("d0", SIZE);
	selection(fd);
	for (int engine = 0; engine < ENGINES; engine++)
		left(fd, engine);
	jit_set(1);
	by_nobody(fd);
	close(fd);
	without_native();
	return tap_done();
}
