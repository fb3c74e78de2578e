/* The price book: what a provider charges, in plain arrays. Money is integer billionths of a dollar (nano-USD). */
#ifndef PLIMSOLL_PRICE_H
#define PLIMSOLL_PRICE_H

#include "arena.h"
#include "base.h"

enum provider { PROVIDER_AWS, PROVIDER_AZURE, PROVIDER_GCP, PROVIDER_COUNT };

struct instance_type {
	enum provider provider;
	const char *region, *name, *family, *arch; /* region: "aws/us-east-1" */
	int64_t vcpu_milli, memory_bytes;
	int64_t gpus;
	int64_t price_nano_per_hour; /* on demand, list */
	int64_t spot_nano_per_hour;  /* -1: unknown */
	/* Where vCPUs and memory have prices of their own, else 0. charged_milli: the share of vcpu_milli that is paid.
	 */
	int64_t vcpu_nano_per_hour, gib_nano_per_hour, charged_milli;
	bool general_purpose; /* not burstable, not GPU, about 4 GiB a vCPU */
	const char *class;    /* "general", "burstable", "compute", "memory", "gpu", "other" */
	const char *source, *as_of;
};

/* What is charged beside the instances in a region. */
struct region_fees {
	int64_t control_plane_nano_per_hour;
	int64_t disk_nano_per_gib_month;            /* boot disk */
	const char *disk_name, *control_plane_name; /* SKUs for the invoice */
	int64_t default_disk_gib;                   /* what the provider's managed Kubernetes gives a node */
	int64_t min_charge_ms;                      /* least time an instance is charged for */
	const char *currency;
};

struct price_book {
	struct arena arena; /* owns everything below */
	enum provider provider;
	const char *region;
	struct instance_type *types; /* sorted by name */
	uint32_t n_types;
	struct region_fees fees;
};

const char *provider_name(enum provider);
/* What follows the provider's name and the separator in text: of "aws/us-east-1" and '/', "us-east-1"; NULL when it
 * does not begin so. */
const char *provider_below(enum provider, const char *text, char separator);

/* Loads the lists in data_directory/prices into SQLite and reads one region, named "aws/us-east-1". An unknown region
 * or provider names the nearest. data_directory NULL: as datadir.h finds it. */
int price_book_read(const char *data_directory, const char *region, struct price_book *, struct err *);
void price_book_free(struct price_book *);
/* Exact name, or an error that names the nearest. */
int price_book_find(const struct price_book *, const char *type, const struct instance_type **, struct err *);

/* One region of the lists. */
struct price_region {
	const char *name; /* "aws/us-east-1" */
	uint32_t n_types;
	const char *oldest, *newest; /* dates of its prices */
	const char *sources;         /* separated by "; " */
};
/* All regions, sorted by name, in the arena. */
int price_regions_read(const char *data_directory, struct arena *, struct price_region **, uint32_t *n, struct err *);

/* What a node of this type can give to pods: capacity less what the provider reserves for system and kubelet. */
struct allocatable {
	int64_t cpu_milli, memory_bytes, pods;
	int64_t agents_cpu_milli, agents_memory_bytes, agents_pods; /* the provider's own DaemonSets */
};
void node_allocatable(const struct instance_type *, struct allocatable *);

#endif
