/* One price list of the book as rows of text: what an update makes and a comparison reads. price_load.c is the reader
 * of record; this one keeps every column of the list as it is written. */
#ifndef PLIMSOLL_PRICE_SHEET_H
#define PLIMSOLL_PRICE_SHEET_H

#include "../text/decimal.h"
#include "arena.h"
#include "price.h"

#define SHEET_COLUMNS 12
#define SHEET_PRICES  4

/* What is where in a provider's list. Columns 0 and 1 are the region and the name of what is priced. */
struct sheet_form {
	const char *file;
	const char *thing; /* "types", "families" */
	const char *columns[SHEET_COLUMNS];
	size_t n_columns, first_price, n_prices, n_on_demand; /* prices: those on demand first, then spot */
	size_t source, as_of;
};
extern const struct sheet_form sheet_forms[PROVIDER_COUNT];

enum { SHEET_REGION, SHEET_NAME };
/* Of the lists of instances. */
enum { SHEET_FAMILY = 2, SHEET_CLASS, SHEET_ARCH, SHEET_VCPU, SHEET_MEMORY, SHEET_GPUS };

struct sheet_row {
	const char *cell[SHEET_COLUMNS]; /* NULL: not said */
};

struct sheet {
	const struct sheet_form *form;
	struct arena arena; /* owns the rows and their text */
	struct sheet_row *rows;
	size_t n, room;
};

void sheet_init(struct sheet *, const struct sheet_form *);
void sheet_free(struct sheet *);
/* Reads FOLDER/FILE. Rows are in the order of sheet_sort. */
int sheet_read(struct sheet *, const struct sheet_form *, const char *folder, struct err *);
/* A new row without cells, valid until the next; NULL when memory is exhausted. */
struct sheet_row *sheet_add(struct sheet *);
/* By region, then name. */
void sheet_sort(struct sheet *);
/* In a sorted sheet; region NULL: in any. */
const struct sheet_row *sheet_find(const struct sheet *, const char *region, const char *name);
int sheet_row_order(const struct sheet_row *, const struct sheet_row *);
void sheet_write(const struct sheet *, FILE *);

/* Price p (0 is the first) of a row in billionths; -1 when there is none. */
int64_t sheet_price(const struct sheet_form *, const struct sheet_row *, size_t p);
/* Billionths as the shortest decimal: 192000000 is 0.192. */
struct sheet_nano {
	char text[DECIMAL_TEXT];
};
struct sheet_nano sheet_nano(int64_t nano);

#endif
