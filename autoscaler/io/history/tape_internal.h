#ifndef PLIMSOLL_TAPE_INTERNAL_H
#define PLIMSOLL_TAPE_INTERNAL_H

#include "tape.h"

#include <sqlite3.h>

#define TAPE_APPLICATION 0x506c5265 /* "PlRe" */
#define TAPE_VERSION     1
#define TAPE_BUSY_MS     5000

int tape_check(sqlite3 *, const char *path, struct err *);
int64_t tape_number(sqlite3 *, const char *sql); /* -1: none */

#endif
