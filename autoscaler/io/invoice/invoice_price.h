/* The public price of what an invoice's line is for: data/prices/invoice_skus.csv and the price lists beside it. */
#ifndef PLIMSOLL_INVOICE_PRICE_H
#define PLIMSOLL_INVOICE_PRICE_H

#include "invoice.h"

struct invoice_prices;

struct item_price {
	const char *unknown; /* why there is no price; NULL: there is one */
	struct charge_price price;
	const char *region; /* as the price lists name it */
	const char *source, *as_of;
};

/* data_directory NULL: as datadir.h finds it. */
struct invoice_prices *invoice_prices_read(const char *data_directory, struct err *);
/* Texts and tiers live as long as the prices. Fails only for want of memory or of readable lists. */
int invoice_price_find(struct invoice_prices *, const struct invoice_item *, struct item_price *, struct err *);
void invoice_prices_free(struct invoice_prices *);

#endif
