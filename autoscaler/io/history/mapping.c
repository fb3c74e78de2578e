#include "mapping.h"

#include "../text/csv.h"
#include "owner.h"
#include "visible.h"

#include <fnmatch.h>

#define FILE_MAX ((uint64_t)64 << 20)

/* kube-state-metrics' and kubernetes-mixin's names, then what cAdvisor gives. */
static const char *const usual[] = {"workload", "deployment", "statefulset", "daemonset", "pod"};

static int add_rule(struct mapping *mapping, struct mapping_rule rule, struct err *err)
{
	if (!*rule.label || !*rule.pattern || !*rule.workload)
		return err_set(err, "a rule has a label, a value and a workload");
	if (strlen(rule.workload) >= WORKLOAD_NAME_SIZE)
		return err_set(err, "a workload's name has at most %d characters", WORKLOAD_NAME_SIZE - 1);
	if (mapping->n_rules == MAPPING_RULES_MAX)
		return err_set(err, "at most %d rules", MAPPING_RULES_MAX);
	struct mapping_rule *rules =
	    arena_grown(&mapping->arena, mapping->rules, mapping->n_rules, &mapping->room, sizeof *rules);
	if (!rules)
		return err_set(err, "out of memory");
	mapping->rules = rules;
	rules[mapping->n_rules++] = rule;
	return 0;
}

static int add_row(struct mapping *mapping, const struct csv_field *label, const struct csv_field *value,
		   const struct csv_field *workload, struct err *err)
{
	struct mapping_rule rule = {arena_strndup(&mapping->arena, label->text, label->length),
				    arena_strndup(&mapping->arena, value->text, value->length),
				    arena_strndup(&mapping->arena, workload->text, workload->length)};
	if (!rule.label || !rule.pattern || !rule.workload)
		return err_set(err, "out of memory");
	return add_rule(mapping, rule, err);
}

static int read_rules(void *self, struct csv *csv, struct err *err)
{
	static const char *const names[] = {"label", "value", "workload"};
	const struct csv_field *fields;
	int at[COUNT(names)], got = csv_header(csv, names, COUNT(names), at, err);
	while (got >= 0 && (got = csv_row(csv, &fields, err)) > 0) {
		struct err why;
		if (add_row(self, &fields[at[0]], &fields[at[1]], &fields[at[2]], &why) < 0)
			return csv_fail(csv, err, "%s", why.message);
	}
	return got;
}

int mapping_add(struct mapping *mapping, const char *text, struct err *err)
{
	const char *equals = strrchr(text, '='), *colon = strchr(text, ':');
	if (!equals)
		return csv_read_path(text, FILE_MAX, read_rules, mapping, err);
	if (!colon || colon > equals)
		return err_set(err, "'%s': allowed is LABEL:VALUE=NAMESPACE/NAME, or a file",
			       visible(text, strlen(text), 60).text);
	struct mapping_rule rule = {arena_strndup(&mapping->arena, text, (size_t)(colon - text)),
				    arena_strndup(&mapping->arena, colon + 1, (size_t)(equals - colon - 1)),
				    arena_strdup(&mapping->arena, equals + 1)};
	return rule.label && rule.pattern && rule.workload ? add_rule(mapping, rule, err)
							   : err_set(err, "out of memory");
}

void mapping_free(struct mapping *mapping)
{
	arena_free(&mapping->arena);
	*mapping = (struct mapping){0};
}

const char *mapping_label(const struct mapping *mapping, size_t i)
{
	if (mapping->n_labels)
		return i < mapping->n_labels ? mapping->labels[i] : NULL;
	return i < COUNT(usual) ? usual[i] : NULL;
}

/* An empty label is none, as in Prometheus. */
static const char *value_of(const struct series_label *labels, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(labels[i].name, name) == 0 && *labels[i].value)
			return labels[i].value;
	return NULL;
}

static int by_rules(const struct mapping *mapping, const struct series_label *labels, size_t n, const char **workload)
{
	for (size_t r = 0; r < mapping->n_rules; r++) {
		const struct mapping_rule *rule = &mapping->rules[r];
		const char *value = value_of(labels, n, rule->label);
		if (!value || fnmatch(rule->pattern, value, 0) != 0)
			continue;
		*workload = rule->workload;
		return 1;
	}
	return 0;
}

static int unnamed(const struct mapping *mapping, const struct series_label *labels, size_t n, struct err *err)
{
	char has[400] = "", wants[200] = "";
	size_t at = 0;
	for (size_t i = 0; i < n && at < sizeof has; i++)
		at += (size_t)snprintf(has + at, sizeof has - at, "%s%s=%s", i ? ", " : "",
				       visible(labels[i].name, strlen(labels[i].name), 40).text,
				       visible(labels[i].value, strlen(labels[i].value), 40).text);
	at = 0;
	for (size_t i = 0; mapping_label(mapping, i) && at < sizeof wants; i++)
		at += (size_t)snprintf(wants + at, sizeof wants - at, "%s%s", i ? ", " : "", mapping_label(mapping, i));
	return err_set(
	    err, "{%s} has none of the labels %s: say which one names the workload (--label), or whose it is (--map)",
	    has, wants);
}

int mapping_name(const struct mapping *mapping, const struct series_label *labels, size_t n,
		 char name[WORKLOAD_NAME_SIZE], struct err *err)
{
	const char *value = NULL, *label = NULL, *workload;
	name[0] = 0;
	if (n == 0)
		return 1;
	if (by_rules(mapping, labels, n, &workload)) {
		snprintf(name, WORKLOAD_NAME_SIZE, "%s", workload);
		return strcmp(name, "-") != 0;
	}
	for (size_t i = 0; !value && (label = mapping_label(mapping, i)); i++)
		value = value_of(labels, n, label);
	if (!value)
		return unnamed(mapping, labels, n, err);
	size_t length = strlen(value);
	if (strcmp(label, "pod") == 0)
		length = owner_length(value, length);
	const char *namespace_ = value_of(labels, n, mapping->namespace_label ? mapping->namespace_label : "namespace");
	bool whole = !namespace_ || memchr(value, '/', length);
	int size = snprintf(name, WORKLOAD_NAME_SIZE, "%s%s%.*s", whole ? "" : namespace_, whole ? "" : "/",
			    (int)length, value);
	return size < WORKLOAD_NAME_SIZE
		   ? 1
		   : err_set(err, "'%s' is too long for a workload's name", visible(value, length, 60).text);
}

bool mapping_wants(const struct mapping *mapping, const char *workload)
{
	const char *slash = strchr(workload, '/');
	for (size_t i = 0; i < mapping->n_only; i++)
		if (fnmatch(mapping->only[i], workload, 0) == 0 ||
		    (slash && fnmatch(mapping->only[i], slash + 1, 0) == 0))
			return true;
	return mapping->n_only == 0;
}
