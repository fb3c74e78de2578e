/* A decision of a journal in words. Private to cmd. */
#ifndef PLIMSOLL_EXPLAIN_H
#define PLIMSOLL_EXPLAIN_H

#include "../io/journal/journal_read.h"

#include <cjson/cJSON.h>

/* What became of an autoscaler's change of replicas, or of the nodes' actions: "accepted", "refused", "withheld by
 * --shadow", "not known: ...", or "" when there was nothing to do. brief: the same in two or three words. */
struct explain_outcome {
	const char *text, *brief;
};
struct explain_outcome explain_outcome(const struct journal_tick *, uint32_t autoscaler);
struct explain_outcome explain_action_outcome(const struct journal_tick *, uint32_t action);
/* Of all of the nodes' actions; "2 of 3 accepted" lives in text. */
struct explain_outcome explain_nodes_outcome(const struct journal_tick *, char *text, size_t size);

/* A line of a decision: its label and, folded beside it, what it says. */
void explain_line(const char *label, const char *text, FILE *);

/* In hpa_explain's words, and every number behind it. */
void explain_autoscaler_print(const struct journal_tick *, uint32_t autoscaler, FILE *);
cJSON *explain_autoscaler_json(const struct journal_tick *, uint32_t autoscaler);

/* One sentence. */
void explain_nodes_sentence(const struct journal_tick *, char *text, size_t size);
void explain_nodes_print(const struct journal_tick *, FILE *);
cJSON *explain_nodes_json(const struct journal_tick *);

#endif
