# SPDX-License-Identifier: GPL-2.0
# Examples: built, not installed.

$(O)/blkdemo: $(O)/obj/examples/blkdemo.o $(O)/libisle.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luring

all: $(O)/blkdemo
