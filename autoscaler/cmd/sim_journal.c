#include "recorded.h"

#include "loop.h"

#include <unistd.h>

/* All of the run is kept, in segments of a day. */
static const struct journal_limits limits = {MS_NEVER, INT64_MAX / 2, DAY_MS};

static const char *group_name(void *self, uint32_t group)
{
	const struct run_journal *journal = self;
	return group < journal->params->n_groups ? journal->params->groups[group].name : NULL;
}

static int begin(void *self, struct core *core, const struct core_config *config, struct journal *port, struct err *err)
{
	struct run_journal *journal = self;
	*port = journal_port(journal->file);
	return journal_begin(journal->file, core, config, config->start, err);
}

int sim_journal_open(struct run_journal *journal, const char *path, struct sim_params *params, struct err *err)
{
	const struct journal_names names = {.group = group_name, .self = journal};
	if (access(path, F_OK) == 0)
		return err_set(err, "--journal %s: it is there already; a run's journal is a new file", path);
	journal->params = params;
	journal->file = journal_open(path, &limits, &names, NULL, err);
	params->journal = (struct sim_journal){journal, begin};
	return journal->file ? 0 : -1;
}
