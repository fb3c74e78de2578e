#include "moment.h"

#include "duration.h"
#include "load.h"
#include "visible.h"

static bool two_digits(const char *text, int most, int64_t *out)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*out = (text[0] - '0') * 10 + (text[1] - '0');
	return *out <= most;
}

/* Milliseconds since midnight. */
static bool time_of_day(const char *text, ms_t *out)
{
	int64_t hours, minutes, seconds = 0;
	size_t length = strlen(text);
	if ((length != 5 && length != 8) || !two_digits(text, 23, &hours) || text[2] != ':' ||
	    !two_digits(text + 3, 59, &minutes))
		return false;
	if (length == 8 && (text[5] != ':' || !two_digits(text + 6, 59, &seconds)))
		return false;
	*out = hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
	return true;
}

int moment_parse(const char *option, const char *text, ms_t from, ms_t until, ms_t *out, struct err *err)
{
	ms_t span;
	struct err ignored;
	if (time_of_day(text, &span)) {
		*out = divide_down(until, DAY_MS) * DAY_MS + span;
		*out -= *out > until ? DAY_MS : 0;
		return 0;
	}
	if (text[0] == '-' && duration_parse(text + 1, strlen(text + 1), &span, &ignored) == 0) {
		*out = until - span;
		return 0;
	}
	if (time_parse(text, from, out, &ignored) == 0)
		return 0;
	return err_set(err, "--%s: found '%s', allowed is 10:15, -5m, a date or RFC 3339 (2026-11-24T10:15:00Z)",
		       option, visible(text, strlen(text), 40).text);
}
