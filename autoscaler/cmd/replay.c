/* Every tick of a journal through the core once more: the same snapshots must give the same plans. */
#include "../io/journal/journal_read.h"
#include "../io/text/path.h"
#include "cmd.h"
#include "moment.h"
#include "progress.h"
#include "replay_diff.h"
#include "visible.h"

enum { FROM, UNTIL, HELP };

static const struct option_row options[] = {
    [FROM] = {"from", 0, "TIME", "compare from there on: 10:15, -5m, a date or RFC 3339"},
    [UNTIL] = {"until", 0, "TIME", "and up to there"},
    [HELP] = OPTION_HELP,
};

struct replay {
	const char *path, *from_text, *until_text;
	char usual[PATH_SIZE];
	ms_t from, until;
	struct journal_reader *reader;
	struct arena arena; /* of the core */
	struct core *core;
	struct record_bytes recorded, now;
	uint64_t segments, ticks, decisions, actions, different;
};

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct replay *replay = self;
	(void)err;
	*(option == FROM ? &replay->from_text : &replay->until_text) = value;
	return 0;
}

static int parse(const struct verb *verb, int argc, char **argv, struct replay *replay, struct err *err)
{
	int rest, status = options_parse(verb, argc, argv, take_option, replay, &rest, err);
	if (status)
		return status;
	if (argc - rest > 1)
		return err_set(err, "one journal at a time; what is '%s'?",
			       visible(argv[rest + 1], strlen(argv[rest + 1]), 40).text);
	replay->path = replay->usual;
	if (rest == argc)
		return journal_default(replay->usual, sizeof replay->usual, err);
	replay->path = argv[rest];
	return 0;
}

static int open_journal(struct replay *replay, struct err *err)
{
	ms_t first, last;
	replay->reader = journal_reader_open(replay->path, err);
	int found = replay->reader ? journal_reader_span(replay->reader, &first, &last, err) : -1;
	if (found <= 0)
		return found < 0 ? -1 : err_set(err, "journal %s: it has no tick", replay->path);
	replay->from = first;
	replay->until = last;
	if ((replay->from_text && moment_parse("from", replay->from_text, first, last, &replay->from, err) < 0) ||
	    (replay->until_text && moment_parse("until", replay->until_text, first, last, &replay->until, err) < 0))
		return -1;
	return journal_reader_seek(replay->reader, replay->from, 0, err);
}

static int begin_segment(struct replay *replay, const struct journal_tick *tick, struct err *err)
{
	arena_free(&replay->arena);
	replay->core = core_new(&tick->head->config, &replay->arena, err);
	if (!replay->core || core_restore(replay->core, tick->head->state, tick->head->n_state, err) < 0)
		return err_wrap(err, "journal %s: segment %lld", replay->path, (long long)tick->segment);
	replay->segments++;
	return 0;
}

static int compare(struct replay *replay, const struct journal_tick *tick, const struct plan *plan, struct err *err)
{
	const struct record_layout *layout = &tick->head->layout;
	if (record_plan_encode(layout, &tick->plan, &replay->recorded, err) < 0 ||
	    record_plan_encode(layout, plan, &replay->now, err) < 0)
		return -1;
	replay->ticks++;
	replay->decisions += plan->n_decisions + (plan->nodes.reason != NODES_NOT_DUE);
	replay->actions += plan->n_actions;
	if (replay->recorded.size == replay->now.size &&
	    memcmp(replay->recorded.at, replay->now.at, replay->now.size) == 0)
		return 0;
	if (replay->different++ == 0)
		replay_diff_print(tick, plan, stdout);
	return 0;
}

static int run_tick(struct replay *replay, const struct journal_tick *tick, struct err *err)
{
	struct plan plan;
	if (tick->first && begin_segment(replay, tick, err) < 0)
		return -1;
	if (core_step(replay->core, &tick->snapshot, &plan, err) < 0)
		return err_wrap(err, "journal %s: tick %lld", replay->path, (long long)tick->id);
	if (tick->wall >= replay->from && compare(replay, tick, &plan, err) < 0)
		return -1;
	core_settle(replay->core, &tick->plan, tick->accepted);
	return 0;
}

static int run_all(struct replay *replay, struct err *err)
{
	const struct journal_tick *tick;
	int status;
	while ((status = journal_reader_next(replay->reader, &tick, err)) > 0 && tick->wall <= replay->until)
		if (run_tick(replay, tick, err) < 0)
			return -1;
	return status < 0 ? -1 : 0;
}

static void print_summary(const struct replay *replay, double seconds)
{
	if (replay->different)
		printf("%llu of ", (unsigned long long)replay->different);
	printf("%llu tick%s %s.\n%llu segment%s, %llu decisions, %llu actions; %.2f s, %.0f ticks/s\n",
	       (unsigned long long)replay->ticks, replay->ticks == 1 ? "" : "s",
	       replay->different ? "have another plan now" : "give the same plans, byte for byte",
	       (unsigned long long)replay->segments, replay->segments == 1 ? "" : "s",
	       (unsigned long long)replay->decisions, (unsigned long long)replay->actions, seconds,
	       (double)replay->ticks / (seconds > 1e-6 ? seconds : 1e-6));
}

static int replay(const struct verb *verb, int argc, char **argv)
{
	struct replay run = {0};
	struct err err;
	double started = seconds_now();
	int status = parse(verb, argc, argv, &run, &err);
	bool asked = status == 0;
	if (asked && (open_journal(&run, &err) < 0 || run_all(&run, &err) < 0))
		status = -1;
	if (asked && status == 0)
		print_summary(&run, seconds_now() - started);
	journal_reader_close(run.reader);
	record_bytes_free(&run.recorded);
	record_bytes_free(&run.now);
	arena_free(&run.arena);
	if (status < 0)
		return verb_refuse(verb, &err);
	return run.different ? EXIT_DIFFERENT : EXIT_DONE;
}

const struct verb verb_replay = {
    .name = "replay",
    .summary = "feed a journal's snapshots to the core again, and compare the plans",
    .synopsis = "[JOURNAL] [--from TIME] [--until TIME]",
    .description =
	"Makes a core of the specs, settings and state that each segment of the journal begins with, shows it every "
	"snapshot that was recorded, and compares its plans with those that were recorded, byte for byte. Exit status "
	"1, "
	"with the first difference, when they are not the same. Without JOURNAL: $PLIMSOLL_JOURNAL, or "
	"~/.local/state/plimsoll/journal.db.",
    .options = options,
    .n_options = COUNT(options),
    .run = replay,
};
