/* Where the files that come with the program are: $PLIMSOLL_HOME, beside the program, or where it was installed. */
#ifndef PLIMSOLL_DATADIR_H
#define PLIMSOLL_DATADIR_H

#include "base.h"

/* Path of "data/prices", "plots/replay.gp" ...; an error says where was looked. */
int datadir_find(const char *name, char *path, size_t size, struct err *err);

/* The folder of the price lists and plans: the one that was named, or the program's own (named NULL). */
int datadir_of(const char *named, char *path, size_t size, struct err *err);

#endif
