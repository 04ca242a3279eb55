# SPDX-License-Identifier: LGPL-2.1-or-later
# libisle: what it is made of, where it goes.

# The version is said in libisle.h; the newest symbols are of that version
LIBISLE_VERSION := $(shell sed -n 's/^.define LIBISLE_VERSION "\(.*\)"/\1/p' libisle/libisle.h)
LIBISLE_NEWEST := $(lastword $(shell sed -n 's/^LIBISLE_\(.*\) {/\1/p' libisle/libisle.map))
ifneq ($(LIBISLE_VERSION),$(LIBISLE_NEWEST))
$(error libisle.h is of version "$(LIBISLE_VERSION)", libisle.map of "$(LIBISLE_NEWEST)")
endif
LIBISLE_SONAME := libisle.so.0
LIBISLE_REAL := libisle.so.$(LIBISLE_VERSION)

libisle-src := abi.c names.c node.c iterate.c control.c domain.c blk.c xfer.c queue.c uring.c \
	task.c services.c copy.c vchan.c vchan_io.c vchan_wait.c block.c clock.c pages.c \
	net.c net_io.c net_ring.c net_listen.c fs.c kv.c console.c
libisle-obj := $(libisle-src:%.c=$(O)/obj/libisle/%.o)
libisle-headers := libisle.h libisle-vchan.h libisle-task.h isle_rpc.h \
	libisle-block.h libisle-clock.h libisle-pages.h libisle-net.h libisle-fs.h \
	libisle-kv.h libisle-console.h
libisle-man := libisle.3 isle_control.3 isle_domain.3 isle_blk.3 isle_queue.3 isle_vchan.3 \
	isle_task.3 isle_services.3 isle_block.3 isle_clock.3 isle_pages.3 isle_net.3 \
	isle_fs.3 isle_kv.3 isle_console.3

# All classes by the names of the module types V1
libisle-obj += $(O)/obj/libisle/v1.o
libisle-headers += libisle-v1.h
libisle-man += isle_v1.3

$(O)/obj/libisle/services.o: $(O)/isle_stubs.h
$(O)/obj/libisle/services.o: private override CPPFLAGS += -I$(O)
$(libisle-obj): private override CFLAGS += -fPIC -fvisibility=hidden

$(O)/libisle.a: $(libisle-obj)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(O)/$(LIBISLE_REAL): $(libisle-obj) libisle/libisle.map
	$(call say,LD)
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-soname,$(LIBISLE_SONAME) \
		-Wl,--version-script=libisle/libisle.map -Wl,-z,defs \
		-o $@ $(libisle-obj) -luring -lpthread

$(O)/$(LIBISLE_SONAME) $(O)/libisle.so: $(O)/$(LIBISLE_REAL)
	$(Q)ln -sf $(LIBISLE_REAL) $@

$(O)/libisle.pc: libisle/libisle.pc.in libisle/libisle.h $(O)/obj/paths
	$(call say,GEN)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
		-e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(LIBISLE_VERSION)|' $< >$@

# Clients and servers of the system's messages
$(O)/isle_stubs.h: $(UAPI)/isle/interface.idl $(O)/isle-idl
	$(call say,IDL)
	$(Q)$(O)/isle-idl -e stubs --license=LGPL-2.1-or-later -o $@ $<

all: $(O)/isle_stubs.h $(O)/libisle.a $(O)/$(LIBISLE_SONAME) $(O)/libisle.so $(O)/libisle.pc

install: install-libisle
.PHONY: install-libisle
install-libisle: all
	$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/isle \
		$(DESTDIR)$(MANDIR)/man3
	$(INSTALL) -m 0755 $(O)/$(LIBISLE_REAL) $(DESTDIR)$(LIBDIR)
	ln -sf $(LIBISLE_REAL) $(DESTDIR)$(LIBDIR)/$(LIBISLE_SONAME)
	ln -sf $(LIBISLE_SONAME) $(DESTDIR)$(LIBDIR)/libisle.so
	$(INSTALL) -m 0644 $(O)/libisle.a $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 0644 $(O)/libisle.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	$(INSTALL) -m 0644 $(libisle-headers:%=libisle/%) $(O)/isle_stubs.h \
		$(DESTDIR)$(INCLUDEDIR)
	$(INSTALL) -m 0644 $(UAPI)/isle/*.h $(DESTDIR)$(INCLUDEDIR)/isle
	$(INSTALL) -m 0644 $(libisle-man:%=libisle/man/%) $(DESTDIR)$(MANDIR)/man3
	$(if $(DESTDIR),,-ldconfig)

uninstall: uninstall-libisle
.PHONY: uninstall-libisle
uninstall-libisle:
	rm -f $(DESTDIR)$(LIBDIR)/$(LIBISLE_REAL) $(DESTDIR)$(LIBDIR)/$(LIBISLE_SONAME) \
		$(DESTDIR)$(LIBDIR)/libisle.so $(DESTDIR)$(LIBDIR)/libisle.a \
		$(DESTDIR)$(LIBDIR)/pkgconfig/libisle.pc \
		$(libisle-headers:%=$(DESTDIR)$(INCLUDEDIR)/%) \
		$(DESTDIR)$(INCLUDEDIR)/isle_stubs.h \
		$(libisle-man:%=$(DESTDIR)$(MANDIR)/man3/%)
	rm -rf $(DESTDIR)$(INCLUDEDIR)/isle
