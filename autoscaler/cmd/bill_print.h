/* Bills on paper. Private to cmd. */
#ifndef PLIMSOLL_BILL_PRINT_H
#define PLIMSOLL_BILL_PRINT_H

#include "billing.h"

/* Lines of all months together, by kind with a subtotal each; then the total beside the list price. */
int bill_print_table(const struct price_list *, const struct bill *, FILE *, struct err *);
/* Every line of every bill. Amounts are exact. */
int bill_print_csv(const struct price_list *, const struct bill *, size_t n_bills, FILE *, struct err *);
int bill_print_json(const struct price_list *, const struct bill *, size_t n_bills, FILE *, struct err *);

/* What the same usage costs at list prices: no commitments, no discounts, no taxes. */
int64_t bill_list_nano(const struct bill *);
/* What list prices would cost more than the bill, taxes apart. */
int64_t bill_saving_nano(const struct bill *);

#endif
