// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/bpf: who has the device open in this network namespace, in the
 * columns of FreeBSD's netstat -B and some more.  Root only, as there: it
 * tells who listens.  /proc/net/bpf_filter is the same with their filters.  And
 * what all descriptors of a namespace have counted.
 */
#include "bsdbpf.h"

#include <linux/capability.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/net_namespace.h>

/**
 * bsdbpf_stats_add() - list a new descriptor
 * @d: descriptor, complete
 */
void bsdbpf_stats_add(struct bsdbpf_desc *d)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(d->net);

	spin_lock(&bnet->lock);
	list_add_tail(&d->net_node, &bnet->descs);
	spin_unlock(&bnet->lock);
}

/* The counters that are summed up over a namespace. */
enum { RECV, DROP, CAPT };

/**
 * bsdbpf_stats_past() - a descriptor's counters are about to be reset
 * @d: descriptor
 * @totals: what they have come to
 */
void bsdbpf_stats_past(const struct bsdbpf_desc *d, const struct bsdbpf_totals *totals)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(d->net);

	atomic64_add(totals->recv, &bnet->past[RECV]);
	atomic64_add(totals->drop, &bnet->past[DROP]);
	atomic64_add(totals->match, &bnet->past[CAPT]);
}

/**
 * bsdbpf_stats_del() - take a descriptor off the list; what it counted stays counted
 * @d: descriptor, still complete, without an interface
 */
void bsdbpf_stats_del(struct bsdbpf_desc *d)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(d->net);
	struct bsdbpf_totals totals;

	spin_lock(&bnet->lock);
	spin_lock_bh(&d->lock);
	bsdbpf_desc_totals(d, &totals);
	bsdbpf_stats_past(d, &totals);
	spin_unlock_bh(&d->lock);
	list_del(&d->net_node);
	spin_unlock(&bnet->lock);
}

/**
 * bsdbpf_stats_sum() - what a namespace's descriptors have counted
 * @bnet: namespace
 * @sum: out: packets received, dropped, captured
 */
void bsdbpf_stats_sum(struct bsdbpf_net *bnet, unsigned long sum[3])
{
	struct bsdbpf_totals totals;
	struct bsdbpf_desc *d;
	int i;

	spin_lock(&bnet->lock);
	for (i = 0; i < ARRAY_SIZE(bnet->past); i++)
		sum[i] = atomic64_read(&bnet->past[i]);
	list_for_each_entry(d, &bnet->descs, net_node) {
		spin_lock_bh(&d->lock);
		bsdbpf_desc_totals(d, &totals);
		spin_unlock_bh(&d->lock);
		sum[RECV] += totals.recv;
		sum[DROP] += totals.drop;
		sum[CAPT] += totals.match;
	}
	spin_unlock(&bnet->lock);
}

/**
 * bsdbpf_stats_zero() - all of a namespace's descriptors count from 0 again
 * @bnet: namespace
 *
 * What is buffered stays.
 */
void bsdbpf_stats_zero(struct bsdbpf_net *bnet)
{
	struct bsdbpf_desc *d;
	int i;

	spin_lock(&bnet->lock);
	list_for_each_entry(d, &bnet->descs, net_node) {
		spin_lock_bh(&d->lock);
		bsdbpf_desc_zero(d);
		spin_unlock_bh(&d->lock);
	}
	for (i = 0; i < ARRAY_SIZE(bnet->past); i++)
		atomic64_set(&bnet->past[i], 0);
	spin_unlock(&bnet->lock);
}

/* What a line shows of a descriptor, taken at one moment. */
struct bsdbpf_line {
	pid_t pid;
	char name[IFNAMSIZ];
	char dlt[12];
	char flags[12];
	struct bsdbpf_totals totals;
	u64 wcount, wmatch, wdrop;
	u32 slen, hlen, size;
	u32 insns, winsns;
	const char *engine;
	u64 fallback;
	u32 sig, tstamp;
	u8 bufmode;
	const struct bsdbpf_prog *filter, *wfilter;	/* in an RCU read side */
	char comm[TASK_COMM_LEN];
};

/*
 * Flags stand in fixed columns, the first seven as netstat -B prints them:
 * promiscuous, immediate, source address filled in, direction, feedback, async,
 * locked; then those of ours: writer only, head drop, filter drop.
 */
static void bsdbpf_line_flags(struct bsdbpf_line *line,
			      const struct bsdbpf_desc *d)
{
	static const char direction[] = { '-', 's', 'o' };
	static const char letters[] = "pif-balwhd";
	const bool set[] = {
		d->promisc, d->immediate, !d->hdrcmplt, false, d->feedback,
		d->async, d->locked, d->writer, d->headdrop, d->fildrop,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(set); i++)
		line->flags[i] = set[i] ? letters[i] : '-';
	line->flags[3] = direction[d->direction];
	line->flags[i] = '\0';
}

static u32 bsdbpf_line_insns(struct bsdbpf_prog __rcu *filter,
			     const struct bsdbpf_desc *d)
{
	const struct bsdbpf_prog *prog =
		rcu_dereference_protected(filter, lockdep_is_held(&d->lock));

	return prog ? prog->len : 0;
}

/* What runs the read filter, and how often the interpreter had to help. */
static void bsdbpf_line_engine(struct bsdbpf_line *line,
			       const struct bsdbpf_desc *d)
{
	const struct bsdbpf_prog *prog =
		rcu_dereference_protected(d->filter, lockdep_is_held(&d->lock));
	struct bsdbpf_counts sum;

	bsdbpf_desc_counts(d, &sum);
	line->engine = bsdbpf_engine_name(prog);
	line->fallback = sum.fallback;
	line->filter = prog;
	line->wfilter = rcu_dereference_protected(d->wfilter, lockdep_is_held(&d->lock));
}

static void bsdbpf_line_take(struct bsdbpf_line *line, struct bsdbpf_desc *d,
			     struct pid_namespace *pid_ns)
{
	const struct bsdbpf_if *bif = rtnl_dereference(d->bif);

	strscpy(line->name, bif ? bif->dev->name : "-", sizeof(line->name));
	strscpy(line->dlt, "-", sizeof(line->dlt));
	if (bif)
		snprintf(line->dlt, sizeof(line->dlt), "%u", bif->dlt);
	spin_lock_bh(&d->lock);
	line->pid = pid_nr_ns(d->user, pid_ns);
	bsdbpf_line_flags(line, d);
	bsdbpf_desc_totals(d, &line->totals);
	line->slen = bsdbpf_store_len(&d->store);
	line->hlen = bsdbpf_hold_len(&d->store);
	line->size = d->store.size;
	line->insns = bsdbpf_line_insns(d->filter, d);
	line->winsns = bsdbpf_line_insns(d->wfilter, d);
	bsdbpf_line_engine(line, d);
	line->wcount = atomic64_read(&d->wcount);
	line->wmatch = atomic64_read(&d->wmatch);
	line->wdrop = atomic64_read(&d->wdrop);
	line->sig = bsdbpf_signal(d);
	line->tstamp = d->rec.tstamp;
	line->bufmode = d->bufmode;
	strscpy(line->comm, d->comm, sizeof(line->comm));
	spin_unlock_bh(&d->lock);
}

static void *bsdbpf_seq_start(struct seq_file *seq, loff_t *pos)
	__acquires(bnet->lock) __acquires(RCU)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(seq_file_net(seq));

	rtnl_lock();	/* the names */
	spin_lock(&bnet->lock);
	rcu_read_lock();	/* the filters */
	return seq_list_start_head(&bnet->descs, *pos);
}

/*
 * What a filter looks for may be a secret: it takes more than to be the file's owner,
 * whoever is handed the open file.  What start returns, stop undoes.
 */
static void *bsdbpf_filters_start(struct seq_file *seq, loff_t *pos)
	__acquires(bnet->lock) __acquires(RCU)
{
	void *first = bsdbpf_seq_start(seq, pos);

	if (!file_ns_capable(seq->file, seq_file_net(seq)->user_ns, CAP_NET_ADMIN))
		return ERR_PTR(-EPERM);
	return first;
}

static void *bsdbpf_seq_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(seq_file_net(seq));

	return seq_list_next(v, &bnet->descs, pos);
}

static void bsdbpf_seq_stop(struct seq_file *seq, void *v)
	__releases(bnet->lock) __releases(RCU)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(seq_file_net(seq));

	rcu_read_unlock();
	spin_unlock(&bnet->lock);
	rtnl_unlock();
}

/* In one word: how many instructions, and code:jt:jf:k of each; or that there is none. */
static void bsdbpf_seq_filter(struct seq_file *seq, const struct bsdbpf_prog *prog)
{
	const struct cbpf_insn *insn;

	if (!prog) {
		seq_puts(seq, "- ");
		return;
	}
	seq_printf(seq, "%u,", prog->len);
	for (insn = prog->insns; insn < prog->insns + prog->len; insn++)
		seq_printf(seq, "%u:%u:%u:%u,", insn->code, insn->jt, insn->jf, insn->k);
	seq_putc(seq, ' ');
}

#define BSDBPF_LOSS_COLUMN(name, text)	"D" text,
static const char *const bsdbpf_loss_columns[] = {
	BSDBPF_LOSS_LIST(BSDBPF_LOSS_COLUMN)
};

static void bsdbpf_seq_line(struct seq_file *seq, void *v, bool filters)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(seq_file_net(seq));
	struct bsdbpf_line line;
	int i;

	if (v == &bnet->descs) {
		seq_puts(seq, "    Pid Netif           Flags            Recv       Drop      Match   Sblen   Hblen Bufsize Dlt Insns Winsns     Wcount     Wmatch      Wdrop Sig Tstamp Mode   Engine   Fallback");
		for (i = 0; i < BSDBPF_LOSSES; i++)
			seq_printf(seq, " %10s", bsdbpf_loss_columns[i]);
		seq_puts(seq, filters ? " Filter Wfilter Command\n" : " Command\n");
		return;
	}
	bsdbpf_line_take(&line, list_entry(v, struct bsdbpf_desc, net_node),
			 proc_pid_ns(file_inode(seq->file)->i_sb));
	seq_printf(seq, "%7d %-15s %s %10llu %10llu %10llu %7u %7u %7u %3s %5u %6u %10llu %10llu %10llu %3u 0x%-4x %-6s %-6s %10llu ",
		   line.pid, line.name, line.flags, line.totals.recv,
		   line.totals.drop, line.totals.match, line.slen, line.hlen, line.size, line.dlt,
		   line.insns, line.winsns, line.wcount, line.wmatch,
		   line.wdrop, line.sig, line.tstamp,
		   line.bufmode == BPF_BUFMODE_ZBUF ? "zbuf" : "buffer",
		   line.engine, line.fallback);
	for (i = 0; i < BSDBPF_LOSSES; i++)
		seq_printf(seq, "%10llu ", line.totals.lost[i]);
	if (filters) {
		bsdbpf_seq_filter(seq, line.filter);
		bsdbpf_seq_filter(seq, line.wfilter);
	}
	/* a process may call itself anything */
	seq_escape(seq, line.comm, "\n\\");
	seq_putc(seq, '\n');
}

static int bsdbpf_seq_show(struct seq_file *seq, void *v)
{
	bsdbpf_seq_line(seq, v, false);
	return 0;
}

static int bsdbpf_seq_show_filters(struct seq_file *seq, void *v)
{
	bsdbpf_seq_line(seq, v, true);
	return 0;
}

static const struct seq_operations bsdbpf_seq_ops = {
	.start	= bsdbpf_seq_start,
	.next	= bsdbpf_seq_next,
	.stop	= bsdbpf_seq_stop,
	.show	= bsdbpf_seq_show,
};

static const struct seq_operations bsdbpf_filters_ops = {
	.start	= bsdbpf_filters_start,
	.next	= bsdbpf_seq_next,
	.stop	= bsdbpf_seq_stop,
	.show	= bsdbpf_seq_show_filters,
};

/**
 * bsdbpf_stats_init() - create a namespace's /proc/net/bpf
 * @net: namespace that is being made
 *
 * Return: 0 or -ENOMEM.
 */
int bsdbpf_stats_init(struct net *net)
{
	if (!proc_create_net("bpf", 0400, net->proc_net, &bsdbpf_seq_ops,
			     sizeof(struct seq_net_private)))
		return -ENOMEM;
	if (!proc_create_net("bpf_filter", 0400, net->proc_net, &bsdbpf_filters_ops,
			     sizeof(struct seq_net_private))) {
		remove_proc_entry("bpf", net->proc_net);
		return -ENOMEM;
	}
	return 0;
}

/**
 * bsdbpf_stats_exit() - remove it again
 * @net: namespace that is being destroyed
 */
void bsdbpf_stats_exit(struct net *net)
{
	remove_proc_entry("bpf_filter", net->proc_net);
	remove_proc_entry("bpf", net->proc_net);
}
