// SPDX-License-Identifier: GPL-2.0
/*
 * Copying pages' worth to user memory, as fast as the processor can.
 *
 * The kernel's own copies use no vector registers, as saving a program's costs
 * something.  For whole pages it is worth it: with AVX a copy needs half of the
 * instructions.  Such a copy cannot sleep; where user memory is not there, or
 * anything else is in the way, the kernel's copy does it.
 */
#include <linux/fault-inject-usercopy.h>
#include <linux/instrumented.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "ipc/copy.h"

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>

/* What one turn of the loop copies */
#define BLOCK	256

#define LOAD(offset, reg)	"vmovdqu " #offset "(%[from]), %%ymm" #reg "\n"
#define STORE(label, offset, reg)				\
	#label ":	vmovdqu %%ymm" #reg ", " #offset "(%[to])\n" \
	_ASM_EXTABLE_UA(label ## b, 90f)

/* Copies whole blocks; returns how many were not. */
static size_t copy_blocks(void __user *to, const void *from, size_t blocks)
{
	asm volatile("80:\n"
		     LOAD(0x00, 0) LOAD(0x20, 1) LOAD(0x40, 2) LOAD(0x60, 3)
		     LOAD(0x80, 4) LOAD(0xa0, 5) LOAD(0xc0, 6) LOAD(0xe0, 7)
		     STORE(10, 0x00, 0) STORE(11, 0x20, 1)
		     STORE(12, 0x40, 2) STORE(13, 0x60, 3)
		     STORE(14, 0x80, 4) STORE(15, 0xa0, 5)
		     STORE(16, 0xc0, 6) STORE(17, 0xe0, 7)
		     "add $256, %[from]\n"
		     "add $256, %[to]\n"
		     "dec %[blocks]\n"
		     "jnz 80b\n"
		     "90:\n"
		     : [to] "+r"(to), [from] "+r"(from), [blocks] "+r"(blocks)
		     : : "memory");
	return blocks;
}

/* Value: how much was copied, from the beginning on */
static size_t copy_fast(void __user *to, const void *from, size_t n)
{
	size_t blocks = n / BLOCK, left;

	if (n < PAGE_SIZE / 4 || !boot_cpu_has(X86_FEATURE_AVX) ||
	    !irq_fpu_usable())
		return 0;
	kernel_fpu_begin();
	pagefault_disable();
	if (user_access_begin(to, n)) {
		left = copy_blocks(to, from, blocks);
		user_access_end();
	} else {
		left = blocks;
	}
	pagefault_enable();
	kernel_fpu_end();
	return (blocks - left) * BLOCK;
}
#else
static size_t copy_fast(void __user *to, const void *from, size_t n)
{
	return 0;
}
#endif

/**
 * isle_copy_out() - copy pages' worth to user memory
 * @to: where to; access_ok() has passed
 * @from: where from; part of a page, or of pages that are mapped in a row, so
 *	there is no object whose bounds to check
 * @n: how much; preemption may be off for as long as it takes
 *
 * Context: process; sleeps.
 * Return: how much could not be copied.
 */
size_t isle_copy_out(void __user *to, const void *from, size_t n)
{
	size_t done, part, failed;

	if (should_fail_usercopy())
		return n;
	instrument_copy_to_user(to, from, n);
	for (done = copy_fast(to, from, n); done < n;
	     done += copy_fast(to + done, from + done, n - done)) {
		/* A page is not there, or nothing fast is */
		part = min_t(size_t, n - done,
			     PAGE_SIZE - offset_in_page(to + done));
		failed = raw_copy_to_user(to + done, from + done, part);
		done += part - failed;
		if (failed)
			break;
	}
	return n - done;
}
