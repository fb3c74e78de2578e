#include "axis.h"

#include "calendar.h"

#include <math.h>

#define LABELS_MAX 10
#define WEEK_MS    (7 * DAY_MS)
#define MONDAY_MS  (4 * DAY_MS) /* 1970-01-05 */

enum label { SECONDS, MINUTES, DAYS, WEEKS, MONTHS, YEARS };

struct step {
	ms_t ms;
	int64_t months; /* when ms is 0 */
};

static const struct ladder {
	struct step labelled, plain;
	enum label label;
} ladder[] = {
    {{SECOND_MS, 0}, {SECOND_MS, 0}, SECONDS},
    {{2 * SECOND_MS, 0}, {SECOND_MS, 0}, SECONDS},
    {{5 * SECOND_MS, 0}, {SECOND_MS, 0}, SECONDS},
    {{10 * SECOND_MS, 0}, {5 * SECOND_MS, 0}, SECONDS},
    {{15 * SECOND_MS, 0}, {5 * SECOND_MS, 0}, SECONDS},
    {{30 * SECOND_MS, 0}, {10 * SECOND_MS, 0}, SECONDS},
    {{MINUTE_MS, 0}, {15 * SECOND_MS, 0}, MINUTES},
    {{2 * MINUTE_MS, 0}, {MINUTE_MS, 0}, MINUTES},
    {{5 * MINUTE_MS, 0}, {MINUTE_MS, 0}, MINUTES},
    {{10 * MINUTE_MS, 0}, {5 * MINUTE_MS, 0}, MINUTES},
    {{15 * MINUTE_MS, 0}, {5 * MINUTE_MS, 0}, MINUTES},
    {{30 * MINUTE_MS, 0}, {10 * MINUTE_MS, 0}, MINUTES},
    {{HOUR_MS, 0}, {15 * MINUTE_MS, 0}, MINUTES},
    {{2 * HOUR_MS, 0}, {HOUR_MS, 0}, MINUTES},
    {{3 * HOUR_MS, 0}, {HOUR_MS, 0}, MINUTES},
    {{6 * HOUR_MS, 0}, {HOUR_MS, 0}, MINUTES},
    {{12 * HOUR_MS, 0}, {3 * HOUR_MS, 0}, MINUTES},
    {{DAY_MS, 0}, {6 * HOUR_MS, 0}, DAYS},
    {{2 * DAY_MS, 0}, {DAY_MS, 0}, DAYS},
    {{WEEK_MS, 0}, {DAY_MS, 0}, WEEKS},
    {{2 * WEEK_MS, 0}, {WEEK_MS, 0}, WEEKS},
    {{0, 1}, {WEEK_MS, 0}, MONTHS},
    {{0, 2}, {0, 1}, MONTHS},
    {{0, 3}, {0, 1}, MONTHS},
    {{0, 6}, {0, 1}, MONTHS},
    {{0, 12}, {0, 3}, YEARS},
    {{0, 24}, {0, 12}, YEARS},
    {{0, 60}, {0, 12}, YEARS},
    {{0, 120}, {0, 24}, YEARS},
    {{0, 240}, {0, 60}, YEARS},
    {{0, 600}, {0, 120}, YEARS},
    {{0, 1200}, {0, 240}, YEARS},
};

struct date {
	int64_t year, days;
	unsigned month, day;
};

static struct date date_of(ms_t time)
{
	struct date date = {.days = divide_down(time, DAY_MS)};
	calendar_date(date.days, &date.year, &date.month, &date.day);
	return date;
}

/* The latest tick not after time, and `more` ticks on. */
static ms_t tick(ms_t time, struct step step, int64_t more)
{
	if (step.ms) {
		ms_t offset = step.ms >= WEEK_MS ? MONDAY_MS : 0;
		return (divide_down(time - offset, step.ms) + more) * step.ms + offset;
	}
	struct date date = date_of(time);
	int64_t month = (divide_down(date.year * 12 + date.month - 1, step.months) + more) * step.months;
	return calendar_days(divide_down(month, 12), (unsigned)(month - divide_down(month, 12) * 12) + 1, 1) * DAY_MS;
}

static ms_t length(struct step step)
{
	return step.ms ? step.ms : step.months * (365 * DAY_MS / 12);
}

struct writer {
	char *text;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *writer, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(writer->text + writer->used, writer->size - writer->used, format, args);
	va_end(args);
	if (n > 0)
		writer->used = (size_t)min64((int64_t)(writer->used + (size_t)n), (int64_t)writer->size - 1);
}

static const char *month_name(unsigned month)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	return names[month - 1];
}

static void put_label(struct writer *out, ms_t time, enum label label)
{
	static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	struct date date = date_of(time);
	int second = (int)((time - date.days * DAY_MS) / SECOND_MS);
	if (label == SECONDS)
		put(out, "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
	else if (label == MINUTES)
		put(out, "%02d:%02d", second / 3600, second / 60 % 60);
	else if (label == DAYS)
		put(out, "%s %u", weekdays[(date.days + 3) - divide_down(date.days + 3, 7) * 7], date.day);
	else if (label == WEEKS)
		put(out, "%u %s", date.day, month_name(date.month));
	else if (label == MONTHS)
		put(out, "%s", month_name(date.month));
	else
		put(out, "%lld", (long long)date.year);
}

/* What the label leaves out, when it is not the same as at the tick before. */
static void put_context(struct writer *out, ms_t time, const ms_t *before, enum label label)
{
	struct date date = date_of(time), last = before ? date_of(*before) : (struct date){.year = INT64_MIN};
	bool new_year = date.year != last.year, new_month = new_year || date.month != last.month;
	if (label <= MINUTES && (new_month || date.day != last.day))
		put(out, "\\n%u %s %lld", date.day, month_name(date.month), (long long)date.year);
	else if (label == DAYS && new_month)
		put(out, "\\n%s %lld", month_name(date.month), (long long)date.year);
	else if ((label == WEEKS || label == MONTHS) && new_year)
		put(out, "\\n%lld", (long long)date.year);
}

/* Level 1 is gnuplot's word for a minor tick. */
static void put_ticks(struct writer *out, ms_t from, ms_t until, const struct ladder *rung)
{
	ms_t before = 0;
	bool any = false;
	for (ms_t at = tick(from, rung->labelled, 0); at <= until; at = tick(at, rung->labelled, 1)) {
		if (at < from)
			continue;
		put(out, "name(\"");
		put_label(out, at, rung->label);
		put_context(out, at, any ? &before : NULL, rung->label);
		put(out, "\") %lld, ", (long long)(at / SECOND_MS));
		before = at;
		any = true;
	}
	for (ms_t at = tick(from, rung->plain, 0); at <= until; at = tick(at, rung->plain, 1))
		if (at >= from && at != tick(at, rung->labelled, 0))
			put(out, "\"\" %lld 1, ", (long long)(at / SECOND_MS));
	out->used -= out->used >= 2 && out->text[out->used - 2] == ',' ? 2 : 0;
}

void axis_time(ms_t from, ms_t until, char text[AXIS_TEXT])
{
	struct writer out = {text, AXIS_TEXT, 0};
	size_t rung = 0;
	while (rung + 1 < COUNT(ladder) && (until - from) / length(ladder[rung].labelled) > LABELS_MAX)
		rung++;
	put(&out, "set xrange [%.3f:%.3f]; set xtics (", (double)from / 1000, (double)until / 1000);
	put_ticks(&out, from, until, &ladder[rung]);
	put(&out, ")");
}

/* ---- values ---- */

static double value_step(double top, int labels, bool whole)
{
	static const double round[] = {1, 2, 5, 10};
	double decade = pow(10, floor(log10(top / labels)));
	size_t i = 0;
	while (i + 1 < COUNT(round) && top / (decade * round[i]) >= labels + 1)
		i++;
	return whole ? fmax(1, decade * round[i]) : decade * round[i];
}

void axis_value(double most, int labels, bool whole, char text[AXIS_TEXT])
{
	static const struct {
		double from, unit;
		const char *suffix;
	} scales[] = {{1e14, 1e12, " T"}, {1e11, 1e9, " G"}, {1e8, 1e6, " M"}, {1e5, 1e3, " k"}, {0, 1, ""}};
	struct writer out = {text, AXIS_TEXT, 0};
	double top = 1.06 * (most > 1e-9 ? most : 1), step = value_step(top, labels, whole);
	size_t scale = 0;
	while (top < scales[scale].from)
		scale++;
	int digits = (int)fmax(0, ceil(-log10(step / scales[scale].unit) - 1e-9));
	put(&out, "set yrange [0:%.9g]; set ytics (\"0\" 0", top);
	for (int i = 1; i * step <= top; i++)
		put(&out, ", \"%.*f%s\" %.9g", digits, i * step / scales[scale].unit, scales[scale].suffix, i * step);
	put(&out, ")");
}

ms_t axis_bucket(ms_t span, ms_t least, ms_t most)
{
	for (size_t i = 0; i < COUNT(ladder) && ladder[i].labelled.ms; i++)
		if (ladder[i].labelled.ms >= least && divide_up(span, most) <= ladder[i].labelled.ms)
			return ladder[i].labelled.ms;
	ms_t width = 4 * WEEK_MS;
	while (width < least || divide_up(span, most) > width)
		width *= 2;
	return width;
}
