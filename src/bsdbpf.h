/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver's internal types and the functions its files offer each other.
 * User-visible layouts are in <net/bpf.h> (include/uapi), the filter machine
 * is in filter/cbpf.h, differences between kernels in compat.h.
 *
 * Where a packet goes: hook.c and tap.c are handed the skb, frame.c shows it as the
 * frame that was on the link, the descriptor's filter (filter/) judges it, store.h
 * has room for the record, record.c lays it out, read.c gives the buffer to the
 * reader.
 *
 * LOCKING MODEL
 *
 * Locks, outermost first:
 *   desc->ctl	mutex; one ioctl at a time per descriptor.  May be held over a
 *		fault on the caller's memory, so nothing that serves others
 *		(notifier, tap, read, poll, close) ever takes it.
 *   desc->map	mutex; the memory of shared buffers comes into being.  Inside of
 *		the address space's lock, which mmap(2) is called with, so it is
 *		never held over a fault.
 *   RTNL	who is attached to what and is shown which packets: bsdbpf_if_hash,
 *		bif->readers, bif->writers, desc->bif (writers), desc->direction
 *		(writers), desc->promisc, desc->fildrop (writers), hook.c's state.
 *		Never held over a fault.
 *   arena.c's	mutex; which parts of the executable memory are in use.
 *   bnet->lock	spinlock; the list of a namespace's descriptors.
 *   desc->lock	BH spinlock; of desc->store what store.h says, the poll and
 *		wait state, the counters; writers of desc->rec, desc->filter,
 *		desc->wfilter and desc->bif hold it, too.
 *
 * Who relies on what:
 *   tap	RCU read side (the stack's own).  Walks bif->readers and runs
 *		desc->native, all without a lock; an accepted packet is stored
 *		without one, too (store.h), if that is still the descriptor's
 *		code, or desc->epoch still what it was before the filter was
 *		looked at.  Whoever changes what a verdict or a record
 *		depends on does it between
 *		bsdbpf_desc_freeze() and bsdbpf_desc_thaw(): so after a filter
 *		swap, a flush or a detach returns, no packet judged by the old
 *		state is stored, though nobody has waited.  It takes desc->lock
 *		where a buffer is full.  Buffers and filters are freed after a
 *		grace period, and a filter's native code by a work item then
 *		(jit.c).
 *   read	takes desc->lock to claim the hold buffer (store.reading), copies
 *		it out without a lock - while the flag is up nobody else touches
 *		that buffer - and gives it back under the lock.
 *   program	with buffers that it shares: holds nothing, reads and writes all
 *		of them whenever it wants (store.h).
 *   write	RCU read side to look at desc->bif and desc->wfilter, never while
 *		it sleeps.
 *   fildrop	the netfilter hook: RCU read side, as the tap, but it only judges.
 *   notifier	RTNL, then desc->lock of each descriptor that it detaches.
 *   close	RTNL to detach; then nobody can find the descriptor but a tap
 *		that started earlier: it is freed after a grace period.
 */
#ifndef _BSDBPF_H
#define _BSDBPF_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/if.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <net/bpf.h>
#include "filter/cbpf.h"
#include "compat.h"
#include "frame.h"
#include "loss.h"
#include "store.h"

/* A compiled filter that is called without words, or any; see cbpf_compile(). */
typedef u64 bsdbpf_native_fn(const u8 *head, u32 headlen, u32 wirelen);
typedef u64 bsdbpf_native_words_fn(const u8 *head, u32 headlen, u32 wirelen,
				   u32 *words);

struct bpf_prog;

/*
 * A validated filter program; replaced as a whole, freed by RCU.  The faster
 * engines leave packets that they cannot decide to the interpreter, so each
 * program is prepared for that, too.  The instructions themselves are there to be shown.
 */
struct bsdbpf_prog {
	u32 engine;			/* BPF_ENGINE_*, what runs it */
	u32 len;			/* instructions */
	u32 ancillary;			/* cbpf_ancillary_used() */
	bool only_returns;		/* a constant, for each packet */
	union {
		bsdbpf_native_words_fn *native;	/* BPF_ENGINE_NATIVE */
		bsdbpf_native_fn *lean;		/* the same, if native_lean */
		struct bpf_prog *ebpf;		/* BPF_ENGINE_EBPF */
	};
	struct cbpf_insn *insns;	/* as they were set, behind steps */
	u32 native_size;		/* bytes */
	bool native_lean;		/* uses no words */
	union {				/* at its end */
		struct rcu_head rcu;
		struct llist_node dead;	/* then, if native; see jit.c */
	};
	u32 steps[];			/* struct cbpf_prepared */
};

/* How the records of a descriptor look; follows from what it asked for. */
struct bsdbpf_rec {
	u16 tstamp;			/* BPF_T_*, see BIOCSTSTAMP */
	u16 hdrlen;			/* bh_hdrlen */
	u8 align;			/* of a record's start */
	u8 timelen;			/* bytes before bh_caplen */
	u8 headlen;			/* bytes of the header that mean something */
	bool abi32 : 1;			/* layout of a 32-bit program */
	bool pktinfo : 1;		/* with struct bpf_pktinfo */
	bool plain : 1;			/* struct bpf_hdr, as nearly always */
	bool tight : 1;			/* and just that, as for Ethernet, and none is only kept */
} __aligned(8);				/* so that it is copied at once */

/* What poll(2) still owes a descriptor with a read timeout (bpf(4)). */
enum bsdbpf_poll_state {
	BSDBPF_POLL_IDLE,
	BSDBPF_POLL_WAITING,		/* timer is running */
	BSDBPF_POLL_EXPIRED,		/* any stored packet makes it readable */
};

struct bsdbpf_if;
struct bsdbpf_fildrop;
struct bsdbpf_group;
struct bsdbpf_zbuf;

/*
 * What a descriptor counts without a lock, so on each processor apart; since it
 * was opened.
 */
struct bsdbpf_counts {
	u64 rejects;			/* packets that the filter refused */
	u64 fallback;			/* left to the interpreter */
	u64 wfallback;			/* the same, of the write filter */
};

/* What became of the packets since the last reset, at one moment. */
struct bsdbpf_totals {
	u64 recv;			/* offered */
	u64 match;			/* of those, accepted by the filter */
	u64 drop;			/* of those, not stored */
	u64 lost[BSDBPF_LOSSES];	/* of those, for each reason */
};

/*
 * bsdbpf_desc.writer of one that just was attached as a writer: how many
 * programs that libpcap may set for their snap length make it a reader.
 */
#define BSDBPF_WRITER	2

/* What is to be done behind a record. */
#define BSDBPF_FOLLOW_TELL	1	/* tell of it */
#define BSDBPF_FOLLOW_WAIT	2	/* if it is the buffer's first: start the wait timer */

/* One open of /dev/bpf. */
struct bsdbpf_desc {
	/* what the tap needs for every packet: one cache line */
	struct bsdbpf_prog __rcu *filter;	/* NULL accepts everything */
	bsdbpf_native_fn *native;	/* its code, or what says that it takes more */
	struct bsdbpf_counts __percpu *counts;
	u32 epoch;			/* of filter, bif and rec; lock */
	u8 shown;			/* BSDBPF_WAY_*, if in no group; RTNL */
	u8 direction;			/* enum bpf_direction; RTNL */
	u8 fildrop;			/* BPF_FILDROP_*; RTNL */
	u8 follow;			/* BSDBPF_FOLLOW_*; see poll.c */
	struct bsdbpf_group __rcu *group;	/* gets its packets from; RTNL */

	/* what it needs for an accepted one */
	struct bsdbpf_if __rcu *bif;	/* NULL while unattached */
	struct bsdbpf_rec rec;		/* changed while store is frozen */
	ktime_t wtimeout;		/* 0: immediate, KTIME_MAX: no limit */
	struct bsdbpf_store store ____cacheline_aligned_in_smp;

	/* the rest, under lock */
	spinlock_t lock ____cacheline_aligned_in_smp;
	bool headdrop;			/* rather lose the hold buffer than a packet */
	bool immediate;
	atomic64_t lost[BSDBPF_LOSSES];	/* accepted, not stored, since the open; no lock */
	u64 lost_base[BSDBPF_LOSSES];	/* of those, before the last reset */
	u64 drop_told;			/* of those, told in records; no lock */
	u64 kept;			/* accepted and only kept from the stack */
	u64 match_base;			/* of store.captured, what was not zeroed */
	u64 reject_base;		/* sum of counts.rejects at the last reset */
	enum bsdbpf_poll_state poll_state;
	bool wait_done;			/* the store buffer was kept long enough */
	ktime_t poll_deadline;
	ktime_t wait_deadline;
	struct hrtimer poll_timer;
	struct hrtimer wait_timer;

	/* readers, pollers, and those who wait for store.reading to fall */
	wait_queue_head_t wait;
	struct tasklet_struct teller;	/* wakes them, once for a run of packets */
	struct fasync_struct *async;	/* who wants signals; fasync_helper() */
	bool silent;			/* none, though there is somebody */

	/* what a writer needs */
	struct bsdbpf_prog __rcu *wfilter;	/* NULL passes everything */
	bool hdrcmplt;			/* the writer supplies the source address */
	bool feedback;			/* what is sent is received, too */
	bool batch;			/* a write is many frames */
	u8 pcp;				/* 802.1p priority, 0 = none */
	atomic64_t wcount;		/* frames offered to write(2) */
	atomic64_t wmatch;		/* of those, passed by the write filter */
	atomic64_t wdrop;		/* of all, not sent */

	/* configuration, under ctl unless said otherwise */
	struct mutex ctl;
	struct mutex map;		/* serializes whoever makes zbuf */
	struct bsdbpf_zbuf *zbuf;	/* memory of shared buffers; map */
	u8 bufmode;			/* BPF_BUFMODE_*; writers: ctl, map, lock */
	ktime_t rtimeout;		/* read timeout, 0 = none; lock */
	bool promisc;			/* holds a promiscuity count; RTNL */
	bool locked;			/* BIOCLOCK; never cleared */
	u8 writer;			/* > 0: no packets wanted, see iface.c; RTNL */

	struct file *file;		/* the open file, outlives us */
	struct net *net;		/* namespace of the opener */
	struct list_head net_node;	/* bnet->lock */
	struct pid *user;		/* process that used it last; lock */
	char comm[TASK_COMM_LEN];	/* and its name */
	struct list_head writer_node;	/* in bif->writers; RTNL */
	struct rcu_work free;
};

/*
 * The descriptors that an interface shows its packets to, up to the first NULL, which
 * is not the first of all.  One that goes leaves somebody who wants none, whose place
 * the next to come may take; a larger table replaces a full one.
 */
struct bsdbpf_readers {
	struct rcu_head rcu;
	u32 room;			/* places, without the last NULL */
	struct bsdbpf_desc __rcu *descs[];
};

/*
 * What an interface's descriptors share, first of all its tap; exists while
 * there is one.
 */
struct bsdbpf_if {
	struct packet_type pt;		/* a hook, there while it has readers */
	struct bsdbpf_readers __rcu *readers;	/* writers: RTNL */
	u32 reading;			/* how many; RTNL */
	u32 sending;			/* of those, that want sent packets; RTNL */
	struct list_head writers;	/* bsdbpf_desc.writer_node; RTNL */
	struct list_head groups;	/* see fanout.c; writers: RTNL */
	bool was_tapped;		/* pt may still be walked; RTNL */
	bool sent;			/* sent packets are shown; RTNL */
	bool is_traced;			/* by the tracepoint, see hook.c; RTNL */
	struct hlist_node traced;	/* in its table */
	struct net_device *dev;
	netdevice_tracker dev_tracker;
	unsigned short type;		/* ARPHRD_* that dlt was derived from */
	u32 dlt;
	u16 linkhdr;			/* link header, bytes */
	bool ethernet;			/* packets have Ethernet headers */
	bool plain;			/* and no group wants them; writers: RTNL */
	struct bsdbpf_fildrop *fildrop;	/* the hook of fildrop.c, or NULL; RTNL */
	struct hlist_node hash;
	struct rcu_head rcu;
};

/* What the driver keeps for a network namespace. */
struct bsdbpf_net {
	struct list_head descs;		/* bsdbpf_desc.net_node */
	spinlock_t lock;
	atomic64_t past[3];		/* counters that were reset, see stats.c */

	/* net.bpf.*, see sysctl.c */
	unsigned int bufsize;
	unsigned int maxbufsize;
	unsigned int maxinsns;
	unsigned int optimize_writers;
	unsigned int zerocopy_enable;
	unsigned int jit_enable;
	unsigned int jit_harden;
	struct ctl_table_header *sysctl;
	struct ctl_table *sysctl_table;
};

/* The way of a packet past an interface. */
#define BSDBPF_WAY_IN	1
#define BSDBPF_WAY_OUT	2

static inline u8 bsdbpf_way(bool outgoing)
{
	return outgoing ? BSDBPF_WAY_OUT : BSDBPF_WAY_IN;
}

/* Those that a descriptor wants packets of. */
static inline u8 bsdbpf_ways(const struct bsdbpf_desc *d)
{
	switch (READ_ONCE(d->direction)) {
	case BPF_D_IN:
		return BSDBPF_WAY_IN;
	case BPF_D_OUT:
		return BSDBPF_WAY_OUT;
	default:
		return BSDBPF_WAY_IN | BSDBPF_WAY_OUT;
	}
}

/**
 * bsdbpf_wants() - does the descriptor want packets of this direction at all
 * @d: descriptor
 * @outgoing: the packet is being sent
 */
static inline bool bsdbpf_wants(const struct bsdbpf_desc *d, bool outgoing)
{
	return bsdbpf_ways(d) & bsdbpf_way(outgoing);
}

/* dev.c: the character device */
int bsdbpf_dev_register(void);
void bsdbpf_dev_unregister(void);

/* net.c: what exists once per network namespace */
struct bsdbpf_net *bsdbpf_net_of(const struct net *net);
int bsdbpf_net_register(void);
void bsdbpf_net_unregister(void);

/* desc.c: life of a descriptor */
struct bsdbpf_desc *bsdbpf_desc_new(struct net *net, struct file *file);
void bsdbpf_desc_put(struct bsdbpf_desc *d);
void bsdbpf_desc_used(struct bsdbpf_desc *d);
void bsdbpf_desc_wake(struct bsdbpf_desc *d);
void bsdbpf_desc_tell(struct bsdbpf_desc *d);
void bsdbpf_desc_flush(void);
int bsdbpf_desc_init(void);
void bsdbpf_desc_exit(void);
void bsdbpf_desc_zero(struct bsdbpf_desc *d);
void bsdbpf_desc_reset(struct bsdbpf_desc *d);
bool bsdbpf_desc_freeze(struct bsdbpf_desc *d);
void bsdbpf_desc_thaw(struct bsdbpf_desc *d, bool open);
void bsdbpf_desc_reset_frozen(struct bsdbpf_desc *d);
bool bsdbpf_desc_rotate(struct bsdbpf_desc *d);
void bsdbpf_desc_notice(struct bsdbpf_desc *d);
void bsdbpf_desc_abi32(struct bsdbpf_desc *d, bool abi32);
void bsdbpf_desc_totals(const struct bsdbpf_desc *d, struct bsdbpf_totals *totals);
void bsdbpf_desc_counts(const struct bsdbpf_desc *d, struct bsdbpf_counts *sum);

/* signal.c: SIGIO and its like */
int bsdbpf_fasync(int fd, struct file *file, int on);
u32 bsdbpf_signal(const struct bsdbpf_desc *d);

/* poll.c: readiness and its timers */
void bsdbpf_poll_init(struct bsdbpf_desc *d);
bool bsdbpf_poll_stop(struct bsdbpf_desc *d);
void bsdbpf_poll_follow(struct bsdbpf_desc *d);
void bsdbpf_wait_start(struct bsdbpf_desc *d);
bool bsdbpf_store_ready(const struct bsdbpf_desc *d);
bool bsdbpf_readable(const struct bsdbpf_desc *d);
__poll_t bsdbpf_poll(struct file *file, struct poll_table_struct *table);

/* buf.c: the memory of the buffers */
int bsdbpf_buf_alloc(struct bsdbpf_desc *d);
void bsdbpf_buf_free(struct bsdbpf_desc *d);
int bsdbpf_buf_resize(struct bsdbpf_desc *d, u32 size);

/* zbuf.c: their memory where a program shares it */
int bsdbpf_zbuf_pin(struct bsdbpf_desc *d, const struct bpf_zbuf *where);
int bsdbpf_zbuf_resize(struct bsdbpf_desc *d, u32 size);
u64 bsdbpf_zbuf_where(const struct bsdbpf_zbuf *zbuf, int which);
void bsdbpf_zbuf_free(struct bsdbpf_zbuf *zbuf);
int bsdbpf_mmap(struct file *file, struct vm_area_struct *vma);

/* record.c, record.h: what stands in front of a packet */
void bsdbpf_rec_layout(struct bsdbpf_desc *d, const struct bsdbpf_if *bif);

/* prog.c: filter programs */
struct bsdbpf_prog *bsdbpf_prog_new(const struct cbpf_insn *insns, u32 len);
u64 bsdbpf_prog_try(const struct bsdbpf_prog *prog, const struct cbpf_pkt *pkt);
u32 bsdbpf_prog_run(const struct bsdbpf_prog *prog, const struct cbpf_pkt *pkt,
		    u64 __percpu *fallback);
bsdbpf_native_fn *bsdbpf_prog_native(const struct bsdbpf_prog *prog);
void bsdbpf_prog_free(struct bsdbpf_prog *prog);
void bsdbpf_prog_free_now(struct bsdbpf_prog *prog);

/* engine.c: what runs them */
void bsdbpf_engine_choose(struct bsdbpf_prog *prog, const struct cbpf_insn *insns,
			  const struct bsdbpf_net *bnet);
const char *bsdbpf_engine_name(const struct bsdbpf_prog *prog);
void bsdbpf_engine_init(void);
void bsdbpf_engine_exit(void);

/* tap.c: what happens to every packet */
void bsdbpf_tap_sent(const struct bsdbpf_if *bif, const struct sk_buff *skb);
int bsdbpf_tap_rcv(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig_dev);

/* hook.c: how packets get there */
void bsdbpf_hook_new(struct bsdbpf_if *bif);
void bsdbpf_hook_add(struct bsdbpf_if *bif);
void bsdbpf_hook_del(struct bsdbpf_if *bif);
void bsdbpf_hook_sent(struct bsdbpf_if *bif, bool wanted);
void bsdbpf_hook_init(void);
void bsdbpf_hook_exit(void);

/* iface.c: attachment to interfaces */
int bsdbpf_if_attach(struct bsdbpf_desc *d, const char *name, bool abi32);
void bsdbpf_if_detach(struct bsdbpf_desc *d);
int bsdbpf_if_promisc(struct bsdbpf_desc *d);
int bsdbpf_if_promote(struct bsdbpf_desc *d);
int bsdbpf_if_fildrop(struct bsdbpf_desc *d, u8 fildrop);
void bsdbpf_if_direction(struct bsdbpf_desc *d, u8 direction);
int bsdbpf_if_init(void);
void bsdbpf_if_exit(void);

/* fildrop.c: packets that are kept from the stack */
int bsdbpf_fildrop_get(struct bsdbpf_if *bif);
void bsdbpf_fildrop_put(struct bsdbpf_if *bif);

/* fanout.c: descriptors that share packets */
struct bsdbpf_desc *bsdbpf_fanout_pick(struct bsdbpf_group *group,
				       const struct bsdbpf_frame *frame);
struct bsdbpf_group *bsdbpf_fanout_next(const struct bsdbpf_if *bif,
					struct bsdbpf_group *group);
void bsdbpf_fanout_leave(struct bsdbpf_desc *d);
void bsdbpf_fanout_shown(struct bsdbpf_desc *d);
int bsdbpf_fanout_set(struct bsdbpf_desc *d, u32 id, u32 mode);
void bsdbpf_fanout_get(const struct bsdbpf_desc *d, u32 *id, u32 *mode);

/* dlt.c: link types */
int bsdbpf_dlt_of(const struct net_device *dev);
u16 bsdbpf_dlt_linkhdr(u32 dlt);
int bsdbpf_dlt_writehdr(const struct bsdbpf_if *bif);

/* read.c, write.c, batch.c, ioctl.c: the system calls */
ssize_t bsdbpf_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t bsdbpf_write_iter(struct kiocb *iocb, struct iov_iter *from);
int bsdbpf_write_frame(struct bsdbpf_desc *d, struct iov_iter *from);
ssize_t bsdbpf_batch_write(struct bsdbpf_desc *d, struct iov_iter *from);
long bsdbpf_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long bsdbpf_compat_ioctl(struct file *file, unsigned int cmd,
			 unsigned long arg);

/* ioctl_arg.c: arguments whose layout differs between 32 and 64 bits */
enum bsdbpf_arg {
	ARG_PLAIN, ARG_PROGRAM, ARG_LIST, ARG_TIMEVAL, ARG_IFLIST, ARG_SIZE,
	ARG_ZBUF,
};

u32 bsdbpf_arg_size32(enum bsdbpf_arg kind, u32 size);
void bsdbpf_arg_from32(enum bsdbpf_arg kind, void *arg);
void bsdbpf_arg_to32(enum bsdbpf_arg kind, void *arg);

/* ioctl_*.c, signal.c: the handlers, see ioctl.c */
#define BSDBPF_HANDLER(name) \
	int bsdbpf_ioc_##name(struct bsdbpf_desc *d, void *arg)

BSDBPF_HANDLER(setf);
BSDBPF_HANDLER(setfnr);
BSDBPF_HANDLER(setwf);
BSDBPF_HANDLER(promisc);
BSDBPF_HANDLER(gdlt);
BSDBPF_HANDLER(gdltlist);
BSDBPF_HANDLER(sdlt);
BSDBPF_HANDLER(getif);
BSDBPF_HANDLER(setif);
BSDBPF_HANDLER(getiflist);
BSDBPF_HANDLER(gifaddr);
BSDBPF_HANDLER(gfildrop);
BSDBPF_HANDLER(sfildrop);
BSDBPF_HANDLER(gblen);
BSDBPF_HANDLER(sblen);
BSDBPF_HANDLER(flush);
BSDBPF_HANDLER(gstats);
BSDBPF_HANDLER(gstats64);
BSDBPF_HANDLER(gengine);
BSDBPF_HANDLER(gfanout);
BSDBPF_HANDLER(sfanout);
BSDBPF_HANDLER(version);
BSDBPF_HANDLER(srtimeout);
BSDBPF_HANDLER(grtimeout);
BSDBPF_HANDLER(swtimeout);
BSDBPF_HANDLER(gwtimeout);
BSDBPF_HANDLER(dwtimeout);
BSDBPF_HANDLER(immediate);
BSDBPF_HANDLER(gdirection);
BSDBPF_HANDLER(sdirection);
BSDBPF_HANDLER(gtstamp);
BSDBPF_HANDLER(ststamp);
BSDBPF_HANDLER(gpktinfo);
BSDBPF_HANDLER(spktinfo);
BSDBPF_HANDLER(gheaddrop);
BSDBPF_HANDLER(sheaddrop);
BSDBPF_HANDLER(getbufmode);
BSDBPF_HANDLER(setbufmode);
BSDBPF_HANDLER(getzmax);
BSDBPF_HANDLER(setzbuf);
BSDBPF_HANDLER(rotzbuf);
BSDBPF_HANDLER(lock);
BSDBPF_HANDLER(fionread);
BSDBPF_HANDLER(ghdrcmplt);
BSDBPF_HANDLER(shdrcmplt);
BSDBPF_HANDLER(gfeedback);
BSDBPF_HANDLER(sfeedback);
BSDBPF_HANDLER(gbatchwrite);
BSDBPF_HANDLER(sbatchwrite);
BSDBPF_HANDLER(setvlanpcp);
BSDBPF_HANDLER(grsig);
BSDBPF_HANDLER(srsig);
BSDBPF_HANDLER(fionbio);
BSDBPF_HANDLER(fioasync);
BSDBPF_HANDLER(fiosetown);
BSDBPF_HANDLER(fiogetown);
BSDBPF_HANDLER(tiocspgrp);
BSDBPF_HANDLER(tiocgpgrp);

/* loss.c: packets without room, and why */
void bsdbpf_loss_add(struct bsdbpf_desc *d, enum bsdbpf_loss why, u32 packets);
u64 bsdbpf_loss_sum(const struct bsdbpf_desc *d);
enum bsdbpf_loss bsdbpf_loss_of(const struct bsdbpf_store *s, u32 len);

/* trace.c: who is told of what */
void bsdbpf_trace_filter(const struct bsdbpf_desc *d, const struct bsdbpf_prog *prog,
			 bool write);

/* stats.c: /proc/net/bpf, and sums over a namespace's descriptors */
void bsdbpf_stats_add(struct bsdbpf_desc *d);
void bsdbpf_stats_del(struct bsdbpf_desc *d);
void bsdbpf_stats_past(const struct bsdbpf_desc *d, const struct bsdbpf_totals *totals);
void bsdbpf_stats_sum(struct bsdbpf_net *bnet, unsigned long sum[3]);
void bsdbpf_stats_zero(struct bsdbpf_net *bnet);
int bsdbpf_stats_init(struct net *net);
void bsdbpf_stats_exit(struct net *net);

/* sysctl.c: net.bpf.* */
int bsdbpf_sysctl_init(struct net *net);
void bsdbpf_sysctl_exit(struct net *net);

#endif /* _BSDBPF_H */
