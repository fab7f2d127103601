// SPDX-License-Identifier: GPL-2.0
/*
 * Who is told of a new filter: tracepoints, and the audit system, since a filter
 * that nobody knows of is how a backdoor listens.  Changes nothing.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>

/* Bytes of machine code that run it; 0: it is interpreted. */
static u32 bsdbpf_trace_size(const struct bsdbpf_prog *prog)
{
	if (prog->engine == BPF_ENGINE_NATIVE)
		return prog->native_size;
#ifdef BSDBPF_EBPF
	if (prog->engine == BPF_ENGINE_EBPF)
		return prog->ebpf->jited_len;
#endif
	return 0;
}

/* A record of the type that is for modules from elsewhere; only if somebody listens. */
static void bsdbpf_audit_filter(const char *netif, bool write,
				const struct bsdbpf_prog *prog)
{
	struct audit_buffer *ab;

	if (audit_enabled == AUDIT_OFF)
		return;
	ab = audit_log_start(audit_context(), GFP_KERNEL, AUDIT_KERNEL_OTHER);
	if (!ab)
		return;
	audit_log_format(ab, "op=bsdbpf-filter filter=%s insns=%u engine=%s dev=%s",
			 write ? "write" : "read", prog ? prog->len : 0,
			 prog ? bsdbpf_engine_name(prog) : "none", netif);
	audit_log_task_info(ab);
	audit_log_end(ab);
}

/**
 * bsdbpf_trace_filter() - tell of a filter that the caller is about to set
 * @d: descriptor; caller holds its ctl mutex
 * @prog: the filter, which nobody else has yet, or NULL for none
 * @write: the write filter
 *
 * May sleep.
 */
void bsdbpf_trace_filter(const struct bsdbpf_desc *d, const struct bsdbpf_prog *prog,
			 bool write)
{
	const struct bsdbpf_if *bif;
	char netif[IFNAMSIZ] = "-";

	rcu_read_lock();
	bif = rcu_dereference(d->bif);
	if (bif)
		strscpy(netif, bif->dev->name, sizeof(netif));
	rcu_read_unlock();
	trace_filter(d, netif, write, prog ? prog->len : 0,
		     prog ? prog->engine : BPF_ENGINE_NONE,
		     prog ? bsdbpf_trace_size(prog) : 0);
	bsdbpf_audit_filter(netif, write, prog);
}
