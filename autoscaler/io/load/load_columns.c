#include "../text/instant.h"
#include "load_internal.h"
#include "visible.h"

#include <stdlib.h>
#include <strings.h>

#define NAME_MAX_BYTES 253

/* In lower case; a space, dot or hyphen of the header counts as '_'. The first name of each role is its own. */
static const struct synonym {
	const char *name;
	enum role role;
} synonyms[] = {
    {"time", ROLE_TIME},
    {"timestamp", ROLE_TIME},
    {"date", ROLE_TIME},
    {"datetime", ROLE_TIME},
    {"date_time", ROLE_TIME},
    {"seconds", ROLE_TIME},
    {"ts", ROLE_TIME},
    {"t", ROLE_TIME},
    {"epoch", ROLE_TIME},
    {"unix_time", ROLE_TIME},
    {"cpu", ROLE_CPU},
    {"cpu_cores", ROLE_CPU},
    {"cores", ROLE_CPU},
    {"vcpu", ROLE_CPU},
    {"cpu_usage", ROLE_CPU},
    {"cpu_demand", ROLE_CPU},
    {"demand_cpu", ROLE_CPU},
    {"requests", ROLE_REQUESTS},
    {"requests_per_second", ROLE_REQUESTS},
    {"request_rate", ROLE_REQUESTS},
    {"rps", ROLE_REQUESTS},
    {"qps", ROLE_REQUESTS},
    {"memory", ROLE_MEMORY},
    {"memory_bytes", ROLE_MEMORY},
    {"mem", ROLE_MEMORY},
    {"mem_bytes", ROLE_MEMORY},
    {"memory_usage", ROLE_MEMORY},
    {"workload", ROLE_WORKLOAD},
    {"deployment", ROLE_WORKLOAD},
    {"workload_name", ROLE_WORKLOAD},
    {"app", ROLE_WORKLOAD},
};

/* Words in a name that say it holds something else than seconds, or than cores: such a column is not guessed at. */
static const struct synonym misleading[] = {
    {"minute", ROLE_TIME}, {"hour", ROLE_TIME},   {"day", ROLE_TIME},    {"week", ROLE_TIME},   {"milli", ROLE_TIME},
    {"percent", ROLE_CPU}, {"pct", ROLE_CPU},     {"%", ROLE_CPU},       {"util", ROLE_CPU},    {"milli", ROLE_CPU},
    {"bytes", ROLE_CPU},   {"latency", ROLE_CPU}, {"replica", ROLE_CPU}, {"request", ROLE_CPU}, {"pods", ROLE_CPU},
};

static const char *const role_names[ROLE_METRIC] = {"time", "cpu", "requests", "memory", "workload"};

struct csv_field load_trim(struct csv_field f)
{
	while (f.length && (*f.text == ' ' || *f.text == '\t')) {
		f.text++;
		f.length--;
	}
	while (f.length && (f.text[f.length - 1] == ' ' || f.text[f.length - 1] == '\t'))
		f.length--;
	return f;
}

static bool same_name(struct csv_field f, const char *name)
{
	for (size_t i = 0; i < f.length; i++) {
		char c = f.text[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (c == ' ' || c == '.' || c == '-')
			c = '_';
		if (c != name[i]) /* also ends at the NUL of a shorter name */
			return false;
	}
	return name[f.length] == 0;
}

static enum role role_of(struct csv_field f)
{
	for (size_t i = 0; i < COUNT(synonyms); i++)
		if (same_name(f, synonyms[i].name))
			return synonyms[i].role;
	return ROLE_METRIC;
}

static void list_synonyms(enum role role, char *text, size_t size)
{
	size_t at = 0;
	text[0] = 0;
	for (size_t i = 0; i < COUNT(synonyms) && at < size; i++)
		if (synonyms[i].role == role)
			at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", synonyms[i].name);
}

static struct visible shown(const char *name)
{
	return visible(name, strlen(name), 40);
}

static int missing(const struct csv *csv, const struct load_columns *c, enum role role, struct err *err)
{
	char found[256] = "", allowed[256];
	size_t at = 0;
	for (uint32_t i = 0; i < c->n && at < sizeof found; i++)
		at += (size_t)snprintf(found + at, sizeof found - at, "%s%s", i ? ", " : "",
				       visible(c->items[i].name, strlen(c->items[i].name), 24).text);
	list_synonyms(role, allowed, sizeof allowed);
	return csv_fail(csv, err, "no %s column among %s%s; allowed names: %s%s", role_names[role], found,
			at >= sizeof found ? "..." : "", allowed,
			role == ROLE_CPU ? "; or requests (or rps), requests per second" : "");
}

static int twice(const struct csv *csv, const struct load_column *a, const struct load_column *b, const char *as,
		 struct err *err)
{
	struct visible first = shown(a->name), second = shown(b->name);
	return csv_fail(csv, err, "columns '%s' and '%s' are both read as the %s; rename or remove one of them",
			first.text, second.text, as);
}

static bool is_time(struct csv_field f)
{
	ms_t ignored;
	struct err err;
	f = load_trim(f);
	return instant_parse(f.text, f.length, 0, &ignored, &err) == 0;
}

/* "7200,1.5": two columns may do without a header. */
static int has_header(const struct csv *csv, const struct csv_field *fields, size_t n, bool *header, struct err *err)
{
	*header = !is_time(fields[0]);
	if (*header || n == 2)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (role_of(load_trim(fields[i])) != ROLE_METRIC) {
			*header = true; /* "2011,cpu,..." is one, if a strange one */
			return 0;
		}
	return csv_fail(csv, err, "no header: '%s' is a time; allowed without a header: two columns, time and cpu",
			visible(fields[0].text, fields[0].length, 40).text);
}

static int copy_name(const struct csv *csv, struct csv_field f, size_t place, char **name, struct err *err)
{
	if (f.length == 0)
		return csv_fail(csv, err, "column %zu has no name", place + 1);
	if (f.length > NAME_MAX_BYTES)
		return csv_fail(csv, err, "column %zu has a name of %zu bytes; allowed: up to %d", place + 1, f.length,
				NAME_MAX_BYTES);
	*name = malloc(f.length + 1);
	if (!*name)
		return csv_fail(csv, err, "out of memory");
	memcpy(*name, f.text, f.length);
	(*name)[f.length] = 0;
	return 0;
}

static int read_names(struct load_columns *c, const struct csv *csv, const struct csv_field *fields, struct err *err)
{
	for (uint32_t i = 0; i < c->n; i++) {
		struct csv_field f = load_trim(fields[i]);
		enum role role = c->header ? role_of(f) : i == 0 ? ROLE_TIME : ROLE_CPU;
		if (!c->header)
			f = (struct csv_field){role_names[role], strlen(role_names[role])};
		if (copy_name(csv, f, i, &c->items[i].name, err) < 0)
			return -1;
		c->items[i].role = role;
		if (role == ROLE_METRIC)
			continue;
		if (c->at[role] >= 0)
			return twice(csv, &c->items[c->at[role]], &c->items[i], role_names[role], err);
		c->at[role] = (int)i;
	}
	return 0;
}

static bool is_misleading(const char *name, enum role role)
{
	for (size_t i = 0; i < COUNT(misleading); i++)
		for (const char *at = name; misleading[i].role == role && *at; at++)
			if (strncasecmp(at, misleading[i].name, strlen(misleading[i].name)) == 0)
				return true;
	return false;
}

static int take_first_unknown(struct load_columns *c, const struct csv *csv, enum role role, struct err *err)
{
	static const char *const held[] = {[ROLE_TIME] = "times or seconds", [ROLE_CPU] = "cores"};
	for (uint32_t i = 0; i < c->n && c->at[role] < 0; i++) {
		struct load_column *column = &c->items[i];
		if (column->role != ROLE_METRIC)
			continue;
		if (is_misleading(column->name, role))
			return csv_fail(csv, err,
					"column '%s' is not taken for the %s by its place; if it holds %s, name it %s",
					shown(column->name).text, role_names[role], held[role], role_names[role]);
		column->role = role;
		c->at[role] = (int)i;
	}
	return 0;
}

/* Two columns of unknown names: time, then cpu. */
static int guess_two(struct load_columns *c, const struct csv *csv, struct err *err)
{
	if (c->n != 2)
		return 0;
	if (take_first_unknown(c, csv, ROLE_TIME, err) < 0)
		return -1;
	return c->at[ROLE_REQUESTS] < 0 ? take_first_unknown(c, csv, ROLE_CPU, err) : 0;
}

static int check_roles(const struct load_columns *c, const struct csv *csv, double cpu_per_request, struct err *err)
{
	if (c->at[ROLE_TIME] < 0)
		return missing(csv, c, ROLE_TIME, err);
	if (c->at[ROLE_CPU] < 0 && c->at[ROLE_REQUESTS] < 0)
		return missing(csv, c, ROLE_CPU, err);
	if (c->at[ROLE_CPU] < 0 && cpu_per_request <= 0)
		return csv_fail(csv, err,
				"there is no cpu column; to make cores of '%s', give the core-seconds a request takes: "
				"--set load.cpu_per_request=0.05",
				shown(c->items[c->at[ROLE_REQUESTS]].name).text);
	return 0;
}

static int check_metrics(const struct load_columns *c, const struct csv *csv, struct err *err)
{
	uint32_t metrics = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		if (c->items[i].role != ROLE_METRIC)
			continue;
		if (++metrics > LOAD_MAX_METRICS)
			return csv_fail(csv, err, "more than %d columns beside the known ones", LOAD_MAX_METRICS);
		for (uint32_t j = 0; j < i; j++)
			if (c->items[j].role == ROLE_METRIC && strcmp(c->items[i].name, c->items[j].name) == 0)
				return twice(csv, &c->items[j], &c->items[i], "same metric", err);
	}
	return 0;
}

static void give_slots(struct load_columns *c)
{
	c->slots = SLOT_OTHERS;
	for (uint32_t i = 0; i < c->n; i++)
		switch (c->items[i].role) {
		case ROLE_TIME:
			c->items[i].slot = SLOT_TIME;
			break;
		case ROLE_CPU:
			c->items[i].slot = SLOT_CPU;
			break;
		case ROLE_WORKLOAD:
			break;
		case ROLE_REQUESTS:
		case ROLE_MEMORY:
		case ROLE_METRIC:
			c->items[i].slot = c->slots++;
			break;
		}
}

int load_columns_find(struct load_columns *c, const struct csv *csv, const struct csv_field *fields, size_t n,
		      double cpu_per_request, struct err *err)
{
	*c = (struct load_columns){.at = {-1, -1, -1, -1, -1}};
	if (n < 2)
		return csv_fail(csv, err,
				"one column, '%s'; at least two belong here, time and cpu, with a comma between",
				visible(fields[0].text, fields[0].length, 40).text);
	if (has_header(csv, fields, n, &c->header, err) < 0)
		return -1;
	c->items = calloc(n, sizeof *c->items);
	if (!c->items)
		return csv_fail(csv, err, "out of memory");
	c->n = (uint32_t)n;
	if (read_names(c, csv, fields, err) < 0)
		return -1;
	if (guess_two(c, csv, err) < 0)
		return -1;
	if (check_roles(c, csv, cpu_per_request, err) < 0 || check_metrics(c, csv, err) < 0)
		return -1;
	give_slots(c);
	return 0;
}

void load_columns_free(struct load_columns *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		free(c->items[i].name);
	free(c->items);
	*c = (struct load_columns){0};
}
