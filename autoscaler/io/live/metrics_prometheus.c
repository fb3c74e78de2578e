#include "metrics.h"

#include "quantity.h"
#include "visible.h"

/* Prometheus' instant queries: /api/v1/query. A sample is [seconds, "value"]. */

#define NUMBER_MAX 64

char *prometheus_query(struct arena *arena, const char *query, ms_t wall)
{
	const char *escaped = metric_escaped(arena, query);
	wall = max64(wall, 0);
	return escaped ? metric_text(arena, "query=%s&time=%lld.%03d", escaped, (long long)(wall / SECOND_MS),
				     (int)(wall % SECOND_MS))
		       : NULL;
}

/* Its numbers are Go's: digits, a point, an exponent; or NaN, +Inf, -Inf. */
static int number(const char *where, struct json_value value, int64_t *milli, struct err *err)
{
	char text[NUMBER_MAX];
	size_t length = json_copy(value, text, sizeof text);
	struct visible shown = visible(text, strlen(text), 40);
	wide_t nano;
	struct err unused;
	if (length >= sizeof text || length == 0 || strspn(text, "0123456789+-.eE") != length ||
	    quantity_parse(text, length, &nano, &unused) < 0)
		return err_set(err, "%s: '%s': must be a finite number", where, shown.text);
	*milli = quantity_milli(nano);
	return *milli < 0 ? err_set(err, "%s: %s: must not be negative", where, shown.text) : 0;
}

static int add_sample(const char *where, struct json_value sample, struct metric_values *values, struct err *err)
{
	struct json_walk walk = json_walk(sample);
	struct json_value time = {0}, value = {0};
	double seconds;
	if (!json_is_array(sample) || !json_each(&walk, NULL, &time) || !json_each(&walk, NULL, &value))
		return err_set(err, "%s: must be a time and a value", where);
	int64_t milli;
	if (number(where, value, &milli, err) < 0)
		return -1;
	bool timed = json_number(time, &seconds) && seconds > -1e12 && seconds < 1e12;
	return metric_values_add(values, milli, timed ? (ms_t)(seconds * SECOND_MS) : MS_UNSET, err);
}

static int decode_vector(struct json_value result, struct metric_values *values, struct err *err)
{
	struct json_walk walk = json_walk(result);
	struct json_value series;
	for (uint32_t i = 0; json_each(&walk, NULL, &series); i++) {
		char where[40];
		snprintf(where, sizeof where, "data.result[%u].value", i);
		if (add_sample(where, json_in(series, "value"), values, err) < 0)
			return -1;
	}
	return values->n ? 0 : err_set(err, "the query gives nothing");
}

static int refuse(struct json_value document, struct err *err)
{
	char type[64], message[256];
	json_copy(json_in(document, "errorType"), type, sizeof type);
	json_copy(json_in(document, "error"), message, sizeof message);
	return err_set(err, "%s: %s", *type ? visible(type, strlen(type), 60).text : "status: must be success",
		       visible(message, strlen(message), 180).text);
}

int prometheus_decode(const char *text, size_t size, struct metric_values *values, struct err *err)
{
	struct json_value document;
	if (json_value_parse("answer", text, size, &document, err) < 0)
		return -1;
	if (!json_equals(json_in(document, "status"), "success"))
		return refuse(document, err);
	struct json_value data = json_in(document, "data");
	struct json_value type = json_in(data, "resultType"), result = json_in(data, "result");
	if (json_equals(type, "vector"))
		return decode_vector(result, values, err);
	if (json_equals(type, "scalar"))
		return add_sample("data.result", result, values, err);
	char shown[32];
	json_copy(type, shown, sizeof shown);
	return err_set(err, "data.resultType: '%s': must be vector or scalar", visible(shown, strlen(shown), 30).text);
}
