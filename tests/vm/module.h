/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * For cases that load and unload the module themselves.  Include bpf.h first.
 */
#ifndef VM_MODULE_H
#define VM_MODULE_H

#include <sys/utsname.h>

/* Loads bsdbpf.ko of this kernel with these parameters; -1 and errno. */
static inline int module_load(const char *params)
{
	struct utsname name;
	char path[256];
	int fd, ret, err;

	must(uname(&name));
	snprintf(path, sizeof(path), "build/%s/bsdbpf.ko", name.release);
	fd = must(open(path, O_RDONLY | O_CLOEXEC));
	ret = syscall(SYS_finit_module, fd, params, 0);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

static inline int module_unload(void)
{
	return syscall(SYS_delete_module, "bsdbpf", O_NONBLOCK);
}

#endif /* VM_MODULE_H */
