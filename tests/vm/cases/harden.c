// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What protects the kernel from native filters, as far as it can be seen: how their
 * memory is mapped, what is in it with filters and without, where they begin, where
 * they return to, and that constants are hidden.  The memory is read from
 * /proc/kcore, its mappings are watched by the test module arenamap.
 *
 * Cannot be seen here: what a processor does on a wrong guess, and whether it forgets
 * what it shall forget; QEMU's guesses nothing.
 */
#include "bpf.h"
#include <elf.h>
#include <sys/klog.h>
#include <sys/utsname.h>
#include "engine.h"

#define ARENA_SIZE	(256 * 1024)
#define INT3		0xcc
#define CONSTANT	0x12345678

static unsigned long arena, plain, hard;	/* addresses: memory, return stubs */
static uint8_t memory[ARENA_SIZE];
static int core_jit;

static unsigned long address_of(const char *name)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	unsigned long at = 0, found = 0;
	char line[512], symbol[256];

	if (!file)
		must(-1);
	while (!found && fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx %*c %255s", &at, symbol) == 2 && !strcmp(symbol, name))
			found = at;
	fclose(file);
	if (!found)
		printf("# %s is not in /proc/kallsyms\n", name);
	return found;
}

/* Memory of the kernel, by its address. */
static void kernel_read(unsigned long from, void *to, size_t len)
{
	int fd = must(open("/proc/kcore", O_RDONLY | O_CLOEXEC));
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;

	must(pread(fd, &ehdr, sizeof(ehdr), 0));
	for (int i = 0; i < ehdr.e_phnum; i++) {
		must(pread(fd, &phdr, sizeof(phdr), ehdr.e_phoff + i * sizeof(phdr)));
		if (phdr.p_type != PT_LOAD || from < phdr.p_vaddr ||
		    from + len > phdr.p_vaddr + phdr.p_memsz)
			continue;
		must(pread(fd, to, len, phdr.p_offset + from - phdr.p_vaddr) ==
		     (ssize_t)len ? 0 : -1);
		close(fd);
		return;
	}
	must(-1);
}

/* The byte where code begins, -1 if there is none; the last two are not for it. */
static int first_code(void)
{
	kernel_read(arena, memory, ARENA_SIZE);
	for (int i = 0; i < ARENA_SIZE - 2; i++)
		if (memory[i] != INT3)
			return i;
	return -1;
}

static int last_code(void)
{
	int i = ARENA_SIZE - 3;

	while (i >= 0 && memory[i] == INT3)
		i--;
	return i;
}

static bool in_memory(uint32_t word)
{
	return memmem(memory, ARENA_SIZE, &word, sizeof(word));
}

/* Jumps in the code that was read to this address. */
static int jumps_to(unsigned long target)
{
	int n = 0;

	for (int i = 0; i < ARENA_SIZE - 5; i++) {
		int32_t rel;

		memcpy(&rel, memory + i + 1, sizeof(rel));
		n += memory[i] == 0xe9 && arena + i + 5 + rel == target;
	}
	return n;
}

static void filter(int fd, uint32_t constant)
{
	struct bpf_insn insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, constant, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 40),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct bpf_program prog = { 4, insns };

	must(ioctl(fd, BIOCSETF, &prog));
}

static void no_filter(int fd)
{
	struct bpf_program prog = { 0, NULL };

	must(ioctl(fd, BIOCSETF, &prog));
}

/* --- what is in it --- */

static void filled(int fd)
{
	const uint8_t endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	uint32_t word = CONSTANT;
	struct utsname name;
	int at;

	ok(first_code() < 0, "without filters there is nothing but int3");
	harden_set(0);
	filter(fd, word);
	at = first_code();
	ok(at >= 0 && at % 16 == 0 && last_code() - at < 1024, "then there is one filter's code");
	must(uname(&name));
	if (strncmp(name.release, "6.1.", 4))
		ok(!memcmp(memory + at, endbr, sizeof(endbr)), "it begins with ENDBR64");
	no_filter(fd);
	ok(wait_until(first_code() < 0), "and afterwards nothing again");
}

#define TIMES	100

static void placed(int fd)
{
	static bool seen[ARENA_SIZE];
	int at, different = 0, halves[2] = {}, left = 0;

	for (int i = 0; i < TIMES && !left; i++) {
		filter(fd, i);
		at = first_code();
		must(at);
		different += !seen[at];
		seen[at] = true;
		halves[at >= ARENA_SIZE / 2]++;
		no_filter(fd);
		left += !wait_until(first_code() < 0);
	}
	/* there are some 4000: that 20 of 100 are at the place of another does not happen */
	ok(different > 80 && halves[0] && halves[1], "%d filters are at %d places", TIMES,
	   different);
	is_ret(left, 0, "none of which keeps anything");
}

/* --- constants, and the way back --- */

static void hidden(int fd)
{
	int seen = 0, shown = 0, stubs = 0;

	harden_set(0);
	filter(fd, CONSTANT);
	first_code();
	ok(in_memory(CONSTANT) || in_memory(htonl(CONSTANT)),
	   "jit_harden=0: the constant is in the code");
	ok(jumps_to(plain) && !jumps_to(hard), "which returns in the short way");
	no_filter(fd);
	wait_until(first_code() < 0);
	harden_set(2);
	for (int i = 0; i < 20; i++) {
		filter(fd, CONSTANT);
		seen += first_code() >= 0;
		shown += in_memory(CONSTANT) || in_memory(htonl(CONSTANT));
		stubs += jumps_to(hard) && !jumps_to(plain);
	}
	ok(seen == 20 && !shown, "jit_harden=2: it is not, %d times", seen - shown);
	ok(stubs == 20, "and the code returns in the long way");
	no_filter(fd);
	wait_until(first_code() < 0);
}

/* With 1, it depends on who sets the filter. */
static void by_whom(int fd)
{
	int status;
	pid_t pid;

	harden_set(1);
	filter(fd, CONSTANT);
	first_code();
	ok(jumps_to(plain) && !jumps_to(hard), "jit_harden=1: root's filter is as with 0");
	no_filter(fd);
	wait_until(first_code() < 0);
	pid = must(fork());
	if (!pid) {
		must(unshare(CLONE_NEWUSER));
		filter(fd, CONSTANT);
		_exit(0);
	}
	must(waitpid(pid, &status, 0));
	first_code();
	ok(!status && jumps_to(hard) && !jumps_to(plain), "and one of nobody as with 2");
	no_filter(fd);
	wait_until(first_code() < 0);
}

static void cleared(void)
{
	static const uint8_t clear[] = {
		0x31, 0xc9,						/* xor ecx */
		0x45, 0x31, 0xc0, 0x45, 0x31, 0xc9, 0x45, 0x31, 0xd2, 0x45, 0x31, 0xdb, /* r8-r11 */
	};
	uint8_t code[64];
	int at = 0;

	kernel_read(plain, code, sizeof(code));
	ok(!memcmp(code, clear, sizeof(clear)), "no register keeps what a filter knew");
	kernel_read(hard, code, sizeof(code));
	/* a jump of two bytes */
	for (int i = 0; i < 40 && !at; i++)
		at = code[i] == 0xeb && hard + i + 2 + (int8_t)code[i + 1] == plain ? i : 0;
	ok(at && memmem(code, at, "\xf3\x48\x0f\x1e\xf8", 5),
	   "the long way has a fence of branch history, and then is the same");
}

/* --- eBPF: the kernel shows code that it makes --- */

/* Appends the bytes that lines "JIT code: 00000000: 55 48 ..." show. */
static size_t dumped(uint8_t *to, size_t room)
{
	static char text[1 << 20];
	char *line, *save, *at;
	size_t n = 0;
	int len = must(klogctl(3 /* read all */, text, sizeof(text) - 1));

	text[len] = '\0';
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strstr(line, "proglen="))
			n = 0;	/* the last one counts */
		at = strstr(line, "JIT code: ");
		if (!at)
			continue;
		strtoul(at + strlen("JIT code: "), &at, 16);
		for (at += strspn(at, ":"); n < room && *at == ' '; n++)
			to[n] = strtoul(at, &at, 16);
	}
	return n;
}

static void by_kernel(int fd)
{
	static uint8_t code[8192];
	uint32_t word = CONSTANT;
	bool shown[3];
	size_t n;

	jit_set(2);
	core_put(core_jit, "2");
	for (int harden = 0; harden < 3; harden += 2) {
		harden_set(harden);
		filter(fd, CONSTANT);
		n = dumped(code, sizeof(code));
		shown[harden] = memmem(code, n, &word, sizeof(word));
		ok(n > 20 && !strcmp(engine_of(fd), "ebpf"), "eBPF code of %zu bytes", n);
	}
	core_put(core_jit, "1");
	ok(shown[0] && !shown[2], "shows the constant with jit_harden=0, not with 2");
	no_filter(fd);
	jit_set(1);
}

/* --- mappings --- */

static unsigned int told(const char *what, unsigned int *second)
{
	char path[128], text[64];
	unsigned int n = ~0U, ignored;

	snprintf(path, sizeof(path), "/sys/module/arenamap/parameters/%s", what);
	sscanf(file_get(path, text, sizeof(text)), "%u %u", &n, second ?: &ignored);
	return n;
}

static void mapped(int fd)
{
	unsigned int n, direct = ~0U;
	struct utsname name;

	must(uname(&name));
	sh("insmod build/%s/test/arenamap.ko start=0x%lx size=%d", name.release, arena, ARENA_SIZE);
	is_ret(told("bad", NULL), 0, "all of the memory can be executed, none of it be written to");
	told("bad", &direct);
	is_ret(direct, 0, "at its other place, the direct map, it is neither");
	for (int i = 0; i < 20; i++)
		filter(fd, i);
	no_filter(fd);
	ok(wait_until(first_code() < 0), "20 filters came and went");
	n = told("aliases", NULL);
	ok(n >= 40, "code was written %u times", n);
	is_ret(told("writable", NULL), n, "each time through a mapping that can be written to");
	is_ret(told("executable", NULL), 0, "and not be executed");
	ok(wait_until(told("flushes", NULL) >= n), "of which every processor was told when it went");
	is_ret(told("bad", NULL), 0, "and where it is executed nothing has changed");
	sh("rmmod arenamap");
}

int main(void)
{
	int fd;

	if (access("/proc/kcore", R_OK)) {
		puts("1..0 # SKIP this kernel has no /proc/kcore, in which its code can be read");
		return 0;
	}
	core_jit = core_open("bpf_jit_enable");
	private_net();
	sh("ip link add d0 type dummy");
	if_up("d0");
	arena = address_of("bsdbpf_arena");
	plain = address_of("bsdbpf_arena_return");
	hard = address_of("bsdbpf_arena_return_hard");
	must(arena && plain && hard ? 0 : -1);
	fd = bpf_on("d0", 0);
	filled(fd);
	placed(fd);
	hidden(fd);
	by_whom(fd);
	cleared();
	by_kernel(fd);
	mapped(fd);
	return tap_done();
}
