#include "../io/text/path.h"
#include "market.h"

const char *purchase_text(const struct commitment *bought, const char *currency, char text[PURCHASE_TEXT])
{
	const char *family = bought->family ? bought->family : "any type";
	if (bought->kind == COMMIT_RESERVED)
		snprintf(text, PURCHASE_TEXT, "%.6g %s", (double)bought->count_milli / 1000, bought->sku);
	else if (bought->kind == COMMIT_RESOURCE)
		snprintf(text, PURCHASE_TEXT, "%.6g vCPU and %.6g GiB of %s", (double)bought->count_milli / 1000,
			 (double)bought->memory_bytes / (double)GIB, family);
	else
		snprintf(text, PURCHASE_TEXT, "%.4f %s/h on %s", from_nano(bought->nano_per_hour), currency, family);
	return text;
}

/* ---- what was asked for ---- */

#define KIND(kind) (1u << (kind))
static const struct {
	const char *word;
	unsigned kinds;
} words[] = {
    {"", ~0u},
    {"reserved-", KIND(COMMIT_RESERVED)},
    {"savings-", KIND(COMMIT_INSTANCE_SAVINGS) | KIND(COMMIT_COMPUTE_SAVINGS)},
    {"instance-savings-", KIND(COMMIT_INSTANCE_SAVINGS)},
    {"compute-savings-", KIND(COMMIT_COMPUTE_SAVINGS)},
    {"resource-", KIND(COMMIT_RESOURCE)},
    {"flexible-", KIND(COMMIT_FLEXIBLE)},
};

static bool purchase_word(const char *name, struct tender *tender)
{
	size_t length = strlen(name);
	if (length < 2 || (strcmp(name + length - 2, "1y") != 0 && strcmp(name + length - 2, "3y") != 0))
		return false;
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i].word) == length - 2 && strncmp(words[i].word, name, length - 2) == 0) {
			tender->buy = true;
			tender->kinds = words[i].kinds;
			tender->term_months = name[length - 2] == '1' ? 12 : 36;
			return true;
		}
	return false;
}

/* "plans/ours.yaml" is called ours. */
static const char *plain_name(struct arena *arena, const char *path)
{
	const char *name = path_base(path), *dot = strrchr(name, '.');
	bool yaml = dot && dot > name && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
	return arena_strndup(arena, name, yaml ? (size_t)(dot - name) : strlen(name));
}

int tender_read(const char *data_directory, const char *name, struct arena *arena, struct tender *tender,
		struct err *err)
{
	*tender = (struct tender){.name = name};
	bool buy = purchase_word(name, tender);
	if (price_plan_read(data_directory, buy ? "on-demand" : name, arena, &tender->plan, err) < 0)
		return err_wrap(err, "--plan");
	tender->name = plain_name(arena, name);
	tender->plan.name = tender->name;
	return tender->name ? 0 : err_set(err, "out of memory");
}

/* ---- what there is ---- */

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static const char *family_of(const struct price_list *list, const struct commitment_rate *rate)
{
	if (rate->family)
		return rate->family;
	return rate->sku < list->n_skus && list->skus[rate->sku].type ? list->skus[rate->sku].type->family : NULL;
}

/* "*" is any that is used. */
static bool named(const char *wanted, const char *is)
{
	return wanted && is && (strcmp(wanted, "*") == 0 || strcmp(wanted, is) == 0);
}

static bool covers_any(const struct price_list *list, const struct commitment_rate *rate, const uint32_t *skus,
		       uint32_t n)
{
	for (uint32_t g = 0; g < n; g++) {
		const struct sku *sku = &list->skus[skus[g]];
		if (rate->sku < list->n_skus ? same(list->skus[rate->sku].id, sku->id)
					     : !rate->family || same(rate->family, sku->type->family))
			return true;
	}
	return false;
}

/* As the bill takes them (models/commitment.c). A share of the usage needs usage that it could cover. */
static bool rate_meets(const struct price_list *list, const struct commitment_rate *rate,
		       const struct commitment *bought, const uint32_t *skus, uint32_t n)
{
	if (rate->kind != bought->kind || rate->term_months != bought->term_months ||
	    rate->payment != bought->payment || (bought->cover_ppm && !covers_any(list, rate, skus, n)))
		return false;
	switch (bought->kind) {
	case COMMIT_RESERVED:
		return rate->offering == bought->offering && rate->sku < list->n_skus &&
		       named(bought->sku, list->skus[rate->sku].id);
	case COMMIT_INSTANCE_SAVINGS:
	case COMMIT_RESOURCE:
		return named(bought->family, family_of(list, rate));
	default:
		return true;
	}
}

static bool sold(const struct price_list *list, const struct commitment *bought, const uint32_t *skus, uint32_t n)
{
	for (uint32_t r = 0; r < list->n_rates; r++)
		if (rate_meets(list, &list->rates[r], bought, skus, n))
			return true;
	return false;
}

/* Plans that come with the program begin with their provider's name. */
static bool of_another(const struct tender *tender, enum provider provider)
{
	for (int other = 0; other < PROVIDER_COUNT; other++)
		if (other != (int)provider && provider_below((enum provider)other, tender->name, '-'))
			return true;
	return false;
}

static int not_sold(const struct market *market, const struct commitment *bought, struct err *err)
{
	const char *subject = bought->kind == COMMIT_RESERVED ? bought->sku : bought->family;
	bool some = subject && strcmp(subject, "*") != 0;
	return err_set(err, "%s has no price for: %s%s%s, %d months, %s", market->region,
		       commitment_names[bought->kind], some ? " " : "", some ? subject : "", bought->term_months,
		       payment_names[bought->payment]);
}

static bool term_sold(const struct price_list *list, const struct tender *tender)
{
	for (uint32_t r = 0; r < list->n_rates; r++)
		if (list->rates[r].term_months == tender->term_months && (tender->kinds & KIND(list->rates[r].kind)))
			return true;
	return false;
}

int market_sells(const struct market *market, const struct tender *tender, const uint32_t *skus, uint32_t n,
		 struct err *err)
{
	const struct price_plan *plan = &tender->plan;
	bool spot = false;
	if (of_another(tender, market->list.book.provider))
		return err_set(err, "a plan of another provider");
	for (uint32_t c = 0; c < plan->n_commitments; c++)
		if (!sold(&market->list, &plan->commitments[c], skus, n))
			return not_sold(market, &plan->commitments[c], err);
	if (tender->buy && !term_sold(&market->list, tender))
		return err_set(err, "%s has no price for such a commitment", market->region);
	for (uint32_t g = 0; g < n; g++)
		spot |= market->list.skus[skus[g]].spot_nano >= 0;
	if (plan->spot && !spot)
		return err_set(err, "%s has no spot price for %s", market->region, market->list.skus[skus[0]].id);
	return 0;
}

/* Whether one of the used types falls under the rate. */
static bool concerns(const struct price_list *list, const struct commitment_rate *rate,
		     const struct hourly_usage *hours)
{
	for (uint32_t c = 0; c < hours->n_skus; c++) {
		const struct sku *used = &list->skus[hours->sku_of[c]];
		if (rate->sku < list->n_skus ? same(list->skus[rate->sku].id, used->id)
					     : !rate->family || (used->type && same(rate->family, used->type->family)))
			return true;
	}
	return false;
}

/* Rates that are bought as one: a savings plan has a rate for each type. */
static bool one_offer(const struct price_list *list, const struct commitment_rate *a, const struct commitment_rate *b)
{
	if (a->kind != b->kind || a->term_months != b->term_months || a->payment != b->payment ||
	    a->offering != b->offering)
		return false;
	switch (a->kind) {
	case COMMIT_RESERVED:
		return a->sku == b->sku;
	case COMMIT_INSTANCE_SAVINGS:
	case COMMIT_RESOURCE:
		return same(family_of(list, a), family_of(list, b));
	default:
		return true;
	}
}

int market_offers(const struct market *market, const struct hourly_usage *hours, unsigned kinds, int32_t term_months,
		  struct arena *arena, const struct commitment_rate ***offers, uint32_t *n, struct err *err)
{
	const struct price_list *list = &market->list;
	*n = 0;
	*offers = arena_alloc(arena, list->n_rates, sizeof **offers);
	if (!*offers)
		return err_set(err, "out of memory");
	for (uint32_t r = 0; r < list->n_rates; r++) {
		const struct commitment_rate *rate = &list->rates[r];
		bool known = false;
		if (!(kinds & KIND(rate->kind)) || (term_months && rate->term_months != term_months) ||
		    !concerns(list, rate, hours))
			continue;
		for (uint32_t i = 0; i < *n && !known; i++)
			known = one_offer(list, (*offers)[i], rate);
		if (!known)
			(*offers)[(*n)++] = rate;
	}
	return 0;
}

int market_plan(const struct market *market, const struct tender *tender, const struct hourly_usage *hours,
		struct arena *arena, struct price_plan *plan, struct err *err)
{
	const struct commitment_rate **offers;
	struct purchase best = {0}, purchase;
	uint32_t n;
	const struct price_plan *settled;
	*plan = tender->plan;
	if (!tender->buy) {
		if (plan_cover(&market->list, &tender->plan, hours, arena, &settled, err) < 0)
			return -1;
		*plan = *settled;
		return 0;
	}
	if (market_offers(market, hours, tender->kinds, tender->term_months, arena, &offers, &n, err) < 0)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (best_purchase(&market->list, hours, offers[i], arena, &purchase, err) < 0)
			return -1;
		if (i == 0 || purchase.cost_nano < best.cost_nano)
			best = purchase;
	}
	if (n == 0 || best.cost_nano >= best.on_demand_nano)
		return 0;
	plan->commitments = arena_alloc(arena, 1, sizeof *plan->commitments);
	if (!plan->commitments)
		return err_set(err, "out of memory");
	plan->commitments[0] = best.commitment;
	plan->n_commitments = 1;
	return 0;
}
