/* History out of Prometheus, and what speaks as it does (Thanos, Mimir, VictoriaMetrics): range queries, in pages that
 * it does not refuse. Private to io and cmd. */
#ifndef PLIMSOLL_PROMETHEUS_H
#define PLIMSOLL_PROMETHEUS_H

#include "history.h"
#include "mapping.h"

/* Points of a series in an answer: it refuses more than 11,000 (web/api/v1). */
#define PROMETHEUS_PAGE 11000

struct prometheus_source {
	const char *url;
	const char *ca_pem, *user, *password, *token; /* NULL: none */
	bool insecure;
	ms_t timeout; /* of a page, with all its tries */
	int retries;
	FILE *notes;                                               /* of what the server warns; NULL: nowhere */
	void (*progress)(void *self, uint32_t done, uint32_t all); /* NULL, or after each page, in points */
	void *self;
};

struct prometheus_query {
	uint32_t column;
	const char *promql;
};

/* Adds what the queries give on the history's grid. A point that is absent or NaN has no value; one that is negative or
 * infinite is refused, as is a query that gives nothing at all. */
int prometheus_read(const struct prometheus_source *, const struct prometheus_query *, size_t n, const struct mapping *,
		    struct history *, struct err *);

/* "sum by (namespace, pod, ...) (rate(METRIC[WINDOW]))" with the labels that the mapping looks at; to be freed. NULL:
 * out of memory. counter: a metric, with a selector perhaps. */
char *prometheus_rate(const struct mapping *, const char *counter, ms_t window);
/* The sum of a gauge alike. */
char *prometheus_sum(const struct mapping *, const char *gauge);

#endif
