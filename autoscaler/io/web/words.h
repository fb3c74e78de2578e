/* Numbers as people read them. Private to this folder. */
#ifndef PLIMSOLL_WEB_WORDS_H
#define PLIMSOLL_WEB_WORDS_H

#include "plan.h"

struct words {
	char text[64];
};

struct words words_count(uint64_t);                                      /* "1,234,567" */
struct words words_counted(uint64_t, const char *one, const char *many); /* "1 node", "1,234 nodes" */
/* "$12.34", "$0.042", "$9,008" from 1,000 on; "12.34 EUR" in any other currency than USD; what is not the code of a
 * currency is left out. Below a thousandth: "under $0.001". */
struct words words_money(int64_t nano, const char *currency);
/* A month of 730 hours. */
struct words words_month(int64_t nano_per_hour, const char *currency);
struct words words_span(ms_t);       /* "12 s", "3 min", "2 h 5 min", "4 d 3 h" */
struct words words_bytes(int64_t);   /* "12.3 MiB" */
struct words words_clock(ms_t wall); /* "14:25:05 UTC" */
/* A condition of an autoscaler in plain words; NULL when it is not one that is known. */
const char *words_reason(const char *condition);
const char *words_nodes(enum node_reason);

#endif
