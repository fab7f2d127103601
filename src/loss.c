// SPDX-License-Identifier: GPL-2.0
/*
 * Counts packets that were accepted and found no room, each for a reason.  What is
 * done about that is the tap's business.
 */
#include "trace.h"

/**
 * bsdbpf_loss_add() - count packets as lost
 * @d: descriptor
 * @why: the reason
 * @packets: how many
 *
 * Any context, without a lock.
 */
void bsdbpf_loss_add(struct bsdbpf_desc *d, enum bsdbpf_loss why, u32 packets)
{
	atomic64_add(packets, &d->lost[why]);
	trace_drop(d, why, packets);
}

/**
 * bsdbpf_loss_sum() - how many packets were lost since the descriptor was opened
 * @d: descriptor
 */
u64 bsdbpf_loss_sum(const struct bsdbpf_desc *d)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < BSDBPF_LOSSES; i++)
		sum += atomic64_read(&d->lost[i]);
	return sum;
}

/**
 * bsdbpf_loss_of() - why there was no room for a record
 * @s: buffers
 * @len: its bytes
 *
 * Return: the reason; without the lock that of a moment later.
 */
enum bsdbpf_loss bsdbpf_loss_of(const struct bsdbpf_store *s, u32 len)
{
	if (len > READ_ONCE(s->limit))
		return BSDBPF_LOSS_SIZE;
	if (READ_ONCE(s->other) == BSDBPF_OTHER_CLOSING)
		return BSDBPF_LOSS_CLOSING;
	if (READ_ONCE(s->shared))
		return BSDBPF_LOSS_SHARED;
	return READ_ONCE(s->reading) ? BSDBPF_LOSS_READING : BSDBPF_LOSS_UNREAD;
}
