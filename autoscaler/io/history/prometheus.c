#include "prometheus.h"

#include "../live/metrics.h"
#include "../net/net.h"
#include "../text/decimal.h"
#include "calendar.h"
#include "duration.h"
#include "matrix.h"
#include "visible.h"

#include <time.h>
#include <unistd.h>

#define PATH          "/api/v1/query_range"
#define SHORT_QUERY   2000 /* bytes: a longer one is sent by POST */
#define PAGE_LEAST    16   /* a smaller page is not worth asking for */
#define UNPROCESSABLE 422

struct asking {
	const struct prometheus_source *source;
	const struct prometheus_query *query;
	const struct mapping *mapping;
	struct history *history;
	struct server *server;
	/* of the page under way */
	uint32_t first, n;
	/* of the series under way */
	uint32_t workload;
	bool wanted;
	char name[WORKLOAD_NAME_SIZE];
	uint64_t values; /* of the query, so far */
};

/* ---- what comes ---- */

static int take_series(void *self, const struct series_label *labels, size_t n, struct err *err)
{
	struct asking *asking = self;
	int named = mapping_name(asking->mapping, labels, n, asking->name, err);
	asking->wanted = named > 0 && mapping_wants(asking->mapping, asking->name);
	if (named < 0 || !asking->wanted)
		return named < 0 ? -1 : 0;
	return history_workload(asking->history, asking->name, strlen(asking->name), &asking->workload, err);
}

static int refuse_value(const struct asking *asking, ms_t at, const char *text, size_t length, const char *why,
			struct err *err)
{
	char when[CALENDAR_TEXT];
	return err_set(err, "'%s' at %s: %s %s", visible(asking->name, strlen(asking->name), 80).text,
		       calendar_format(at, when), visible(text, length, 40).text, why);
}

static int take_point(void *self, ms_t at, const char *text, size_t length, struct err *err)
{
	static const char *const why[] = {
	    [DECIMAL_NOT_A_NUMBER] = "is no finite number",
	    [DECIMAL_NEGATIVE] = "is negative",
	    [DECIMAL_TOO_LARGE] = "is too large",
	};
	struct asking *asking = self;
	const struct history_grid *grid = history_grid(asking->history);
	ms_t since = at - grid->from - asking->first * grid->step;
	int64_t value;
	if (since < 0 || since % grid->step || since / grid->step >= asking->n)
		return refuse_value(asking, at, text, length, "is of a time that was not asked for", err);
	asking->values++;
	uint32_t point = asking->first + (uint32_t)(since / grid->step);
	if (length == 3 && memcmp(text, "NaN", 3) == 0)
		return 0;
	if (!asking->wanted) {
		history_measured(asking->history, asking->query->column, point);
		return 0;
	}
	int places = history_places(history_column_at(asking->history, asking->query->column)->role);
	enum decimal status = decimal_parse(text, length, places, &value);
	if (status != DECIMAL_OK)
		return refuse_value(asking, at, text, length, why[status], err);
	return history_point(asking->history, asking->workload, asking->query->column, point, value, err);
}

static void take_warning(void *self, const char *text)
{
	const struct asking *asking = self;
	if (asking->source->notes)
		fprintf(asking->source->notes, "note: the server warns: %s\n", text);
}

/* ---- pages ---- */

static char *form(const struct asking *asking, struct arena *arena)
{
	const struct history_grid *grid = history_grid(asking->history);
	ms_t from = grid->from + asking->first * grid->step, until = from + (asking->n - 1) * grid->step;
	const char *query = metric_escaped(arena, asking->query->promql);
	return query
		   ? metric_text(arena, "query=%s&start=%lld&end=%lld&step=%lld", query, (long long)(from / SECOND_MS),
				 (long long)(until / SECOND_MS), (long long)(grid->step / SECOND_MS))
		   : NULL;
}

/* The status (negative: no answer worth a name); the body is the caller's. */
static int fetch(const struct asking *asking, struct arena *arena, struct answer *answer, char **body, struct err *err)
{
	char *fields = form(asking, arena), *path;
	bool get = fields && strlen(fields) <= SHORT_QUERY;
	path = fields ? metric_text(arena, PATH "%s%s", get ? "?" : "", get ? fields : "") : NULL;
	*body = NULL;
	*answer = (struct answer){0};
	if (!path)
		return err_set(err, "out of memory");
	const struct call call = {
	    .method = get ? "GET" : "POST",
	    .path = path,
	    .body = get ? NULL : fields,
	    .content_type = get ? NULL : "application/x-www-form-urlencoded",
	    .timeout = asking->source->timeout,
	    .retries = asking->source->retries,
	    .repeatable = true,
	};
	return server_fetch(asking->server, &call, answer, body, err);
}

/* A page that is too much work for the server is asked for in smaller ones. */
static bool is_too_much(const struct asking *asking, const struct answer *answer, const struct err *err)
{
	return answer->status == UNPROCESSABLE && asking->n > PAGE_LEAST && strstr(err->message, "too many samples");
}

/* 1: the page has been read; 0: it is to be smaller. */
static int read_page(struct asking *asking, struct err *err)
{
	const struct matrix_sink sink = {asking, take_series, take_point, take_warning};
	struct arena arena = {0};
	struct answer answer;
	char *body;
	int status = fetch(asking, &arena, &answer, &body, err);
	if (status < 0 && is_too_much(asking, &answer, err))
		status = 0;
	else if (status >= 0)
		status = matrix_decode(body, answer.size, &sink, err) < 0 ? -1 : 1;
	free(body);
	arena_free(&arena);
	return status;
}

static int read_query(struct asking *asking, uint32_t done, uint32_t all, struct err *err)
{
	uint32_t points = history_points(asking->history), page = PROMETHEUS_PAGE;
	for (asking->first = 0; asking->first < points;) {
		asking->n = page < points - asking->first ? page : points - asking->first;
		int status = read_page(asking, err);
		if (status < 0)
			return -1;
		asking->first += status ? asking->n : 0;
		page = status ? page : asking->n / 2;
		if (asking->source->progress)
			asking->source->progress(asking->source->self, done + asking->first, all);
	}
	return asking->values ? 0 : err_set(err, "the query gives nothing in that time");
}

static int give_token(void *self, enum doubt doubt, const char **token, struct err *err)
{
	(void)err, (void)doubt;
	*token = self;
	return 0;
}

static uint64_t seed(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_REALTIME, &now);
	return mix64((uint64_t)now.tv_nsec ^ mix64((uint64_t)now.tv_sec ^ (uint64_t)getpid() << 32));
}

static int read_all(const struct prometheus_query *queries, size_t n, struct asking *asking, struct err *err)
{
	uint32_t points = history_points(asking->history);
	for (size_t q = 0; q < n; q++) {
		asking->query = &queries[q];
		asking->values = 0;
		if (read_query(asking, (uint32_t)q * points, (uint32_t)n * points, err) < 0)
			return err_wrap(err, "%s", history_column_at(asking->history, queries[q].column)->name);
	}
	return 0;
}

int prometheus_read(const struct prometheus_source *source, const struct prometheus_query *queries, size_t n,
		    const struct mapping *mapping, struct history *history, struct err *err)
{
	struct net *net = net_open(seed(), err);
	if (!net)
		return -1;
	const struct server_config config = {
	    .name = "prometheus",
	    .url = source->url,
	    .ca_pem = source->ca_pem,
	    .insecure = source->insecure,
	    .user = source->user,
	    .password = source->password,
	    .token = source->token ? give_token : NULL,
	    .self = (void *)(uintptr_t)source->token,
	};
	struct asking asking = {.source = source, .mapping = mapping, .history = history};
	asking.server = server_open(net, &config, err);
	int status = asking.server ? read_all(queries, n, &asking, err) : -1;
	server_close(asking.server);
	net_close(net);
	return status;
}
