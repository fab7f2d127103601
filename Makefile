# SPDX-License-Identifier: GPL-2.0
# What a person types; `make help` lists it.  How the module is put together is
# in Kbuild, which the kernel's own build system runs.

# The running kernel's headers, else the newest that are installed.
KDIR ?= $(shell ls -d /lib/modules/$$(uname -r)/build 2>/dev/null || \
	ls -d /usr/src/linux-headers-*-amd64 2>/dev/null | sort -V | tail -n 1)
DESTDIR ?=
PREFIX ?= /usr
# What sees to the Debian packages that a target needs; ":" leaves that to you.
SETUP ?= tools/setup/packages
# Kernels that the tests run on: lines, or full releases.
TEST_KERNELS ?= 6.1 6.12

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
release = $(shell sed -n 's/.define UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
# What a module build reads, and what DKMS gets.
sources := Kbuild dkms.conf src include tools/kconf
# Programs for everybody's path; each has a manual page in section 1.
user_tools := bpfasm bpfdis bpfrun bpfcap

all: module lib

help:
	@sed -n 's/^#: //p' Makefile

#: make              the module for the running kernel, and the filter library
#: make KDIR=DIR     for the kernel whose headers or build tree are in DIR
.PHONY: module
module: setup-module $(if $(filter file,$(origin KDIR)),setup-headers)
	@test -n "$(release)" || { \
		echo "make: no kernel headers in '$(KDIR)'." >&2; \
		echo "Install linux-headers-$$(uname -r), or name them: make KDIR=/usr/src/linux-headers-..." >&2; \
		exit 1; }
	@tools/kconf/build-module $(KDIR) build/$(release)

#: make lib          the filter engine for programs: build/libcbpf.a, build/libcbpf.so
.PHONY: lib
lib:
	@$(MAKE) --no-print-directory -C lib

#: make tools        build/bpfstat, which shows who listens; bsdbpf-check, which says why
#:                   nobody can; bpfcap; bpfasm, bpfdis, bpfrun
.PHONY: tools
tools: setup-tools
	@$(MAKE) --no-print-directory -C tools/bpfstat
	@$(MAKE) --no-print-directory -C tools/bpfasm
	@$(MAKE) --no-print-directory -C tools/bsdbpf-check
	@$(MAKE) --no-print-directory -C tools/bpfcap

#: make libpcap      the patched libpcap: build/libpcap
.PHONY: libpcap
libpcap: setup-test
	tools/libpcap/build

#: make demo         tcpdump on /dev/bpf in a virtual machine, in under three minutes
.PHONY: demo
demo: setup-test libpcap
	@$(MAKE) --no-print-directory module KDIR=$$(tools/vm/kernel-path --kdir 6.1)
	tools/vm/run -- tests/vm/demo

#: make test         every test; the long ones on one of TEST_KERNELS each
.PHONY: test
test: setup-test
	tests/run --share $(TEST_KERNELS)

#: make test-all     every test on every kernel of TEST_KERNELS
.PHONY: test-all
test-all: setup-test
	tests/run $(TEST_KERNELS)

#: make fuzz T=60    random programs and packets on all engines of filters; SEED= JOBS=
.PHONY: fuzz fuzz-deep fuzz-coverage fuzz-expressions fuzz-mutants
fuzz: setup-fuzz
	@$(MAKE) --no-print-directory -C tests/fuzz fuzz

#: make fuzz-deep    the same until there were N=100000000 executions
fuzz-deep: setup-fuzz
	@$(MAKE) --no-print-directory -C tests/fuzz fuzz N=$(or $(N),100000000)

#: make fuzz-coverage T=60  what libFuzzer finds in validator, interpreter, compiler
fuzz-coverage: setup-fuzz
	@$(MAKE) --no-print-directory -C tests/fuzz coverage

#: make fuzz-expressions  libpcap's expressions, and generated ones, on all engines
fuzz-expressions: setup-fuzz
	@$(MAKE) --no-print-directory -C tests/fuzz expressions

#: make fuzz-mutants  put bugs into the filter engine and see the fuzzer find them
fuzz-mutants: setup-fuzz
	tests/fuzz/mutants

#: make fuzz-syscalls T=600 KERNEL=debug  random system calls on /dev/bpf; SEED= OPS=
.PHONY: fuzz-syscalls fuzz-syscalls-mutants
fuzz-syscalls: setup-test
	@$(MAKE) --no-print-directory module KDIR=$$(tools/vm/kernel-path --kdir $(or $(KERNEL),6.1))
	@$(MAKE) --no-print-directory -C tests/fuzz/syscall
	tests/fuzz/syscall/run --kernel $(or $(KERNEL),6.1) --seconds $(or $(T),60) \
		$(if $(SEED),--seed $(SEED)) $(if $(OPS),-- --ops $(OPS))

#: make fuzz-syscalls-mutants  put bugs into the driver and see that fuzzer find them
fuzz-syscalls-mutants: setup-test
	@$(MAKE) --no-print-directory -C tests/fuzz/syscall
	tests/fuzz/syscall/mutants --kernel $(or $(KERNEL),6.1)

#: make conformance  every statement about /dev/bpf that applies, and whether it holds
.PHONY: conformance
conformance: setup-test
	tests/vm/conformance/report $(TEST_KERNELS)

#: make test-debug   the tests in a kernel that looks for bugs (KASAN, lockdep, ...)
.PHONY: test-debug
test-debug: setup-test setup-debug
	tests/run --vm-only --split 2 debug

#: make bench-filter the filter engine's speed beside its peers'; BENCH= takes options
.PHONY: bench-filter
bench-filter: setup-bench
	@tests/bench/filter/run $(BENCH)

#: make bench-capture  what captures cost beside AF_PACKET's; BENCH= takes options
.PHONY: bench-capture
bench-capture: setup-bench setup-debug
	@tests/bench/capture/run $(BENCH)

#: make bench-store  what storing a record costs, on one thread and two; RUNS= THINK=
.PHONY: bench-store
bench-store: setup-bench
	@$(MAKE) -s --no-print-directory -C tests/store bench BENCH='$(or $(RUNS),50) $(THINK)'

#: make test-cpus    what runs filters, on processors that return and jump in other ways
.PHONY: test-cpus
test-cpus: setup-test
	tests/run --vm-only --cpu max,EPYC,Skylake-Server \
		--only 'native|engine|swap|harden|compare-filters' $(TEST_KERNELS)

#: make check        static checks: checkpatch, sparse, cppcheck, clang-tidy, coccinelle, ...
.PHONY: check
check: setup-check
	tests/check

#: make prove        that native filters do what their programs do, for every packet;
#:                   PROVE= takes options, PROVE='--part 10' proves a tenth
.PHONY: prove
prove: setup-prove
	@$(MAKE) --no-print-directory -C tests/prove
	tests/prove/prove $(PROVE)

#: make prove-mutants  that make prove finds mistakes in the compiler
.PHONY: prove-mutants
prove-mutants: setup-prove
	tests/prove/mutants

#: make install      the module, headers, library, tools, manual pages; see PREFIX, DESTDIR;
#:                   SIGN_KEY= SIGN_CERT= sign the module, for Secure Boot
.PHONY: install install-module install-programs
install: install-module install-programs
	$(if $(DESTDIR),,depmod $(release) && ldconfig)

install-module: module
	install -D -m 644 build/$(release)/bsdbpf.ko \
		$(DESTDIR)/lib/modules/$(release)/updates/bsdbpf.ko
	$(if $(SIGN_KEY),$(KDIR)/scripts/sign-file sha256 $(SIGN_KEY) $(SIGN_CERT) \
		$(DESTDIR)/lib/modules/$(release)/updates/bsdbpf.ko)

#: make install-programs  all of that but the module, for packages; SETUP=: installs no Debian packages
install-programs: tools
	@$(MAKE) --no-print-directory -C lib install DESTDIR=$(abspath $(DESTDIR)) PREFIX=$(PREFIX)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/bsdbpf/net include/uapi/net/*.h
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/bsdbpf/machine include/uapi/machine/*.h
	install -d $(DESTDIR)$(PREFIX)/share/pkgconfig
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' tools/dist/bsdbpf.pc.in \
		>$(DESTDIR)$(PREFIX)/share/pkgconfig/bsdbpf.pc
	chmod 644 $(DESTDIR)$(PREFIX)/share/pkgconfig/bsdbpf.pc
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/udev/rules.d tools/dist/60-bsdbpf.rules
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/bsdbpf/examples tools/dist/*.conf
	install -D -m 644 tools/man/bpf.4 $(DESTDIR)$(PREFIX)/share/man/man4/bpf.4
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/sbin build/bpfstat build/bsdbpf-check
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 tools/man/bpfstat.8 tools/man/bsdbpf-check.8
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(user_tools:%=build/%)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(user_tools:%=tools/man/%.1)

#: make uninstall    take it away again
.PHONY: uninstall
uninstall:
	@$(MAKE) --no-print-directory -C lib uninstall DESTDIR=$(abspath $(DESTDIR)) PREFIX=$(PREFIX)
	rm -f $(DESTDIR)/lib/modules/$(release)/updates/bsdbpf.ko
	rm -rf $(DESTDIR)$(PREFIX)/include/bsdbpf $(DESTDIR)$(PREFIX)/share/man/man4/bpf.4
	rm -f $(DESTDIR)$(PREFIX)/share/pkgconfig/bsdbpf.pc
	rm -f $(DESTDIR)$(PREFIX)/lib/udev/rules.d/60-bsdbpf.rules
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/bsdbpf
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,sbin/bpfstat share/man/man8/bpfstat.8 \
		sbin/bsdbpf-check share/man/man8/bsdbpf-check.8)
	rm -f $(user_tools:%=$(DESTDIR)$(PREFIX)/bin/%)
	rm -f $(user_tools:%=$(DESTDIR)$(PREFIX)/share/man/man1/%.1)
	$(if $(DESTDIR),,depmod $(release) && ldconfig)

#: make dkms-install the module by DKMS, rebuilt with each new kernel
.PHONY: dkms-install dkms-remove
dkms-install: setup-dkms
	mkdir -p $(DESTDIR)/usr/src/bsdbpf-$(VERSION)
	cp -r --parents $(sources) $(DESTDIR)/usr/src/bsdbpf-$(VERSION)
	$(if $(DESTDIR),,dkms install bsdbpf/$(VERSION))

#: make dkms-remove  take it away again
dkms-remove:
	dkms remove bsdbpf/$(VERSION) --all
	rm -rf /usr/src/bsdbpf-$(VERSION)

#: make deb          Debian packages: build/deb
.PHONY: deb test-deb
deb: setup-deb
	tools/dist/deb

#: make test-deb     install, upgrade, remove and purge them in a Debian 12 of their own
test-deb: deb
	tests/deb/run

#: make clean        delete build/; caches outside of the tree stay
.PHONY: clean
clean:
	rm -rf build

# Not a pattern rule: make looks for none of those for a phony target.
setups := setup-fuzz setup-module setup-headers setup-tools setup-test setup-debug setup-bench setup-dkms \
	setup-check setup-prove setup-deb
$(setups): setup-%:
	@$(SETUP) $*

.PHONY: all help $(setups)
