# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# What every script of the test machine shares: where the cache is, how a
# message looks, how a lock is taken.  It must not know about kernels' contents,
# QEMU or the guest.

vm_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
checkout=$(cd -- "$vm_dir/../.." && pwd -P)
cache=${BSDBPF_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/bsdbpf}
self=${0##*/}

# say TEXT...: progress for a person; standard output stays free for results.
say()
{
	printf '%s: %s\n' "$self" "$*" >&2
}

# die STATUS TEXT...: 2 is a wrong call, 1 something that failed.
die()
{
	local status=$1

	shift
	say "$*"
	exit "$status"
}

# need COMMAND PACKAGE: tell what to install, not just that it is missing.
need()
{
	command -v "$1" >/dev/null ||
		die 1 "$1 is missing: apt-get install $2"
}

# kernel_dir RELEASE: boot/vmlinuz-RELEASE and lib/modules/RELEASE lie below.
kernel_dir()
{
	printf '%s/kernels/%s\n' "$cache" "$1"
}

# headers_dir RELEASE: usr/src/linux-headers-RELEASE lies below.
headers_dir()
{
	printf '%s/headers/%s\n' "$cache" "$1"
}

# kernel_cached RELEASE: the image is put in place last, so it stands for all.
kernel_cached()
{
	[[ -e $(kernel_dir "$1")/boot/vmlinuz-$1 ]]
}

# lock NAME: hold a lock of that name until the script ends.
lock()
{
	mkdir -p "$cache"
	exec 9>"$cache/lock.$1"
	flock --nonblock 9 && return
	say "waiting for another $self working on $1"
	flock 9
}
