// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/bpf: who has the device open in this network namespace, in the
 * columns of FreeBSD's netstat -B.  Root only, as there: it tells who listens.
 */
#include "bsdbpf.h"

#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

/* The descriptors opened in one network namespace. */
struct bsdbpf_net {
	struct list_head descs;		/* bsdbpf_desc.net_node */
	spinlock_t lock;
};

static unsigned int bsdbpf_net_id __read_mostly;

/**
 * bsdbpf_stats_add() - list a new descriptor
 * @d: descriptor, complete
 */
void bsdbpf_stats_add(struct bsdbpf_desc *d)
{
	struct bsdbpf_net *bnet = net_generic(d->net, bsdbpf_net_id);

	spin_lock(&bnet->lock);
	list_add_tail(&d->net_node, &bnet->descs);
	spin_unlock(&bnet->lock);
}

/**
 * bsdbpf_stats_del() - take a descriptor off the list
 * @d: descriptor, still complete
 */
void bsdbpf_stats_del(struct bsdbpf_desc *d)
{
	struct bsdbpf_net *bnet = net_generic(d->net, bsdbpf_net_id);

	spin_lock(&bnet->lock);
	list_del(&d->net_node);
	spin_unlock(&bnet->lock);
}

/* What a line shows of a descriptor, taken at one moment. */
struct bsdbpf_line {
	pid_t pid;
	char name[IFNAMSIZ];
	char flags[8];
	u64 recv, drop, match;
	u32 slen, hlen;
	char comm[TASK_COMM_LEN];
};

/*
 * Flags stand in fixed columns, as netstat -B prints them: promiscuous,
 * immediate, source address filled in, direction, feedback, async, locked.
 */
static void bsdbpf_line_take(struct bsdbpf_line *line, struct bsdbpf_desc *d,
			     struct pid_namespace *pid_ns)
{
	static const char direction[] = { 'i', '-', 'o' };
	const struct bsdbpf_if *bif = rtnl_dereference(d->bif);

	spin_lock_bh(&d->lock);
	line->pid = pid_nr_ns(d->user, pid_ns);
	strscpy(line->name, bif ? bif->dev->name : "-", sizeof(line->name));
	strscpy(line->flags, "-------", sizeof(line->flags));
	if (d->promisc)
		line->flags[0] = 'p';
	if (d->immediate)
		line->flags[1] = 'i';
	if (!d->hdrcmplt)
		line->flags[2] = 'f';
	line->flags[3] = direction[d->direction];
	line->match = d->match;
	line->drop = d->drop;
	line->recv = bsdbpf_desc_recv(d);
	line->slen = d->buf.store_len;
	line->hlen = d->buf.hold_len;
	strscpy(line->comm, d->comm, sizeof(line->comm));
	spin_unlock_bh(&d->lock);
}

static void *bsdbpf_seq_start(struct seq_file *seq, loff_t *pos)
	__acquires(bnet->lock)
{
	struct bsdbpf_net *bnet = net_generic(seq_file_net(seq), bsdbpf_net_id);

	rtnl_lock();	/* the names */
	spin_lock(&bnet->lock);
	return seq_list_start_head(&bnet->descs, *pos);
}

static void *bsdbpf_seq_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct bsdbpf_net *bnet = net_generic(seq_file_net(seq), bsdbpf_net_id);

	return seq_list_next(v, &bnet->descs, pos);
}

static void bsdbpf_seq_stop(struct seq_file *seq, void *v)
	__releases(bnet->lock)
{
	struct bsdbpf_net *bnet = net_generic(seq_file_net(seq), bsdbpf_net_id);

	spin_unlock(&bnet->lock);
	rtnl_unlock();
}

static int bsdbpf_seq_show(struct seq_file *seq, void *v)
{
	struct bsdbpf_net *bnet = net_generic(seq_file_net(seq), bsdbpf_net_id);
	struct bsdbpf_line line;

	if (v == &bnet->descs) {
		seq_puts(seq, "    Pid Netif           Flags         Recv       Drop      Match   Sblen   Hblen Command\n");
		return 0;
	}
	bsdbpf_line_take(&line, list_entry(v, struct bsdbpf_desc, net_node),
			 proc_pid_ns(file_inode(seq->file)->i_sb));
	seq_printf(seq, "%7d %-15s %s %10llu %10llu %10llu %7u %7u %s\n",
		   line.pid, line.name, line.flags, line.recv, line.drop,
		   line.match, line.slen, line.hlen, line.comm);
	return 0;
}

static const struct seq_operations bsdbpf_seq_ops = {
	.start	= bsdbpf_seq_start,
	.next	= bsdbpf_seq_next,
	.stop	= bsdbpf_seq_stop,
	.show	= bsdbpf_seq_show,
};

static int __net_init bsdbpf_net_init(struct net *net)
{
	struct bsdbpf_net *bnet = net_generic(net, bsdbpf_net_id);

	INIT_LIST_HEAD(&bnet->descs);
	spin_lock_init(&bnet->lock);
	if (!proc_create_net("bpf", 0400, net->proc_net, &bsdbpf_seq_ops,
			     sizeof(struct seq_net_private)))
		return -ENOMEM;
	return 0;
}

static void __net_exit bsdbpf_net_exit(struct net *net)
{
	remove_proc_entry("bpf", net->proc_net);
}

static struct pernet_operations bsdbpf_net_ops = {
	.init	= bsdbpf_net_init,
	.exit	= bsdbpf_net_exit,
	.id	= &bsdbpf_net_id,
	.size	= sizeof(struct bsdbpf_net),
};

/**
 * bsdbpf_stats_init() - create /proc/net/bpf in every namespace
 *
 * Return: 0 or -ENOMEM.
 */
int bsdbpf_stats_init(void)
{
	return register_pernet_subsys(&bsdbpf_net_ops);
}

/**
 * bsdbpf_stats_exit() - remove it again
 */
void bsdbpf_stats_exit(void)
{
	unregister_pernet_subsys(&bsdbpf_net_ops);
}
