/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the cases about filter engines share: how to ask for one, and what runs.
 * Include bpf.h first.
 */
#ifndef VM_ENGINE_H
#define VM_ENGINE_H

/* By the value of net.bpf.jit_enable that asks for it. */
static const char *const engines[] = { "interp", "native", "ebpf" };

#define ENGINES	3

static inline void jit_set(int enable)
{
	const char text[] = { '0' + enable, '\0' };

	file_put("/proc/sys/net/bpf/jit_enable", text);
}

static inline void harden_set(int harden)
{
	const char text[] = { '0' + harden, '\0' };

	file_put("/proc/sys/net/bpf/jit_harden", text);
}

/*
 * The first network namespace alone has the sysctls of the kernel's compiler: a file
 * that was opened there works anywhere.
 */
static inline int core_open(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/core/%s", name);
	return must(open(path, O_WRONLY | O_CLOEXEC));
}

static inline void core_put(int fd, const char *value)
{
	must(pwrite(fd, value, strlen(value), 0));
}

/* The nth word of a line; empty if there is none. */
static inline const char *word_of(const char *line, int n)
{
	static char word[32];

	while (n-- && *line) {
		line += strspn(line, " ");
		line += strcspn(line, " \n");
	}
	if (sscanf(line, " %31[^ \n]", word) != 1)
		word[0] = '\0';
	return word;
}

/* Lines of /proc/net/bpf that have this in the Engine column. */
static inline int engine_count(const char *engine)
{
	static char text[1 << 20];
	char *line, *save;
	int column = 0, n = 0;

	file_get("/proc/net/bpf", text, sizeof(text));
	line = strtok_r(text, "\n", &save);
	while (*word_of(line, column) && strcmp(word_of(line, column), "Engine"))
		column++;
	while ((line = strtok_r(NULL, "\n", &save)))
		n += !strcmp(word_of(line, column), engine);
	return n;
}

static inline struct bpf_engine engine_get(int fd)
{
	struct bpf_engine engine;

	memset(&engine, 0xa5, sizeof(engine));
	must(ioctl(fd, BIOCGENGINE, &engine));
	return engine;
}

/* What runs its read filter, by the name that /proc/net/bpf has for it. */
static inline const char *engine_of(int fd)
{
	static const char *const names[] = {
		[BPF_ENGINE_NONE] = "-", [BPF_ENGINE_INTERP] = "interp",
		[BPF_ENGINE_NATIVE] = "native", [BPF_ENGINE_EBPF] = "ebpf",
	};
	struct bpf_engine engine = engine_get(fd);

	return engine.be_read < ARRAY_SIZE(names) ? names[engine.be_read] : "?";
}

/* Loads the module again, with these parameters; 0, or -1 and errno. */
static inline int module_reload(const char *params)
{
	char path[256];
	struct utsname name;
	int fd, ret;

	must(uname(&name));
	snprintf(path, sizeof(path), "build/%s/bsdbpf.ko", name.release);
	if (syscall(SYS_delete_module, "bsdbpf", O_NONBLOCK))
		return -1;
	fd = must(open(path, O_RDONLY | O_CLOEXEC));
	ret = syscall(SYS_finit_module, fd, params, 0);
	close(fd);
	return ret;
}

#define SUM_MAX	120

/* Keeps 40 bytes of a frame whose bytes from 14 on, count of them, have this sum. */
static inline int sum_filter(int fd, unsigned long cmd, unsigned int count, uint32_t sum)
{
	struct bpf_insn insns[3 * SUM_MAX + 3];
	struct bpf_program prog = { 0, insns };

	for (unsigned int i = 0; i < count; i++) {
		insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + i);
		insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0);
		insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_MISC | BPF_TAX, 0);
	}
	insns[prog.bf_len++] = (struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, sum, 0, 1);
	insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 40);
	insns[prog.bf_len++] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 0);
	return ioctl(fd, cmd, &prog);
}

#endif /* VM_ENGINE_H */
