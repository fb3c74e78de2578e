/* "gaussian,window=120s": a kind, then its parameters. */
#include "duration.h"
#include "nearest.h"
#include "smooth.h"
#include "visible.h"

#include <math.h>
#include <stdlib.h>

#define WINDOW_DEFAULT (2 * MINUTE_MS)
#define WINDOW_MAX     DAY_MS

const struct smooth_row smooth_rows[SMOOTH_KINDS] = {
    [SMOOTH_NONE] = {"none", "", "the signal as it is"},
    [SMOOTH_EXPONENTIAL] = {"exponential", "window=120s|alpha=0.3",
			    "exponential average; alpha is the weight of the newest sample, from the window 2/(n+1)"},
    [SMOOTH_DOUBLE_EXPONENTIAL] =
	{"double-exponential", "window=120s|window=120s,beta=0.1|alpha=0.3,beta=0.1",
	 "Holt's average with a trend, so that it lags less on a slope; beta is the weight of "
	 "the newest slope, by default as quick as can be without swinging"},
    [SMOOTH_MEDIAN] = {"median", "window=120s", "median of the window: drops short spikes, keeps steps"},
    [SMOOTH_GAUSSIAN] = {"gaussian", "window=120s",
			 "weighted average, weights falling as half a bell curve, sigma a third of the window"},
    [SMOOTH_HAMPEL] = {"hampel", "window=120s|window=120s,threshold=3",
		       "leaves the signal alone except for outliers, which become the median of the window; threshold "
		       "in scaled median absolute deviations"},
};

enum { PARAMETERS_MAX = 8 };

struct word {
	const char *text;
	size_t length;
};

struct parameter {
	const char *name;
	int (*read)(struct word, struct smooth_spec *, struct err *);
	uint32_t kinds; /* bit per kind that takes it */
};

#define BIT(kind) (UINT32_C(1) << (kind))

static int read_window(struct word w, struct smooth_spec *spec, struct err *err)
{
	if (duration_parse(w.text, w.length, &spec->window, err) < 0)
		return -1;
	if (spec->window < SECOND_MS || spec->window > WINDOW_MAX)
		return err_set(err, "'%s' is out of range; allowed: 1s to 24h", visible(w.text, w.length, 40).text);
	return 0;
}

/* A number above 0 and up to most. */
static int read_number(struct word w, double most, double *out, struct err *err)
{
	char copy[32], *end = copy;
	bool plain = w.length < sizeof copy && strspn(w.text, "0123456789.eE-+") >= w.length;
	if (plain) {
		memcpy(copy, w.text, w.length);
		copy[w.length] = 0;
		*out = strtod(copy, &end);
	}
	if (end == copy || *end || !(*out > 0 && *out <= most))
		return err_set(err, "'%s'; allowed: a number above 0, up to %g", visible(w.text, w.length, 40).text,
			       most);
	return 0;
}

static int read_alpha(struct word w, struct smooth_spec *spec, struct err *err)
{
	return read_number(w, 1, &spec->alpha, err);
}

static int read_beta(struct word w, struct smooth_spec *spec, struct err *err)
{
	return read_number(w, 1, &spec->beta, err);
}

static int read_threshold(struct word w, struct smooth_spec *spec, struct err *err)
{
	return read_number(w, 1000, &spec->threshold, err);
}

static const struct parameter parameters[] = {
    {"window", read_window,
     BIT(SMOOTH_EXPONENTIAL) | BIT(SMOOTH_DOUBLE_EXPONENTIAL) | BIT(SMOOTH_MEDIAN) | BIT(SMOOTH_GAUSSIAN) |
	 BIT(SMOOTH_HAMPEL)},
    {"alpha", read_alpha, BIT(SMOOTH_EXPONENTIAL) | BIT(SMOOTH_DOUBLE_EXPONENTIAL)},
    {"beta", read_beta, BIT(SMOOTH_DOUBLE_EXPONENTIAL)},
    {"threshold", read_threshold, BIT(SMOOTH_HAMPEL)},
};

static struct word trim(const char *start, const char *end)
{
	while (start < end && (*start == ' ' || *start == '\t'))
		start++;
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct word){start, (size_t)(end - start)};
}

static bool word_is(struct word w, const char *name)
{
	return strlen(name) == w.length && memcmp(name, w.text, w.length) == 0;
}

static const char *nearest_to(struct word w, const char *const *names, size_t n)
{
	char copy[NEAREST_MAX + 1];
	size_t length = w.length < NEAREST_MAX ? w.length : NEAREST_MAX;
	memcpy(copy, w.text, length);
	copy[length] = 0;
	return nearest(copy, names, n);
}

/* "a, b or c" */
static void list_names(const char *const *names, size_t n, char *text, size_t size)
{
	text[0] = 0;
	for (size_t i = 0, at = 0; i < n && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", names[i]);
}

static int unknown(const char *what, struct word w, const char *const *names, size_t n, struct err *err)
{
	char list[256];
	list_names(names, n, list, sizeof list);
	return err_set(err, "%s '%s' is unknown; did you mean '%s'? Allowed: %s", what,
		       visible(w.text, w.length, 40).text, nearest_to(w, names, n), list);
}

static int read_kind(struct word w, enum smooth_kind *kind, struct err *err)
{
	const char *names[SMOOTH_KINDS];
	for (size_t i = 0; i < SMOOTH_KINDS; i++) {
		names[i] = smooth_rows[i].name;
		if (word_is(w, names[i])) {
			*kind = (enum smooth_kind)i;
			return 0;
		}
	}
	return unknown("smoothing", w, names, SMOOTH_KINDS, err);
}

static int read_parameter(struct word name, struct word value, struct smooth_spec *spec, uint32_t *seen,
			  struct err *err)
{
	const char *names[COUNT(parameters)];
	size_t n = 0;
	for (size_t i = 0; i < COUNT(parameters); i++) {
		const struct parameter *p = &parameters[i];
		if (!(p->kinds & BIT(spec->kind)))
			continue;
		names[n++] = p->name;
		if (!word_is(name, p->name))
			continue;
		if (*seen & BIT(i))
			return err_set(err, "%s is given twice", p->name);
		*seen |= BIT(i);
		return p->read(value, spec, err) < 0 ? err_wrap(err, "%s", p->name) : 0;
	}
	if (n == 0)
		return err_set(err, "'%s' is unknown; allowed: no parameters",
			       visible(name.text, name.length, 40).text);
	return unknown("parameter", name, names, n, err);
}

static int read_assignment(struct word w, struct smooth_spec *spec, uint32_t *seen, struct err *err)
{
	const char *equals = memchr(w.text, '=', w.length);
	if (!equals)
		return err_set(err, "'%s' is not name=value", visible(w.text, w.length, 40).text);
	struct word name = trim(w.text, equals), value = trim(equals + 1, w.text + w.length);
	return read_parameter(name, value, spec, seen, err);
}

static int read_parameters(const char *at, struct smooth_spec *spec, struct err *err)
{
	uint32_t seen = 0;
	while (*at) {
		const char *start = at + 1, *end = start + strcspn(start, ",");
		if (read_assignment(trim(start, end), spec, &seen, err) < 0)
			return -1;
		at = end;
	}
	if ((seen & BIT(0)) && spec->alpha > 0)
		return err_set(err, "window and alpha both say how far to look back; give one of them");
	return 0;
}

int smooth_parse(const char *text, struct smooth_spec *out, struct err *err)
{
	struct smooth_spec spec = {.kind = SMOOTH_NONE, .window = WINDOW_DEFAULT, .threshold = 3};
	const char *end = text + strcspn(text, ",");
	struct word kind = trim(text, end);
	if (kind.length || *end) {
		if (read_kind(kind, &spec.kind, err) < 0)
			return -1;
		if (read_parameters(end, &spec, err) < 0)
			return err_wrap(err, "smoothing %s", smooth_rows[spec.kind].name);
	}
	*out = spec;
	return 0;
}
