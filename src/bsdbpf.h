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
 *		desc->bif and desc->promisc (writers).  Never held over a fault.
 *   bnet->lock	spinlock; the list of a namespace's descriptors.
 *   desc->lock	BH spinlock; all of desc->buf, the poll state, the counters;
 *		writers of desc->filter and desc->bif hold it, too.
 *
 * Who relies on what:
 *   tap	RCU read side (the stack's own).  Walks bif->descs, reads
 *		desc->filter and runs it without a lock; takes desc->lock only
 *		for an accepted packet and then checks under it that filter
 *		and interface are still the ones it judged by.  So after a
 *		filter swap, a flush or a detach returns, no packet judged by
 *		the old state is stored: there is nothing to wait for, and a
 *		buffer can be freed as soon as desc->lock was released.
 *   read	takes desc->lock to claim the hold buffer (buf.reading), copies
 *		it out without a lock - while the flag is up nobody else touches
 *		that buffer - and gives it back under the lock.
 *   write	RCU read side to look at desc->bif, a device reference for the
 *		time it sleeps.
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
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <net/bpf.h>
#include "filter/cbpf.h"
#include "compat.h"

/* A validated filter program; replaced as a whole, freed by RCU. */
struct bsdbpf_prog {
	struct rcu_head rcu;
	u32 len;			/* instructions */
	struct cbpf_insn insns[];
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
	u8 store;			/* index of the store buffer */
	bool reading;			/* a reader is copying the hold buffer */
	ktime_t stamp;			/* of the latest record */
};

/* What poll(2) still owes a descriptor with a read timeout (bpf(4)). */
enum bsdbpf_poll_state {
	BSDBPF_POLL_IDLE,
	BSDBPF_POLL_WAITING,		/* timer is running */
	BSDBPF_POLL_EXPIRED,		/* any stored packet makes it readable */
};

struct bsdbpf_if;

/* One open of /dev/bpf. */
struct bsdbpf_desc {
	/* what the tap needs for every packet */
	struct list_head if_node;	/* in bif->descs; RTNL, RCU */
	bool was_linked;		/* if_node may still be walked; RTNL */
	struct bsdbpf_prog __rcu *filter;	/* NULL accepts everything */
	u8 direction;			/* enum bpf_direction */
	bool immediate;
	u64 __percpu *rejects;		/* packets the filter refused, ever */

	/* what it needs for an accepted one, all under lock */
	spinlock_t lock ____cacheline_aligned_in_smp;
	struct bsdbpf_if __rcu *bif;	/* NULL while unattached */
	struct bsdbpf_buf buf;
	u64 match;			/* accepted since the last reset */
	u64 drop;			/* of those, dropped */
	u64 reject_base;		/* sum of rejects at the last reset */
	enum bsdbpf_poll_state poll_state;
	ktime_t poll_deadline;
	struct hrtimer poll_timer;

	/* readers, pollers, and those who wait for buf.reading to fall */
	wait_queue_head_t wait;

	/* configuration, under ctl unless said otherwise */
	struct mutex ctl;
	ktime_t rtimeout;		/* read timeout, 0 = none; lock */
	bool hdrcmplt;			/* the writer supplies the source address */
	bool promisc;			/* holds a promiscuity count; RTNL */

	struct net *net;		/* namespace of the opener */
	struct list_head net_node;	/* bnet->lock */
	struct pid *user;		/* process that used it last; lock */
	char comm[TASK_COMM_LEN];	/* and its name */
	struct rcu_head rcu;
};

/*
 * The tap of one interface, shared by all descriptors on it; exists while
 * there is one.
 */
struct bsdbpf_if {
	struct packet_type pt;		/* the hook */
	struct list_head descs;		/* bsdbpf_desc.if_node */
	struct net_device *dev;
	netdevice_tracker dev_tracker;
	unsigned short type;		/* ARPHRD_* that dlt was derived from */
	u32 dlt;
	u16 linkhdr;			/* link header, bytes */
	u16 rechdr;			/* bh_hdrlen of its records */
	struct hlist_node hash;
	struct rcu_head rcu;
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
	u8 patch[4];
	u8 peek[64];			/* first bytes of a patched frame */
};

/* dev.c: the character device */
int bsdbpf_dev_register(void);
void bsdbpf_dev_unregister(void);

/* desc.c: life of a descriptor */
struct bsdbpf_desc *bsdbpf_desc_new(struct net *net);
void bsdbpf_desc_put(struct bsdbpf_desc *d);
void bsdbpf_desc_used(struct bsdbpf_desc *d);
void bsdbpf_desc_wake(struct bsdbpf_desc *d);
void bsdbpf_desc_reset(struct bsdbpf_desc *d);
void bsdbpf_desc_reset_locked(struct bsdbpf_desc *d);
u64 bsdbpf_desc_recv(const struct bsdbpf_desc *d);

/* poll.c: readiness and its timer */
void bsdbpf_poll_init(struct bsdbpf_desc *d);
bool bsdbpf_poll_stop(struct bsdbpf_desc *d);
bool bsdbpf_readable(const struct bsdbpf_desc *d);
__poll_t bsdbpf_poll(struct file *file, struct poll_table_struct *table);

/* buf.c: the store and hold buffers */
int bsdbpf_buf_alloc(struct bsdbpf_desc *d);
void bsdbpf_buf_free(struct bsdbpf_buf *buf);
int bsdbpf_buf_resize(struct bsdbpf_desc *d, u32 size);
bool bsdbpf_buf_rotate(struct bsdbpf_buf *buf);
bool bsdbpf_buf_append(struct bsdbpf_desc *d, const struct bsdbpf_if *bif,
		       const struct bsdbpf_frame *frame, u32 snap, bool *rotated);

/* frame.c: from skb to frame */
void bsdbpf_frame_init(struct bsdbpf_frame *frame, const struct sk_buff *skb,
		       const struct bsdbpf_if *bif);
bool bsdbpf_frame_copy(const struct bsdbpf_frame *frame, u32 off, u32 len,
		       void *to);

/* tap.c: the hook */
int bsdbpf_tap_rcv(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig_dev);

/* iface.c: attachment to interfaces */
int bsdbpf_if_attach(struct bsdbpf_desc *d, const char *name);
void bsdbpf_if_detach(struct bsdbpf_desc *d);
int bsdbpf_if_promisc(struct bsdbpf_desc *d);
int bsdbpf_if_init(void);
void bsdbpf_if_exit(void);

/* dlt.c: link types */
int bsdbpf_dlt_of(const struct net_device *dev);
u16 bsdbpf_dlt_linkhdr(u32 dlt);
int bsdbpf_dlt_writehdr(u32 dlt);

/* read.c, write.c, ioctl.c: the system calls */
ssize_t bsdbpf_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t bsdbpf_write_iter(struct kiocb *iocb, struct iov_iter *from);
long bsdbpf_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* ioctl_filter.c, ioctl_if.c, ioctl_misc.c: the handlers, see ioctl.c */
int bsdbpf_ioc_setf(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_setfnr(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_promisc(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_gdlt(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_gdltlist(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_sdlt(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_getif(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_setif(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_gblen(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_sblen(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_flush(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_srtimeout(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_grtimeout(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_gstats(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_immediate(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_version(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_ghdrcmplt(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_shdrcmplt(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_gdirection(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_sdirection(struct bsdbpf_desc *d, void *arg);
int bsdbpf_ioc_fionread(struct bsdbpf_desc *d, void *arg);

/* stats.c: /proc/net/bpf and the list of descriptors behind it */
void bsdbpf_stats_add(struct bsdbpf_desc *d);
void bsdbpf_stats_del(struct bsdbpf_desc *d);
int bsdbpf_stats_init(void);
void bsdbpf_stats_exit(void);

#endif /* _BSDBPF_H */
