# SPDX-License-Identifier: GPL-2.0
# isle-idl: what it is made of, where it goes.

# All but the command line: islectl reads interfaces, too.
idl-src := arena.c diag.c source.c symtab.c lex.c declare.c layout.c parse.c idl.c
idl-obj := $(idl-src:%.c=$(O)/obj/idl/%.o)
isle-idl-src := main.c gen_common.c gen_header.c gen_stubs.c gen_docs.c
isle-idl-obj := $(isle-idl-src:%.c=$(O)/obj/idl/%.o)

$(O)/libidl.a: $(idl-obj)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(O)/isle-idl: $(isle-idl-obj) $(O)/libidl.a
	$(call say,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

all: $(O)/isle-idl

# What is checked in, so that the module builds without isle-idl; a selftest
# sees to it that it is what isle-idl makes.
.PHONY: interface
interface: $(O)/isle-idl
	$(call say,IDL)
	$(Q)$(O)/isle-idl -e header --license='GPL-2.0 WITH Linux-syscall-note' \
		-o $(UAPI)/isle/interface.h $(UAPI)/isle/interface.idl

install: install-idl
.PHONY: install-idl
install-idl: all
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(INCLUDEDIR)/isle
	$(INSTALL) -m 0755 $(O)/isle-idl $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 0644 idl/isle-idl.1 $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 0644 $(UAPI)/isle/interface.idl $(DESTDIR)$(INCLUDEDIR)/isle

uninstall: uninstall-idl
.PHONY: uninstall-idl
uninstall-idl:
	rm -f $(DESTDIR)$(BINDIR)/isle-idl $(DESTDIR)$(MANDIR)/man1/isle-idl.1
