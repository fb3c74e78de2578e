#include "../io/history/prometheus.h"

#include "duration.h"
#include "import.h"
#include "import_secrets.h"
#include "live.h"
#include "moment.h"
#include "progress.h"
#include "visible.h"

#include <stdlib.h>
#include <unistd.h>

#define SCRAPE_USUAL   MINUTE_MS /* Prometheus' global.scrape_interval */
#define WINDOW_SCRAPES 4
#define SPAN_USUAL     (7 * DAY_MS)
#define OFFSETS_BELOW  (1000 * DAY_MS)
#define MEASURED       "{container!=\"\",container!=\"POD\"}" /* cAdvisor's sums of pods and cgroups left out */

enum {
	QUERY,
	COUNTER,
	CPU,
	MEMORY,
	REQUESTS,
	WINDOW,
	SCRAPE,
	FROM,
	UNTIL,
	STEP,
	LABEL,
	NAMESPACE,
	MAP,
	ONLY,
	GAPS,
	OUTPUT,
	USER,
	PASSWORD_FILE,
	TOKEN_FILE,
	CA,
	INSECURE,
	TIMEOUT,
	RETRIES,
	HELP
};

static const struct option_row options[] = {
    [QUERY] = {"query", 0, "[COLUMN=]PROMQL",
	       "a column of the load (cpu): cpu, memory, requests or any metric's name; may be repeated"},
    [COUNTER] =
	{"counter", 0, "[COLUMN=]METRIC",
	 "a column (requests) from a counter: its rate, summed by the labels that name workloads; may be repeated"},
    [CPU] = {"cpu", 0, "PROMQL", "as --query cpu=, in cores"},
    [MEMORY] = {"memory", 0, "PROMQL", "as --query memory=, in bytes"},
    [REQUESTS] = {"requests", 0, "PROMQL", "as --query requests=, per second"},
    [WINDOW] = {"window", 0, "TIME",
		"of a --counter's rate; at least 4 scrape intervals, and best a step (the larger of both)"},
    [SCRAPE] = {"scrape", 0, "TIME", "how often Prometheus asks (1m)"},
    [FROM] = IMPORT_FROM,
    [UNTIL] = IMPORT_UNTIL,
    [STEP] = {"step", 0, "TIME", "one row of a workload every so long (1m)"},
    [LABEL] = IMPORT_LABEL,
    [NAMESPACE] = IMPORT_NAMESPACE,
    [MAP] = IMPORT_MAP,
    [ONLY] = IMPORT_ONLY,
    [GAPS] = IMPORT_GAPS("auto"),
    [OUTPUT] = IMPORT_OUTPUT,
    [USER] = {"user", 0, "NAME", "Basic authentication; the password is in --password-file or $PROMETHEUS_PASSWORD"},
    [PASSWORD_FILE] = {"password-file", 0, "FILE", "holds the password"},
    [TOKEN_FILE] = {"token-file", 0, "FILE", "holds a bearer token; or it is in $PROMETHEUS_TOKEN"},
    [CA] = {"ca", 0, "FILE.pem", "the authorities to trust, in place of the system's"},
    [INSECURE] = {"insecure", 0, NULL, "do not verify the server's certificate"},
    [TIMEOUT] = {"timeout", 0, "TIME", "of an answer, with all tries (5m)"},
    [RETRIES] = {"retries", 0, "N", "how often a page is asked for again (5)"},
    [HELP] = OPTION_HELP,
};

/* A column as it was asked for. */
struct wanted {
	int option;
	const char *text;
};

struct request {
	struct import import;
	struct wanted wanted[HISTORY_COLUMNS_MAX];
	size_t n_wanted;
	struct prometheus_source source;
	struct prometheus_query queries[HISTORY_COLUMNS_MAX];
	char *made[HISTORY_COLUMNS_MAX]; /* of --counter; owned */
	struct import_secrets secrets;
	const char *window_text, *scrape_text;
	ms_t window;
	struct arena arena;
	struct progress progress;
};

/* ---- what was asked ---- */

static int take_wanted(struct request *request, int option, const char *text, struct err *err)
{
	if (request->n_wanted == HISTORY_COLUMNS_MAX)
		return err_set(err, "at most %d columns", HISTORY_COLUMNS_MAX);
	request->wanted[request->n_wanted++] = (struct wanted){option, text};
	return 0;
}

static int take_retries(struct request *request, const char *value, struct err *err)
{
	int64_t n;
	if (option_whole("retries", value, 0, 100, &n, err) < 0)
		return -1;
	request->source.retries = (int)n;
	return 0;
}

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct request *request = self;
	const char **const single[] = {
	    [WINDOW] = &request->window_text,
	    [SCRAPE] = &request->scrape_text,
	    [USER] = &request->source.user,
	    [PASSWORD_FILE] = &request->secrets.password_file,
	    [TOKEN_FILE] = &request->secrets.token_file,
	    [CA] = &request->secrets.ca_file,
	};
	int taken = import_take(&request->import, options[option].name, value, err);
	if (taken)
		return taken < 0 ? -1 : 0;
	switch (option) {
	case QUERY:
	case COUNTER:
	case CPU:
	case MEMORY:
	case REQUESTS:
		return take_wanted(request, option, value, err);
	case INSECURE:
		request->source.insecure = true;
		return 0;
	case TIMEOUT:
		return import_duration("timeout", value, SECOND_MS, DAY_MS, &request->source.timeout, err);
	case RETRIES:
		return take_retries(request, value, err);
	default:
		*single[option] = value;
		return 0;
	}
}

static int parse(const struct verb *verb, int argc, char **argv, struct request *request, struct err *err)
{
	int rest, status = options_parse(verb, argc, argv, take_option, request, &rest, err);
	if (status)
		return status;
	if (rest == argc)
		return err_set(err, "say where Prometheus is: http://127.0.0.1:9090");
	request->source.url = argv[rest++];
	if (rest < argc)
		return err_set(err, "one URL at a time; what is '%s'?",
			       visible(argv[rest], strlen(argv[rest]), 40).text);
	return import_secrets_read(&request->secrets, &request->arena, &request->source, err);
}

/* ---- columns ---- */

static int choose_window(struct request *request, ms_t step, struct err *err)
{
	char least[64], often[64];
	ms_t scrape = SCRAPE_USUAL;
	if (request->scrape_text &&
	    import_duration("scrape", request->scrape_text, SECOND_MS, DAY_MS, &scrape, err) < 0)
		return -1;
	request->window = max64(step, WINDOW_SCRAPES * scrape);
	if (!request->window_text)
		return 0;
	if (import_duration("window", request->window_text, SECOND_MS, 366 * DAY_MS, &request->window, err) < 0)
		return -1;
	duration_format(WINDOW_SCRAPES * scrape, least, sizeof least);
	duration_format(scrape, often, sizeof often);
	if (request->window < WINDOW_SCRAPES * scrape)
		return err_set(
		    err,
		    "--window %s: a rate wants 4 scrape intervals, %s where Prometheus asks every %s; say how "
		    "often it does with --scrape",
		    request->window_text, least, often);
	if (request->window < step)
		fprintf(stderr, "note: --window is shorter than the step: what happens in between is not seen\n");
	return 0;
}

/* "latency=PROMQL": a name and a single equals sign, of which no expression of PromQL begins so. */
static const char *split(const char *text, const char *usual, char *column, size_t size)
{
	size_t length = strcspn(text, "={(\"'` ");
	bool named = length && text[length] == '=' && text[length + 1] != '=' && text[length + 1] != '~';
	snprintf(column, size, "%.*s", named ? (int)length : 60, named ? text : usual);
	return named ? text + length + 1 : text;
}

static int add_query(struct request *request, const struct wanted *wanted, size_t i, struct err *err)
{
	static const char *const usual[] = {
	    [QUERY] = "cpu", [COUNTER] = "requests", [CPU] = "cpu", [MEMORY] = "memory", [REQUESTS] = "requests"};
	char column[64];
	bool bare = wanted->option == QUERY || wanted->option == COUNTER;
	const char *promql = bare ? split(wanted->text, usual[wanted->option], column, sizeof column) : wanted->text;
	if (!bare)
		snprintf(column, sizeof column, "%s", usual[wanted->option]);
	uint32_t before = history_columns(request->import.history);
	if (history_column(request->import.history, column, &request->queries[i].column, err) < 0)
		return -1;
	if (request->queries[i].column < before)
		return err_set(err, "two queries for the column %s: add them up in one", column);
	if (wanted->option == COUNTER)
		promql = request->made[i] = prometheus_rate(&request->import.mapping, promql, request->window);
	request->queries[i].promql = promql;
	return promql ? 0 : err_set(err, "out of memory");
}

/* Without a query: what cAdvisor measured of every container. */
static int add_usual(struct request *request, struct err *err)
{
	struct history *history = request->import.history;
	request->made[0] =
	    prometheus_rate(&request->import.mapping, "container_cpu_usage_seconds_total" MEASURED, request->window);
	request->made[1] = prometheus_sum(&request->import.mapping, "container_memory_working_set_bytes" MEASURED);
	if (!request->made[0] || !request->made[1])
		return err_set(err, "out of memory");
	request->queries[0].promql = request->made[0];
	request->queries[1].promql = request->made[1];
	request->n_wanted = 2;
	return history_column(history, "cpu", &request->queries[0].column, err) < 0
		   ? -1
		   : history_column(history, "memory", &request->queries[1].column, err);
}

static int add_queries(struct request *request, struct err *err)
{
	if (request->n_wanted == 0)
		return add_usual(request, err);
	for (size_t i = 0; i < request->n_wanted; i++)
		if (add_query(request, &request->wanted[i], i, err) < 0)
			return -1;
	return 0;
}

static int choose_grid(struct import *import, struct err *err)
{
	ms_t now = divide_down(live_wall(), SECOND_MS) * SECOND_MS;
	struct history_grid grid = {0, now, import->step ? import->step : MINUTE_MS};
	if (import->until && moment_parse("until", import->until, 0, now, &grid.until, err) < 0)
		return -1;
	grid.from = grid.until - SPAN_USUAL;
	if (import->from && moment_parse("from", import->from, 0, grid.until, &grid.from, err) < 0)
		return -1;
	grid.from = divide_down(grid.from, SECOND_MS) * SECOND_MS;
	if (grid.from < OFFSETS_BELOW) /* "14d", as an offset from 1970 */
		return err_set(
		    err, "--from: '%s' is long ago; so long before the end is written -14d",
		    visible(import->from ? import->from : "", import->from ? strlen(import->from) : 0, 40).text);
	return history_set_grid(import->history, &grid, err);
}

/* ---- the run ---- */

static void show_progress(void *self, uint32_t done, uint32_t all)
{
	struct request *request = self;
	if (progress_due(&request->progress))
		fprintf(stderr, "\r%3u %%", (unsigned)(UINT64_C(100) * done / (all ? all : 1)));
}

static int run(struct request *request, struct err *err)
{
	struct import *import = &request->import;
	if (import_begin(import, err) < 0 || choose_grid(import, err) < 0 ||
	    choose_window(request, history_grid(import->history)->step, err) < 0 || add_queries(request, err) < 0)
		return -1;
	request->source.notes = stderr;
	request->source.self = request;
	request->source.progress = isatty(STDERR_FILENO) == 1 ? show_progress : NULL;
	progress_start(&request->progress);
	int status = prometheus_read(&request->source, request->queries, request->n_wanted, &import->mapping,
				     import->history, err);
	progress_end(&request->progress);
	return status < 0 ? -1 : import_write(import, err);
}

static int import_prometheus(const struct verb *verb, int argc, char **argv)
{
	struct request request = {.import = {.bridge = true}, .source = {.timeout = 5 * MINUTE_MS, .retries = 5}};
	struct err err;
	int status = parse(verb, argc, argv, &request, &err);
	if (status == 0)
		status = run(&request, &err);
	for (size_t i = 0; i < COUNT(request.made); i++)
		free(request.made[i]);
	import_free(&request.import);
	arena_free(&request.arena);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_import_prometheus = {
    .name = "import prometheus",
    .summary = "from Prometheus, or what speaks as it does",
    .synopsis = "URL -o LOAD.csv [--query PROMQL ...] [options]",
    .description =
	"Asks for each column of the load over --from (-7d) to --until (now), in pages, however many weeks. Without a "
	"query: cpu and memory as cAdvisor measured them.\n\n"
	"A series is the workload's that its labels name; of a pod, its owner's: the hashes of ReplicaSet and pod, and "
	"a "
	"StatefulSet's ordinal, are taken off. Series of the same workload are summed, exactly. A series without "
	"labels is "
	"the load of a single workload.\n\n"
	"A counter only ever rises, and starts again from 0 with its process; its rate looks back over --window. In "
	"fewer "
	"than four scrapes, one that failed leaves it without a value; a window shorter than the step skips what "
	"happens "
	"in between; a longer one smooths peaks, and comes half of it late.\n\n"
	"A scrape that failed is not the end of demand: a gap of at most 5m, Prometheus' own staleness, keeps the "
	"value "
	"before it, and so does a time in which a query found nothing at all. When other workloads were measured and "
	"one was not for longer, it was not there (scaled to zero, deleted, a job between its runs): no demand.\n\n"
	"  plimsoll import prometheus https://prometheus.example --token-file token \\\n"
	"      --counter 'http_requests_total{job=\"shop\"}' --from 2026-11-01 -o load.csv\n"
	"  plimsoll import prometheus http://127.0.0.1:9090 --scrape 15s --step 15s \\\n"
	"      --query 'cpu=sum by (namespace, pod) (rate(cpu_seconds_total[1m]))' \\\n"
	"      --map 'pod:web-*=shop/web' --only shop/web --from -2d -o load.csv.gz",
    .options = options,
    .n_options = COUNT(options),
    .run = import_prometheus,
};
