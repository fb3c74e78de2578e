#include "../io/invoice/focus.h"
#include "bill_check.h"
#include "bill_print.h"
#include "cmd.h"
#include "visible.h"

#include <stdlib.h>

#define PLANS_MAX 256

enum { USAGE, PRICE, PLAN, CHECK, RATE, OUTPUT, DATA, HELP };

static const struct option_row options[] = {
    [USAGE] = {"usage", 0, "FILE.csv[.gz]",
	       "what was used: columns resource, sku, start, end, optionally quantity, labels, "
	       "spot, interrupted; `sim --usage` writes such a file"},
    [PRICE] = OPTION_PRICE,
    [PLAN] = {"plan", 0, "NAME|FILE.yaml", "how it is bought (on-demand); may be repeated: a bill each"},
    [CHECK] = {"check", 0, "INVOICE.csv[.gz]",
	       "instead: compare a provider's invoice with the price lists, line by line"},
    [RATE] = {"rate", 0, "N", "with --check: units of the invoice's currency for one US dollar (found out)"},
    [OUTPUT] = {"output", 'o', "table|json|csv|focus", "form of the result (table); focus: FOCUS 1.0 columns, as CSV"},
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices, plans in DIR/plans"},
    [HELP] = OPTION_HELP,
};

struct request {
	const char *usage, *price, *check, *rate, *data;
	const char *plans[PLANS_MAX];
	size_t n_plans;
	enum table_format format;
	bool focus;
};

struct run {
	struct request request;
	struct price_list list;
	struct arena arena;
	struct usage_item *items;
	size_t n_items;
	struct price_plan *plans;
	struct bill *bills;
	size_t n_bills;
};

/* ---- what was asked ---- */

static int take_output(struct request *request, const char *word, struct err *err)
{
	request->focus = strcmp(word, "focus") == 0;
	if (request->focus || table_format_parse(word, &request->format, err) == 0)
		return 0;
	return err_set(err, "unknown output format '%s'; allowed: table, csv, json, focus",
		       visible(word, strlen(word), 40).text);
}

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct request *request = self;
	const char **const single[] = {
	    [USAGE] = &request->usage, [PRICE] = &request->price, [CHECK] = &request->check,
	    [RATE] = &request->rate,   [DATA] = &request->data,
	};
	switch (option) {
	case PLAN:
		if (request->n_plans == PLANS_MAX)
			return err_set(err, "--plan may be given %d times at most", PLANS_MAX);
		request->plans[request->n_plans++] = value;
		return 0;
	case OUTPUT:
		return take_output(request, value, err);
	default:
		*single[option] = value;
		return 0;
	}
}

static int check_request(struct request *request, struct err *err)
{
	if (request->check) {
		if (request->usage || request->price || request->n_plans)
			return err_set(
			    err, "--check reads the usage from the invoice: no --usage, --price or --plan with it");
		return request->focus ? err_set(err, "--check prints a table, csv or json") : 0;
	}
	if (!request->usage)
		return err_set(err, "no usage: give --usage FILE.csv; see `plimsoll help bill`");
	if (!request->price)
		return err_set(err, "no price list: give --price, such as aws/us-east-1; `plimsoll price` lists them");
	if (request->rate)
		return err_set(err, "--rate goes with --check; a plan has a rate of its own");
	if (request->focus && request->n_plans > 1)
		return err_set(err, "focus is the form of one bill: one --plan");
	if (request->n_plans == 0)
		request->plans[request->n_plans++] = "on-demand";
	return 0;
}

static int parse(const struct verb *verb, int argc, char **argv, struct request *request, struct err *err)
{
	int rest, status = options_parse(verb, argc, argv, take_option, request, &rest, err);
	if (status)
		return status;
	if (rest < argc)
		return err_set(err, "'%s' is not an option; usage is named with --usage",
			       visible(argv[rest], strlen(argv[rest]), 40).text);
	return check_request(request, err);
}

/* ---- the bills ---- */

static int read_all(struct run *run, struct err *err)
{
	const struct request *request = &run->request;
	run->plans = arena_alloc(&run->arena, request->n_plans, sizeof *run->plans);
	run->bills = arena_alloc(&run->arena, request->n_plans, sizeof *run->bills);
	if (!run->plans || !run->bills)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < request->n_plans; i++)
		if (price_plan_read(request->data, request->plans[i], &run->arena, &run->plans[i], err) < 0)
			return err_wrap(err, "--plan");
	if (price_list_read(request->data, request->price, &run->list, err) < 0)
		return -1;
	return usage_read(request->usage, &run->list, &run->arena, &run->items, &run->n_items, err);
}

/* Plans of one minimum charge share the sorted usage. */
static int rate(struct run *run, struct err *err)
{
	struct hourly_usage hours;
	ms_t sorted_for = MS_NEVER;
	for (size_t i = 0; i < run->request.n_plans; i++) {
		const struct price_plan *plan = &run->plans[i];
		if (plan->min_charge_ms != sorted_for &&
		    usage_hours(&run->list, plan, run->items, run->n_items, &run->arena, &hours, err) < 0)
			return -1;
		sorted_for = plan->min_charge_ms;
		if (bill_rate(&run->list, plan, &hours, &run->arena, &run->bills[run->n_bills++], err) < 0)
			return err_wrap(err, "plan %.60s", plan->name);
	}
	return 0;
}

static int print_focus(const struct run *run, struct err *err)
{
	ms_t from = MS_NEVER, until = MS_UNSET;
	for (size_t i = 0; i < run->n_items; i++) {
		from = min64(from, run->items[i].start);
		until = max64(until, max64(run->items[i].end, run->items[i].start + 1));
	}
	return focus_write(&run->list, &run->bills[0], from, until, stdout, err);
}

static int print_tables(const struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->n_bills; i++) {
		if (i > 0)
			putchar('\n');
		if (bill_print_table(&run->list, &run->bills[i], stdout, err) < 0)
			return -1;
	}
	return 0;
}

static int print(const struct run *run, struct err *err)
{
	if (run->request.focus)
		return print_focus(run, err);
	if (run->request.format == TABLE_CSV)
		return bill_print_csv(&run->list, run->bills, run->n_bills, stdout, err);
	if (run->request.format == TABLE_JSON)
		return bill_print_json(&run->list, run->bills, run->n_bills, stdout, err);
	return print_tables(run, err);
}

static int check(const struct request *request, struct err *err)
{
	struct bill_check_options check_options = {request->check, request->data, request->rate, request->format};
	return bill_check(&check_options, stdout, err);
}

static int bill(const struct verb *verb, int argc, char **argv)
{
	struct err err;
	struct run *run = calloc(1, sizeof *run);
	if (!run)
		return err_set(&err, "out of memory"), verb_refuse(verb, &err);
	int parsed = parse(verb, argc, argv, &run->request, &err), status = parsed < 0 ? -1 : EXIT_DONE;
	if (parsed == 0 && run->request.check)
		status = check(&run->request, &err);
	else if (parsed == 0 && (read_all(run, &err) < 0 || rate(run, &err) < 0 || print(run, &err) < 0))
		status = -1;
	price_list_free(&run->list);
	arena_free(&run->arena);
	free(run);
	return status < 0 ? verb_refuse(verb, &err) : status;
}

const struct verb verb_bill = {
    .name = "bill",
    .summary = "what usage costs under a plan; or whether an invoice is right",
    .synopsis = "--usage USAGE.csv --price CLOUD/REGION [--plan PLAN]... [options] | --check INVOICE.csv "
		"[options]",
    .description =
	"Rates usage: hours, GiB-months and traffic become invoice lines under each plan, which add up to the total "
	"exactly. "
	"Amounts in csv and json are exact to a billionth.\n\n"
	"A plan is on-demand, spot, one that comes with the program (data/plans), or a YAML file of your own:\n\n"
	"name: ours            # shown on the bill\n"
	"spot: true            # instances as spot, where there is a spot price\n"
	"sustainedUse: region  # or account, or off: Google's discount\n"
	"freeTier: false       # no free amounts (default true)\n"
	"minCharge: 300s       # least time that is charged (the provider's)\n"
	"discount: 8%          # negotiated, off everything but taxes\n"
	"tax: 7.7%\n"
	"currency: CHF         # with rate, for one of the list's, and its date\n"
	"rate: 0.88\n"
	"rateDate: 2026-11-01\n"
	"commitments:\n"
	"- kind: reserved      # AWS reserved instances, Azure reservations\n"
	"  sku: m5.xlarge\n"
	"  count: 4\n"
	"  offering: convertible      # or standard (default)\n"
	"- kind: instance-savings     # AWS EC2 instance savings plan\n"
	"  family: m5\n"
	"  perHour: 1.50\n"
	"- kind: compute-savings      # AWS compute, Azure savings plan\n"
	"  cover: 80%                 # of the mean usage, in place of perHour\n"
	"- kind: resource             # Google committed use\n"
	"  family: n2\n"
	"  vcpu: 16\n"
	"  memory: 64Gi\n"
	"- kind: flexible             # Google flexible committed use\n"
	"  perHour: 2                 # of on-demand spend\n\n"
	"Each commitment may have term (1y, 3y), payment (no-upfront, partial-upfront, all-upfront), start and end. "
	"`cover: "
	"80%` with `of: mean` (default) or `of: minimum` takes the place of count, vcpu, memory or perHour: that share "
	"of what "
	"is used while the commitment is in force, whole instances, vCPUs and GiB to the nearest. With it, \"*\" as "
	"sku or "
	"family stands for each that is used and can be committed to.",
    .options = options,
    .n_options = COUNT(options),
    .run = bill,
};
