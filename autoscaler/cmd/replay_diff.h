/* Two plans side by side. Private to cmd. */
#ifndef PLIMSOLL_REPLAY_DIFF_H
#define PLIMSOLL_REPLAY_DIFF_H

#include "../io/journal/journal_read.h"

/* One line for each field in which the plan that was recorded and the one that is made now differ; all that the journal
 * has a column for is compared. */
void replay_diff_print(const struct journal_tick *recorded, const struct plan *now, FILE *);

#endif
