/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A listener beside everything else that goes on, and one who sends to it, on
 * interfaces of their own, see flow_pair(): whatever happens to others, its packets
 * are whole, or counted.  A second one sends on lo, to whoever listens there.  Include
 * flow.h first.
 */
#ifndef VM_BYSTANDER_H
#define VM_BYSTANDER_H

struct bystander {
	struct flow_listener listener;
	struct flow_sender senders[2];
	pthread_t thread;
	atomic_bool done, heard;
};

static inline void *bystander_listen(void *arg)
{
	struct bystander *b = arg;

	while (!atomic_load(&b->heard))
		flow_read(&b->listener);
	return NULL;
}

/* They send all the time, in what time others leave. */
static inline void *bystander_send(void *arg)
{
	must(setpriority(PRIO_PROCESS, gettid(), 19));
	return flow_send(arg);
}

/* Signals are for the calls of others. */
static inline void bystander_start(struct bystander *b)
{
	sigset_t all, was;

	flow_listen(&b->listener, "vr", 65536, 1, 0, 9999);
	must(bpf_timeout_ms(b->listener.fd, 10));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	flow_thread(&b->thread, bystander_listen, b);
	for (int i = 0; i < 2; i++) {
		b->senders[i] = (struct flow_sender){ .id = i, .fd = flow_socket(i ? "lo" : "vl"),
						      .count = ~0U, .stop = &b->done };
		flow_thread(&b->senders[i].thread, bystander_send, &b->senders[i]);
	}
	pthread_sigmask(SIG_SETMASK, &was, NULL);
}

static inline void bystander_check(struct bystander *b)
{
	struct flow_listener *l = &b->listener;
	unsigned int sent, seen, drop;

	atomic_store(&b->done, true);
	flow_join(&b->senders[1], 1);
	sent = flow_join(&b->senders[0], 1);
	seen = flow_await(l->fd, sent);
	atomic_store(&b->heard, true);
	pthread_join(b->thread, NULL);
	flow_drain(l);
	drop = bpf_stats(l->fd).bs_drop;
	if (!ok(sent && seen == sent && !l->bad && l->records + drop == sent,
		"a listener beside all this got its packets whole, or they are counted"))
		printf("# sent %u, seen %u, read %u, dropped %u, bad %u\n", sent, seen,
		       l->records, drop, l->bad);
	flow_close(l);
	close(b->senders[0].fd);
	close(b->senders[1].fd);
}

#endif /* VM_BYSTANDER_H */
