/* The price lists in SQLite. Private to io. */
#ifndef PLIMSOLL_PRICE_LOAD_H
#define PLIMSOLL_PRICE_LOAD_H

#include "base.h"

#include <sqlite3.h>

#define PRICE_LIST_BYTES_MAX ((uint64_t)64 << 20) /* of one file of the lists */

enum price_lists { PRICE_TYPES = 1, PRICE_SKUS = 2 };

/* An in-memory database of lists under data_directory/prices; NULL: as datadir.h finds it.
 * PRICE_TYPES:
 * View type(provider, region, name, family, class, arch, vcpu_milli, memory_bytes, gpus, charged_milli, vcpu_nano,
 * gib_nano, spot_vcpu_nano, spot_gib_nano, source, as_of): an hour costs charged vCPUs x vcpu_nano + GiB x gib_nano.
 * PRICE_SKUS: table sku(provider, region, id, name, unit, rule, tier_from, price_nano, free, min_charge_s, valid_from,
 * source, as_of), aws_rate(region, name, offering, six prices, source, as_of), azure_rate(region, name, four prices,
 * source, as_of), gcp_rate(region, family, vcpu_nano, gib_nano, four discounts in millionths, source, as_of). Either:
 * table fee(provider, region, item, name, value_nano, ...). Region '*' means all. The caller closes it. */
int price_load(const char *data_directory, enum price_lists, sqlite3 **, struct err *);

#endif
