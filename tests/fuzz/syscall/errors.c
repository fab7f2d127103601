// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The errors that the manual page permits. */
#include "world.h"
#include "../../vm/errno_page.h"

static struct page_table table;
static int numbers[ARRAY_SIZE(table.rows)];

static int error_number(const char *name)
{
	for (int err = 1; err < 134; err++)
		if (strerrorname_np(err) && !strcmp(strerrorname_np(err), name))
			return err;
	printf("syscall: the manual page knows an error %s\n", name);
	exit(2);
}

void errors_load(const char *page)
{
	page_read(page, ".It Sy Call Ta Sy Error Ta Sy Condition", 3, &table);
	for (int i = 0; i < table.count; i++)
		numbers[i] = error_number(table.rows[i].cell[1]);
}

static bool is_command(const char *call)
{
	return !strncmp(call, "BIOC", 4) || !strncmp(call, "FIO", 3) ||
	       !strncmp(call, "TIOC", 4) || !strncmp(call, "SIOC", 4);
}

bool errors_allow(const char *call, int err)
{
	for (int i = 0; i < table.count; i++) {
		const char *row = table.rows[i].cell[0];

		if (numbers[i] == err &&
		    (!strcmp(row, call) || (is_command(call) && !strcmp(row, "ioctl")) ||
		     (!strncmp(call, "net.bpf.", 8) && !strcmp(row, "net.bpf.*"))))
			return true;
	}
	return false;
}

void judge(const struct worker *w, const char *call, long ret, int err)
{
	char key[96], name[16];

	if (ret >= 0 || errors_allow(call, err))
		return;
	/* another thread may have closed it */
	if (err == EBADF && atomic_load(&world.closed[w->op->slot]))
		return;
	snprintf(name, sizeof(name), "%s", op_names[w->op->kind]);
	snprintf(key, sizeof(key), "errno %s %s", call, strerrorname_np(err));
	finding(key, "%s (%s) fails with %s, which bpf(4) does not say%s", call, name,
		strerrorname_np(err), w->op->fail ? "; an allocation may have failed" : "");
}
