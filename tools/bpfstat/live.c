// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The live view: looks at the table again and again, and listens to keys in between.
 * What is drawn is view.c's.
 */
#include "live.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_bool stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = true;
}

/* A message that ends bpfstat is for the terminal as it was before. */
static void leave(void)
{
	if (!isendwin())
		endwin();
}

static bool enter(void)
{
	struct sigaction action = { .sa_handler = stop };

	setlocale(LC_ALL, "");
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || !newterm(NULL, stdout, stdin))
		return false;
	die_first = leave;
	atexit(leave);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	return true;
}

/* One key; false if it ends the view. */
static bool key(struct view *v, int c)
{
	switch (c) {
	case 'q':
	case 'Q':
		return false;
	case KEY_LEFT:
	case '<':
		view_turn(v, -1);
		break;
	case KEY_RIGHT:
	case '>':
		view_turn(v, 1);
		break;
	case 'r':
		v->reversed = !v->reversed;
		break;
	case KEY_DOWN:
		v->first++;	/* view_draw() knows where the end is */
		break;
	case KEY_UP:
		v->first -= v->first > 0;
		break;
	}
	return true;
}

static void draw(struct view *v, const struct table *t, const struct rate *rates)
{
	struct table sorted;
	struct rate *sorted_rates = table_sorted(&sorted, t, rates, v->column, v->reversed);

	view_draw(v, &sorted, sorted_rates);
	free(sorted_rates);
	free(sorted.cells);
}

/* Draws, and again after each key, until it is time; false at the end of the view. */
static bool attend(struct view *v, const struct table *t, const struct rate *rates,
		   double until)
{
	double left;
	int c;

	for (;;) {
		draw(v, t, rates);
		left = until - seconds_now();
		if (stopped || left <= 0)
			return !stopped;
		timeout(left * 1000 < 1e9 ? (int)(left * 1000) + 1 : 1000000000);
		c = getch();
		if (c != ERR && !key(v, c))
			return false;
	}
}

/**
 * live_run() - show the live view until the user has seen enough
 * @o: options
 *
 * Return: false, and nothing was shown, if there is no terminal that can show it.
 */
bool live_run(const struct options *o)
{
	struct view v = { .column = o->sort ? o->sort : "Recv/s", .interval = o->interval };
	struct table old = {}, new;
	bool go_on = true;
	struct rate *rates;
	uint64_t n;

	if (!enter())
		return false;
	for (n = 0; go_on && (!o->count || n < o->count); n++) {
		table_look(&new, o);
		rates = rates_since(&old, &new);
		go_on = attend(&v, &new, rates, new.when + o->interval);
		free(rates);
		table_free(&old);
		old = new;
	}
	table_free(&old);
	return true;
}
