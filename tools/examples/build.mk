# SPDX-License-Identifier: GPL-2.0
# Examples: built, not installed.

$(O)/blkdemo: $(O)/obj/examples/blkdemo.o $(O)/libisle.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luring

all: $(O)/blkdemo

$(O)/fsdemo: $(O)/obj/examples/fsdemo.o $(O)/libisle.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luring

all: $(O)/fsdemo

# An interface of one's own: structs and numbers, and what speaks them
greeter-idl = $(O)/isle-idl --prefix=greeter --first-number=1000
$(O)/greeter.h: examples/greeter.idl $(O)/isle-idl
	$(call say,IDL)
	$(Q)$(greeter-idl) -e header -o $@ $<
$(O)/greeter_stubs.h: examples/greeter.idl $(O)/isle-idl
	$(call say,IDL)
	$(Q)$(greeter-idl) -e stubs --header=greeter.h -o $@ $<

$(O)/obj/examples/msgdemo.o: $(O)/greeter.h $(O)/greeter_stubs.h
$(O)/obj/examples/msgdemo.o: private override CPPFLAGS += -I$(O)

$(O)/msgdemo: $(O)/obj/examples/msgdemo.o $(O)/libisle.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luring

all: $(O)/msgdemo

# A TCP/IP stack in a process, where Debian's liblwip-dev is installed
ifneq ($(wildcard /usr/include/lwip/lwip/tcpip.h),)
$(O)/obj/examples/lwiphttp.o: private override CPPFLAGS += -isystem /usr/include/lwip
$(O)/lwiphttp: $(O)/obj/examples/lwiphttp.o $(O)/libisle.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luring -llwip -lpthread

all: $(O)/lwiphttp
endif

# A program for Xen, where Debian's libxen-dev is installed
ifneq ($(wildcard /usr/include/libxenvchan.h),)
$(O)/xenvchan-cat: $(O)/obj/examples/xenvchan-cat.o
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lxenvchan -lxenstore

all: $(O)/xenvchan-cat
endif
