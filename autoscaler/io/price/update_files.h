/* The files of an update: the lock, the folder of downloads, and the exchange of the book. Private to the update. */
#ifndef PLIMSOLL_UPDATE_FILES_H
#define PLIMSOLL_UPDATE_FILES_H

#include "base.h"
#include "price_sheet.h"

struct update_files {
	char data[2048];   /* DIR */
	char prices[2100]; /* DIR/prices */
	char work[2200];   /* DIR/.update */
	int lock;          /* held while open; -1: not */
};

/* data NULL: as datadir.h finds it. Makes DIR/.update and locks it. */
int update_files_open(struct update_files *, const char *data, struct err *);
void update_files_close(struct update_files *);

/* The folder of a download, DIR/.update/NAME: emptied when what it holds was begun for another `manifest`. */
int update_work(const struct update_files *, const char *name, const char *manifest, char *path, size_t size,
		struct err *);
/* Removes a folder of files. */
void update_remove(const char *folder);
int update_copy(const char *from, const char *to, struct err *);

/* Writes the list into a copy of the book and checks that it reads, with each of these regions. 1: it is the list in
 * force, byte for byte; 0: it differs; -1: it is wrong. */
int update_stage(const struct update_files *, const struct sheet *, enum provider, const char *region, struct err *);
/* Keeps the book in force as DIR/prices.DATE, then puts the staged list into its place. */
int update_commit(const struct update_files *, const struct sheet *, const char *date, char *kept, size_t size,
		  struct err *);

#endif
