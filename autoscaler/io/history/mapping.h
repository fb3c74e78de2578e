/* Labels of a series, or of a row, to the workload it belongs to. Private to io and cmd. */
#ifndef PLIMSOLL_MAPPING_H
#define PLIMSOLL_MAPPING_H

#include "arena.h"

#define MAPPING_LABELS_MAX 16
#define MAPPING_RULES_MAX  10000
#define WORKLOAD_NAME_SIZE 254

struct series_label {
	const char *name, *value;
};

/* A series whose label has a value like the pattern (* and ? as in a shell) is the workload's; "-": is left out. */
struct mapping_rule {
	const char *label, *pattern, *workload;
};

struct mapping {
	struct arena arena; /* owns the rules */
	struct mapping_rule *rules;
	size_t n_rules, room;
	const char *labels[MAPPING_LABELS_MAX]; /* the first that a series has names the workload; n 0: the usual */
	size_t n_labels;
	const char *namespace_label;          /* NULL: "namespace" */
	const char *only[MAPPING_LABELS_MAX]; /* patterns of workloads; n 0: all */
	size_t n_only;
};

/* "LABEL:PATTERN=WORKLOAD", or a CSV file with the columns label, value, workload. */
int mapping_add(struct mapping *, const char *text, struct err *);
void mapping_free(struct mapping *);

/* The labels that a name can come from, in order: the i-th, NULL beyond the last. */
const char *mapping_label(const struct mapping *, size_t i);

/* 1: the workload, "NAMESPACE/NAME"; "" for a series without any label. 0: it is left out. Negative: nothing names it.
 * Rules first, then labels; the label `pod` gives the name of its owner. */
int mapping_name(const struct mapping *, const struct series_label *, size_t n, char name[WORKLOAD_NAME_SIZE],
		 struct err *);
/* Whether --only lets it through. */
bool mapping_wants(const struct mapping *, const char *workload);

#endif
