#include "bill_internal.h"

#include "calendar.h"

wide_t sku_unit(const struct sku *sku, ms_t month)
{
	switch (sku->rule) {
	case SKU_DISK:
		return (wide_t)1000 * calendar_month_ms(month);
	case SKU_QUANTITY:
		return 1000;
	default:
		return UNIT_MS;
	}
}

bool tier_amount(const struct sku *sku, wide_t amount, wide_t unit, wide_t *numerator)
{
	*numerator = 0;
	for (uint32_t i = 0; i < sku->n_tiers; i++) {
		const struct price_tier *tier = &sku->tiers[i];
		wide_t from = tier->from * unit, here, price;
		if (amount <= from)
			break;
		wide_t until = i + 1 < sku->n_tiers ? tier[1].from * unit : amount;
		here = (until < amount ? until : amount) - from;
		if (tier->price_nano < 0 || __builtin_mul_overflow(here, (wide_t)tier->price_nano, &price) ||
		    __builtin_add_overflow(*numerator, price, numerator))
			return false;
	}
	return true;
}

bool free_amount(const struct sku *sku, wide_t amount, wide_t unit, wide_t *free_units, wide_t *numerator)
{
	wide_t all, rest, most = sku->free_per_month * unit;
	*free_units = amount < most ? amount : most;
	if (!tier_amount(sku, amount, unit, &all) || !tier_amount(sku, amount - *free_units, unit, &rest))
		return false;
	*numerator = all - rest;
	return true;
}
