// SPDX-License-Identifier: GPL-2.0
/*
 * Which engine runs a program: what the sysctls ask for, else the next one of
 * native code (jit.c), eBPF (ebpf.c) and the interpreter, which always works.
 * And a test at load of those that make code.
 */
#include "engine.h"
#include "filter/opcode.h"

#include <linux/capability.h>
#include <linux/moduleparam.h>
#include <linux/user_namespace.h>

static bool bsdbpf_engine_native = true;
module_param_named(native, bsdbpf_engine_native, bool, 0444);
MODULE_PARM_DESC(native, "run code of the driver's own compiler (default: 1)");

/* Never true again once it was found false. */
static bool bsdbpf_engine_ebpf = true;

/* Values of net.bpf.jit_enable and net.bpf.jit_harden. */
enum { ENABLE_NONE, ENABLE_NATIVE, ENABLE_EBPF };
enum { HARDEN_NONE, HARDEN_UNPRIVILEGED, HARDEN_ALL };

/* Does the kernel believe the caller that he means no harm? */
static bool bsdbpf_engine_trusted(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_BPF) ||
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
}

static bool bsdbpf_engine_harden(const struct bsdbpf_net *bnet)
{
	switch (READ_ONCE(bnet->jit_harden)) {
	case HARDEN_NONE:
		return false;
	case HARDEN_ALL:
		return true;
	default:
		return !bsdbpf_engine_trusted();
	}
}

/**
 * bsdbpf_engine_choose() - give a program the engine that it shall have
 * @prog: a program that nobody else knows yet
 * @insns: its instructions
 * @bnet: namespace whose sysctls say which
 *
 * In the context of who sets it.  May sleep, also for a grace period.
 */
void bsdbpf_engine_choose(struct bsdbpf_prog *prog, const struct cbpf_insn *insns,
			  const struct bsdbpf_net *bnet)
{
	unsigned int enable = READ_ONCE(bnet->jit_enable);
	bool harden = bsdbpf_engine_harden(bnet);

	if (enable == ENABLE_NATIVE && bsdbpf_engine_native &&
	    bsdbpf_jit_compile(prog, insns, harden))
		prog->engine = BPF_ENGINE_NATIVE;
	else if (enable != ENABLE_NONE && bsdbpf_engine_ebpf &&
		 bsdbpf_ebpf_compile(prog, insns, harden))
		prog->engine = BPF_ENGINE_EBPF;
}

/**
 * bsdbpf_engine_name() - what runs a program, for people
 * @prog: program or NULL
 */
const char *bsdbpf_engine_name(const struct bsdbpf_prog *prog)
{
	static const char *const names[] = {
		[BPF_ENGINE_NONE] = "-",
		[BPF_ENGINE_INTERP] = "interp",
		[BPF_ENGINE_NATIVE] = "native",
		[BPF_ENGINE_EBPF] = "ebpf",
	};

	return names[prog ? prog->engine : BPF_ENGINE_NONE];
}

/* The value of the fifth byte if the third and the fourth are 0x0800. */
static const struct cbpf_insn bsdbpf_engine_sample[] = {
	{ CBPF_LD_H_ABS, 0, 0, 2 },
	{ CBPF_JEQ_K, 0, 2, 0x0800 },
	{ CBPF_LD_B_ABS, 0, 0, 4 },
	{ CBPF_RET_A, 0, 0, 0 },
	{ CBPF_RET_K, 0, 0, 0 },
};

/* Compares what it returns, for packets of every sort, with what it should. */
static bool bsdbpf_engine_right(const struct bsdbpf_prog *prog)
{
	static const struct {
		u8 bytes[5];
		u32 headlen, wirelen;
		u64 result;
	} rows[] = {
		{ { 1, 2, 8, 0, 77 }, 5, 5, 77 },
		{ { 1, 2, 8, 0, 78 }, 5, 1514, 78 },
		{ { 1, 2, 8, 6, 77 }, 5, 5, 0 },
		{ { 1, 2, 8, 0, 77 }, 4, 4, 0 },
		{ { 1, 2, 8, 0, 77 }, 4, 5, CBPF_UNDECIDED },
		{ { 1, 2, 8, 6, 77 }, 4, 5, 0 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cbpf_pkt pkt = {
			.head = rows[i].bytes,
			.headlen = rows[i].headlen,
			.wirelen = rows[i].wirelen,
		};

		if (bsdbpf_prog_try(prog, &pkt) != rows[i].result)
			return false;
	}
	return true;
}

typedef bool bsdbpf_compile_fn(struct bsdbpf_prog *prog,
			       const struct cbpf_insn *insns, bool harden);

/* Also right if it makes no code of it: then it will make none of others. */
static bool bsdbpf_engine_test(u32 engine, bsdbpf_compile_fn *compile)
{
	struct bsdbpf_prog *prog;
	bool right = true;
	u32 harden;

	for (harden = 0; harden < 2 && right; harden++) {
		prog = bsdbpf_prog_new(bsdbpf_engine_sample,
				       ARRAY_SIZE(bsdbpf_engine_sample));
		if (!prog)
			return false;
		if (compile(prog, bsdbpf_engine_sample, harden)) {
			prog->engine = engine;
			right = bsdbpf_engine_right(prog);
		}
		bsdbpf_prog_free_now(prog);
	}
	return right;
}

/**
 * bsdbpf_engine_init() - find out which engines work here
 *
 * May sleep.
 */
void bsdbpf_engine_init(void)
{
	if (!bsdbpf_engine_test(BPF_ENGINE_EBPF, bsdbpf_ebpf_compile)) {
		bsdbpf_engine_ebpf = false;
		pr_warn("bsdbpf: the kernel's eBPF compiler does not work as it should, not used\n");
	}
	if (!bsdbpf_engine_native)
		return;
	bsdbpf_engine_native = bsdbpf_jit_init() &&
		bsdbpf_engine_test(BPF_ENGINE_NATIVE, bsdbpf_jit_compile);
#ifdef BSDBPF_NATIVE
	if (!bsdbpf_engine_native)
		pr_warn("bsdbpf: native code does not work here, filters become eBPF or are interpreted\n");
#endif
}

/**
 * bsdbpf_engine_exit() - finish what the end of the last programs has begun
 *
 * May sleep.
 */
void bsdbpf_engine_exit(void)
{
	bsdbpf_jit_exit();
}
