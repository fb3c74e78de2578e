#include "manifest_read.h"

#include "manifest_meta.h"
#include "manifest_types.h"
#include "nearest.h"
#include "quantity.h"

/* The metrics of an autoscaler, in the words of each API version. */

void *place_alloc(const struct place *place, size_t count, size_t size)
{
	void *memory = arena_alloc(place->source->arena, count ? count : 1, size);
	if (!memory)
		err_set(place->source->err, "%s: out of memory", place->source->file);
	return memory;
}

struct metric_row {
	const char *type, *field;
	enum metric_type id;
};

static const struct metric_row rows[] = {
    {"Resource", "resource", METRIC_RESOURCE},
    {"ContainerResource", "containerResource", METRIC_CONTAINER_RESOURCE},
    {"Pods", "pods", METRIC_PODS},
    {"Object", "object", METRIC_OBJECT},
    {"External", "external", METRIC_EXTERNAL},
    {"Prometheus", "prometheus", METRIC_EXTERNAL},
};
#define KUBERNETES_ROWS (COUNT(rows) - 1) /* the last is our own */

/* What a source says, whatever the version calls it. */
struct source_places {
	struct place name, container;
	struct place utilization, average, value;
	struct place type; /* of the target; v2 only */
	bool has_type;
};

static bool blank(const struct place *place)
{
	const char *text = place_text(place);
	return !text || !*text;
}

static int require(const struct place *place)
{
	return blank(place) ? place_refuse(place, "must be set") : 0;
}

static int check_positive(const struct place *place)
{
	wide_t nano;
	return place_quantity(place, &nano) && nano <= 0 ? place_refuse(place, "must be greater than 0") : 0;
}

static const char *const target_types[] = {"Utilization", "AverageValue", "Value"}; /* enum target_type */

static int check_target(const struct source_places *at)
{
	if (at->has_type && name_index(place_text(&at->type), target_types, COUNT(target_types)) < 0)
		return place_refuse(&at->type, "must be Utilization, AverageValue or Value");
	if (check_positive(&at->value) < 0 || check_positive(&at->average) < 0)
		return -1;
	return check_range(&at->utilization, 1, INT32_MAX);
}

static void target_quantity(const struct place *place, enum target_type type, struct metric_spec *out)
{
	wide_t nano;
	place_quantity(place, &nano);
	out->target_type = type;
	out->target = quantity_milli(nano);
}

static int resource_target(const struct source_places *at, struct metric_spec *out)
{
	bool both = place_given(&at->average) && place_given(&at->utilization);
	if (both)
		return place_refuse(&at->average, "must not be set together with a utilization");
	if (!place_given(&at->average) && !place_given(&at->utilization))
		return place_refuse(&at->utilization, "must be set, or an average value instead");
	out->is_cpu = strcmp(out->name, "cpu") == 0;
	if (place_given(&at->average)) {
		target_quantity(&at->average, TARGET_AVERAGE_VALUE, out);
		return 0;
	}
	out->target_type = TARGET_UTILIZATION;
	out->target = place_int(&at->utilization, 0);
	return 0;
}

static int pods_target(const struct source_places *at, struct metric_spec *out)
{
	if (!place_given(&at->average))
		return place_refuse(&at->average, "must be set and greater than 0");
	target_quantity(&at->average, TARGET_AVERAGE_VALUE, out);
	return 0;
}

/* The controller believes the target's type: when the value of that type is missing, the metric never works. This
 * is kept as an Object metric with a utilization target. */
static int object_target(const struct source_places *at, struct metric_spec *out)
{
	if (!place_given(&at->value) && !place_given(&at->average))
		return place_refuse(&at->value, "must be set, or an average value instead");
	bool average = at->has_type ? strcmp(place_text(&at->type), "AverageValue") == 0 : place_given(&at->average);
	bool value = at->has_type ? strcmp(place_text(&at->type), "Value") == 0 : !average;
	out->target_type = TARGET_UTILIZATION;
	if (value && place_given(&at->value))
		target_quantity(&at->value, TARGET_VALUE, out);
	if (average && place_given(&at->average))
		target_quantity(&at->average, TARGET_AVERAGE_VALUE, out);
	return 0;
}

static int external_target(const struct source_places *at, struct metric_spec *out)
{
	if (place_given(&at->value) && place_given(&at->average))
		return place_refuse(&at->value, "must not be set together with an average value");
	if (!place_given(&at->value) && !place_given(&at->average))
		return place_refuse(&at->value, "must be set, or an average value instead");
	if (place_given(&at->average))
		target_quantity(&at->average, TARGET_AVERAGE_VALUE, out);
	else
		target_quantity(&at->value, TARGET_VALUE, out);
	return 0;
}

static int check_container_resource(const struct source_places *at)
{
	const char *name = place_text(&at->name);
	static const char *const standard[] = {"cpu", "memory", "ephemeral-storage"};
	if (name_index(name, standard, COUNT(standard)) < 0 && strncmp(name, "hugepages-", 10) != 0 &&
	    !(strchr(name, '/') && qualified_name(name)))
		return place_refuse(&at->name, "must be a resource of containers such as cpu or memory");
	return require(&at->container) < 0 || check_label_name(&at->container) < 0 ? -1 : 0;
}

static int metric_target(const struct source_places *at, struct metric_spec *out)
{
	switch (out->type) {
	case METRIC_CONTAINER_RESOURCE:
		out->container = place_text(&at->container);
		return resource_target(at, out);
	case METRIC_RESOURCE:
		return resource_target(at, out);
	case METRIC_PODS:
		return pods_target(at, out);
	case METRIC_OBJECT:
		return object_target(at, out);
	case METRIC_EXTERNAL:
		return external_target(at, out);
	}
	return -1;
}

static int metric_source(const struct source_places *at, struct metric_spec *out)
{
	bool resource = out->type == METRIC_RESOURCE || out->type == METRIC_CONTAINER_RESOURCE;
	if (require(&at->name) < 0 || (!resource && check_path_name(&at->name) < 0))
		return -1;
	if (out->type == METRIC_CONTAINER_RESOURCE && check_container_resource(at) < 0)
		return -1;
	if (check_target(at) < 0)
		return -1;
	out->name = place_text(&at->name);
	return metric_target(at, out);
}

static int check_reference(const struct place *reference)
{
	struct place kind = place_field(reference, "kind"), name = place_field(reference, "name");
	if (require(&kind) < 0 || check_path_name(&kind) < 0 || require(&name) < 0)
		return -1;
	return check_path_name(&name);
}

/* The metric's type, and that the source of this type is there and no other. */
static const struct metric_row *metric_row(const struct place *metric, size_t n_rows)
{
	struct place type = place_field(metric, "type");
	const struct metric_row *row = NULL;
	for (size_t i = 0; i < n_rows; i++)
		if (place_text(&type) && strcmp(rows[i].type, place_text(&type)) == 0)
			row = &rows[i];
	if (!row) {
		place_refuse(&type, n_rows > KUBERNETES_ROWS
					? "must be Resource, ContainerResource, Pods, Object, External or Prometheus"
					: "must be Resource, ContainerResource, Pods, Object or External");
		return NULL;
	}
	for (size_t i = 0; i < n_rows; i++) {
		struct place source = place_field(metric, rows[i].field);
		if ((&rows[i] == row) == place_given(&source))
			continue;
		place_refuse(&source,
			     &rows[i] == row ? "must be set for a metric of type %s"
					     : "must not be set for a metric of type %s",
			     row->type);
		return NULL;
	}
	return row;
}

/* A Prometheus query has no name of its own: what is told of it is called by its type. */
static int prometheus_source(const struct place *source, const struct source_places *at, struct metric_spec *out)
{
	struct place name = place_field(source, "name");
	out->name = blank(&name) ? "prometheus" : place_text(&name);
	return check_target(at) < 0 ? -1 : external_target(at, out);
}

static int metric_of(const struct place *metric, size_t n_rows, struct metric_spec *out, struct metric_ask *ask)
{
	const struct metric_row *row = metric_row(metric, n_rows);
	if (!row)
		return -1;
	out->type = row->id;
	struct place source = place_field(metric, row->field), target = place_field(&source, "target");
	struct place identifier = place_field(&source, "metric"), described = place_field(&source, "describedObject");
	bool resource = row->id == METRIC_RESOURCE || row->id == METRIC_CONTAINER_RESOURCE;
	if (row->id == METRIC_OBJECT && check_reference(&described) < 0)
		return -1;
	struct source_places at = {
	    .name = place_field(resource ? &source : &identifier, "name"),
	    .container = place_field(&source, "container"),
	    .utilization = place_field(&target, "averageUtilization"),
	    .average = place_field(&target, "averageValue"),
	    .value = place_field(&target, "value"),
	    .type = place_field(&target, "type"),
	    .has_type = true,
	};
	bool own = row == &rows[KUBERNETES_ROWS];
	int result = own ? prometheus_source(&source, &at, out) : metric_source(&at, out);
	return result < 0 ? -1 : read_ask(&source, out, ask);
}

static int metric_v2(const struct place *metric, struct metric_spec *out, struct metric_ask *ask)
{
	return metric_of(metric, KUBERNETES_ROWS, out, ask);
}

static int metric_own(const struct place *metric, struct metric_spec *out, struct metric_ask *ask)
{
	return metric_of(metric, COUNT(rows), out, ask);
}

static int metric_old(const struct place *metric, struct metric_spec *out, struct metric_ask *ask)
{
	(void)ask; /* old versions are read for the simulator only */
	const struct metric_row *row = metric_row(metric, KUBERNETES_ROWS);
	if (!row)
		return -1;
	out->type = row->id;
	struct place source = place_field(metric, row->field), described = place_field(&source, "target");
	bool resource = row->id == METRIC_RESOURCE || row->id == METRIC_CONTAINER_RESOURCE;
	bool object = row->id == METRIC_OBJECT;
	if (object && check_reference(&described) < 0)
		return -1;
	struct source_places at = {
	    .name = place_field(&source, resource ? "name" : "metricName"),
	    .container = place_field(&source, "container"),
	    .utilization = place_field(&source, "targetAverageUtilization"),
	    .average = place_field(&source, object ? "averageValue" : "targetAverageValue"),
	    .value = place_field(&source, "targetValue"),
	};
	return metric_source(&at, out);
}

typedef int metric_read(const struct place *, struct metric_spec *, struct metric_ask *);

static int metrics_list(const struct place *list, metric_read *read, struct hpa_spec *out)
{
	struct metric_spec *metrics = place_alloc(list, place_count(list), sizeof *metrics);
	struct metric_ask *asks = place_alloc(list, place_count(list), sizeof *asks);
	if (!metrics || !asks)
		return -1;
	for (uint32_t i = 0; i < place_count(list); i++) {
		struct place metric = place_item(list, i);
		if (read(&metric, &metrics[i], &asks[i]) < 0)
			return -1;
	}
	out->metrics = metrics;
	out->asks = read == metric_old ? NULL : asks;
	out->n_metrics = place_count(list);
	return 0;
}

static int default_metrics(const struct place *spec, int32_t percent, struct hpa_spec *out)
{
	struct metric_spec *metric = place_alloc(spec, 1, sizeof *metric);
	if (!metric)
		return -1;
	*metric = (struct metric_spec){METRIC_RESOURCE, TARGET_UTILIZATION, percent, "cpu", NULL, true};
	out->metrics = metric;
	out->n_metrics = 1;
	return 0;
}

#define DEFAULT_CPU_UTILIZATION 80

/* Reads an annotation's JSON as if it stood in a file named after the annotation's place. */
static int annotation_parse(const struct place *annotation, struct source *source, struct place *root)
{
	static const char wrapped[] = "{\"metrics\":%s}";
	struct documents documents;
	const struct node *node = annotation->node;
	size_t size = sizeof wrapped + node->length, room = strlen(source->file) + 200;
	char *text = place_alloc(annotation, size, 1), *name = place_alloc(annotation, room, 1);
	if (!text || !name)
		return -1;
	int length = snprintf(text, size, wrapped, node->text);
	snprintf(name, room, "%s:%u:%u: %s", source->file, node->line, node->column, annotation->name);
	source->file = name;
	if (documents_parse(name, text, (size_t)length, source->arena, &documents, source->err) < 0)
		return -1;
	if (documents.n != 1)
		return place_refuse(annotation, "must be a JSON list of metrics");
	*root = (struct place){source, NULL, NULL, 0, documents.roots[0]};
	return place_check(root, &type_annotated_metrics);
}

/* Metrics that autoscaling/v1 has no fields for; upstream puts the cpu target behind them. */
static int annotated_metrics(const struct place *annotation, const struct place *percent, struct hpa_spec *out)
{
	struct source source = *annotation->source;
	struct place root, list;
	if (annotation_parse(annotation, &source, &root) < 0)
		return -1;
	list = place_field(&root, "metrics");
	uint32_t n = place_count(&list);
	struct metric_spec *metrics = place_alloc(annotation, (size_t)n + 1, sizeof *metrics);
	if (!metrics || metrics_list(&list, metric_old, out) < 0)
		return -1;
	memcpy(metrics, out->metrics, n * sizeof *metrics);
	if (place_given(percent) || n == 0) {
		if (default_metrics(annotation, (int32_t)place_int(percent, DEFAULT_CPU_UTILIZATION), out) < 0)
			return -1;
		metrics[n++] = out->metrics[0];
	}
	out->metrics = metrics;
	out->n_metrics = n;
	return 0;
}

int read_metrics_v1(const struct place *spec, struct hpa_spec *out)
{
	struct place percent = place_field(spec, "targetCPUUtilizationPercentage");
	struct place metadata = place_field(spec->parent, "metadata");
	struct place annotations = place_field(&metadata, "annotations");
	struct place metrics = place_field(&annotations, "autoscaling.alpha.kubernetes.io/metrics");
	struct place behavior = place_field(&annotations, "autoscaling.alpha.kubernetes.io/behavior");
	if (place_given(&behavior))
		return place_refuse(&behavior, "is not read; write it as spec.behavior of autoscaling/v2");
	if (check_range(&percent, 1, INT32_MAX) < 0)
		return -1;
	if (place_given(&metrics))
		return annotated_metrics(&metrics, &percent, out);
	return default_metrics(spec, (int32_t)place_int(&percent, DEFAULT_CPU_UTILIZATION), out);
}

int read_metrics_v2beta1(const struct place *spec, struct hpa_spec *out)
{
	struct place metrics = place_field(spec, "metrics");
	if (place_count(&metrics) == 0)
		return default_metrics(spec, DEFAULT_CPU_UTILIZATION, out);
	return metrics_list(&metrics, metric_old, out);
}

int read_metrics_v2(const struct place *spec, struct hpa_spec *out)
{
	struct place metrics = place_field(spec, "metrics");
	if (place_count(&metrics) == 0)
		return default_metrics(spec, DEFAULT_CPU_UTILIZATION, out);
	return metrics_list(&metrics, metric_v2, out);
}

int read_metrics_own(const struct place *spec, struct hpa_spec *out)
{
	struct place metrics = place_field(spec, "metrics");
	if (place_count(&metrics) == 0)
		return default_metrics(spec, DEFAULT_CPU_UTILIZATION, out);
	return metrics_list(&metrics, metric_own, out);
}
