/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The live view's two halves: what is on the screen (view.c), and when that changes
 * (live.c).
 */
#ifndef BPFSTAT_LIVE_H
#define BPFSTAT_LIVE_H

#include "bpfstat.h"

/**
 * struct view - what the user has chosen to see
 * @column:	what the rows are sorted by
 * @reversed:	the other way round
 * @first:	the first row that is on the screen
 * @interval:	seconds between two looks
 */
struct view {
	const char *column;
	bool reversed;
	size_t first;
	double interval;
};

void view_draw(struct view *v, const struct table *t, const struct rate *rates);
void view_turn(struct view *v, int step);

#endif /* BPFSTAT_LIVE_H */
