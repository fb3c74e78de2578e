/* What a run printed: for people and for programs. Private to cmd. */
#ifndef PLIMSOLL_REPORT_H
#define PLIMSOLL_REPORT_H

#include "../io/report/table.h"
#include "allocate.h"
#include "sim.h"
#include "usage.h"

struct report {
	const struct sim_params *params;
	const struct sim_result *result;
	const struct invoice *invoice;
	const struct run_allocation *allocation;
	const char *load, *region; /* as the user named them */
	const char *label;         /* to sum costs by; NULL: none */
};

int report_print(const struct report *, enum table_format, FILE *, struct err *);

#endif
