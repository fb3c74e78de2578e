#include "compare.h"

#include "visible.h"

#include <unistd.h>

/* ---- lists: "A,B", repeated ---- */

#define LIST_MAX 1000

static int split(const struct repeated *repeated, const char *option, struct arena *arena, const char ***items,
		 uint32_t *n, struct err *err)
{
	*items = arena_alloc(arena, LIST_MAX, sizeof **items);
	*n = 0;
	if (!*items)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < repeated->n; i++)
		for (const char *at = repeated->values[i];; at++) {
			size_t length = strcspn(at, ",");
			char *item = arena_strndup(arena, at, length);
			if (length == 0)
				return err_set(err, "--%s: an empty name in the list '%s'", option,
					       visible(repeated->values[i], strlen(repeated->values[i]), 80).text);
			if (!item || *n == LIST_MAX)
				return err_set(err, "--%s: more than %d names", option, LIST_MAX);
			for (uint32_t k = 0; k < *n; k++)
				if (strcmp((*items)[k], item) == 0)
					return err_set(err, "--%s: %s is named twice", option,
						       visible(item, length, 80).text);
			(*items)[(*n)++] = item;
			at += length;
			if (!*at)
				break;
		}
	return 0;
}

/* ---- policies ---- */

static bool exists(const char *path)
{
	return strcmp(path, "-") == 0 || access(path, F_OK) == 0;
}

/* The last part of a path, without slashes at its end. */
static char *last_part(struct arena *arena, const char *path)
{
	size_t end = strlen(path), start;
	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	return arena_strndup(arena, path + start, end - start);
}

/* "DIR", or "name=DIR". */
static int name_policy(struct compare *compare, const char *text, struct policy *policy, struct err *err)
{
	const char *equals = strchr(text, '=');
	bool named = equals && equals > text && !exists(text);
	policy->path = named ? equals + 1 : text;
	policy->name =
	    named ? arena_strndup(&compare->arena, text, (size_t)(equals - text)) : last_part(&compare->arena, text);
	return policy->name ? 0 : err_set(err, "out of memory");
}

static int read_policies(struct compare *compare, struct err *err)
{
	const struct repeated *paths = &compare->request.policies;
	compare->policies = arena_alloc(&compare->arena, paths->n, sizeof *compare->policies);
	if (!compare->policies)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < paths->n; i++) {
		struct policy *policy = &compare->policies[i];
		if (name_policy(compare, paths->values[i], policy, err) < 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (strcmp(policy->name, compare->policies[k].name) == 0)
				return err_set(err, "-f: two policies are called %s; name them: -f NAME=DIR",
					       visible(policy->name, strlen(policy->name), 60).text);
		compare->n_policies++;
		if (scenario_manifests(&policy->path, 1, paths->n > 1 ? policy->name : NULL, &policy->manifests, err) <
		    0)
			return -1;
	}
	return 0;
}

/* ---- price lists and plans ---- */

static int read_markets(struct compare *compare, struct err *err)
{
	const char **names;
	uint32_t n;
	if (split(&compare->request.prices, "price", &compare->arena, &names, &n, err) < 0)
		return -1;
	compare->markets = arena_alloc(&compare->arena, n, sizeof *compare->markets);
	if (!compare->markets)
		return err_set(err, "out of memory");
	while (compare->n_markets < n) {
		uint32_t at = compare->n_markets++;
		if (market_open(compare->request.data, names[at], &compare->markets[at], err) < 0)
			return -1;
	}
	return 0;
}

static uint32_t charge_of(struct compare *compare, const struct price_plan *plan)
{
	for (uint32_t i = 0; i < compare->n_charges; i++)
		if (compare->charges[i]->min_charge_ms == plan->min_charge_ms)
			return i;
	compare->charges[compare->n_charges] = plan;
	return compare->n_charges++;
}

static int read_tenders(struct compare *compare, struct err *err)
{
	static const char *const only[] = {"on-demand"};
	const char **names = NULL;
	uint32_t n = 0;
	if (compare->request.plans.n == 0)
		repeated_add(&compare->request.plans, "plan", only[0], err);
	if (split(&compare->request.plans, "plan", &compare->arena, &names, &n, err) < 0)
		return -1;
	compare->tenders = arena_alloc(&compare->arena, n, sizeof *compare->tenders);
	compare->charges = arena_alloc(&compare->arena, n, sizeof *compare->charges);
	compare->charge_of = arena_alloc(&compare->arena, n, sizeof *compare->charge_of);
	if (!compare->tenders || !compare->charges || !compare->charge_of)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		struct tender *tender = &compare->tenders[compare->n_tenders++];
		if (tender_read(compare->request.data, names[i], &compare->arena, tender, err) < 0)
			return -1;
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(tender->name, compare->tenders[k].name) == 0)
				return err_set(err, "--plan: two plans are called %s",
					       visible(tender->name, strlen(tender->name), 60).text);
		compare->charge_of[i] = charge_of(compare, &tender->plan);
	}
	return 0;
}

/* ---- the product ---- */

int compare_skip(struct compare *compare, struct err *err, const char *format, ...)
{
	char text[ERR_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	struct comparison *result = &compare->result;
	const char **skipped =
	    arena_grown(&compare->arena, result->skipped, result->n_skipped, &compare->skipped_room, sizeof *skipped);
	char *kept = arena_strdup(&compare->arena, text);
	if (!skipped || !kept)
		return err_set(err, "out of memory");
	result->skipped = skipped;
	result->skipped[result->n_skipped++] = kept;
	fprintf(stderr, "skipped: %s\n", text);
	return 0;
}

static struct shape *add_shape(struct compare *compare)
{
	struct shape *shapes =
	    arena_grown(&compare->arena, compare->shapes, compare->n_shapes, &compare->shapes_room, sizeof *shapes);
	if (!shapes)
		return NULL;
	compare->shapes = shapes;
	return &shapes[compare->n_shapes++];
}

/* Where node policies look at the price, and have a choice, each plan is a simulation of its own. */
static int add_shapes(struct compare *compare, const struct shape *shape, struct err *err)
{
	bool by_plan =
	    shape->n_groups > 1 && compare->settings.ca.enabled && compare->settings.ca.expander == EXPANDER_PRICE;
	for (uint32_t t = 0; t < (by_plan ? compare->n_tenders : 1); t++) {
		struct shape *added = add_shape(compare);
		if (!added)
			return err_set(err, "out of memory");
		*added = *shape;
		added->tender = by_plan ? t : COMPARE_ALL;
	}
	return 0;
}

static int auto_nodes(struct compare *compare, struct shape *shape, struct err *err)
{
	const struct market *market = &compare->markets[shape->market];
	shape->groups = arena_alloc(&compare->arena, 1, sizeof *shape->groups);
	shape->n_groups = 1;
	if (!shape->groups)
		return err_set(err, "out of memory");
	if (scenario_cheapest(&market->list.book, &compare->policies[shape->policy].manifests, market->region,
			      shape->groups, err) < 0)
		return -1;
	shape->nodes = shape->groups->name;
	return 0;
}

/* "aws/us-east-1=m5.xlarge": for one price list; "m5.xlarge": for those that have it. */
static bool nodes_for(const char *nodes, const struct market *market, const char **rest)
{
	const char *equals = strchr(nodes, '=');
	size_t length = equals ? (size_t)(equals - nodes) : 0;
	*rest = equals ? equals + 1 : nodes;
	return !equals || (strlen(market->region) == length && strncmp(nodes, market->region, length) == 0);
}

/* Node types that a price list does not have are left out of it. */
static int one_shape(struct compare *compare, const char *nodes, struct shape *shape, bool *found, struct err *err)
{
	const struct market *market = &compare->markets[shape->market];
	if (!nodes_for(nodes, market, &shape->nodes))
		return 0;
	if (strcmp(shape->nodes, "auto") == 0) {
		if (auto_nodes(compare, shape, err) < 0)
			return -1;
	} else if (compare->n_markets > 1 && !strchr(nodes, '=') &&
		   !scenario_groups_sold(&market->list.book, shape->nodes)) {
		return shape->policy > 0
			   ? 0
			   : compare_skip(compare, err, "%s is not sold in %s", shape->nodes, market->region);
	} else if (scenario_groups(&market->list.book, shape->nodes, &compare->arena, &shape->groups, &shape->n_groups,
				   err) < 0) {
		return -1;
	}
	*found = true;
	if (market_skus(market, shape->groups, shape->n_groups, &compare->arena, &shape->skus, err) < 0)
		return -1;
	return add_shapes(compare, shape, err);
}

static int make_shapes(struct compare *compare, struct err *err)
{
	const char **nodes = NULL;
	uint32_t n = 0;
	if (compare->request.nodes.n == 0)
		repeated_add(&compare->request.nodes, "node", "auto", err);
	if (split(&compare->request.nodes, "node", &compare->arena, &nodes, &n, err) < 0)
		return -1;
	for (uint32_t k = 0; k < n; k++) {
		bool found = false;
		for (uint32_t p = 0; p < compare->n_policies; p++)
			for (uint32_t m = 0; m < compare->n_markets; m++) {
				struct shape shape = {.policy = p, .market = m};
				if (one_shape(compare, nodes[k], &shape, &found, err) < 0)
					return -1;
			}
		if (!found)
			return err_set(err, "--node %s: none of the price lists has it",
				       visible(nodes[k], strlen(nodes[k]), 80).text);
	}
	return 0;
}

int compare_read(struct compare *compare, struct err *err)
{
	const struct compare_request *request = &compare->request;
	struct sim_params span;
	if (scenario_settings(&request->sets, NULL, &compare->settings, err) < 0 || read_policies(compare, err) < 0 ||
	    scenario_load(request->load, &compare->settings, &compare->load, err) < 0 ||
	    scenario_span(request->from, request->until, &compare->load, &span, err) < 0 ||
	    read_markets(compare, err) < 0 || read_tenders(compare, err) < 0)
		return -1;
	compare->from = span.from;
	compare->until = span.until;
	return make_shapes(compare, err);
}
