#include "words.h"

#include "../text/decimal.h"
#include "calendar.h"

#define HOURS_OF_MONTH 730

/* The number that begins text, with commas between its thousands. */
static struct words group_thousands(const char *text)
{
	struct words out = {""};
	size_t digits = strspn(text, "0123456789"), at = 0;
	for (size_t i = 0; text[i] && at + 2 < sizeof out.text; i++) {
		if (i > 0 && i < digits && (digits - i) % 3 == 0)
			out.text[at++] = ',';
		out.text[at++] = text[i];
	}
	return out;
}

struct words words_count(uint64_t n)
{
	char text[24];
	snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	return group_thousands(text);
}

struct words words_counted(uint64_t n, const char *one, const char *many)
{
	struct words out, count = words_count(n);
	snprintf(out.text, sizeof out.text, "%.27s %.32s", count.text, n == 1 ? one : many);
	return out;
}

struct words words_money(int64_t nano, const char *currency)
{
	char amount[DECIMAL_TEXT];
	int places = nano >= 1000 * NANO ? 0 : nano >= NANO || nano == 0 ? 2 : 3;
	struct words out, grouped;
	bool tiny = nano > 0 && nano < NANO / 1000;
	decimal_text(tiny ? NANO / 1000 : nano, places, places, amount);
	grouped = group_thousands(amount);
	bool is_code = strlen(currency) == 3 && strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
	if (strcmp(currency, "USD") == 0)
		snprintf(out.text, sizeof out.text, "%s$%.48s", tiny ? "under " : "", grouped.text);
	else
		snprintf(out.text, sizeof out.text, "%s%.40s%s%.3s", tiny ? "under " : "", grouped.text,
			 is_code ? " " : "", is_code ? currency : "");
	return out;
}

struct words words_month(int64_t nano_per_hour, const char *currency)
{
	wide_t month = (wide_t)nano_per_hour * HOURS_OF_MONTH;
	return words_money(month > INT64_MAX ? INT64_MAX : (int64_t)month, currency);
}

struct words words_span(ms_t span)
{
	static const struct {
		ms_t unit, smaller;
		const char *name, *smaller_name;
	} units[] = {{DAY_MS, HOUR_MS, "d", "h"}, {HOUR_MS, MINUTE_MS, "h", "min"}, {MINUTE_MS, 0, "min", ""}};
	struct words out;
	for (size_t i = 0; i < COUNT(units); i++) {
		if (span < units[i].unit)
			continue;
		int64_t rest = units[i].smaller ? span % units[i].unit / units[i].smaller : 0;
		int used =
		    snprintf(out.text, sizeof out.text, "%lld %s", (long long)(span / units[i].unit), units[i].name);
		if (rest > 0)
			snprintf(out.text + used, sizeof out.text - (size_t)used, " %lld %s", (long long)rest,
				 units[i].smaller_name);
		return out;
	}
	snprintf(out.text, sizeof out.text, "%lld s", (long long)(max64(span, 0) / SECOND_MS));
	return out;
}

struct words words_bytes(int64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	struct words out;
	double amount = (double)max64(bytes, 0);
	size_t unit = 0;
	for (; amount >= 1024 && unit + 1 < COUNT(units); unit++)
		amount /= 1024;
	snprintf(out.text, sizeof out.text, unit ? "%.1f %s" : "%.0f %s", amount, units[unit]);
	return out;
}

struct words words_clock(ms_t wall)
{
	struct words out;
	int64_t second = (wall - divide_down(wall, DAY_MS) * DAY_MS) / SECOND_MS;
	snprintf(out.text, sizeof out.text, "%02d:%02d:%02d UTC", (int)(second / 3600), (int)(second / 60 % 60),
		 (int)(second % 60));
	return out;
}

const char *words_reason(const char *condition)
{
	static const char *const conditions[REASON_COUNT] = {
#define X(id, text) [REASON_##id] = text,
	    HPA_REASONS(X)
#undef X
	};
	static const char *const words[REASON_COUNT] = {
	    [REASON_READY_FOR_NEW_SCALE] = "as its load asks",
	    [REASON_SCALE_UP_STABILIZED] = "holding back: less was asked lately",
	    [REASON_SCALE_DOWN_STABILIZED] = "holding on: more was needed lately",
	    [REASON_SUCCEEDED_GET_SCALE] = "reading its scale",
	    [REASON_SUCCEEDED_RESCALE] = "just scaled",
	    [REASON_VALID_METRIC_FOUND] = "following its metric",
	    [REASON_SCALING_DISABLED] = "off: stands at zero",
	    [REASON_FAILED_GET_RESOURCE_METRIC] = "no usable resource metric",
	    [REASON_FAILED_GET_CONTAINER_RESOURCE_METRIC] = "no usable container metric",
	    [REASON_FAILED_GET_PODS_METRIC] = "no usable pods metric",
	    [REASON_FAILED_GET_OBJECT_METRIC] = "no usable object metric",
	    [REASON_FAILED_GET_EXTERNAL_METRIC] = "no usable external metric",
	    [REASON_DESIRED_WITHIN_RANGE] = "as many as needed",
	    [REASON_TOO_MANY_REPLICAS] = "needs more than its maximum",
	    [REASON_TOO_FEW_REPLICAS] = "held at its minimum",
	    [REASON_SCALE_UP_LIMIT] = "growing as fast as its policy lets it",
	    [REASON_SCALE_DOWN_LIMIT] = "shrinking as fast as its policy lets it",
	    [REASON_FAILED_GET_SCALE] = "its target cannot be read",
	    [REASON_STALE_METRICS] = "held: metrics are too old to scale down by",
	    [REASON_ABSURD_METRICS] = "held: metrics are beyond belief",
	    [REASON_CHANGE_LIMIT] = "held to the most that one may change at once",
	    [REASON_TOTAL_CHANGE_LIMIT] = "held to the most that all may change at once",
	};
	for (size_t i = 0; i < REASON_COUNT; i++)
		if (strcmp(condition, conditions[i]) == 0)
			return words[i];
	return NULL;
}

const char *words_nodes(enum node_reason reason)
{
	static const char *const table[] = {
	    [NODES_NOT_DUE] = "not looked at in this tick",
	    [NODES_NOTHING_TO_DO] = "nothing to do",
	    [NODES_PODS_VERY_NEW] = "pods are pending, but very new",
	    [NODES_NO_GROUP_HELPS] = "pods are pending, and no group can help",
	    [NODES_SCALED_UP] = "nodes were added",
	    [NODES_COOLING_DOWN] = "cooling down before any node goes",
	    [NODES_WAITING] = "waiting before any node goes",
	    [NODES_SCALED_DOWN] = "nodes are going",
	    [NODES_UNHEALTHY] = "too many nodes are not ready: nothing is done",
	};
	return (size_t)reason < COUNT(table) ? table[reason] : "";
}
