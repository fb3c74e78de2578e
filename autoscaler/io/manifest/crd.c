#include "crd.h"

#include "manifest_types.h"

/* ---- the status, in the shape of an HPA's ---- */

/* clang-format off */
TYPE(value_status, QUANTITY("value"), QUANTITY("averageValue"), INT32("averageUtilization"));
TYPE(identifier_status, STRING("name"), OBJECT("selector", type_selector));
TYPE(reference_status, STRING("apiVersion"), STRING("kind"), STRING("name"));
TYPE(resource_status, STRING("name"), OBJECT("current", value_status));
TYPE(container_status, STRING("name"), STRING("container"), OBJECT("current", value_status));
TYPE(pods_status, OBJECT("metric", identifier_status), OBJECT("current", value_status));
TYPE(object_status, OBJECT("describedObject", reference_status), OBJECT("metric", identifier_status),
     OBJECT("current", value_status));
TYPE(metric_status, STRING("type"), OBJECT("resource", resource_status), OBJECT("containerResource", container_status),
     OBJECT("pods", pods_status), OBJECT("object", object_status), OBJECT("external", pods_status),
     OBJECT("prometheus", resource_status));
TYPE(condition, STRING("type"), STRING("status"), STRING("reason"), STRING("message"), STRING("lastTransitionTime"));
TYPE(status, INT64("observedGeneration"), STRING("lastScaleTime"), INT32("currentReplicas"), INT32("desiredReplicas"),
     STRING("targets"), LIST("currentMetrics", metric_status), LIST("conditions", condition));
/* clang-format on */

/* ---- what a table of shapes does not say ---- */

/* Rules by the end of a path; the first that fits counts. Each is lines of YAML, without indent. */
static const struct {
	const char *path, *rules;
} rules[] = {
    {"spec", "required: [scaleTargetRef, maxReplicas]\n"
	     "x-kubernetes-validations:\n"
	     "- rule: 'self.maxReplicas >= (has(self.minReplicas) ? self.minReplicas : 1)'\n"
	     "  message: 'maxReplicas must be greater than or equal to minReplicas'\n"
	     "- rule: '!has(self.minReplicas) || self.minReplicas > 0 || (has(self.metrics) && "
	     "self.metrics.exists(m, m.type in [\"Object\", \"External\", \"Prometheus\"]))'\n"
	     "  message: 'minReplicas 0 needs a metric of type Object, External or Prometheus'\n"},
    {"spec.minReplicas", "minimum: 0\ndescription: Fewest replicas; 1 when absent.\n"},
    {"spec.maxReplicas", "minimum: 1\ndescription: Most replicas.\n"},
    {"spec.smoothing", "maxLength: 63\ndescription: 'How usage is smoothed before it is compared, such as "
		       "gaussian,window=120s; see plimsoll "
		       "help settings.'\n"},
    {"scaleTargetRef", "required: [apiVersion, kind, name]\ndescription: Any object with the subresource /scale.\n"},
    {"scaleTargetRef.apiVersion", "minLength: 1\nmaxLength: 316\n"},
    {"scaleTargetRef.kind", "minLength: 1\nmaxLength: 63\n"},
    {"scaleTargetRef.name", "minLength: 1\nmaxLength: 253\n"},
    {"spec.metrics",
     "maxItems: 64\ndescription: The one that asks for most replicas wins; 80 % of the requested cpu when "
     "absent.\n"},
    {"spec.metrics[]", "required: [type]\n"},
    {"spec.metrics[].type", "enum: [Resource, ContainerResource, Pods, Object, External, Prometheus]\n"},
    {"spec.metrics[].resource", "required: [name, target]\n"},
    {"spec.metrics[].containerResource", "required: [name, container, target]\n"},
    {"spec.metrics[].pods", "required: [metric, target]\n"},
    {"spec.metrics[].object", "required: [describedObject, metric, target]\n"},
    {"spec.metrics[].external", "required: [metric, target]\n"},
    {"spec.metrics[].prometheus", "required: [query, target]\ndescription: An instant query; several values are added "
				  "up.\n"},
    {"prometheus.query", "minLength: 1\nmaxLength: 8192\n"},
    {"prometheus.server", "maxLength: 63\ndescription: Name of a --prometheus server; the first one when absent.\n"},
    {"describedObject", "required: [kind, name]\n"},
    {"spec.metrics[].pods.metric", "required: [name]\n"},
    {"spec.metrics[].object.metric", "required: [name]\n"},
    {"spec.metrics[].external.metric", "required: [name]\n"},
    {"target", "required: [type]\n"},
    {"target.type", "enum: [Utilization, Value, AverageValue]\n"},
    {"target.averageUtilization", "minimum: 1\n"},
    {"stabilizationWindowSeconds", "minimum: 0\nmaximum: 3600\n"},
    {"selectPolicy", "enum: [Max, Min, Disabled]\n"},
    {"policies", "minItems: 1\nmaxItems: 64\n"},
    {"policies[]", "required: [type, value, periodSeconds]\n"},
    {"policies[].type", "enum: [Pods, Percent]\n"},
    {"policies[].value", "minimum: 1\n"},
    {"policies[].periodSeconds", "minimum: 1\nmaximum: 1800\n"},
    {"matchExpressions[]", "required: [key, operator]\n"},
    {"matchExpressions[].operator", "enum: [In, NotIn, Exists, DoesNotExist]\n"},
    {"status.conditions", "x-kubernetes-list-type: map\nx-kubernetes-list-map-keys: [type]\n"},
    {"status.conditions[]", "required: [type, status]\n"},
    {"status.conditions[].lastTransitionTime", "format: date-time\n"},
    {"status.lastScaleTime", "format: date-time\n"},
};

static const char *rules_of(const char *path)
{
	size_t length = strlen(path);
	for (size_t i = 0; i < COUNT(rules); i++) {
		size_t n = strlen(rules[i].path);
		if (n <= length && strcmp(path + length - n, rules[i].path) == 0 &&
		    (n == length || path[length - n - 1] == '.'))
			return rules[i].rules;
	}
	return "";
}

/* ---- the schema ---- */

static void indent(FILE *file, int depth)
{
	fprintf(file, "%*s", depth, "");
}

static void print_rules(FILE *file, int depth, const char *path)
{
	for (const char *line = rules_of(path); *line;) {
		size_t n = strcspn(line, "\n");
		indent(file, depth);
		fprintf(file, "%.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

static void print_fields(FILE *file, int depth, const char *path, const struct type *type);

/* Of an object: its type, its rules, its fields. */
static void print_object(FILE *file, int depth, const char *path, const struct type *type)
{
	indent(file, depth);
	fputs("type: object\n", file);
	print_rules(file, depth, path);
	indent(file, depth);
	fputs("properties:\n", file);
	print_fields(file, depth + 2, path, type);
}

#define NUMBER_OR_TEXT "anyOf: [{type: integer}, {type: string}]\nx-kubernetes-int-or-string: true\n"
#define QUANTITY_RULES                                                                                                 \
	NUMBER_OR_TEXT "pattern: "                                                                                     \
		       "'^[+-]?([0-9]+|[0-9]+\\.[0-9]*|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$'\n"

/* The lines that say a scalar's shape, or a container's. */
static const char *const shapes[] = {
    [SHAPE_STRING] = "type: string\n",
    [SHAPE_INT32] = "type: integer\nformat: int32\n",
    [SHAPE_INT64] = "type: integer\nformat: int64\n",
    [SHAPE_BOOL] = "type: boolean\n",
    [SHAPE_QUANTITY] = QUANTITY_RULES,
    [SHAPE_INT_OR_STRING] = NUMBER_OR_TEXT,
    [SHAPE_SCALAR] = "x-kubernetes-preserve-unknown-fields: true\n",
    [SHAPE_OBJECT] = "",
    [SHAPE_LIST] = "type: array\n",
    [SHAPE_STRINGS] = "type: array\nitems: {type: string}\n",
    [SHAPE_STRING_MAP] = "type: object\nadditionalProperties: {type: string}\n",
    [SHAPE_QUANTITY_MAP] = "type: object\nx-kubernetes-preserve-unknown-fields: true\n",
    [SHAPE_ANY_OBJECT] = "type: object\nx-kubernetes-preserve-unknown-fields: true\n",
    [SHAPE_ANY_LIST] = "type: array\nitems: {type: object, x-kubernetes-preserve-unknown-fields: true}\n",
};

static void print_lines(FILE *file, int depth, const char *lines)
{
	for (; *lines; lines += strcspn(lines, "\n") + 1) {
		indent(file, depth);
		fprintf(file, "%.*s\n", (int)strcspn(lines, "\n"), lines);
	}
}

#define PATH_MAX_LENGTH 512

/* path + between + name, cut where there is no room. */
static void join(char below[PATH_MAX_LENGTH], const char *path, const char *between, const char *name)
{
	const char *const parts[] = {path, between, name};
	size_t used = 0;
	for (size_t i = 0; i < COUNT(parts); i++)
		for (const char *c = parts[i]; *c && used + 1 < PATH_MAX_LENGTH; c++)
			below[used++] = *c;
	below[used] = 0;
}

static void print_field(FILE *file, int depth, const char *path, const struct field *field)
{
	char below[PATH_MAX_LENGTH];
	if (field->shape == SHAPE_OBJECT) {
		print_object(file, depth, path, field->type);
		return;
	}
	print_lines(file, depth, shapes[field->shape]);
	print_rules(file, depth, path);
	if (field->shape != SHAPE_LIST)
		return;
	indent(file, depth);
	fputs("items:\n", file);
	join(below, path, "[]", "");
	print_object(file, depth + 2, below, field->type);
}

static void print_fields(FILE *file, int depth, const char *path, const struct type *type)
{
	char below[PATH_MAX_LENGTH];
	for (size_t i = 0; i < type->n; i++) {
		indent(file, depth);
		fprintf(file, "%s:\n", type->fields[i].name);
		join(below, path, ".", type->fields[i].name);
		print_field(file, depth + 2, below, &type->fields[i]);
	}
}

/* ---- the definition ---- */

static const char head[] = "apiVersion: apiextensions.k8s.io/v1\n"
			   "kind: CustomResourceDefinition\n"
			   "metadata:\n"
			   "  name: autoscalers.plimsoll.dev\n"
			   "spec:\n"
			   "  group: plimsoll.dev\n"
			   "  scope: Namespaced\n"
			   "  names:\n"
			   "    kind: Autoscaler\n"
			   "    listKind: AutoscalerList\n"
			   "    plural: autoscalers\n"
			   "    singular: autoscaler\n"
			   "    shortNames: [pas]\n"
			   "    categories: [all]\n"
			   "  versions:\n"
			   "  - name: v1alpha1\n"
			   "    served: true\n"
			   "    storage: true\n"
			   "    subresources:\n"
			   "      status: {}\n"
			   "    additionalPrinterColumns:\n";

static const struct {
	const char *name, *type, *path, *more;
} columns[] = {
    {"Kind", "string", ".spec.scaleTargetRef.kind", ""},
    {"Target", "string", ".spec.scaleTargetRef.name", ""},
    {"Targets", "string", ".status.targets", ""},
    {"MinPods", "integer", ".spec.minReplicas", ""},
    {"MaxPods", "integer", ".spec.maxReplicas", ""},
    {"Replicas", "integer", ".status.currentReplicas", ""},
    {"Desired", "integer", ".status.desiredReplicas", ""},
    {"Active", "string", ".status.conditions[?(@.type==\"ScalingActive\")].reason", ", priority: 1"},
    {"Age", "date", ".metadata.creationTimestamp", ""},
};

void crd_print(FILE *file)
{
	fputs(head, file);
	for (size_t i = 0; i < COUNT(columns); i++)
		fprintf(file, "    - {name: %s, type: %s, jsonPath: '%s'%s}\n", columns[i].name, columns[i].type,
			columns[i].path, columns[i].more);
	fputs("    schema:\n"
	      "      openAPIV3Schema:\n"
	      "        type: object\n"
	      "        description: Keeps the replicas of a target where its metrics want them, as a\n"
	      "          HorizontalPodAutoscaler does, and more.\n"
	      "        required: [spec]\n"
	      "        properties:\n"
	      "          apiVersion: {type: string}\n"
	      "          kind: {type: string}\n"
	      "          metadata: {type: object}\n",
	      file);
	for (size_t i = 0; i < type_autoscaler_own.n; i++) {
		const struct field *field = &type_autoscaler_own.fields[i];
		if (strcmp(field->name, "spec") != 0)
			continue;
		fputs("          spec:\n", file);
		print_object(file, 12, "spec", field->type);
	}
	fputs("          status:\n", file);
	print_object(file, 12, "status", &status);
}
