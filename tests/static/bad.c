// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Has each mistake that the scripts beside it look for, once, and is never compiled:
 * tests/check sees by it that they still find them.
 */
int unchecked_alloc(void)
{
	struct thing *x;

	x = kzalloc(sizeof(*x), GFP_KERNEL);
	x->number = 1;
	return 0;
}

int sleeps_locked(struct thing *t, void *to)
{
	spin_lock(&t->lock);
	if (copy_to_user(to, t, 4))
		t->number = 1;
	spin_unlock(&t->lock);
	return 0;
}

int lock_left(struct thing *t)
{
	mutex_lock(&t->lock);
	if (t->number)
		return -EINVAL;
	mutex_unlock(&t->lock);
	return 0;
}

int raw_answer(struct thing *t, void *to)
{
	struct answer a;

	a.number = t->number;
	return copy_to_user(to, &a, sizeof(a)) ? -EFAULT : 0;
}
