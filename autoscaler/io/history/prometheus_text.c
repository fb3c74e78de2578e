/* Queries that keep the labels by which workloads are told. */
#include "prometheus.h"

#include "duration.h"

#include <stdlib.h>

#define LABELS_SIZE 4096

static bool is_listed(const char *text, const char *label)
{
	size_t length = strlen(label);
	for (size_t n; *text; text += n + strspn(text + n, ", ")) {
		n = strcspn(text, ",");
		if (n == length && memcmp(text, label, n) == 0)
			return true;
	}
	return false;
}

static size_t put_label(char *text, size_t at, const char *label)
{
	if (is_listed(text, label) || at + strlen(label) + 3 > LABELS_SIZE)
		return at;
	return at + (size_t)snprintf(text + at, LABELS_SIZE - at, "%s%s", at ? ", " : "", label);
}

static void list_labels(const struct mapping *mapping, char text[LABELS_SIZE])
{
	const char *namespace_ = mapping->namespace_label ? mapping->namespace_label : "namespace";
	*text = 0;
	size_t at = put_label(text, 0, namespace_);
	for (size_t i = 0; mapping_label(mapping, i); i++)
		at = put_label(text, at, mapping_label(mapping, i));
	for (size_t i = 0; i < mapping->n_rules; i++)
		at = put_label(text, at, mapping->rules[i].label);
}

static char *text_of(const char *labels, const char *inner, const char *window)
{
	size_t size = strlen(labels) + strlen(inner) + strlen(window) + 40;
	char *text = malloc(size);
	if (text)
		snprintf(text, size, *window ? "sum by (%s) (rate(%s[%s]))" : "sum by (%s) (%s%s)", labels, inner,
			 window);
	return text;
}

char *prometheus_rate(const struct mapping *mapping, const char *counter, ms_t window)
{
	char labels[LABELS_SIZE], span[64];
	list_labels(mapping, labels);
	duration_format(window, span, sizeof span);
	return text_of(labels, counter, span);
}

char *prometheus_sum(const struct mapping *mapping, const char *gauge)
{
	char labels[LABELS_SIZE];
	list_labels(mapping, labels);
	return text_of(labels, gauge, "");
}
