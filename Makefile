# Plimsoll. `make help` lists the targets.
BUILD     ?= build
PREFIX    ?= /usr/local
DESTDIR   ?=
CC        ?= cc
SANITIZE  ?=
OPTIMIZE  ?= -O2 -g
Q         := $(if $(V),,@)
VERSION   := $(shell cat VERSION)

# ---- what it stands on (Debian, Ubuntu) ----

DEB_RUN   := gnuplot-nox fonts-dejavu-core
DEB_BUILD := build-essential pkg-config libgsl-dev libsqlite3-dev libcjson-dev libyaml-dev libcurl4-openssl-dev zlib1g-dev \
             libexpat1-dev libmicrohttpd-dev libcmocka-dev python3 openssl
DEB_DEV   := clang libclang-rt valgrind mandoc python3-venv chromium python3-prometheus-client prometheus
DEB_E2E   := curl containerd runc containernetworking-plugins iptables
PACKAGES  := gsl sqlite3 libcjson yaml-0.1 libcurl zlib libmicrohttpd expat
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null || echo missing)

# ---- flags; CPPFLAGS, CFLAGS, LDFLAGS and LDLIBS stay the user's ----

X86       := $(filter x86_64 i%86,$(shell uname -m))
WARNINGS  := -Wall -Wextra -Wconversion -Wshadow -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE $(if $(X86),-fstack-clash-protection -fcf-protection)
SANITIZED := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all \
             -Wno-unknown-warning-option -Wno-format-truncation # false alarms in instrumented code
SHARE     := $(PREFIX)/share/plimsoll
DEFINES   := -D_POSIX_C_SOURCE=200809L -DPLIMSOLL_VERSION='"$(VERSION)"'
WHERE     := -DPLIMSOLL_SHARE='"$(SHARE)"'
COMPILE   := $(CC) -Iinclude $(DEFINES) $(CPPFLAGS) -std=c17 $(WARNINGS) $(OPTIMIZE) -ffp-contract=off \
             $(if $(SANITIZE),$(SANITIZED),$(HARDENING)) $(PKG_CFLAGS) $(CFLAGS)
HARDLINK  := -pie -Wl,-z,relro,-z,now
LINK      := $(CC) $(OPTIMIZE) $(CFLAGS) $(if $(SANITIZE),$(SANITIZED),$(HARDLINK)) $(LDFLAGS)
LIBS      := $(PKG_LIBS) -lm -lpthread $(LDLIBS)

# ---- what there is ----

LIBRARY   := $(wildcard models/*.c autoscaler/core/*.c autoscaler/*.c autoscaler/io/*/*.c sim/*.c) \
             $(filter-out autoscaler/cmd/main.c,$(wildcard autoscaler/cmd/*.c))
OBJECTS   := $(LIBRARY:%.c=$(BUILD)/%.o)
UNIT      := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZERS   := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
VECTORS   := $(wildcard tests/vectors/*.jsonl)
SUITES    := tests/arch.sh tests/cli.sh tests/inputs.sh tests/output.sh tests/generated.sh tests/install.sh \
             tests/bill_check.sh tests/compare.sh tests/commit.sh tests/price_update.sh \
             $(wildcard tests/golden/run.sh tests/scenario/run.sh)
SUITES    += tests/bill.sh tests/focus.sh tests/image.sh tests/width.sh
SUITES    += tests/web.sh tests/journal.sh tests/aws_asg.sh tests/import.sh

.PHONY: all help deps deps-dev deps-e2e demo check test unit arch e2e e2e-scale soak asan tsan sanitized-run fuzz bench profile install uninstall clean format FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/plimsoll $(BUILD)/conformance  ## build the program (build/plimsoll)

help:            ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

# ---- a fresh machine ----

deps:            ## install the Debian or Ubuntu packages that are missing
	@.ci/deps.sh $(DEB_BUILD) $(DEB_RUN)

deps-dev: deps   ## and those for clang, sanitizers, fuzzing and profiling
	@tests/e2e/packages.sh .ci/deps.sh $(DEB_DEV)
	@.ci/moto.sh >/dev/null

deps-e2e: deps   ## and those of the end-to-end tests; Go 1.26 is to be there (PATH or /usr/local/go)
	@tests/e2e/packages.sh .ci/deps.sh $(DEB_E2E)

demo: deps       ## two years of a real shop on real prices: table and pictures
	@$(MAKE) --no-print-directory all
	@tests/demo.sh $(BUILD)

check: deps      ## install what is needed, build, run every test
	@$(MAKE) --no-print-directory test

# ---- build ----

$(BUILD)/plimsoll: $(BUILD)/autoscaler/cmd/main.o $(BUILD)/libplimsoll.a
$(BUILD)/conformance: $(BUILD)/tests/vectors/conformance.o $(BUILD)/libplimsoll.a
$(BUILD)/web_driver: $(BUILD)/tests/web/driver.o $(BUILD)/libplimsoll.a
$(BUILD)/cloud_driver: $(BUILD)/tests/cloud/driver.o $(BUILD)/libplimsoll.a
$(BUILD)/plimsoll $(BUILD)/conformance $(BUILD)/web_driver $(BUILD)/cloud_driver:
	@echo '  LD  $@'
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/libplimsoll.a: $(OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/libplimsoll.a
	@echo '  LD  $@'
	$(Q)$(LINK) -o $@ $^ -lcmocka $(LIBS)

$(BUILD)/e2e/%: $(BUILD)/tests/e2e/%.o $(BUILD)/libplimsoll.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libplimsoll.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo '  CC  $<'
	$(Q)$(COMPILE) $(INSTALLED_IN) -MMD -MP -c -o $@ $<

# Another compiler, or other flags, build anew; another PREFIX, only what knows it.
$(BUILD)/autoscaler/io/text/datadir.o: INSTALLED_IN = $(WHERE)
$(BUILD)/autoscaler/io/text/datadir.o: $(BUILD)/prefix
$(BUILD)/flags $(BUILD)/prefix: FORCE
	@[ '$(PKG_LIBS)' != missing ] || { echo 'Libraries are missing ($(PACKAGES)): make deps' >&2; exit 1; }
	@mkdir -p $(@D)
	@printf '%s\n' "$$BUILT_WITH" | cmp -s - $@ || printf '%s\n' "$$BUILT_WITH" >$@
$(BUILD)/flags: export BUILT_WITH = $(COMPILE) $(LINK) $(LIBS)
$(BUILD)/prefix: export BUILT_WITH = $(WHERE)

# ---- tests ----

test: all $(UNIT) $(BUILD)/web_driver $(BUILD)/cloud_driver  ## every test, of what is installed already
	@CC='$(CC)' tests/run.sh $(BUILD) $(UNIT) $(VECTORS) $(SUITES)

unit: $(BUILD)/conformance $(UNIT)  ## unit tests and vectors
	@tests/run.sh $(BUILD) $(UNIT) $(VECTORS)

arch: all        ## who may include, and call, whom
	@CC='$(CC)' tests/run.sh $(BUILD) tests/arch.sh

asan:            ## unit tests, vectors and wrong input under ASan and UBSan
	@$(MAKE) --no-print-directory BUILD=build/asan SANITIZE=address,undefined OPTIMIZE='-O1 -g' sanitized-run

tsan:            ## unit tests and vectors under TSan
	@$(MAKE) --no-print-directory BUILD=build/tsan SANITIZE=thread OPTIMIZE='-O1 -g' sanitized-run

sanitized-run: all $(UNIT)
	@SANITIZE=$(SANITIZE) tests/run.sh $(BUILD) $(UNIT) $(VECTORS) $(if $(findstring address,$(SANITIZE)),tests/inputs.sh)

fuzz: $(FUZZERS)  ## every parser under libFuzzer, FUZZ_SECONDS each (60)
	@tests/fuzz/run.sh $(FUZZERS)

# Compiled once for all targets, with the instrumentation in every object.
FUZZ_COMPILE := clang -Iinclude $(DEFINES) $(WHERE) $(CPPFLAGS) -std=c17 -g -O1 -fsanitize=fuzzer-no-link,address,undefined $(PKG_CFLAGS)
FUZZ_OBJECTS := $(LIBRARY:%.c=$(BUILD)/fuzz/o/%.o)
$(BUILD)/fuzz/o/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(FUZZ_COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/libplimsoll.a: $(FUZZ_OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/o/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/libplimsoll.a
	@echo '  FUZZ $@'
	$(Q)clang -g -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)

# ---- on a real control plane ----

e2e: deps-e2e    ## plimsoll on a real Kubernetes, KWOK nodes and one real kubelet (first time: builds it, 9 minutes)
	@$(MAKE) --no-print-directory all $(BUILD)/cloud_driver $(BUILD)/e2e/act_driver
	@tests/e2e/run.sh $(BUILD)

e2e-scale: deps-e2e  ## 1,000 Autoscalers over 20,000 pods, beside the HPA controller: a table
	@$(MAKE) --no-print-directory all
	@tests/e2e/scale.sh $(BUILD)

soak: deps-e2e   ## SOAK_MINUTES (60) of faults at random; SOAK_SEED to repeat one
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) tests/e2e/soak.sh

# ---- speed ----

bench: all $(BUILD)/bench/measure $(BUILD)/bench/hpa_step $(BUILD)/bench/pods  ## the loads of the speed and memory aims
	@tests/bench/run.sh $(BUILD)

profile: all     ## callgrind on a month of the first of them
	@tests/bench/profile.sh $(BUILD)

# ---- install ----

INSTALLED = bin/plimsoll bin/kubectl-plimsoll share/man/man1/plimsoll.1 share/bash-completion/completions/plimsoll share/plimsoll share/doc/plimsoll

install: $(BUILD)/plimsoll  ## under PREFIX (/usr/local), below DESTDIR
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/man/man1' \
		'$(DESTDIR)$(PREFIX)/share/bash-completion/completions' '$(DESTDIR)$(PREFIX)/share/doc/plimsoll'
	install -m 755 $(BUILD)/plimsoll '$(DESTDIR)$(PREFIX)/bin/plimsoll'
	ln -sf plimsoll '$(DESTDIR)$(PREFIX)/bin/kubectl-plimsoll'
	$(BUILD)/plimsoll help man >'$(DESTDIR)$(PREFIX)/share/man/man1/plimsoll.1'
	$(BUILD)/plimsoll help completion >'$(DESTDIR)$(PREFIX)/share/bash-completion/completions/plimsoll'
	find data plots -type f ! -name '*.py' ! -path 'data/.update/*' ! -path 'data/prices.*' | while read -r file; do \
		install -D -m 644 "$$file" '$(DESTDIR)$(SHARE)/'"$$file" || exit 1; done
	install -m 644 $(wildcard README.md CHANGELOG.md LICENSE) '$(DESTDIR)$(PREFIX)/share/doc/plimsoll'

uninstall:       ## what install put there
	rm -rf $(INSTALLED:%='$(DESTDIR)$(PREFIX)/%')

# ---- housekeeping ----

format:          ## clang-format over every source
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:           ## remove what was built
	rm -rf build

-include $(OBJECTS:.o=.d) $(BUILD)/autoscaler/cmd/main.d $(wildcard $(BUILD)/tests/*/*.d) $(FUZZ_OBJECTS:.o=.d) $(wildcard $(BUILD)/fuzz/o/tests/fuzz/*.d)
