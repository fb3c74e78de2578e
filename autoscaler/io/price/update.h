/* Price book upkeep: a provider's published prices into the book's own lists. All or nothing: what was in force is kept
 * beside it, dated; an update that looks wrong is refused; downloads broken off are continued by the next update.
 *
 *	DIR/prices               the book in force
 *	DIR/prices.2026-11-24    what was in force until the first update of that day; .2, .3 ... until later ones
 *	DIR/.update              documents on their way
 *
 * Adding a provider: a file with a row for update_providers, its list in price_sheet.c. Private to autoscaler/io and
 * the verb. */
#ifndef PLIMSOLL_UPDATE_H
#define PLIMSOLL_UPDATE_H

#include "../net/http.h"
#include "../text/csv.h"
#include "../text/json_stream.h"
#include "price_sheet.h"

struct update_options {
	const char *region; /* NULL: those in the book, or those in the file */
	const char *file;   /* a document at hand; NULL: download */
	const char *url;    /* base of the provider's interface; NULL: its public one */
	const char *data;   /* NULL: as datadir.h finds it */
	const char *secret; /* API key, or NULL */
	bool force;
	ms_t now;
	const struct http_limits *limits;
	FILE *log;
};

/* What the documents say. Cells not said (NULL) are taken from the book. */
struct update_news {
	struct sheet sheet;
	const char *region; /* the only one that is wanted, or NULL */
	char other[64];     /* a region that was found and not wanted */
	bool partial;       /* some prices are named, the rest stays: nothing is dropped */
	bool says_spot;     /* where no spot price is named, there is none */
	bool force;         /* of two different prices the higher is taken */
	char source[128];   /* who says so, in which version */
	char as_of[16];     /* date */
	ms_t now;           /* prices that begin later, or have ended, are passed over */
	uint64_t n_passed_over;
	uint32_t *places; /* rows by hash */
	size_t n_places;
};

/* A document being read. */
struct document {
	const char *name; /* for messages: a path, or a URL */
	void *file;       /* of gzip_open */
};

struct update_provider {
	enum provider provider;
	const char *url;     /* public base */
	const char *key_env; /* environment variable of an API key that is needed, or NULL */
	bool by_region;      /* documents are asked for region by region */
	bool paged;          /* many documents, each naming the next */
	bool says_spot;      /* the documents name spot prices, too */
	/* Path and query after the base for a region; the first page when there are pages. */
	int (*first)(const char *region, char *path, size_t size);
	/* Reads one document (all pages of a file, or a page). next: where the next page is, after the base or as a
	 * whole URL; empty: there is none. */
	int (*read)(struct document *, struct update_news *, char *next, size_t size, struct err *);
};
extern const struct update_provider *const update_providers[PROVIDER_COUNT];
extern const struct update_provider update_aws, update_azure, update_gcp;

/* What an update did. Texts are in the arena. */
struct update_outcome {
	struct arena arena;
	const char *kept; /* folder of the book until now; NULL: nothing was changed */
	const char *source, *as_of;
	uint64_t n_regions, n_rows, n_new, n_gone, n_changed;
	uint64_t n_without_shape; /* named by the documents, but nobody says how large they are */
	uint64_t n_passed_over;
};
int update_prices(const struct update_provider *, const struct update_options *, struct update_outcome *, struct err *);

/* ---- for the readers ---- */

int document_open(struct document *, const char *path, const char *name, struct err *);
void document_close(struct document *);
int document_rewind(struct document *, struct err *);
/* The first bytes, which stay to be read: their number. */
ptrdiff_t document_peek(struct document *, char *buffer, size_t size, struct err *err);

/* The row of a name, made when it is new; NULL: it is not wanted, or (with a message) memory is exhausted. */
int news_row(struct update_news *, const char *region, const char *name, struct sheet_row **, struct err *);
/* A price into a row: 0; or 1 when another is there already, which is then in *other. */
int news_price(struct update_news *, struct sheet_row *, size_t p, int64_t nano, int64_t *other, struct err *);
int news_cell(struct update_news *, struct sheet_row *, size_t column, const char *text, struct err *);
/* Names as providers write them: letters, digits, and . _ - */
bool news_name_ok(const char *name);
/* US dollars in billionths, half up, 0 to a million; -1 when the text is anything else. */
int64_t news_dollars(const char *text);
/* The date of news->now. */
void news_today(const struct update_news *, char date[32]);
/* "2026-01-16T16:02:58Z" -> its date; false when it does not begin with one. */
bool news_date(const char *text, char date[16]);

/* OpenCost's CSV prices (EndTimestamp,InstanceID,Region,AssetClass,InstanceIDField,InstanceType,MarketPriceHourly,
 * Version) as a source of a provider's instance prices. */
#define OPENCOST_HEADER "EndTimestamp,"
int opencost_read(struct document *, struct update_news *, struct err *);

/* ---- naming rules shared with data/prices/build.py ---- */

/* Class and family of an instance type: "general" ...; memory and vCPU as the list writes them. */
void instance_family(enum provider, const char *name, char *family, size_t size);
const char *instance_class(enum provider, const char *name, const char *family, int64_t vcpu_milli,
			   int64_t memory_milli_gib, bool gpu);

#endif
