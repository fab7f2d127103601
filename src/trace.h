/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, for perf, bpftrace and tracefs: events/bsdbpf.  None is on the way of
 * a packet that is rejected or finds room; one that nobody uses is a jump that is not
 * there (a static key).  desc is the same number in all events of a descriptor while
 * it is open; the kernel hashes it where it is printed.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM bsdbpf

#if !defined(_BSDBPF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _BSDBPF_TRACE_H

#include "bsdbpf.h"

#include <linux/tracepoint.h>

/* So that tools that read the format know what the numbers mean. */
#define BSDBPF_TRACE_DEFINE(name, text)	TRACE_DEFINE_ENUM(BSDBPF_LOSS_##name);
#define BSDBPF_TRACE_SYMBOL(name, text)	{ BSDBPF_LOSS_##name, text },
BSDBPF_LOSS_LIST(BSDBPF_TRACE_DEFINE)

#define bsdbpf_trace_loss(loss)						\
	__print_symbolic(loss, BSDBPF_LOSS_LIST(BSDBPF_TRACE_SYMBOL) { -1, "?" })
#define bsdbpf_trace_engine(engine)					\
	__print_symbolic(engine, { 0, "none" }, { 1, "interp" },	\
			 { 2, "native" }, { 3, "ebpf" })

/* A descriptor was bound to an interface, or bound anew. */
TRACE_EVENT(attach,
	TP_PROTO(const struct bsdbpf_desc *d, const struct bsdbpf_if *bif),
	TP_ARGS(d, bif),
	TP_STRUCT__entry(
		__field(const void *, desc)
		__array(char, netif, IFNAMSIZ)
		__field(int, ifindex)
		__field(u32, dlt)
		__field(u32, bufsize)
		__field(unsigned int, netns)
		__field(bool, writer)
	),
	TP_fast_assign(
		__entry->desc = d;
		strscpy(__entry->netif, bif->dev->name, IFNAMSIZ);
		__entry->ifindex = bif->dev->ifindex;
		__entry->dlt = bif->dlt;
		__entry->bufsize = d->store.size;
		__entry->netns = d->net->ns.inum;
		__entry->writer = d->writer;
	),
	TP_printk("desc=%p netif=%s ifindex=%d dlt=%u bufsize=%u netns=%u writer=%d",
		  __entry->desc, __entry->netif, __entry->ifindex, __entry->dlt,
		  __entry->bufsize, __entry->netns, __entry->writer)
);

/* A filter was set, or with no instructions taken away. */
TRACE_EVENT(filter,
	TP_PROTO(const struct bsdbpf_desc *d, const char *netif, bool write, u32 insns,
		 u32 engine, u32 size),
	TP_ARGS(d, netif, write, insns, engine, size),
	TP_STRUCT__entry(
		__field(const void *, desc)
		__array(char, netif, IFNAMSIZ)
		__field(bool, write)
		__field(u32, insns)
		__field(u32, engine)
		__field(u32, size)
	),
	TP_fast_assign(
		__entry->desc = d;
		strscpy(__entry->netif, netif, IFNAMSIZ);
		__entry->write = write;
		__entry->insns = insns;
		__entry->engine = engine;
		__entry->size = size;
	),
	TP_printk("desc=%p netif=%s write=%d insns=%u engine=%s size=%u",
		  __entry->desc, __entry->netif, __entry->write, __entry->insns,
		  bsdbpf_trace_engine(__entry->engine), __entry->size)
);

/* The store buffer was closed, so that a reader gets it. */
TRACE_EVENT(rotate,
	TP_PROTO(const struct bsdbpf_desc *d),
	TP_ARGS(d),
	TP_STRUCT__entry(
		__field(const void *, desc)
		__field(u32, bytes)
		__field(u32, records)
	),
	TP_fast_assign(
		__entry->desc = d;
		__entry->bytes = bsdbpf_hold_len(&d->store);
		__entry->records = d->store.hold_count;
	),
	TP_printk("desc=%p bytes=%u records=%u", __entry->desc, __entry->bytes,
		  __entry->records)
);

/* Accepted packets were lost. */
TRACE_EVENT(drop,
	TP_PROTO(const struct bsdbpf_desc *d, u32 reason, u32 packets),
	TP_ARGS(d, reason, packets),
	TP_STRUCT__entry(
		__field(const void *, desc)
		__field(u32, reason)
		__field(u32, packets)
	),
	TP_fast_assign(
		__entry->desc = d;
		__entry->reason = reason;
		__entry->packets = packets;
	),
	TP_printk("desc=%p reason=%s packets=%u", __entry->desc,
		  bsdbpf_trace_loss(__entry->reason), __entry->packets)
);

#endif /* _BSDBPF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
