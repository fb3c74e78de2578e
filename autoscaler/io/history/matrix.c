#include "matrix.h"

#include "../text/decimal.h"
#include "../text/json_value.h"
#include "visible.h"

#define NUMBER_MAX 64

struct reading {
	const struct matrix_sink *sink;
	struct arena arena; /* of one series' labels */
	uint32_t series;
	ms_t last;
};

static int read_labels(struct reading *r, struct json_value metric, struct err *err)
{
	struct series_label labels[MATRIX_LABELS_MAX];
	struct json_walk walk = json_walk(metric);
	struct json_value key, value;
	size_t n = 0;
	arena_free(&r->arena);
	while (json_each(&walk, &key, &value)) {
		if (json_equals(key, "__name__"))
			continue;
		if (n == COUNT(labels))
			return err_set(err, "data.result[%u].metric: more than %d labels", r->series,
				       MATRIX_LABELS_MAX);
		labels[n] = (struct series_label){json_text(key, &r->arena), json_text(value, &r->arena)};
		if (!labels[n].name || !labels[n].value)
			return err_set(err, "data.result[%u].metric: a label must be a text", r->series);
		n++;
	}
	return r->sink->series(r->sink->self, labels, n, err);
}

static int read_point(struct reading *r, struct json_value point, struct err *err)
{
	struct json_walk walk = json_walk(point);
	struct json_value time = {0}, value = {0};
	char text[NUMBER_MAX];
	ms_t at;
	if (!json_is_array(point) || !json_each(&walk, NULL, &time) || !json_each(&walk, NULL, &value))
		return err_set(err, "data.result[%u].values: must be pairs of a time and a value", r->series);
	size_t length = json_copy(value, text, sizeof text);
	if (length == 0 || length >= sizeof text)
		return err_set(
		    err, "data.result[%u].values: '%s' is no number in quotes", r->series,
		    visible(value.at ? value.at : "", value.at ? (size_t)(value.end - value.at) : 0, 40).text);
	if (!time.at || decimal_parse(time.at, (size_t)(time.end - time.at), 3, &at) != DECIMAL_OK)
		return err_set(err, "data.result[%u].values: '%s' is no time", r->series,
			       visible(time.at ? time.at : "", time.at ? (size_t)(time.end - time.at) : 0, 40).text);
	if (at <= r->last)
		return err_set(err, "data.result[%u].values: times do not rise", r->series);
	r->last = at;
	return r->sink->point(r->sink->self, at, text, length, err);
}

static int read_series(struct reading *r, struct json_value series, struct err *err)
{
	enum { METRIC, VALUES, HISTOGRAMS, PARTS };
	static const char *const keys[PARTS] = {"metric", "values", "histograms"};
	struct json_value part[PARTS], point;
	json_pick(series, keys, PARTS, part);
	if (part[HISTOGRAMS].at)
		return err_set(err, "the query gives histograms; take a number of them, as histogram_count() does");
	if (!json_is_object(part[METRIC]) || !json_is_array(part[VALUES]))
		return err_set(err, "data.result[%u]: must have a metric and values", r->series);
	if (read_labels(r, part[METRIC], err) < 0)
		return -1;
	struct json_walk walk = json_walk(part[VALUES]);
	r->last = MS_UNSET;
	while (json_each(&walk, NULL, &point))
		if (read_point(r, point, err) < 0)
			return -1;
	return 0;
}

static void tell_warnings(const struct matrix_sink *sink, struct json_value list)
{
	struct json_walk walk = json_walk(list);
	struct json_value one;
	char text[256];
	while (sink->warning && json_each(&walk, NULL, &one)) {
		json_copy(one, text, sizeof text);
		sink->warning(sink->self, visible(text, strlen(text), 180).text);
	}
}

static void copy_error(struct json_value document, char *message, size_t room)
{
	char text[512];
	*message = 0;
	if (json_copy(json_in(document, "error"), text, sizeof text))
		snprintf(message, room, "%s", visible(text, strlen(text), 180).text);
}

int matrix_decode(const char *text, size_t size, const struct matrix_sink *sink, struct err *err)
{
	struct json_value document, series;
	struct reading reading = {.sink = sink};
	char shown[200];
	int status = 0;
	if (json_value_parse("answer", text, size, &document, err) < 0)
		return -1;
	copy_error(document, shown, sizeof shown);
	if (!json_equals(json_in(document, "status"), "success"))
		return err_set(err, "status: must be success%s%s", *shown ? ": " : "", shown);
	struct json_value data = json_in(document, "data"), type = json_in(data, "resultType");
	struct json_value result = json_in(data, "result");
	if (!json_equals(type, "matrix") || !json_is_array(result)) {
		json_copy(type, shown, sizeof shown);
		return err_set(err, "data.resultType: '%s': must be matrix", visible(shown, strlen(shown), 30).text);
	}
	tell_warnings(sink, json_in(document, "warnings"));
	struct json_walk walk = json_walk(result);
	for (; status == 0 && json_each(&walk, NULL, &series); reading.series++)
		status = read_series(&reading, series, err);
	arena_free(&reading.arena);
	return status;
}
