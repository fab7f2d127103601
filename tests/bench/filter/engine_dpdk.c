// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * DPDK's library: classic BPF becomes eBPF, which its own JIT compiles. It wants
 * packets as mbufs, which are made by hand here. Its environment is needed for its
 * memory allocator only: no huge pages and no devices.
 *
 * Two faults of DPDK 22.11 would make it run into the weeds or look faster than it is,
 * and so programs that meet them are not given to it:
 *  - rte_bpf_convert() takes A instead of X as the index of a byte: "ldb [x + k]" loads
 *    the byte at A + k;
 *  - the JIT encodes a test of bits by a constant that fits into a signed byte with one
 *    byte of constant, where the processor expects four: what follows is garbage.
 */
#include "bench.h"

#ifdef WITH_DPDK

#include <rte_bpf.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "opcode.h"

static struct rte_bpf *translate(const struct bpf_program *program)
{
	struct rte_bpf_prm *prm = rte_bpf_convert(program);
	struct rte_bpf *bpf;

	if (!prm)
		return NULL;
	bpf = rte_bpf_load(prm);
	rte_free(prm);
	return bpf;
}

static const char *dpdk_start(const struct filter *filters, u32 count)
{
	static char *words[] = { "bench", "--no-huge", "--no-pci", "--no-shconf",
		"--no-telemetry", "--no-hpet", "-m", "64", "--log-level", "1", NULL };

	(void)filters;
	(void)count;
	if (rte_eal_init(ARRAY_SIZE(words) - 1, words) < 0)
		return text("rte_eal_init: %s", rte_strerror(rte_errno));
	return NULL;
}

/* Which fault the program would meet, or NULL. */
static const char *fault(const struct bpf_program *program)
{
	for (u32 i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *insn = &program->bf_insns[i];

		if (insn->code == CBPF_LD_B_IND)
			return "it loads other bytes than ldb [x + k] should";
		if (insn->code == CBPF_JSET_K && (s32)insn->k >= -128 && (s32)insn->k < 128)
			return "its code of jset with a small constant is garbage";
	}
	return NULL;
}

static const char *dpdk_load(const struct filter *filter, struct loaded *to)
{
	const char *why = fault(&filter->program);
	struct rte_bpf_jit jit;
	struct rte_bpf *bpf;

	if (why)
		return why;
	bpf = translate(&filter->program);
	if (!bpf)
		return text("rte_bpf_load: %s", rte_strerror(rte_errno));
	if (rte_bpf_get_jit(bpf, &jit) || !jit.func) {
		rte_bpf_destroy(bpf);
		return "its JIT makes no code of it";
	}
	/* What it calls, it calls at absolute addresses. */
	code_make((const void *)jit.func, jit.sz, to);
	code_seal(to);
	rte_bpf_destroy(bpf);
	return NULL;
}

static void dpdk_call(const struct loaded *loaded, const struct frame *frame, u32 index,
		      struct call *to)
{
	static struct rte_mbuf mbufs[BENCH_PACKETS];
	struct rte_mbuf *mbuf = &mbufs[index];

	(void)loaded;
	mbuf->buf_addr = frame->bytes;
	mbuf->data_off = 0;
	mbuf->nb_segs = 1;
	mbuf->data_len = frame->len;
	mbuf->pkt_len = frame->len;
	*to = (struct call){ { (u64)mbuf }, frame->bytes, mbuf };
}

static bool dpdk_compile(const struct bpf_program *program)
{
	struct rte_bpf *bpf = translate(program);

	rte_bpf_destroy(bpf);
	return bpf;
}

const struct engine engine_dpdk = {
	.name = "dpdk", .label = "DPDK JIT", .start = dpdk_start, .load = dpdk_load,
	.unload = code_free, .call = dpdk_call, .compile = dpdk_compile,
	.walks_paths = true,
};

#else

static const char *dpdk_start(const struct filter *filters, u32 count)
{
	(void)filters;
	(void)count;
	return "built without it; Debian has it in the package libdpdk-dev";
}

const struct engine engine_dpdk = {
	.name = "dpdk", .label = "DPDK JIT", .start = dpdk_start,
};

#endif
