# SPDX-License-Identifier: GPL-2.0
# islectl: what it is made of, where it goes.

islectl-src := main.c report.c parse.c lookup.c slow.c sandbox.c describe.c show.c \
	domain_add.c domain_del.c list.c link.c quota.c \
	device.c device_info.c device_del.c \
	blk_add.c kv_add.c kv_get.c tar.c \
	console_add.c console_attach.c \
	fs_add.c fs_format.c \
	net_open.c net_describe.c net_add.c net_connect.c net_tap.c \
	vchan_end.c vchan_pump.c vchan_join.c vchan_proxy.c vchan_info.c socket.c \
	msg.c msg_types.c launcher.c tasks.c \
	run.c version.c
islectl-obj := $(islectl-src:%.c=$(O)/obj/islectl/%.o)

# The compiler of interfaces goes in, and the system's interface
$(O)/obj/islectl/msg.o: $(UAPI)/isle/interface.idl
$(O)/obj/islectl/msg.o $(O)/obj/islectl/msg_types.o: private override CPPFLAGS += -Iidl \
	-DINTERFACE='"$(UAPI)/isle/interface.idl"'
$(O)/obj/islectl/launcher.o: $(O)/isle_stubs.h
$(O)/obj/islectl/launcher.o: private override CPPFLAGS += -I$(O)

# The program that formats devices with files
LIBEXECDIR ?= $(PREFIX)/libexec
$(O)/obj/islectl/fs_add.o: $(O)/obj/paths
$(O)/obj/islectl/fs_add.o: private override CPPFLAGS += -DISLE_LIBEXEC='"$(LIBEXECDIR)"'
$(O)/isle-mkfs: islectl/isle-mkfs
	$(call say,COPY)
	$(Q)$(INSTALL) -m 0755 $< $@

# libisle goes in, so that the command runs wherever it is put.
$(O)/islectl: $(islectl-obj) $(O)/libidl.a $(O)/libisle.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -ljson-c -lpthread

all: $(O)/islectl $(O)/isle-mkfs

install: install-islectl
.PHONY: install-islectl
install-islectl: all
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(COMPLETIONDIR) \
		$(DESTDIR)$(LIBEXECDIR)
	$(INSTALL) -m 0755 $(O)/islectl $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 0755 $(O)/isle-mkfs $(DESTDIR)$(LIBEXECDIR)
	$(INSTALL) -m 0644 islectl/islectl.8 $(DESTDIR)$(MANDIR)/man8
	$(INSTALL) -m 0644 islectl/islectl.bash $(DESTDIR)$(COMPLETIONDIR)/islectl

uninstall: uninstall-islectl
.PHONY: uninstall-islectl
uninstall-islectl:
	rm -f $(DESTDIR)$(BINDIR)/islectl $(DESTDIR)$(LIBEXECDIR)/isle-mkfs \
		$(DESTDIR)$(MANDIR)/man8/islectl.8 \
		$(DESTDIR)$(COMPLETIONDIR)/islectl
