/* `bill --check`: a provider's invoice against the price lists, line by line. Private to cmd. */
#ifndef PLIMSOLL_BILL_CHECK_H
#define PLIMSOLL_BILL_CHECK_H

#include "../io/invoice/invoice.h"
#include "../io/invoice/invoice_price.h"
#include "../io/report/table.h"

struct bill_check_options {
	const char *invoice; /* path, "-": standard input */
	const char *data;    /* NULL: as datadir.h finds it */
	const char *rate;    /* units of the invoice's currency for a dollar; NULL: the lines', else inferred */
	enum table_format format;
};

/* Prints the comparison. EXIT_DONE: all priced lines agree; EXIT_DIFFERENT: some do not; -1 with a message. */
int bill_check(const struct bill_check_options *, FILE *, struct err *);

enum check_status {
	CHECK_AGREES,   /* to the last digit printed */
	CHECK_ROUNDING, /* within what the printed digits, or a sum of rounded parts, leave open */
	CHECK_DIFFERS,
	CHECK_UNPRICED,
	CHECK_STATUSES,
};
extern const char *const check_status_names[CHECK_STATUSES];

/* Amounts are in 10^-places of the invoice's currency. */
struct checked {
	enum check_status status;
	int64_t printed, ours; /* ours: 0 where there is no price */
	const char *why;       /* DIFFERS, UNPRICED */
};

enum rate_origin { RATE_NONE, RATE_GIVEN, RATE_LINES, RATE_INFERRED };

struct bill_checked {
	struct invoice_file invoice;
	struct invoice_prices *prices;
	struct item_price *items; /* by invoice item */
	struct checked *lines;    /* by charge */
	int places;
	enum rate_origin origin;
	int64_t rate_nano;
	uint32_t rate_line, rate_fits, rate_tried; /* INFERRED: the line it was taken from, how many fit */
	struct arena arena;
};

int bill_check_compute(const struct bill_check_options *, struct bill_checked *, struct err *);
int bill_check_print(const struct bill_checked *, enum table_format, FILE *, struct err *);
void bill_checked_free(struct bill_checked *);

#endif
