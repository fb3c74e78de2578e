/* The bill: usage rated under a price plan. Usage and money are kept apart: the same usage can be rated under any
 * number of plans. Money is integer billionths (nano) of the book's currency; each line is rounded once.
 *
 * Order, as the providers document it: usage -> hours -> commitments (reserved first, then the narrower savings plans,
 * then the wider) -> what is left at on-demand or spot price -> sustained-use and tier rules, by calendar month ->
 * negotiated discounts -> credits and free tiers -> tax -> currency. */
#ifndef PLIMSOLL_BILLING_H
#define PLIMSOLL_BILLING_H

#include "arena.h"
#include "price.h"

/* How usage of a SKU becomes a quantity. */
enum sku_rule {
	SKU_INSTANCE,  /* hours, per second, with a minimum a start */
	SKU_HOUR,      /* hours, per second, no minimum: control planes, load balancers, gateways, addresses */
	SKU_DISK,      /* GiB-months: GiB * seconds over the seconds of the very month */
	SKU_QUANTITY,  /* as counted: GiB of traffic, requests; tiers by calendar month */
	SKU_POD_VCPU,  /* vCPU-hours of pods (Fargate, Autopilot), after the provider's rounding of the pod */
	SKU_POD_MEMORY /* GiB-hours of pods, likewise */
};

struct price_tier {
	int64_t from;       /* units used in the month before this price holds */
	int64_t price_nano; /* per unit */
};

/* What can be bought, with its list price. A dated change of price is a second row of the same id. */
struct sku {
	const char *id;   /* "m5.xlarge", "EBS gp3", "egress internet" */
	const char *name; /* the provider's own words, for invoices; may equal id */
	const char *unit; /* "hour", "GiB-month", "GiB" */
	enum sku_rule rule;
	const struct instance_type *type; /* SKU_INSTANCE */
	const struct price_tier *tiers;   /* rising from 0 */
	uint32_t n_tiers;
	int64_t spot_nano;      /* per unit; -1: cannot be bought so */
	int64_t free_per_month; /* units free each month, of the whole account; 0: none */
	ms_t valid_from;        /* MS_UNSET: since ever */
	ms_t min_charge_ms;     /* INSTANCE, POD_*: least time a start is charged for */
	const char *source, *as_of;
};

/* What a commitment asks for an hour of one SKU (or one unit of a family), by kind and term. */
enum commitment_kind {
	COMMIT_RESERVED,         /* AWS reserved instance, Azure reservation: so many instances of a type */
	COMMIT_INSTANCE_SAVINGS, /* AWS EC2 instance savings plan: USD an hour on one family in the region */
	COMMIT_COMPUTE_SAVINGS,  /* AWS compute savings plan, Azure savings plan: USD an hour on anything */
	COMMIT_RESOURCE,         /* Google committed use: vCPUs and GiB of one family in the region */
	COMMIT_FLEXIBLE,         /* Google flexible committed use: USD an hour of on-demand spend */
	COMMITMENT_KINDS,
};
enum payment { PAY_NO_UPFRONT, PAY_PARTIAL_UPFRONT, PAY_ALL_UPFRONT, PAYMENTS };
enum offering { OFFER_STANDARD, OFFER_CONVERTIBLE, OFFERINGS };
/* In a few words, whoever the provider is: "savings plan", "no upfront", "convertible". */
extern const char *const commitment_names[COMMITMENT_KINDS];
extern const char *const payment_names[PAYMENTS];
extern const char *const offering_names[OFFERINGS];

struct commitment_rate {
	enum commitment_kind kind;
	uint32_t sku; /* index into the list's skus; RESOURCE and FLEXIBLE: NONE, see family */
	const char *family;
	int32_t term_months; /* 12, 36 */
	enum payment payment;
	enum offering offering;
	int64_t nano_per_hour; /* effective, upfront spread over the term: of one instance; RESOURCE: of one vCPU */
	int64_t memory_nano_per_hour; /* RESOURCE: of one GiB */
	int64_t discount_ppm;         /* FLEXIBLE: millionths off the on-demand price */
	const char *source, *as_of;
};

/* Everything one region sells. */
struct price_list {
	struct arena arena; /* owns everything below */
	struct price_book book;
	struct sku *skus;
	uint32_t n_skus;
	struct commitment_rate *rates;
	uint32_t n_rates;
	const char *currency;
};

/* One line of a usage file, or one thing the simulator used. */
struct usage_item {
	const char *resource;   /* its name: a node, a disk, a cluster */
	uint32_t sku;           /* into the list's skus */
	ms_t start, end;        /* [start, end) ms since 1970 */
	int64_t quantity;       /* thousandths: of instances, GiB, vCPUs; QUANTITY: of units in all */
	bool spot, interrupted; /* interrupted: taken back by the provider */
	const char *labels;     /* "namespace=shop;app=web", or NULL */
};

struct commitment {
	enum commitment_kind kind;
	const char *sku, *family; /* "*", of one with cover: each that is used and for which there is a rate */
	int64_t count_milli;      /* RESERVED: instances; RESOURCE: vCPUs */
	int64_t memory_bytes;     /* RESOURCE */
	int64_t nano_per_hour;    /* savings plans, FLEXIBLE: the commitment */
	int32_t term_months;
	enum payment payment;
	enum offering offering;
	ms_t start, end;    /* when it is in force; MS_UNSET, MS_NEVER: always */
	int64_t cover_ppm;  /* instead of count, memory and nano_per_hour: this share of the usage while in force, */
	bool cover_minimum; /* of its lowest hour, not of its mean */
};

/* Whose use is pooled. A price list is one region: within it the first two are the same. */
enum sustained_use { SUSTAINED_REGION, SUSTAINED_ACCOUNT, SUSTAINED_OFF };

struct price_plan {
	const char *name;
	bool spot; /* instances are bought as spot, where there is a spot price */
	struct commitment *commitments;
	uint32_t n_commitments;
	enum sustained_use sustained_use;
	bool free_tier;
	ms_t min_charge_ms;   /* -1: the provider's; Azure's sources disagree on 60 or 300 s */
	int64_t discount_ppm; /* negotiated, off everything but taxes */
	int64_t tax_ppm;
	const char *currency; /* NULL: the list's */
	int64_t rate_nano;    /* units of currency for one of the list's, billionths */
	const char *rate_date;
};

enum line_kind {
	LINE_USAGE, /* on demand */
	LINE_SPOT,
	LINE_COVERED,   /* usage that a commitment covers, at its rate */
	LINE_UNUSED,    /* commitment paid for and not used */
	LINE_SUSTAINED, /* sustained-use discount, negative */
	LINE_DISCOUNT,  /* negotiated, negative */
	LINE_CREDIT,    /* free tiers and credits, negative */
	LINE_TAX,
	LINE_KINDS,
};
extern const char *const line_kind_names[LINE_KINDS];

struct bill_line {
	enum line_kind kind;
	uint32_t sku;     /* into the list's skus, or UINT32_MAX */
	const char *text; /* for people: "m5.xlarge", "EC2 instance savings plan m5, 1 year" */
	const char *unit;
	ms_t month;          /* first moment of the calendar month it falls in */
	double quantity;     /* in units, for reading */
	int64_t price_nano;  /* per unit, as charged; 0 where there is none */
	int64_t amount_nano; /* in the bill's currency, rounded once, half away from zero */
	int64_t list_nano;   /* the same usage at list price */
	uint32_t commitment; /* into bill->plan's, or UINT32_MAX */
};

struct bill {
	struct bill_line *lines;
	uint32_t n_lines;
	int64_t total_nano; /* the sum of the lines, exactly */
	const char *currency;
	const struct price_plan *plan; /* as rated: what commitments of lines point into */
};

/* ---- usage by hour: what commitments are applied to; made once, rated under many plans ---- */

/* For each SKU that commitments can cover (instances, and pods billed by the pod) and each hour: thousandths * ms,
 * after minimum charges, on demand and spot apart. An hour of one instance is 1000 * HOUR_MS. */
struct hourly_usage {
	ms_t first_hour;        /* start of hour 0, UTC */
	uint32_t n_hours;       /* from the first moment of any usage to the last: commitments are paid for these */
	uint32_t n_skus;        /* columns */
	const uint32_t *sku_of; /* column -> sku */
	int64_t *on_demand;     /* [hour * n_skus + column] */
	int64_t *spot;
	/* Everything else, already summed: by SKU and calendar month. */
	struct month_usage *months;
	uint32_t n_months;
};

struct month_usage {
	uint32_t sku;
	ms_t month;
	wide_t amount; /* HOUR: thousandths * ms; DISK: milli-GiB * ms; QUANTITY: thousandths */
};

/* Sorts usage into hours and months. Needs memory by hours and SKUs, not by items. Of the plan only min_charge_ms
 * counts (NULL: the provider's). Time after a later dated row of the same SKU goes to that row. */
int usage_hours(const struct price_list *, const struct price_plan *, const struct usage_item *, size_t n,
		struct arena *, struct hourly_usage *, struct err *);
/* Rates it. The hourly usage is left as it was: another plan can be rated from it. Lines come by month, kind, SKU.
 * Rounding: every line is an exact fraction, rounded once, in the bill's currency, half away from zero; discounts and
 * taxes are of a month's rounded lines. */
int bill_rate(const struct price_list *, const struct price_plan *, const struct hourly_usage *, struct arena *,
	      struct bill *, struct err *);

/* A plan whose commitments are all amounts: those given as a share of usage are worked out, whole instances, vCPUs and
 * GiB to the nearest. bill_rate does this by itself. */
int plan_cover(const struct price_list *, const struct price_plan *, const struct hourly_usage *, struct arena *,
	       const struct price_plan **, struct err *);

/* ---- what to commit to ---- */

struct purchase {
	struct commitment commitment;
	double cost_nano, on_demand_nano; /* the bill's total, with the best purchase, and with none */
	double regret_nano[2];            /* if the load shrinks by 20 and by 50 %, how much dearer than none */
	double break_even;                /* share of the time a unit must be in use for the commitment to pay */
};
/* The exact optimum for one commitment kind, term and payment by sorting usage levels: the commitment that makes
 * bill_rate's total least, everything else being on demand, sustained use as Google gives it by region. Whole
 * instances, vCPUs and GiB; billionths an hour. Never dearer than none; to within the rounding of the bill's lines none
 * is better. Not so exact: a flexible commitment over several Google families with sustained use. Lives in the arena.
 */
int best_purchase(const struct price_list *, const struct hourly_usage *, const struct commitment_rate *,
		  struct arena *, struct purchase *, struct err *);

/* ---- pods billed by the pod ---- */

/* vCPU (milli) and memory (bytes) a pod is charged for. Sources: EKS guide, fargate-pod-configuration; GKE guide,
 * autopilot-resource-requests. */
void fargate_pod(int64_t cpu_milli, int64_t memory_bytes, int64_t *charged_milli, int64_t *charged_bytes);
void autopilot_pod(int64_t cpu_milli, int64_t memory_bytes, bool bursting, int64_t *charged_milli,
		   int64_t *charged_bytes);

/* ---- io ---- */

int price_list_read(const char *data_directory, const char *region, struct price_list *, struct err *);
void price_list_free(struct price_list *);
/* Index of a SKU by id, or an error that names the nearest. at: of several dated rows the one in force. */
int price_list_find(const struct price_list *, const char *id, ms_t at, uint32_t *sku, struct err *);
/* A plan file (YAML); "on-demand", "spot", and the names in data/plans are known without one. Lives in the arena. */
int price_plan_read(const char *data_directory, const char *name_or_path, struct arena *, struct price_plan *,
		    struct err *);
/* CSV: resource,sku,start,end[,quantity][,labels][,spot][,interrupted]. Lives in the arena. */
int usage_read(const char *path, const struct price_list *, struct arena *, struct usage_item **, size_t *n,
	       struct err *);
/* The same form; appears whole or not at all. Quantities up to 9 billion. */
int usage_write(const char *path, const struct price_list *, const struct usage_item *, size_t n, struct err *);

#endif
