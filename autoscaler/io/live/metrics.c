#include "metrics.h"

#include "../text/grown.h"
#include "visible.h"

#define WINDOW_MAX_S 1000000000

char *metric_text(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	char *text = length >= 0 ? arena_alloc(arena, (size_t)length + 1, 1) : NULL;
	if (text)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != 0 && strchr("-._~", c));
}

char *metric_escaped(struct arena *arena, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(arena, 3 * strlen(text) + 1, 1), *at = out;
	for (; out && *text; text++) {
		if (is_plain(*text)) {
			*at++ = *text;
			continue;
		}
		*at++ = '%';
		*at++ = digits[(unsigned char)*text >> 4];
		*at++ = digits[(unsigned char)*text & 15];
	}
	return out;
}

int metric_list_parse(const char *text, size_t size, const char *kind, struct json_value *items, struct err *err)
{
	struct json_value document, found;
	if (json_value_parse(kind, text, size, &document, err) < 0)
		return -1;
	char shown[64];
	found = json_in(document, "kind");
	if (!json_is_object(document))
		return err_set(err, "%s: must be an object", kind);
	if (found.at && !json_equals(found, kind)) {
		json_copy(found, shown, sizeof shown);
		return err_set(err, "kind: %s: must be %s", visible(shown, strlen(shown), 40).text, kind);
	}
	*items = json_in(document, "items");
	return items->at && !json_is_array(*items) ? err_set(err, "%s: items: must be an array", kind) : 0;
}

int metric_value(struct json_value item, uint32_t index, int64_t *milli, struct err *err)
{
	struct json_value value = json_in(item, "value");
	if (!value.at)
		return err_set(err, "items[%u].value: is missing", index);
	*milli = json_milli(value, INT64_MIN);
	struct visible shown = visible(value.at, (size_t)(value.end - value.at), 40);
	if (*milli == INT64_MIN)
		return err_set(err, "items[%u].value: %s: must be a quantity", index, shown.text);
	return *milli < 0 ? err_set(err, "items[%u].value: %s: must not be negative", index, shown.text) : 0;
}

int metric_values_add(struct metric_values *values, int64_t milli, ms_t at, struct err *err)
{
	if (values->n == METRIC_VALUES_MAX)
		return err_set(err, "more than %d values", METRIC_VALUES_MAX);
	int64_t *larger = heap_grown(values->values, values->n, &values->room, sizeof *larger);
	if (!larger)
		return err_set(err, "out of memory");
	values->values = larger;
	values->values[values->n++] = milli;
	values->at = max64(values->at, at);
	return 0;
}

ms_t metric_window(struct json_value seconds, ms_t fallback)
{
	if (!seconds.at)
		return fallback;
	return min64(max64(json_int(seconds, 0), 0), WINDOW_MAX_S) * SECOND_MS;
}
