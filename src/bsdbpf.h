/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver's internal types and the functions its files offer each other.
 * User-visible layouts are in <net/bpf.h> (include/uapi), the filter machine
 * is in filter/cbpf.h, differences between kernels in compat.h.
 *
 * Where a packet goes: tap.c is handed the skb, frame.c shows it as the frame
 * that was on the link, the descriptor's filter (filter/) judges it, buf.c
 * stores the record, read.c gives the buffer to the reader.
 *
 * LOCKING MODEL
 *
 * Locks, outermost first:
 *   desc->ctl	mutex; one ioctl at a time per descriptor.  May be held over a
 *		fault on the caller's memory, so nothing that serves others
 *		(notifier, tap, read, poll, close) ever takes it.
 *   RTNL	who is attached to what: bsdbpf_if_hash, bif->descs (writers),
 *		bif->writers, desc->bif (writers), desc->promisc, desc->fildrop
 *		(writers).  Never held over a fault.
 *   arena.c's	mutex; which parts of the executable memory are in use.
 *   bnet->lock	spinlock; the list of a namespace's descriptors.
 *   desc->lock	BH spinlock; all of desc->buf and desc->rec, the poll and
 *		wait state, the counters; writers of desc->filter, desc->wfilter
 *		and desc->bif hold it, too.
 *
 * Who relies on what:
 *   tap	RCU read side (the stack's own).  Walks bif->descs, reads
 *		desc->filter and runs it without a lock; takes desc->lock only
 *		for an accepted packet and then checks under it that filter
 *		and interface are still the ones it judged by.  So after a
 *		filter swap, a flush or a detach returns, no packet judged by
 *		the old state is stored: there is nothing to wait for, and a
 *		buffer can be freed as soon as desc->lock was released.  A
 *		filter is freed after a grace period, and its native code by
 *		a work item then (jit.c).
 *   read	takes desc->lock to claim the hold buffer (buf.reading), copies
 *		it out without a lock - while the flag is up nobody else touches
 *		that buffer - and gives it back under the lock.
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
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <net/bpf.h>
#include "filter/cbpf.h"
#include "compat.h"

/* A compiled filter, see cbpf_compile(). */
typedef u64 bsdbpf_native_fn(const u8 *head, u32 headlen, u32 wirelen,
			     u32 *words);

/*
 * A validated filter program; replaced as a whole, freed by RCU.  Native code
 * leaves packets that it cannot decide to the interpreter, so both have it.  The
 * instructions themselves are gone.
 */
struct bsdbpf_prog {
	bsdbpf_native_fn *native;	/* NULL: only interpreted */
	u32 native_size;		/* bytes */
	u32 len;			/* instructions */
	u32 ancillary;			/* cbpf_ancillary_used() */
	bool only_returns;		/* a constant, for each packet */
	union {				/* at its end */
		struct rcu_head rcu;
		struct llist_node dead;	/* then, if native; see jit.c */
	};
	u32 steps[];			/* struct cbpf_prepared */
};

/*
 * The two buffers of a descriptor.  data[store] is the store buffer, which
 * packets are appended to; the other one is the hold buffer, complete and
 * waiting for the reader, while hold_len > 0, and free otherwise.  Rotation
 * turns the store into the hold buffer and the free one into the store, so it
 * needs a free one.
 */
struct bsdbpf_buf {
	u8 *data[2];			/* NULL until the first SETIF */
	u32 size;			/* bytes in each */
	u32 store_len;			/* bytes used, records in between aligned */
	u32 hold_len;
	u32 store_count;		/* records */
	u32 hold_count;
	u8 store;			/* index of the store buffer */
	bool reading;			/* a reader is copying the hold buffer */
	ktime_t stamp;			/* of the latest record */
};

/* How the records of a descriptor look; follows from what it asked for. */
struct bsdbpf_rec {
	u32 tstamp;			/* BPF_T_*, see BIOCSTSTAMP */
	bool abi32;			/* layout of a 32-bit program */
	bool pktinfo;			/* with struct bpf_pktinfo */
	u8 align;			/* of a record's start */
	u8 timelen;			/* bytes before bh_caplen */
	u8 headlen;			/* bytes of the header that mean something */
	u16 hdrlen;			/* bh_hdrlen */
};

/* What poll(2) still owes a descriptor with a read timeout (bpf(4)). */
enum bsdbpf_poll_state {
	BSDBPF_POLL_IDLE,
	BSDBPF_POLL_WAITING,		/* timer is running */
	BSDBPF_POLL_EXPIRED,		/* any stored packet makes it readable */
};

struct bsdbpf_if;
struct bsdbpf_fildrop;

/*
 * bsdbpf_desc.writer of one that just was attached as a writer: how many
 * programs that libpcap may set for their snap length make it a reader.
 */
#define BSDBPF_WRITER	2

/* One open of /dev/bpf. */
struct bsdbpf_desc {
	/* what the tap needs for every packet */
	struct list_head if_node;	/* in bif->descs or ->writers; RTNL, RCU */
	bool was_linked;		/* if_node may still be walked; RTNL */
	struct bsdbpf_prog __rcu *filter;	/* NULL accepts everything */
	u8 direction;			/* enum bpf_direction */
	u8 fildrop;			/* BPF_FILDROP_*; RTNL */
	bool immediate;
	u64 __percpu *rejects;		/* packets the filter refused, ever */

	/* what it needs for an accepted one, all under lock */
	spinlock_t lock ____cacheline_aligned_in_smp;
	struct bsdbpf_if __rcu *bif;	/* NULL while unattached */
	struct bsdbpf_buf buf;
	struct bsdbpf_rec rec;
	bool headdrop;			/* rather lose the hold buffer than a packet */
	u64 match;			/* accepted since the last reset */
	u64 drop;			/* of those, dropped */
	u64 drop_told;			/* of those, told in a struct bpf_pktinfo */
	u64 reject_base;		/* sum of rejects at the last reset */
	enum bsdbpf_poll_state poll_state;
	bool wait_done;			/* the store buffer was kept long enough */
	ktime_t poll_deadline;
	ktime_t wait_deadline;
	ktime_t wtimeout;		/* 0: immediate, KTIME_MAX: no limit */
	struct hrtimer poll_timer;
	struct hrtimer wait_timer;

	/* readers, pollers, and those who wait for buf.reading to fall */
	wait_queue_head_t wait;
	struct fasync_struct *async;	/* who wants signals; fasync_helper() */
	unsigned int sig;		/* which one, 0 = none */

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
	ktime_t rtimeout;		/* read timeout, 0 = none; lock */
	bool promisc;			/* holds a promiscuity count; RTNL */
	bool locked;			/* BIOCLOCK; never cleared */
	u8 writer;			/* > 0: no packets wanted, see iface.c; RTNL */

	struct file *file;		/* the open file, outlives us */
	struct net *net;		/* namespace of the opener */
	struct list_head net_node;	/* bnet->lock */
	struct pid *user;		/* process that used it last; lock */
	char comm[TASK_COMM_LEN];	/* and its name */
	struct rcu_head rcu;
};

/*
 * What an interface's descriptors share, first of all its tap; exists while
 * there is one.
 */
struct bsdbpf_if {
	struct packet_type pt;		/* the hook, there while descs has any */
	struct list_head descs;		/* bsdbpf_desc.if_node, of readers */
	struct list_head writers;	/* of those that only write; RTNL */
	bool was_tapped;		/* pt may still be walked; RTNL */
	struct net_device *dev;
	netdevice_tracker dev_tracker;
	unsigned short type;		/* ARPHRD_* that dlt was derived from */
	u32 dlt;
	u16 linkhdr;			/* link header, bytes */
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
	struct ctl_table_header *sysctl;
	struct ctl_table *sysctl_table;
};

/*
 * A packet as the frame that was on the link: link header in front, VLAN tag
 * in place.  Lives on the tap's stack; valid as long as the skb.
 *
 * Where the skb holds less or other bytes than the link had, a patch supplies
 * them: frame bytes [patch_off, patch_off + patch_len) are in patch[], those
 * before it are in the skb at off, those behind it at rest.
 */
struct bsdbpf_frame {
	struct cbpf_pkt pkt;		/* what filters run on */
	const struct sk_buff *skb;
	int off;			/* of frame byte 0, relative to skb->data */
	int rest;			/* as off, for bytes behind the patch */
	u32 readable;			/* bytes from its start that can be copied */
	u32 patch_off;
	u32 patch_len;			/* 0: the skb has it all */
	u8 patch[24] __aligned(4);
	u8 peek[64];			/* first bytes of a patched frame */
	bool tag_inside;		/* the skb's VLAN tag is in the patch */
	ktime_t stamp;			/* clock read for it, 0 = none yet */
};

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
void bsdbpf_desc_zero(struct bsdbpf_desc *d);
void bsdbpf_desc_reset(struct bsdbpf_desc *d);
void bsdbpf_desc_reset_locked(struct bsdbpf_desc *d);
void bsdbpf_desc_abi32(struct bsdbpf_desc *d, bool abi32);
u64 bsdbpf_desc_recv(const struct bsdbpf_desc *d);

/* signal.c: SIGIO and its like */
int bsdbpf_fasync(int fd, struct file *file, int on);

/* poll.c: readiness and its timers */
void bsdbpf_poll_init(struct bsdbpf_desc *d);
bool bsdbpf_poll_stop(struct bsdbpf_desc *d);
void bsdbpf_wait_start(struct bsdbpf_desc *d);
bool bsdbpf_store_ready(const struct bsdbpf_desc *d);
bool bsdbpf_readable(const struct bsdbpf_desc *d);
__poll_t bsdbpf_poll(struct file *file, struct poll_table_struct *table);

/* buf.c: the store and hold buffers */
int bsdbpf_buf_alloc(struct bsdbpf_desc *d);
void bsdbpf_buf_free(struct bsdbpf_buf *buf);
int bsdbpf_buf_resize(struct bsdbpf_desc *d, u32 size);
bool bsdbpf_buf_rotate(struct bsdbpf_buf *buf);
bool bsdbpf_buf_append(struct bsdbpf_desc *d, struct bsdbpf_frame *frame,
		       u32 snap, bool *rotated);

/* record.c: what stands in front of a packet */
void bsdbpf_rec_layout(struct bsdbpf_rec *rec, u16 linkhdr);
void bsdbpf_rec_write(struct bsdbpf_desc *d, struct bsdbpf_frame *frame,
		      u32 caplen, u8 *to);

/* frame.c: from skb to frame */
void bsdbpf_frame_init(struct bsdbpf_frame *frame, const struct sk_buff *skb,
		       const struct bsdbpf_if *bif);
void bsdbpf_frame_whole(struct bsdbpf_frame *frame, const struct sk_buff *skb);
bool bsdbpf_frame_copy(const struct bsdbpf_frame *frame, u32 off, u32 len,
		       void *to);

/* ancillary.c: what is known of a frame besides its bytes */
bool bsdbpf_ancillary(const struct cbpf_pkt *pkt, enum cbpf_anc which, u32 a, u32 x,
		      u32 *val);

/* prog.c: filter programs */
struct bsdbpf_prog *bsdbpf_prog_new(const struct cbpf_insn *insns, u32 len);
u32 bsdbpf_prog_run(const struct bsdbpf_prog *prog, const struct cbpf_pkt *pkt);
void bsdbpf_prog_free(struct bsdbpf_prog *prog);
void bsdbpf_prog_free_now(struct bsdbpf_prog *prog);

/* jit.c: their native code */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
void bsdbpf_jit_compile(struct bsdbpf_prog *prog, const struct cbpf_insn *insns);
void bsdbpf_jit_free(struct bsdbpf_prog *prog);
void bsdbpf_jit_init(void);
void bsdbpf_jit_exit(void);
#else
static inline void bsdbpf_jit_compile(struct bsdbpf_prog *prog,
				      const struct cbpf_insn *insns)
{
}

static inline void bsdbpf_jit_free(struct bsdbpf_prog *prog)
{
}

static inline void bsdbpf_jit_init(void)
{
}

static inline void bsdbpf_jit_exit(void)
{
}
#endif

/* tap.c: the hook */
int bsdbpf_tap_rcv(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig_dev);
bool bsdbpf_wants(const struct bsdbpf_desc *d, bool outgoing);

/* iface.c: attachment to interfaces */
int bsdbpf_if_attach(struct bsdbpf_desc *d, const char *name);
void bsdbpf_if_detach(struct bsdbpf_desc *d);
int bsdbpf_if_promisc(struct bsdbpf_desc *d);
void bsdbpf_if_promote(struct bsdbpf_desc *d);
int bsdbpf_if_fildrop(struct bsdbpf_desc *d, u8 fildrop);
int bsdbpf_if_init(void);
void bsdbpf_if_exit(void);

/* fildrop.c: packets that are kept from the stack */
int bsdbpf_fildrop_get(struct bsdbpf_if *bif);
void bsdbpf_fildrop_put(struct bsdbpf_if *bif);

/* dlt.c: link types */
int bsdbpf_dlt_of(const struct net_device *dev);
u16 bsdbpf_dlt_linkhdr(u32 dlt);
int bsdbpf_dlt_writehdr(const struct bsdbpf_if *bif);

/* read.c, write.c, batch.c, ioctl.c: the system calls */
ssize_t bsdbpf_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t bsdbpf_write_iter(struct kiocb *iocb, struct iov_iter *from);
int bsdbpf_write_frame(struct bsdbpf_desc *d, struct iov_iter *from);
bool bsdbpf_write_hidden(const struct sk_buff *skb, const struct net_device *dev);
ssize_t bsdbpf_batch_write(struct bsdbpf_desc *d, struct iov_iter *from);
long bsdbpf_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long bsdbpf_compat_ioctl(struct file *file, unsigned int cmd,
			 unsigned long arg);

/* ioctl_arg.c: arguments whose layout differs between 32 and 64 bits */
enum bsdbpf_arg { ARG_PLAIN, ARG_PROGRAM, ARG_LIST, ARG_TIMEVAL, ARG_IFLIST };
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
BSDBPF_HANDLER(zbuf);
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

/* stats.c: /proc/net/bpf, and sums over a namespace's descriptors */
void bsdbpf_stats_add(struct bsdbpf_desc *d);
void bsdbpf_stats_del(struct bsdbpf_desc *d);
void bsdbpf_stats_past(const struct bsdbpf_desc *d);
void bsdbpf_stats_sum(struct bsdbpf_net *bnet, unsigned long sum[3]);
void bsdbpf_stats_zero(struct bsdbpf_net *bnet);
int bsdbpf_stats_init(struct net *net);
void bsdbpf_stats_exit(struct net *net);

/* sysctl.c: net.bpf.* */
int bsdbpf_sysctl_init(struct net *net);
void bsdbpf_sysctl_exit(struct net *net);

#endif /* _BSDBPF_H */
