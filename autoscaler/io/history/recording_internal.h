#ifndef PLIMSOLL_RECORDING_INTERNAL_H
#define PLIMSOLL_RECORDING_INTERNAL_H

#include "recording.h"

#include <sqlite3.h>

#define RECORDING_APPLICATION 0x506c5265 /* "PlRe" */
#define RECORDING_VERSION     1
#define RECORDING_BUSY_MS     5000

int recording_check(sqlite3 *, const char *path, struct err *);
int64_t recording_number(sqlite3 *, const char *sql); /* -1: none */

#endif
