/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engines that make code of programs: what they offer to engine.c, which
 * chooses one, and to prog.c, which runs it.  Which of them there are depends on
 * the processor and on the kernel, see Kbuild.
 */
#ifndef _BSDBPF_ENGINE_H
#define _BSDBPF_ENGINE_H

#include "bsdbpf.h"

/* jit.c: native code of our own */
#ifdef BSDBPF_NATIVE
bool bsdbpf_jit_compile(struct bsdbpf_prog *prog, const struct cbpf_insn *insns,
			bool harden);
void bsdbpf_jit_free(struct bsdbpf_prog *prog);
bool bsdbpf_jit_init(void);
void bsdbpf_jit_exit(void);
#else
static inline bool bsdbpf_jit_compile(struct bsdbpf_prog *prog,
				      const struct cbpf_insn *insns, bool harden)
{
	return false;
}

static inline void bsdbpf_jit_free(struct bsdbpf_prog *prog)
{
}

static inline bool bsdbpf_jit_init(void)
{
	return false;
}

static inline void bsdbpf_jit_exit(void)
{
}
#endif

/* ebpf.c: native code by the kernel's compiler */
#ifdef BSDBPF_EBPF
bool bsdbpf_ebpf_compile(struct bsdbpf_prog *prog, const struct cbpf_insn *insns,
			 bool harden);
u64 bsdbpf_ebpf_run(const struct bpf_prog *ebpf, const struct cbpf_pkt *pkt);
void bsdbpf_ebpf_free(struct bpf_prog *ebpf);
#else
static inline bool bsdbpf_ebpf_compile(struct bsdbpf_prog *prog,
				       const struct cbpf_insn *insns, bool harden)
{
	return false;
}

static inline u64 bsdbpf_ebpf_run(const struct bpf_prog *ebpf,
				  const struct cbpf_pkt *pkt)
{
	return CBPF_UNDECIDED;
}

static inline void bsdbpf_ebpf_free(struct bpf_prog *ebpf)
{
}
#endif

#endif /* _BSDBPF_ENGINE_H */
