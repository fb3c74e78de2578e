/* Why: the decision at or before a moment, or all of a span, out of a journal. */
#include "explain.h"

#include "../io/report/table.h"
#include "../io/text/path.h"
#include "calendar.h"
#include "cmd.h"
#include "moment.h"
#include "visible.h"

#include <stdlib.h>

enum { AT, SINCE, UNTIL, JOURNAL, OUTPUT, HELP };

static const struct option_row options[] = {
    [AT] = {"at", 0, "TIME", "the decision at or before it: 10:15 (UTC), -5m, a date or RFC 3339 (the last one)"},
    [SINCE] = {"since", 0, "TIME", "every decision from there on"},
    [UNTIL] = {"until", 0, "TIME", "and up to there"},
    [JOURNAL] = {"journal", 0, "FILE", "the journal ($PLIMSOLL_JOURNAL, else ~/.local/state/plimsoll/journal.db)"},
    [OUTPUT] = OPTION_OUTPUT,
    [HELP] = OPTION_HELP,
};

struct query {
	const char *name, *at_text, *since_text, *until_text, *path;
	char usual[PATH_SIZE];
	enum table_format format;
	bool nodes, span;
	ms_t at, since, until;
	struct journal_reader *reader;
};

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct query *query = self;
	const char **const texts[] = {[AT] = &query->at_text,
				      [SINCE] = &query->since_text,
				      [UNTIL] = &query->until_text,
				      [JOURNAL] = &query->path};
	if (option == OUTPUT)
		return table_format_parse(value, &query->format, err);
	*texts[option] = value;
	return 0;
}

static int parse(const struct verb *verb, int argc, char **argv, struct query *query, struct err *err)
{
	int rest, status = options_parse(verb, argc, argv, take_option, query, &rest, err);
	if (status)
		return status;
	if (argc - rest != 1)
		return err_set(err, "name one autoscaler, [NAMESPACE/]NAME, or `nodes`; see `plimsoll help explain`");
	query->name = argv[rest];
	query->nodes = strcmp(query->name, "nodes") == 0;
	query->span = query->since_text || query->until_text;
	if (query->span && query->at_text)
		return err_set(err, "--at names one decision, --since and --until a span: one or the other");
	if (query->format == TABLE_CSV && !query->span)
		return err_set(err, "--output csv is for a span: give --since or --until");
	if (query->path)
		return 0;
	query->path = query->usual;
	return journal_default(query->usual, sizeof query->usual, err);
}

static int open_journal(struct query *query, struct err *err)
{
	ms_t first, last;
	query->reader = journal_reader_open(query->path, err);
	int found = query->reader ? journal_reader_span(query->reader, &first, &last, err) : -1;
	if (found <= 0)
		return found < 0 ? -1 : err_set(err, "journal %s: it has no tick", query->path);
	query->at = query->until = last;
	query->since = first;
	if ((query->at_text && moment_parse("at", query->at_text, first, last, &query->at, err) < 0) ||
	    (query->since_text && moment_parse("since", query->since_text, first, last, &query->since, err) < 0) ||
	    (query->until_text && moment_parse("until", query->until_text, first, last, &query->until, err) < 0))
		return -1;
	return 0;
}

/* ---- which autoscaler ---- */

#define NOT_THERE UINT32_MAX

static bool is_named(const struct hpa_spec *spec, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t length = slash ? (size_t)(slash - name) : 0;
	return (!slash || (strlen(spec->namespace_) == length && strncmp(spec->namespace_, name, length) == 0)) &&
	       strcmp(spec->name, slash ? slash + 1 : name) == 0;
}

/* Its place among the tick's autoscalers, NOT_THERE, or negative when the name means several. */
static int64_t find_autoscaler(const struct query *query, const struct journal_tick *tick, struct err *err)
{
	const struct core_config *config = &tick->head->config;
	int64_t found = NOT_THERE;
	for (uint32_t i = 0; i < config->n_autoscalers; i++) {
		if (!is_named(&config->autoscalers[i], query->name))
			continue;
		if (found != NOT_THERE)
			return err_set(err, "'%s' is the name of %s/%s and of %s/%s: say which", query->name,
				       config->autoscalers[found].namespace_, config->autoscalers[found].name,
				       config->autoscalers[i].namespace_, config->autoscalers[i].name);
		found = i;
	}
	return found;
}

/* Whether a tick decided what is asked about: 1, with the autoscaler's place. */
static int decides(const struct query *query, const struct journal_tick *tick, uint32_t *autoscaler, struct err *err)
{
	if (query->nodes)
		return (tick->snapshot.due & DUE_NODES) != 0;
	if (!(tick->snapshot.due & DUE_REPLICAS))
		return 0;
	int64_t found = find_autoscaler(query, tick, err);
	*autoscaler = (uint32_t)found;
	return found < 0 ? -1 : found != NOT_THERE;
}

/* ---- one decision ---- */

void explain_line(const char *label, const char *text, FILE *file)
{
	int column = fprintf(file, "  %-12s ", label);
	fold(file, text, column, column);
}

static void print_one(const struct query *query, const struct journal_tick *tick, uint32_t autoscaler)
{
	if (query->format == TABLE_HUMAN) {
		if (query->nodes)
			explain_nodes_print(tick, stdout);
		else
			explain_autoscaler_print(tick, autoscaler, stdout);
		return;
	}
	cJSON *json = query->nodes ? explain_nodes_json(tick) : explain_autoscaler_json(tick, autoscaler);
	char *text = cJSON_Print(json);
	printf("%s\n", text ? text : "null");
	cJSON_free(text);
	cJSON_Delete(json);
}

/* The last tick at or before `at` that decides, in the segment that `at` falls into: its id, or 0. *begins: when that
 * segment does. */
static int last_in_segment(const struct query *query, ms_t at, int64_t *id, ms_t *begins, struct err *err)
{
	const struct journal_tick *tick;
	uint32_t autoscaler;
	int status;
	int64_t segment = 0;
	*id = 0;
	*begins = MS_NEVER;
	if (journal_reader_seek(query->reader, at, query->nodes ? DUE_NODES : DUE_REPLICAS, err) < 0)
		return -1;
	while ((status = journal_reader_next(query->reader, &tick, err)) > 0) {
		segment = segment ? segment : tick->segment;
		if (tick->segment != segment)
			break;
		if (tick->first)
			*begins = tick->wall;
		if (tick->wall > at)
			continue;
		int found = decides(query, tick, &autoscaler, err);
		if (found < 0)
			return -1;
		if (found)
			*id = tick->id;
	}
	return status < 0 ? -1 : 0;
}

/* "; it has shop/web": the autoscalers of the tick where it was looked. "" when that is of no help. */
static const char *known(const struct query *query, ms_t at, char *text, size_t size)
{
	const struct journal_tick *tick;
	struct err ignored;
	size_t used = 0;
	text[0] = 0;
	if (query->nodes || journal_reader_seek(query->reader, at, DUE_REPLICAS, &ignored) < 0 ||
	    journal_reader_next(query->reader, &tick, &ignored) <= 0)
		return text;
	const struct core_config *config = &tick->head->config;
	for (uint32_t i = 0; i < config->n_autoscalers && used + 1 < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%.63s/%.63s", i ? ", " : "; it has ",
					 config->autoscalers[i].namespace_, config->autoscalers[i].name);
	return text;
}

static int not_found(const struct query *query, struct err *err)
{
	char since[CALENDAR_TEXT], until[CALENDAR_TEXT], names[200];
	struct visible name = visible(query->name, strlen(query->name), 80);
	if (query->span)
		return err_set(err, "journal %s: no decision about %s from %s to %s%s", query->path, name.text,
			       calendar_format(query->since, since), calendar_format(query->until, until),
			       known(query, query->since, names, sizeof names));
	return err_set(err, "journal %s: no decision about %s at or before %s%s", query->path, name.text,
		       calendar_format(query->at, until), known(query, query->at, names, sizeof names));
}

static int explain_one(const struct query *query, struct err *err)
{
	const struct journal_tick *tick;
	uint32_t autoscaler = 0;
	int64_t id = 0;
	ms_t at = query->at, begins;
	int status;
	while ((status = last_in_segment(query, at, &id, &begins, err)) == 0 && id == 0 && begins <= at)
		at = begins - 1;
	if (status < 0 || id == 0)
		return status < 0 ? -1 : not_found(query, err);
	if (journal_reader_seek(query->reader, at, query->nodes ? DUE_NODES : DUE_REPLICAS, err) < 0)
		return -1;
	while ((status = journal_reader_next(query->reader, &tick, err)) > 0 && tick->id < id)
		;
	if (status <= 0 || decides(query, tick, &autoscaler, err) <= 0)
		return status < 0 ? -1 : not_found(query, err);
	print_one(query, tick, autoscaler);
	return 0;
}

/* ---- a span ---- */

static const struct table_column columns[] = {
    {"time", "TIME", false},       {"from", NULL, true},  {"to", NULL, true}, /* the sentence has them */
    {"outcome", "OUTCOME", false}, {"why", "WHY", false},
};
static const struct table_column node_columns[] = {
    {"time", "TIME", false},       {"actions", NULL, true}, {"accepted", NULL, true},
    {"outcome", "OUTCOME", false}, {"why", "WHY", false},
};

static void add_outcome(struct table *table, struct explain_outcome outcome)
{
	if (*outcome.text)
		table_text_brief(table, outcome.text, outcome.brief);
	else
		table_text(table, "-");
}

static void add_nodes(const struct journal_tick *tick, struct table *table)
{
	char sentence[512], text[64];
	uint32_t actions = 0, accepted = 0;
	for (uint32_t i = 0; i < tick->plan.n_actions; i++) {
		bool of_nodes = tick->plan.actions[i].kind != ACTION_SCALE;
		actions += of_nodes;
		accepted += of_nodes && tick->accepted[i];
	}
	table_integer(table, actions);
	table_integer(table, accepted);
	add_outcome(table, explain_nodes_outcome(tick, text, sizeof text));
	explain_nodes_sentence(tick, sentence, sizeof sentence);
	table_text(table, sentence);
}

static void add_decision(const struct journal_tick *tick, uint32_t autoscaler, struct table *table)
{
	char sentence[2048];
	const struct hpa_decision *decision = &tick->plan.decisions[autoscaler];
	const int32_t replicas[] = {decision->current, decision->desired};
	for (size_t i = 0; i < COUNT(replicas); i++)
		if (hpa_is_lost(decision))
			table_none(table);
		else
			table_integer(table, replicas[i]);
	add_outcome(table, explain_outcome(tick, autoscaler));
	hpa_explain(&tick->head->config.autoscalers[autoscaler], decision, sentence, sizeof sentence);
	table_text(table, sentence);
}

static void add_row(const struct query *query, const struct journal_tick *tick, uint32_t autoscaler,
		    struct table *table)
{
	char at[CALENDAR_TEXT];
	table_text(table, calendar_format(tick->wall, at));
	if (query->nodes)
		add_nodes(tick, table);
	else
		add_decision(tick, autoscaler, table);
}

static int explain_span(const struct query *query, struct err *err)
{
	const struct journal_tick *tick;
	struct table table;
	uint32_t autoscaler = 0;
	bool any = false;
	int status = journal_reader_seek(query->reader, query->since, 0, err);
	if (query->nodes)
		table_init(&table, node_columns, COUNT(node_columns));
	else
		table_init(&table, columns, COUNT(columns));
	while (status == 0 && (status = journal_reader_next(query->reader, &tick, err)) > 0) {
		if (tick->wall > query->until) {
			status = 0;
			break;
		}
		int found = tick->wall >= query->since ? decides(query, tick, &autoscaler, err) : 0;
		any |= found > 0;
		if (found > 0)
			add_row(query, tick, autoscaler, &table);
		status = found < 0 ? -1 : 0;
	}
	if (status == 0)
		status = any ? table_print(&table, query->format, stdout, err) : not_found(query, err);
	table_free(&table);
	return status;
}

static int explain(const struct verb *verb, int argc, char **argv)
{
	struct query query = {0};
	struct err err;
	int status = parse(verb, argc, argv, &query, &err);
	if (status == 0 && (open_journal(&query, &err) < 0 ||
			    (query.span ? explain_span(&query, &err) : explain_one(&query, &err)) < 0))
		status = -1;
	journal_reader_close(query.reader);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_explain = {
    .name = "explain",
    .summary = "why a decision was made, out of the journal, with every number behind it",
    .synopsis = "[NAMESPACE/]NAME|nodes [--at TIME | --since TIME --until TIME]",
    .description =
	"Prints the decision of an autoscaler, or about nodes, at or before a moment: the metric, its ratio and "
	"tolerance, the pods and what was made of each, what was asked for, what the windows, policies and limits "
	"left of it, and what was accepted. Times are UTC.",
    .options = options,
    .n_options = COUNT(options),
    .run = explain,
};
