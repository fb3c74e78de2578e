#include "explain.h"

static const struct explain_outcome nothing = {"", ""}, accepted = {"accepted", "accepted"},
				    refused = {"refused", "refused"},
				    cut_short = {"not known: the program ended before the answer; counted as refused",
						 "not known"};

static const struct explain_outcome withheld[] = {
    [WITHHELD_SHADOW] = {"withheld by --shadow", "withheld: shadow"},
    [WITHHELD_DRY_CLIENT] = {"withheld by --dry-run=client", "withheld: dry run"},
    [WITHHELD_DRY_SERVER] = {"withheld by --dry-run=server", "withheld: dry run"},
    [WITHHELD_STANDBY] = {"withheld: another replica led", "withheld: standby"},
};

struct explain_outcome explain_action_outcome(const struct journal_tick *tick, uint32_t action)
{
	if (tick->accepted[action])
		return accepted;
	if (tick->names.withheld != WITHHELD_NOT)
		return withheld[tick->names.withheld];
	return tick->settled ? refused : cut_short;
}

struct explain_outcome explain_outcome(const struct journal_tick *tick, uint32_t autoscaler)
{
	for (uint32_t i = 0; i < tick->plan.n_actions; i++)
		if (tick->plan.actions[i].kind == ACTION_SCALE && tick->plan.actions[i].source == autoscaler)
			return explain_action_outcome(tick, i);
	return nothing;
}

struct explain_outcome explain_nodes_outcome(const struct journal_tick *tick, char *text, size_t size)
{
	struct explain_outcome outcome = nothing;
	uint32_t actions = 0, done = 0;
	for (uint32_t i = 0; i < tick->plan.n_actions; i++) {
		if (tick->plan.actions[i].kind == ACTION_SCALE)
			continue;
		actions++;
		done += tick->accepted[i];
		outcome = explain_action_outcome(tick, i);
	}
	if (done == 0 || done == actions)
		return outcome;
	snprintf(text, size, "%u of %u accepted", done, actions);
	return (struct explain_outcome){text, text};
}
