/* What the files of the core share: all that it remembers. */
#ifndef PLIMSOLL_CORE_INTERNAL_H
#define PLIMSOLL_CORE_INTERNAL_H

#include "core.h"
#include "guards.h"
#include "nodes.h"
#include "phase.h"

struct core {
	const struct core_config config;
	struct phase phase;
	struct hpa **autoscalers;
	struct nodes nodes;
	struct guards guards;
	struct hpa_decision *decisions;
	struct action *actions;
	bool *accepted;
};

#endif
