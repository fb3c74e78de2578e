# Plimsoll. `make help` lists the targets.
BUILD     ?= build
CC        ?= cc
SANITIZE  ?=
Q         := $(if $(V),,@)
WARNINGS  := -Wall -Wextra -Wconversion -Wshadow -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
HARDENING := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -fstack-clash-protection -fcf-protection
OPTIMIZE  ?= -O2 -g
PACKAGES  := gsl sqlite3 libcjson yaml-0.1 zlib
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES))
CPPFLAGS  += -Iinclude -D_POSIX_C_SOURCE=200809L -DPLIMSOLL_VERSION='"$(shell cat VERSION)"' -DPLIMSOLL_SHARE='"$(PREFIX)/share/plimsoll"'
CFLAGS    += -std=c17 $(WARNINGS) $(OPTIMIZE) -ffp-contract=off $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all,$(HARDENING))
CFLAGS    += $(PKG_CFLAGS)
LDFLAGS   += $(if $(SANITIZE),-fsanitize=$(SANITIZE),-pie -Wl,-z,relro,-z,now)
LDLIBS    += $(PKG_LIBS) -lm -lpthread
PREFIX    ?= /usr/local
DESTDIR   ?=

LIBRARY   := $(wildcard models/*.c autoscaler/core/*.c autoscaler/*.c autoscaler/io/*.c sim/*.c) $(filter-out autoscaler/cmd/main.c,$(wildcard autoscaler/cmd/*.c))
OBJECTS   := $(LIBRARY:%.c=$(BUILD)/%.o)
UNIT      := $(wildcard tests/unit/test_*.c)
TESTS     := $(UNIT:tests/unit/%.c=$(BUILD)/tests/%)
FUZZERS   := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all help demo check test unit arch bench fuzz asan ubsan tsan vectors install uninstall clean deps format
all: $(BUILD)/plimsoll $(BUILD)/conformance

help:            ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

$(BUILD)/libplimsoll.a: $(OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/plimsoll: $(BUILD)/autoscaler/cmd/main.o $(BUILD)/libplimsoll.a
	@echo '  LD  $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/conformance: $(BUILD)/tests/vectors/conformance.o $(BUILD)/libplimsoll.a
	@echo '  LD  $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/libplimsoll.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC  $<'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/%: tests/fuzz/%.c $(LIBRARY)
	@mkdir -p $(@D)
	@echo '  FUZZ $@'
	$(Q)clang $(CPPFLAGS) -std=c17 -g -O1 -fsanitize=fuzzer,address,undefined $(PKG_CFLAGS) -o $@ $^ $(LDLIBS)

fuzz: $(FUZZERS)  ## every parser under libFuzzer, FUZZ_SECONDS each (60)
	@tests/fuzz/run.sh $(FUZZERS)

clean:           ## remove what was built
	rm -rf build

-include $(OBJECTS:.o=.d) $(BUILD)/autoscaler/cmd/main.d
