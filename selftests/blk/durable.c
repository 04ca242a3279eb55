// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: a write that has returned is on stable storage
 *
 * The disk below the file system is stopped and copied, as if the power had
 * failed; the copy is mounted, and has to have everything.  And removal during
 * writes loses none that was acknowledged.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <pthread.h>

#include "../lib.h"
#include "mapper.h"

#define DISK	(16 << 20)
#define BYTES	(512 * 1024)

FIXTURE(durable) {
	int ctl;
	struct dom dom;
	struct counters start;
	struct mapper m;
	struct rng rng;
	char mounted[96], file[128], copy[96], again[96];
	uint8_t *shadow;
};

FIXTURE_SETUP(durable)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, mapper_make(&self->m, DISK));
	snprintf(self->mounted, sizeof(self->mounted), "%s/a", scratch_dir);
	snprintf(self->again, sizeof(self->again), "%s/b", scratch_dir);
	snprintf(self->copy, sizeof(self->copy), "%s/copy", scratch_dir);
	snprintf(self->file, sizeof(self->file), "%s/file", self->mounted);
	mkdir(self->mounted, 0700);
	mkdir(self->again, 0700);
	ASSERT_EQ(0, run("mkfs.ext4 -q -F -b 4096 %s", self->m.path));
	ASSERT_EQ(0, mount(self->m.path, self->mounted, "ext4", 0, ""));
	self->shadow = calloc(1, BYTES);
	ASSERT_NE(NULL, self->shadow);
}

FIXTURE_TEARDOWN(durable)
{
	mapper_resume(&self->m);
	close(self->dom.fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
	EXPECT_TRUE(eventually(!umount(self->mounted)));
	mapper_end(&self->m);
	free(self->shadow);
}

/* What is on the disk now, as a sparse file */
static int copy_disk(struct mapper *m, const char *copy)
{
	static uint8_t buf[65536] __attribute__((aligned(4096)));
	int from, to, ret = 0;
	off_t off;

	if (mapper_suspend(m))
		return -EIO;
	from = open(m->below.path, O_RDONLY | O_DIRECT);
	to = open(copy, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (from < 0 || to < 0 || ftruncate(to, DISK))
		ret = -errno;
	for (off = 0; !ret && off < DISK; off += sizeof(buf)) {
		if (pread(from, buf, sizeof(buf), off) != sizeof(buf))
			ret = -EIO;
		else if (!all_bytes(buf, 0, sizeof(buf)) &&
			 pwrite(to, buf, sizeof(buf), off) != sizeof(buf))
			ret = -ENOSPC;
	}
	close(from);
	close(to);
	return mapper_resume(m) ? -EIO : ret;
}

/* Whether after a power failure now the file would be as @shadow */
static int survives(struct mapper *m, const char *copy, const char *again,
		    const uint8_t *shadow)
{
	uint8_t *buf = malloc(BYTES + 1);
	char loop[32], file[128];
	int ret, fd, disk, i;

	ret = copy_disk(m, copy);
	if (ret)
		return ret;
	disk = loop_attach(copy, 512, 0, loop);
	if (disk < 0)
		return disk;
	if (mount(loop, again, "ext4", 0, ""))
		return -errno;
	close(disk);
	snprintf(file, sizeof(file), "%s/file", again);
	fd = open(file, O_RDONLY);
	if (fd < 0)
		ret = -errno;
	else if (read(fd, buf, BYTES + 1) != BYTES)
		ret = -EFBIG;
	else if (memcmp(buf, shadow, BYTES))
		ret = -EUCLEAN;
	for (i = 0; ret == -EUCLEAN && i < BYTES / 512; i++) {
		if (memcmp(buf + 512 * i, shadow + 512 * i, 512)) {
			fprintf(stderr, "# sector %d differs: %02x %02x, expected %02x %02x\n",
				i, buf[512 * i], buf[512 * i + 511],
				shadow[512 * i], shadow[512 * i + 511]);
			break;
		}
	}
	close(fd);
	umount(again);
	free(buf);
	return ret;
}

#define SURVIVES() survives(&self->m, self->copy, self->again, self->shadow)

static const struct {
	const char *label;
	bool allocated, odd, cached;
} cases[] = {
	{ "in place, direct", true, false, false },
	{ "in place, from odd memory", true, true, false },
	{ "new blocks, direct", false, false, false },
	{ "new blocks, from odd memory", false, true, false },
	{ "in place, direct, synced", true, false, true },
	{ "new blocks, from odd memory, synced", false, true, true },
};

TEST_F_TIMEOUT(durable, writes, TIMEOUT)
{
	static uint8_t buf[65536 + 4096] __attribute__((aligned(4096)));
	size_t len, off;
	unsigned int i;
	uint8_t *from;
	int n, fd, file;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		file = scratch_file(self->file, BYTES, cases[i].allocated);
		ASSERT_LE(0, file);
		/* what is tested is the data, not that the file exists */
		ASSERT_EQ(0, fsync(file));
		ASSERT_EQ(0, run("sync -f %s", self->mounted));
		memset(self->shadow, 0, BYTES);
		struct isle_blk_config config = {
			.size = sizeof(config), .backing = ISLE_BLK_FILE,
			.flags = cases[i].cached ? ISLE_BLK_WRITE_CACHE : 0,
			.fd = file,
		};
		ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "disk",
				     &config));
		fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, fd);
		from = buf + (cases[i].odd ? 3 : 0);
		for (n = 0; n < 12; n++) {
			len = 512 * (1 + below(&self->rng, 64));
			off = 512 * below(&self->rng, (BYTES - len) / 512 + 1);
			fill(&self->rng, from, len);
			ASSERT_EQ(len, pwrite(fd, from, len, off));
			memcpy(self->shadow + off, from, len);
		}
		if (cases[i].cached) {
			ASSERT_EQ(0, fsync(fd));
		}
		EXPECT_EQ(0, SURVIVES()) TH_LOG("%s", cases[i].label);
		close(fd);
		ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk", 0));
		close(file);
		unlink(self->file);
	}
}

TEST_F_TIMEOUT(durable, zeroes, TIMEOUT)
{
	static const unsigned long cmds[] = { BLKZEROOUT, BLKDISCARD };
	__u64 range[2] = { 8192, 65536 };
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_FILE,
	};
	unsigned int i;
	int fd;

	config.fd = scratch_file(self->file, BYTES, true);
	ASSERT_LE(0, config.fd);
	ASSERT_EQ(0, run("sync -f %s", self->mounted));
	ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "disk", &config));
	fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		fill(&self->rng, self->shadow, BYTES);
		ASSERT_EQ(BYTES, pwrite(fd, self->shadow, BYTES, 0));
		ASSERT_EQ(0, ioctl(fd, cmds[i], range));
		memset(self->shadow + range[0], 0, range[1]);
		EXPECT_EQ(0, SURVIVES())
			TH_LOG("%s", i ? "discard" : "zeroout");
	}
	close(fd);
	close(config.fd);
}

#define WRITERS	3
#define PART	64

struct writer {
	int fd, index;
	bool odd;
	/* of each sector: the last number acknowledged and the last tried */
	unsigned int acked[PART], tried[PART];
	volatile unsigned int done;
	volatile int bad;
	volatile bool ended;
};

static void *write_numbers(void *arg)
{
	static __thread unsigned int buf[8 * 128 + 1]
		__attribute__((aligned(4096)));
	struct rng rng = { .state = 5 };
	struct writer *w = arg;
	unsigned int *from = buf + w->odd, number = 0;
	int sector, count, i;
	ssize_t ret;

	do {
		count = 1 + below(&rng, 8);
		sector = below(&rng, PART - count + 1);
		number++;
		for (i = 0; i < count * 128; i++)
			from[i] = number;
		for (i = 0; i < count; i++)
			w->tried[sector + i] = number;
		ret = pwrite(w->fd, from, 512 * count,
			     512 * (w->index * PART + sector));
		for (i = 0; i < count && 512 * i < ret; i++)
			w->acked[sector + i] = number;
		w->done++;
	} while (ret == 512 * count);
	if (ret >= 0)
		w->bad = 1000;
	else if (errno != ENODEV)
		w->bad = errno;
	w->ended = true;
	return NULL;
}

/* After removal the backing has what was acknowledged, or what came after */
TEST_F_TIMEOUT(durable, removal_loses_nothing, TIMEOUT)
{
	static struct writer w[WRITERS];
	static unsigned int after[WRITERS * PART][128];
	pthread_t thread[WRITERS];
	struct scratch s;
	int n, i, j, fd;
	unsigned int had;

	for (n = 0; n < rounds(24, 8); n++) {
		ASSERT_EQ(0, scratch_make(&s, TMPFS + n % 4, BYTES));
		ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk", &s, 512,
					 0, 0));
		fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, fd);
		memset(w, 0, sizeof(w));
		for (i = 0; i < WRITERS; i++) {
			w[i].fd = fd;
			w[i].index = i;
			w[i].odd = i & 1;
			ASSERT_EQ(0, pthread_create(&thread[i], NULL,
						    write_numbers, &w[i]));
		}
		for (i = 0; i < WRITERS; i++) {
			ASSERT_TRUE(eventually(w[i].done > 5U * n ||
					       w[i].ended));
		}
		if (n % 3) {
			ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk",
					     0));
		} else
			ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
		for (i = 0; i < WRITERS; i++) {
			pthread_join(thread[i], NULL);
			EXPECT_EQ(0, w[i].bad);
		}
		ASSERT_EQ(sizeof(after), pread(s.fd, after, sizeof(after), 0));
		for (i = 0; i < WRITERS * PART; i++) {
			had = after[i][0];
			for (j = 0; j < 128; j++) {
				ASSERT_EQ(had, after[i][j]);
			}
			ASSERT_TRUE(had == w[i / PART].acked[i % PART] ||
				    had == w[i / PART].tried[i % PART])
				TH_LOG("sector %d: %u, acknowledged %u", i, had,
				       w[i / PART].acked[i % PART]);
		}
		close(fd);
		scratch_end(&s);
		if (n % 3 == 0) {
			close(self->dom.fd);
			ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
		}
	}
}

SCRATCH_MAIN
