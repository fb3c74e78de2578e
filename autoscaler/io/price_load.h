/* The price lists in SQLite. Private to io. */
#ifndef PLIMSOLL_PRICE_LOAD_H
#define PLIMSOLL_PRICE_LOAD_H

#include "base.h"

#include <sqlite3.h>

/* An in-memory database of all lists under directory/prices, or under the usual place when directory is NULL.
 * View type(provider, region, name, family, class, arch, vcpu_milli, memory_bytes, gpus, charged_milli, vcpu_nano,
 * gib_nano, spot_vcpu_nano, spot_gib_nano, source, as_of): an hour costs charged vCPUs x vcpu_nano + GiB x gib_nano.
 * Table fee(provider, region, item, name, value_nano, ...); region '*' means all. The caller closes it. */
int price_load(const char *directory, sqlite3 **, struct err *);

#endif
