// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Takes away from a round what it does not need to fail: operations, in ever smaller
 * pieces, then faults, then what arguments say.  A round that fails only at times loses
 * less, but never what it cannot do without.
 */
#include "minimise.h"

#include <string.h>
#include <time.h>

static struct round trial;
static time_t end;
static bool (*still)(const struct round *r);

static bool better(struct round *r)
{
	if (time(NULL) >= end || !still(&trial))
		return false;
	*r = trial;
	return true;
}

static bool fewer(struct round *r)
{
	bool some = false;

	for (uint32_t n = (r->count + 1) / 2; n; n /= 2)
		for (uint32_t at = 0; at < r->count;) {
			uint32_t out = n < r->count - at ? n : r->count - at;

			trial = *r;
			memmove(trial.ops + at, trial.ops + at + out,
				(r->count - at - out) * sizeof(*trial.ops));
			trial.count -= out;
			if (better(r))
				some = true;
			else
				at += out;
		}
	return some;
}

/* One thread instead of several: then there is an order. */
static bool one_thread(struct round *r)
{
	trial = *r;
	for (uint32_t i = 0; i < r->count; i++)
		trial.ops[i].thread = 0;
	return memcmp(trial.ops, r->ops, r->count * sizeof(*r->ops)) && better(r);
}

static bool simpler(struct round *r, uint32_t *field)
{
	uint32_t *in_trial = (uint32_t *)((char *)&trial + ((char *)field - (char *)r));

	for (uint32_t value = 0; value < 3; value++) {
		if (*field == value)
			return false;
		trial = *r;
		*in_trial = value;
		if (better(r))
			return true;
	}
	return false;
}

static bool simpler_all(struct round *r)
{
	bool some = false;

	for (uint32_t i = 0; i < r->count; i++) {
		struct op *op = &r->ops[i];

		if (op->fail) {
			trial = *r;
			trial.ops[i].fail = 0;
			some |= better(r);
		}
		some |= simpler(r, &op->a);
		some |= simpler(r, &op->b);
		some |= simpler(r, &op->c);
	}
	return some;
}

bool round_minimise(struct round *r, bool (*fails)(const struct round *r), unsigned int seconds)
{
	bool some = true;

	if (!fails(r))
		return false;
	still = fails;
	end = time(NULL) + seconds;
	while (some && time(NULL) < end) {
		some = fewer(r);
		some |= one_thread(r);
		some |= simpler_all(r);
	}
	return true;
}
