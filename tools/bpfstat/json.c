// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The table for programs: every column under its name in small letters, and what
 * the flags mean.  It knows names and types; what is in the table comes from
 * table.c, which also sees to it that all text is UTF-8.
 */
#include "bpfstat.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What each position of the flags says; NULL is the direction. */
static const struct {
	const char *name;
	bool inverted;
} flags[] = {
	{ "promiscuous", false }, { "immediate", false },
	/* the flag says that the source address is filled in */
	{ "header_complete", true },
	{ NULL, false }, { "feedback", false }, { "async", false },
	{ "locked", false }, { "writer", false }, { "head_drop", false },
	{ "filter_drop", false },
};

static const char * const rate_names[RATES] = {
	"recv_per_s", "drop_per_s", "match_per_s"
};

static void add(struct json_object *obj, const char *key, struct json_object *value)
{
	if (json_object_object_add(obj, key, value) < 0)
		die(EXIT_SYSTEM, "out of memory");
}

static struct json_object *seconds(double value)
{
	struct json_object *obj = json_object_new_double(value);

	/* microseconds are enough; the default is 17 digits */
	json_object_set_serializer(obj, json_object_double_to_json_string,
				   (void *)"%.6f", NULL);
	return obj;
}

/* A driver that has fewer flags says nothing of the others. */
static void add_flags(struct json_object *obj, const char *text)
{
	const char *direction;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags) && text[i]; i++) {
		if (flags[i].name) {
			add(obj, flags[i].name,
			    json_object_new_boolean((text[i] != '-') ^ flags[i].inverted));
			continue;
		}
		direction = text[i] == 's' ? "inout" : text[i] == 'o' ? "out" : "in";
		add(obj, "direction", json_object_new_string(direction));
	}
}

/* As bpfdis reads it: instructions in one line, numbers between blanks. */
static struct json_object *filter(const char *text)
{
	struct json_object *obj;
	char *copy = strdup(text), *at;

	if (!copy)
		die(EXIT_SYSTEM, "out of memory");
	for (at = copy; *at; at++)
		if (*at == ':')
			*at = ' ';
	obj = json_object_new_string(copy);
	free(copy);
	return obj;
}

static struct json_object *cell(const struct table *t, size_t row, size_t col)
{
	const char *text = table_cell(t, row, col), *end;
	uint64_t value;

	if (!table_is_text(t, col) && number_parse(text, &end, &value) && !*end)
		return json_object_new_uint64(value);
	/* no interface, no link type; a command may have this name */
	if (col != t->at[COL_COMMAND] && !strcmp(text, "-"))
		return NULL;
	if (table_is_filter(t, col))
		return filter(text);
	return json_object_new_string(text);
}

static struct json_object *descriptor(const struct table *t, const struct rate *rates,
				      size_t row)
{
	struct json_object *obj = json_object_new_object();
	size_t col, i;
	char key[64];

	for (col = 0; col < t->ncols; col++) {
		snprintf(key, sizeof(key), "%s", t->names[col]);
		for (i = 0; key[i]; i++)
			key[i] = tolower((unsigned char)key[i]);
		add(obj, key, cell(t, row, col));
		if (col == t->at[COL_FLAGS])
			add_flags(obj, table_cell(t, row, col));
	}
	for (i = 0; rates && i < RATES; i++)
		add(obj, rate_names[i],
		    rates[row].known ? seconds(rates[row].per_s[i]) : NULL);
	return obj;
}

/**
 * json_show() - print the table as one object
 * @t: table
 * @rates: a rate for each row, or NULL
 * @line: in one line, with the time since the last one
 * @elapsed: that time in seconds, 0 if there is no last one
 */
void json_show(const struct table *t, const struct rate *rates, bool line,
	       double elapsed)
{
	static const int line_style = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	static const int page_style = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				      JSON_C_TO_STRING_NOSLASHESCAPE;
	struct json_object *obj = json_object_new_object();
	struct json_object *list = json_object_new_array();

	if (line)
		add(obj, "elapsed", elapsed > 0 ? seconds(elapsed) : NULL);
	for (size_t i = 0; i < t->nrows; i++)
		if (json_object_array_add(list, descriptor(t, rates, i)) < 0)
			die(EXIT_SYSTEM, "out of memory");
	add(obj, "descriptors", list);
	puts(json_object_to_json_string_ext(obj, line ? line_style : page_style));
	json_object_put(obj);
}
