# SPDX-License-Identifier: GPL-2.0
#
# What a person can do here; "make help" lists it.  The work is done by Kbuild
# (the module), tools/Makefile, selftests/Makefile and the scripts they name.

SHELL := /bin/bash
VERSION := 0.1.0
# The running kernel, or the newest whose headers are here if it has none
RUNNING := $(shell uname -r)
KREL ?= $(if $(wildcard /lib/modules/$(RUNNING)/build/Makefile),$(RUNNING),$(shell selftests/headers))
PREFIX ?= /usr/local

.PHONY: all help module tools install uninstall dkms-install setup demo check \
	check-debug lint dkms-check bench clean

all: module tools

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | column -t -s $$'\t'

module: ## build isle.ko for the running kernel (KREL=... for another)
	selftests/module $(KREL)
	@echo "built build/$(KREL)/isle.ko"

tools: ## build libisle and islectl
	$(MAKE) -s -C tools O=$(CURDIR)/build/tools

install: ## install module, library, command, headers (PREFIX, DESTDIR)
	install -D -m 644 build/$(KREL)/isle.ko \
		$(DESTDIR)/lib/modules/$(KREL)/updates/isle.ko
	$(if $(DESTDIR),,depmod $(KREL))
	$(MAKE) -s -C tools O=$(CURDIR)/build/tools install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

uninstall: ## take away what install has installed
	rm -f $(DESTDIR)/lib/modules/$(KREL)/updates/isle.ko
	$(if $(DESTDIR),,depmod $(KREL))
	$(MAKE) -s -C tools O=$(CURDIR)/build/tools uninstall PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

dkms-install: ## hand the module to DKMS, which rebuilds it for every kernel
	selftests/dkms-install

setup: ## install what building and testing needs (apt)
	@selftests/setup

demo: setup ## show it: disks, files, networks, channels, messages, in a virtual machine
	@selftests/demo/run

check: setup ## KUnit under UML, ABI layout, selftests on Debian's kernel
	@selftests/check stock

check-debug: setup ## KUnit and selftests on the kernel with every checker
	@selftests/check debug

lint: setup ## checkpatch --strict, sparse, W=1, shellcheck
	@selftests/lint | selftests/tally -q

dkms-check: setup ## a DKMS add, build, install, remove round
	@selftests/dkms-check | selftests/tally

bench: setup ## measure isle beside its peers
	@tools/bench/run

clean: ## remove what was built here (kernels stay in the cache)
	rm -rf build
