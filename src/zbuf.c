// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of buffers that a program shares with the driver (zero copy): pages
 * of the program's own (BIOCSETZBUF), or pages of ours that it maps (mmap(2)).
 * Each buffer begins with a struct bpf_zbuf_header; what the two sides do with
 * it: store.h.
 *
 * All of it is seen through a mapping of our own, so that a buffer is one piece
 * of memory, and stays what it is whatever the program maps where it was.
 */
#include "bsdbpf.h"

#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/vmalloc.h>

struct bsdbpf_zbuf {
	struct mm_struct *mm;	/* where the pages count as locked; NULL: ours */
	u64 where[2];		/* the program's address, or the mapping's offset */
	u8 *virt;		/* both buffers, one behind the other */
	unsigned long len;	/* of each, header included; whole pages */
	unsigned long count;	/* of pages */
	struct page *pages[];
};

static struct bsdbpf_zbuf *bsdbpf_zbuf_new(unsigned long len)
{
	unsigned long count = 2 * (len >> PAGE_SHIFT);
	struct bsdbpf_zbuf *zbuf;

	zbuf = kvzalloc(struct_size(zbuf, pages, count), GFP_KERNEL_ACCOUNT);
	if (zbuf) {
		zbuf->len = len;
		zbuf->count = count;
	}
	return zbuf;
}

/**
 * bsdbpf_zbuf_free() - give the memory back
 * @zbuf: memory that nobody here uses any more
 *
 * May sleep.  The program may still have it mapped.
 */
void bsdbpf_zbuf_free(struct bsdbpf_zbuf *zbuf)
{
	unsigned long i;

	vunmap(zbuf->virt);
	if (zbuf->mm) {
		unpin_user_pages_dirty_lock(zbuf->pages, zbuf->count, true);
		account_locked_vm(zbuf->mm, zbuf->count, false);
		mmdrop(zbuf->mm);
	} else {
		for (i = 0; i < zbuf->count && zbuf->pages[i]; i++)
			__free_page(zbuf->pages[i]);
	}
	kvfree(zbuf);
}

/* The memory, mapped here, becomes the descriptor's buffers of size bytes. */
static void bsdbpf_zbuf_use(struct bsdbpf_desc *d, struct bsdbpf_zbuf *zbuf,
			    u32 size)
{
	struct bsdbpf_store *s = &d->store;
	struct bpf_zbuf_header *header;
	u8 *data[2];
	int i;

	lockdep_assert_held(&d->map);
	spin_lock_bh(&d->lock);
	for (i = 0; i < 2; i++) {
		header = (struct bpf_zbuf_header *)(zbuf->virt + i * zbuf->len);
		memset(header, 0, sizeof(*header));
		s->share[i] = (struct bsdbpf_share){
			.kernel_gen = &header->bzh_kernel_gen,
			.kernel_len = &header->bzh_kernel_len,
			.user_gen = &header->bzh_user_gen,
		};
		data[i] = (u8 *)(header + 1);
	}
	WRITE_ONCE(s->shared, true);
	WRITE_ONCE(s->size, size);
	bsdbpf_store_set(s, data[0], data[1]);
	d->zbuf = zbuf;
	spin_unlock_bh(&d->lock);
}

/* Pins the pages of one buffer. */
static int bsdbpf_zbuf_grab(u64 where, unsigned long count, struct page **pages)
{
	unsigned long done;
	int n;

	for (done = 0; done < count; done += n) {
		n = pin_user_pages_fast(where + (done << PAGE_SHIFT), count - done,
					FOLL_WRITE | FOLL_LONGTERM, pages + done);
		if (n <= 0) {
			unpin_user_pages(pages, done);
			return n == -ENOMEM ? n : -EFAULT;
		}
	}
	return 0;
}

/* Pins the pages of both, and maps them. */
static int bsdbpf_zbuf_grab_both(struct bsdbpf_zbuf *zbuf)
{
	unsigned long half = zbuf->count / 2;
	int err;

	err = bsdbpf_zbuf_grab(zbuf->where[0], half, zbuf->pages);
	if (err)
		return err;
	err = bsdbpf_zbuf_grab(zbuf->where[1], half, zbuf->pages + half);
	if (err) {
		unpin_user_pages(zbuf->pages, half);
		return err;
	}
	zbuf->virt = vmap(zbuf->pages, zbuf->count, VM_MAP, PAGE_KERNEL);
	if (!zbuf->virt) {
		unpin_user_pages(zbuf->pages, zbuf->count);
		return -ENOMEM;
	}
	return 0;
}

/**
 * bsdbpf_zbuf_pin() - use memory of the calling program as buffers
 * @d: descriptor; caller holds its ctl mutex
 * @where: whole pages, at most bsdbpf_ioc_getzmax() bytes each
 *
 * May sleep.  The pages stay the descriptor's, whatever the program maps there
 * later, and count as locked memory of its, until the descriptor is freed.
 *
 * Return: 0, -EINVAL (there are buffers), -EFAULT (memory that cannot be written,
 * or not be pinned for long), -ENOMEM (RLIMIT_MEMLOCK, too).
 */
int bsdbpf_zbuf_pin(struct bsdbpf_desc *d, const struct bpf_zbuf *where)
{
	struct bsdbpf_zbuf *zbuf;
	int err;

	lockdep_assert_held(&d->ctl);
	zbuf = bsdbpf_zbuf_new(where->bz_buflen);
	if (!zbuf)
		return -ENOMEM;
	zbuf->where[0] = (unsigned long)where->bz_bufa;
	zbuf->where[1] = (unsigned long)where->bz_bufb;
	err = account_locked_vm(current->mm, zbuf->count, true);
	if (err)
		goto free;
	err = bsdbpf_zbuf_grab_both(zbuf);
	if (err) {
		account_locked_vm(current->mm, zbuf->count, false);
		goto free;
	}
	zbuf->mm = current->mm;
	mmgrab(zbuf->mm);

	mutex_lock(&d->map);
	if (d->zbuf) {
		/* somebody has mapped ours meanwhile */
		mutex_unlock(&d->map);
		bsdbpf_zbuf_free(zbuf);
		return -EINVAL;
	}
	bsdbpf_zbuf_use(d, zbuf, where->bz_buflen - sizeof(struct bpf_zbuf_header));
	mutex_unlock(&d->map);
	return 0;
free:
	kvfree(zbuf);
	return err;
}

/* Bytes of one buffer that has room for size bytes of records. */
static unsigned long bsdbpf_zbuf_len(u32 size)
{
	return PAGE_ALIGN(size + sizeof(struct bpf_zbuf_header));
}

/* Makes buffers in memory of ours, charged to the caller's memory cgroup. */
static int bsdbpf_zbuf_make(struct bsdbpf_desc *d)
{
	struct bsdbpf_zbuf *zbuf;
	unsigned long i;

	zbuf = bsdbpf_zbuf_new(bsdbpf_zbuf_len(d->store.size));
	if (!zbuf)
		return -ENOMEM;
	zbuf->where[1] = zbuf->len;
	for (i = 0; i < zbuf->count; i++) {
		zbuf->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!zbuf->pages[i])
			goto free;
	}
	zbuf->virt = vmap(zbuf->pages, zbuf->count, VM_MAP | VM_USERMAP,
			  PAGE_KERNEL);
	if (!zbuf->virt)
		goto free;
	bsdbpf_zbuf_use(d, zbuf, d->store.size);
	return 0;
free:
	bsdbpf_zbuf_free(zbuf);
	return -ENOMEM;
}

/* With d->map held. */
static int bsdbpf_zbuf_map(struct bsdbpf_desc *d, struct vm_area_struct *vma)
{
	int err;

	if (d->bufmode != BPF_BUFMODE_ZBUF)
		return -ENODEV;
	/* a private copy would never tell us anything */
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff ||
	    vma->vm_end - vma->vm_start != 2 * bsdbpf_zbuf_len(d->store.size))
		return -EINVAL;
	if (d->zbuf && d->zbuf->mm)
		return -EINVAL;
	if (!d->zbuf) {
		err = bsdbpf_zbuf_make(d);
		if (err)
			return err;
	}
	return remap_vmalloc_range(vma, d->zbuf->virt, 0);
}

/**
 * bsdbpf_mmap() - mmap(2): the buffers, which are made by the first one
 * @file: the open file
 * @vma: where to; from offset 0 on, both buffers with their headers, each in
 *	whole pages
 *
 * Called with the address space locked for writing.  The mapping holds the file,
 * and thereby the descriptor.
 *
 * Return: 0; -ENODEV (the buffers are for read(2)), -EINVAL (another offset or
 * length, not shared, or the buffers are the program's own), -ENOMEM.
 */
int bsdbpf_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct bsdbpf_desc *d = file->private_data;
	int err;

	mutex_lock(&d->map);
	err = bsdbpf_zbuf_map(d, vma);
	mutex_unlock(&d->map);
	return err;
}

/**
 * bsdbpf_zbuf_resize() - how large the buffers shall be that mmap(2) makes
 * @d: descriptor for zero copy; caller holds its ctl mutex
 * @size: bytes of records
 *
 * Return: 0, -EOPNOTSUPP if there are buffers already.
 */
int bsdbpf_zbuf_resize(struct bsdbpf_desc *d, u32 size)
{
	int err = -EOPNOTSUPP;

	mutex_lock(&d->map);
	if (!d->zbuf) {
		WRITE_ONCE(d->store.size, size);
		err = 0;
	}
	mutex_unlock(&d->map);
	return err;
}

/**
 * bsdbpf_zbuf_where() - where the program has a buffer
 * @zbuf: the memory
 * @which: 0 or 1
 *
 * Return: its address, or its offset in what mmap(2) has mapped.
 */
u64 bsdbpf_zbuf_where(const struct bsdbpf_zbuf *zbuf, int which)
{
	return zbuf->where[which];
}
