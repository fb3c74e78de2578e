/* What the forms of a table share. Private to table.c, table_human.c. */
#ifndef PLIMSOLL_TABLE_INTERNAL_H
#define PLIMSOLL_TABLE_INTERNAL_H

#include "table.h"

struct table_cell {
	const char *text;  /* NULL: nothing */
	const char *human; /* for people, when that differs */
	bool bare;         /* a number or a boolean: no quotes in JSON */
};

int table_print_human(const struct table *, FILE *, struct err *);

#endif
