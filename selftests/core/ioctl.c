// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: the rules that hold for every ioctl, on every one of them
 *
 * Each test goes through the table in commands.h: sizes, fields that must be
 * zero, odd numbers, bad pointers, commands that are not.  Whatever fails
 * must have changed nothing and written nothing back.
 */
#include <kselftest_harness.h>

#include "commands.h"
#include "listing.h"

FIXTURE(ioctl) {
	struct world w;
	struct counters start;
	struct listing before;
};

FIXTURE_SETUP(ioctl)
{
	self->start = counters_start();
	ASSERT_TRUE(world_make(&self->w));
	listing_take(self->w.ctl, &self->before);
}

FIXTURE_TEARDOWN(ioctl)
{
	world_end(&self->w);
	EXPECT_TRUE(counters_are(&self->start));
}

#define EACH_COMMAND(c) \
	for (c = commands; c < commands + COMMANDS; c++)

/*
 * A call that must fail: its errno, or 0 and what it was if it wrote back or
 * did something.
 */
static int fails(struct world *w, const struct listing *before,
		 enum file file, unsigned long cmd, void *arg, size_t len)
{
	static __u8 copy[20000];
	int ret;

	memcpy(copy, arg, len);
	ret = call(w->fd[file], cmd, arg);
	if (memcmp(copy, arg, len)) {
		fprintf(stderr, "# returned %d, and wrote back\n", ret);
		return 0;
	}
	if (!listing_same(w->ctl, before))
		return 0;
	return ret;
}

#define FAILS(file, cmd, arg, len) \
	fails(&self->w, &self->before, file, cmd, arg, len)

/* After a call that did something */
#define UNDO(c, arg) do {						\
	ASSERT_TRUE(command_undo(c, &self->w, arg));			\
	listing_take(self->w.ctl, &self->before);			\
} while (0)

TEST_F_TIMEOUT(ioctl, valid, TIMEOUT)
{
	const struct command *c;
	union argument arg;
	size_t i;

	EACH_COMMAND(c) {
		command_prepare(c, &self->w, &arg);
		memset(arg.bytes + c->size, 0xa5, sizeof(arg) - c->size);
		ASSERT_EQ(0, call(self->w.fd[c->file], c->cmd, &arg))
			TH_LOG("%s", c->name);
		EXPECT_EQ(c->size, arg.size) TH_LOG("%s", c->name);
		EXPECT_TRUE(all_bytes(arg.bytes + c->size, 0xa5,
				      sizeof(arg) - c->size))
			TH_LOG("%s wrote beyond its struct", c->name);
		/* what no call sets is still zero */
		if (c->size == sizeof(arg.info)) {
			EXPECT_EQ(0, arg.info.reserved) TH_LOG("%s", c->name);
		}
		if (c->cmd == ISLE_DEVICE_ID) {
			EXPECT_EQ(0, arg.id.reserved);
		}
		/* names are padded with zeroes */
		if (c->cmd == ISLE_DEVICE_ID) {
			for (i = strlen(arg.id.name); i < ISLE_NAME_SIZE; i++) {
				EXPECT_EQ(0, arg.id.name[i]);
			}
		}
		UNDO(c, &arg);
	}
}

TEST_F_TIMEOUT(ioctl, size_that_differs_from_the_command, TIMEOUT)
{
	const struct command *c;
	union argument arg;
	unsigned int i;

	EACH_COMMAND(c) {
		const __u32 sizes[] = { 0, 1, 4, c->size - 8, c->size - 1,
					c->size + 1, c->size + 8, 4096,
					1U << 31, ~0U };

		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			command_prepare(c, &self->w, &arg);
			arg.size = sizes[i];
			EXPECT_EQ(-EINVAL, FAILS(c->file, c->cmd, &arg,
						 sizeof(arg)))
				TH_LOG("%s, %u", c->name, sizes[i]);
		}
	}
}

static unsigned long with_size(unsigned long cmd, size_t size)
{
	return _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd), size);
}

TEST_F_TIMEOUT(ioctl, command_that_differs_from_the_size, TIMEOUT)
{
	static const size_t sizes[] = { 0, 4, 16383 };
	const struct command *c;
	union argument arg;
	unsigned int i;

	EACH_COMMAND(c) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			command_prepare(c, &self->w, &arg);
			EXPECT_EQ(-EINVAL, FAILS(c->file,
						 with_size(c->cmd, sizes[i]),
						 &arg, sizeof(arg)))
				TH_LOG("%s, %zu", c->name, sizes[i]);
		}
	}
}

TEST_F_TIMEOUT(ioctl, shorter_than_the_first_version, TIMEOUT)
{
	const struct command *c;
	union argument arg;
	size_t size;

	EACH_COMMAND(c) {
		for (size = 0; size < c->size; size++) {
			command_prepare(c, &self->w, &arg);
			arg.size = size;
			EXPECT_EQ(-EINVAL, FAILS(c->file,
						 with_size(c->cmd, size),
						 &arg, sizeof(arg)))
				TH_LOG("%s, %zu", c->name, size);
		}
	}
}

TEST_F_TIMEOUT(ioctl, longer, TIMEOUT)
{
	static __u8 buf[8192];
	/* Nothing can be said of what is longer than a page */
	static const size_t more[] = { 1, 4, 8, 100, 4096 };
	const struct command *c;
	union argument arg;
	unsigned long cmd;
	unsigned int i;
	size_t size;

	EACH_COMMAND(c)
		for (i = 0; i < ARRAY_SIZE(more); i++) {
			size = more[i] == 4096 ? 4096 : c->size + more[i];
			cmd = with_size(c->cmd, size);
			command_prepare(c, &self->w, &arg);
			arg.size = size;
			memset(buf, 0, sizeof(buf));
			memcpy(buf, &arg, c->size);

			/* Something in it that the module does not know */
			buf[c->size] = 1;
			EXPECT_EQ(-E2BIG, FAILS(c->file, cmd, buf, size))
				TH_LOG("%s, %zu", c->name, size);
			buf[c->size] = 0;
			buf[size - 1] = 0x80;
			EXPECT_EQ(-E2BIG, FAILS(c->file, cmd, buf, size))
				TH_LOG("%s, %zu", c->name, size);
			buf[size - 1] = 0;

			ASSERT_EQ(0, call(self->w.fd[c->file], cmd, buf))
				TH_LOG("%s, %zu", c->name, size);
			EXPECT_TRUE(all_bytes(buf + c->size, 0,
					      sizeof(buf) - c->size));
			UNDO(c, buf);
		}
}

TEST_F_TIMEOUT(ioctl, fields_that_must_be_zero, TIMEOUT)
{
	const struct command *c;
	const struct field *f;
	union argument arg;
	unsigned int bit;
	size_t step;

	EACH_COMMAND(c) {
		for (f = c->fields; f->kind; f++) {
			if (f->kind != ZERO)
				continue;
			/* of names the first and the last byte will do */
			step = f->size > 8 ? 8 * (f->size - 1) : 1;
			for (bit = 0; bit < 8 * f->size; bit += step) {
				if (bit < 32 && f->known & (1U << bit))
					continue;
				command_prepare(c, &self->w, &arg);
				arg.bytes[f->offset + bit / 8] |=
					1 << bit % 8;
				EXPECT_EQ(-EINVAL, FAILS(c->file, c->cmd, &arg,
							 sizeof(arg)))
					TH_LOG("%s, offset %zu, bit %u",
					       c->name, f->offset, bit);
			}
		}
	}
}

static bool known_errno(int ret)
{
	switch (-ret) {
	case EINVAL:
	case E2BIG:	/* the config is of another class */
	case ENOENT:
	case EDQUOT:
	case EEXIST:
	case EOPNOTSUPP:
	case EPERM:	/* domains that are not linked */
	case ESRCH:	/* no such task */
	case EAGAIN:	/* it would have to wait */
		return true;
	}
	return false;
}

TEST_F_TIMEOUT(ioctl, odd_numbers, TIMEOUT)
{
	static const __u64 values[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 0x7fee, 0x7fef, 0x7ff0, 0x7fff,
		0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe,
		0xffffffff, 0x100000000, 0x7fffffffffffffff,
		0x8000000000000000, 0xffffffffffffffff,
	};
	const struct command *c;
	const struct field *f;
	union argument arg, copy;
	unsigned int i;
	int ret;

	EACH_COMMAND(c) {
		for (f = c->fields; f->kind; f++) {
			if (f->kind != NUMBER)
				continue;
			for (i = 0; i < ARRAY_SIZE(values); i++) {
				if (f->size == 4 && values[i] > ~0U)
					continue;
				command_prepare(c, &self->w, &arg);
				memcpy(arg.bytes + f->offset, &values[i],
				       f->size);
				copy = arg;
				ret = call(self->w.fd[c->file], c->cmd, &arg);
				if (ret == 0) {
					UNDO(c, &arg);
					continue;
				}
				EXPECT_TRUE(known_errno(ret))
					TH_LOG("%s, offset %zu, %#llx: %d",
					       c->name, f->offset,
					       (unsigned long long)values[i],
					       ret);
				EXPECT_EQ(0, memcmp(&copy, &arg, sizeof(arg)));
				EXPECT_TRUE(listing_same(self->w.ctl,
							 &self->before));
			}
		}
	}
}

TEST_F_TIMEOUT(ioctl, bad_pointers, TIMEOUT)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	__u8 *map = fenced(1), *fence = map + page, *at;
	const struct command *c;
	union argument arg;
	size_t part;

	EACH_COMMAND(c) {
		void *const bad[] = { NULL, (void *)1, fence,
				      (void *)~0UL, (void *)(~0UL << 47),
				      (void *)(1UL << 63), (void *)-4096UL };
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(bad); i++) {
			EXPECT_EQ(-EFAULT, call(self->w.fd[c->file], c->cmd,
						bad[i]))
				TH_LOG("%s at %p", c->name, bad[i]);
		}
		EXPECT_TRUE(listing_same(self->w.ctl, &self->before));

		/* It ends where nothing can be reached */
		command_prepare(c, &self->w, &arg);
		for (part = 1; part < c->size; part++) {
			at = fence - part;
			memcpy(at, &arg, part);
			EXPECT_EQ(-EFAULT, call(self->w.fd[c->file], c->cmd,
						at))
				TH_LOG("%s, %zu of it", c->name, part);
		}
		EXPECT_TRUE(listing_same(self->w.ctl, &self->before));

		/* Of a longer one the part that is not known, too */
		at = fence - c->size;
		arg.size = c->size + 8;
		memcpy(at, &arg, c->size);
		EXPECT_EQ(-EFAULT, call(self->w.fd[c->file],
					with_size(c->cmd, c->size + 8), at))
			TH_LOG("%s", c->name);
		EXPECT_TRUE(listing_same(self->w.ctl, &self->before));
	}
	fenced_free(map, 1);
}

/* An argument that can be read, but not written */
TEST_F_TIMEOUT(ioctl, read_only_memory, TIMEOUT)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const struct command *c;
	int fd, expected, ret;
	union argument arg;
	void *map;

	map = mmap(NULL, page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, map);
	EACH_COMMAND(c) {
		ASSERT_EQ(0, mprotect(map, page, PROT_READ | PROT_WRITE));
		command_prepare(c, &self->w, &arg);
		memcpy(map, &arg, c->size);
		ASSERT_EQ(0, mprotect(map, page, PROT_READ));
		expected = _IOC_DIR(c->cmd) & _IOC_READ &&
			   !(c->effect & QUIET) ? -EFAULT : 0;
		fd = dup(0);
		close(fd);
		ret = call(self->w.fd[c->file], c->cmd, map);
		EXPECT_EQ(expected, ret) TH_LOG("%s", c->name);
		if (ret == 0) {
			ASSERT_EQ(0, mprotect(map, page,
					      PROT_READ | PROT_WRITE));
			UNDO(c, map);
			continue;
		}
		EXPECT_TRUE(listing_same(self->w.ctl, &self->before))
			TH_LOG("%s", c->name);
		/* and the number of a file is not used up */
		EXPECT_EQ(fd, dup(0)) TH_LOG("%s", c->name);
		close(fd);
	}
	munmap(map, page);
}

TEST_F_TIMEOUT(ioctl, no_free_descriptor, TIMEOUT)
{
	const struct command *c;
	union argument arg;
	int fds[4096], n = 0;

	while (n < 4096) {
		fds[n] = dup(0);
		if (fds[n] < 0)
			break;
		n++;
	}
	ASSERT_GT(4096, n);
	ASSERT_EQ(EMFILE, errno);
	EACH_COMMAND(c) {
		if (!c->fd_at)
			continue;
		command_prepare(c, &self->w, &arg);
		EXPECT_EQ(-EMFILE, FAILS(c->file, c->cmd, &arg, sizeof(arg)))
			TH_LOG("%s", c->name);
	}
	while (n--)
		close(fds[n]);
}

/* What the table has not, as its world has no network devices: see net/cable */
static bool elsewhere(enum file file, unsigned int nr)
{
	return file == ON_CONTROL && (nr == _IOC_NR(ISLE_CTL_DEVICE_CONNECT) ||
				      nr == _IOC_NR(ISLE_CTL_DEVICE_DISCONNECT));
}

static const struct command *find(enum file file, unsigned int nr)
{
	const struct command *c;

	EACH_COMMAND(c)
		if (file_kind(c->file) == file_kind(file) &&
		    _IOC_NR(c->cmd) == nr)
			return c;
	return NULL;
}

TEST_F_TIMEOUT(ioctl, unknown_numbers, TIMEOUT)
{
	static const size_t sizes[] = { 0, 4, 16, 24, 48, 64, 16383 };
	union argument arg;
	unsigned int nr, i, file, dir;

	/* This takes commands of other kinds of files, too */
	for (file = 0; file < FILES; file++) {
		for (nr = 0; nr < 256; nr++) {
			if (find(file, nr) || elsewhere(file, nr))
				continue;
			for (i = 0; i < ARRAY_SIZE(sizes) * 4; i++) {
				dir = i % 4;
				memset(&arg, 0, sizeof(arg));
				arg.size = sizes[i / 4];
				EXPECT_EQ(-ENOTTY,
					  call(self->w.fd[file],
					       _IOC(dir, ISLE_IOC_MAGIC, nr,
						    sizes[i / 4]), &arg))
					TH_LOG("file %u, dir %u, nr %#x, size %zu",
					       file, dir, nr, sizes[i / 4]);
			}
		}
	}
	EXPECT_TRUE(listing_same(self->w.ctl, &self->before));
}

TEST_F_TIMEOUT(ioctl, commands_of_other_files, TIMEOUT)
{
	const struct command *c;
	union argument arg;
	unsigned int file;

	EACH_COMMAND(c) {
		for (file = 0; file < FILES; file++) {
			if (file_kind(file) == file_kind(c->file))
				continue;
			command_prepare(c, &self->w, &arg);
			EXPECT_EQ(-ENOTTY, FAILS(file, c->cmd, &arg,
						 sizeof(arg)))
				TH_LOG("%s on %u", c->name, file);
		}
	}
}

TEST_F_TIMEOUT(ioctl, almost_commands, TIMEOUT)
{
	const struct command *c;
	union argument arg;
	unsigned int dir;

	EACH_COMMAND(c) {
		for (dir = 0; dir < 4; dir++) {
			if (dir == _IOC_DIR(c->cmd))
				continue;
			command_prepare(c, &self->w, &arg);
			EXPECT_EQ(-ENOTTY,
				  FAILS(c->file,
					_IOC(dir, ISLE_IOC_MAGIC,
					     _IOC_NR(c->cmd), c->size),
					&arg, sizeof(arg)))
				TH_LOG("%s, direction %u", c->name, dir);
		}
		command_prepare(c, &self->w, &arg);
		EXPECT_EQ(-ENOTTY, FAILS(c->file, c->cmd ^ 0x100, &arg,
					 sizeof(arg))) TH_LOG("%s", c->name);
		EXPECT_EQ(-ENOTTY, FAILS(c->file, c->cmd ^ 0x8000, &arg,
					 sizeof(arg))) TH_LOG("%s", c->name);
	}
}

TEST_F_TIMEOUT(ioctl, of_other_kinds_of_files, TIMEOUT)
{
	struct winsize { unsigned short field[4]; } size;
	unsigned int file;
	int n = 0;

	for (file = 0; file < FILES; file++) {
		/* A terminal they are not: isatty(3) must say so */
		EXPECT_EQ(-ENOTTY, call(self->w.fd[file], 0x5401, &size));
		EXPECT_EQ(-ENOTTY, call(self->w.fd[file], 0x5413, &size));
		EXPECT_EQ(-ENOTTY, call(self->w.fd[file], 0, &n));
	}
	/* those of <linux/fs.h> are for disks alone */
	EXPECT_EQ(-ENOTTY, call(self->w.ctl, 0x1268, &n));
	EXPECT_EQ(-ENOTTY, call(self->w.fd[ON_DOMAIN], 0x1268, &n));
}

TEST_HARNESS_MAIN
