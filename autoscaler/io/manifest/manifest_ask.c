#include "manifest_read.h"

#include "manifest_meta.h"

/* How the metrics of an autoscaler are to be asked for: selectors as text, the described object, the query. */

struct line {
	char text[2048];
	size_t length;
	bool full;
};

static void add(struct line *line, const char *text)
{
	size_t length = strlen(text);
	line->full |= length >= sizeof line->text - line->length;
	if (line->full)
		return;
	memcpy(line->text + line->length, text, length + 1);
	line->length += length;
}

static void add_requirement(struct line *line, const struct place *requirement)
{
	struct place key = place_field(requirement, "key"), values = place_field(requirement, "values");
	struct place operator= place_field(requirement, "operator");
	const char *name = place_text(&operator);
	if (strcmp(name, "DoesNotExist") == 0)
		add(line, "!");
	add(line, place_text(&key));
	if (strcmp(name, "In") != 0 && strcmp(name, "NotIn") != 0)
		return;
	add(line, strcmp(name, "In") == 0 ? " in (" : " notin (");
	for (uint32_t i = 0; i < place_count(&values); i++) {
		struct place value = place_item(&values, i);
		add(line, i ? "," : "");
		add(line, place_text(&value));
	}
	add(line, ")");
}

/* A LabelSelector as the text that a query takes. */
static int selector_text(const struct place *selector, const char **out)
{
	struct line line = {.length = 0};
	struct place labels = place_field(selector, "matchLabels");
	struct place expressions = place_field(selector, "matchExpressions");
	if (!place_given(selector))
		return 0;
	if (check_selector(selector) < 0)
		return -1;
	for (uint32_t i = 0; i < place_count(&labels); i++) {
		struct place label = place_entry(&labels, i);
		add(&line, line.length ? "," : "");
		add(&line, label.name);
		add(&line, "=");
		add(&line, place_text(&label));
	}
	for (uint32_t i = 0; i < place_count(&expressions); i++) {
		struct place requirement = place_item(&expressions, i);
		add(&line, line.length ? "," : "");
		add_requirement(&line, &requirement);
	}
	if (line.full)
		return place_refuse(selector, "must come to less than %zu characters", sizeof line.text);
	char *text = place_alloc(selector, line.length + 1, 1);
	if (!text)
		return -1;
	memcpy(text, line.text, line.length);
	*out = line.length ? text : NULL;
	return 0;
}

static int query(const struct place *prometheus, struct metric_ask *out)
{
	struct place text = place_field(prometheus, "query"), server = place_field(prometheus, "server");
	out->query = place_text(&text);
	out->server = place_text(&server);
	if (!out->query || !*out->query)
		return place_refuse(&text, "must be set");
	return 0;
}

int read_ask(const struct place *source, const struct metric_spec *metric, struct metric_ask *out)
{
	struct place identifier = place_field(source, "metric"), selector = place_field(&identifier, "selector");
	struct place described = place_field(source, "describedObject");
	struct place api = place_field(&described, "apiVersion"), kind = place_field(&described, "kind");
	struct place name = place_field(&described, "name");
	if (strcmp(source->name, "prometheus") == 0)
		return query(source, out);
	if (metric->type == METRIC_RESOURCE || metric->type == METRIC_CONTAINER_RESOURCE)
		return 0;
	out->object_api = place_text(&api);
	out->object_kind = place_text(&kind);
	out->object_name = place_text(&name);
	return selector_text(&selector, &out->selector);
}
