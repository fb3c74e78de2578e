#include "../io/price/update.h"

#include "cmd.h"
#include "duration.h"
#include "nearest.h"
#include "price_verbs.h"
#include "visible.h"

#include <stdlib.h>
#include <time.h>

enum { REGION, FILE_NAME, URL, DATA, FORCE, TIMEOUT, RETRIES, HELP };

static const struct option_row options[] = {
    [REGION] = {"region", 0, "R", "only this region (us-east-1); one that is not in the book is added"},
    [FILE_NAME] = {"file", 0, "F", "read this document (gzip, too) in place of downloading"},
    [URL] = {"url", 0, "U",
	     "where the provider's interface is, or a document (.json, .csv); the public one by default"},
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices"},
    [FORCE] = {"force", 0, NULL,
	       "take prices that changed more than tenfold, or a list that lost more than half of a region"},
    [TIMEOUT] = {"timeout", 0, "TIME", "a server silent for so long is asked again (30s)"},
    [RETRIES] = {"retries", 0, "N", "how often it is asked again (5)"},
    [HELP] = OPTION_HELP,
};

struct request {
	struct update_options options;
	struct http_limits limits;
	const struct update_provider *provider;
};

static int parse_provider(const char *word, struct request *request, struct err *err)
{
	const char *names[PROVIDER_COUNT];
	for (int i = 0; i < PROVIDER_COUNT; i++)
		names[i] = provider_name((enum provider)i);
	int64_t which = name_index(word, names, PROVIDER_COUNT);
	if (which < 0)
		return err_set(err, "unknown provider '%s'; did you mean %s?", visible(word, strlen(word), 40).text,
			       nearest(word, names, PROVIDER_COUNT));
	request->provider = update_providers[which];
	return 0;
}

static int parse_retries(const char *text, int *out, struct err *err)
{
	int64_t n;
	if (option_whole("retries", text, 0, 100, &n, err) < 0)
		return -1;
	*out = (int)n;
	return 0;
}

static int parse_timeout(const char *text, ms_t *out, struct err *err)
{
	if (duration_parse(text, strlen(text), out, err) < 0)
		return err_wrap(err, "--timeout");
	if (*out < SECOND_MS || *out > HOUR_MS)
		return err_set(err, "--timeout is '%s'; allowed: 1s to 1h", visible(text, strlen(text), 40).text);
	return 0;
}

static int take_option(void *self, int option, const char *text, struct err *err)
{
	struct request *request = self;
	const char **const single[] = {
	    [REGION] = &request->options.region,
	    [FILE_NAME] = &request->options.file,
	    [URL] = &request->options.url,
	    [DATA] = &request->options.data,
	};
	switch (option) {
	case FORCE:
		request->options.force = true;
		return 0;
	case TIMEOUT:
		return parse_timeout(text, &request->limits.silence, err);
	case RETRIES:
		return parse_retries(text, &request->limits.retries, err);
	default:
		*single[option] = text;
		return 0;
	}
}

static int parse(const struct verb *verb, int argc, char **argv, struct request *request, struct err *err)
{
	int rest, status = options_parse(verb, argc, argv, take_option, request, &rest, err);
	if (status)
		return status;
	if (rest == argc)
		return err_set(err, "say whose prices: aws, azure or gcp");
	if (parse_provider(argv[rest++], request, err) < 0)
		return -1;
	if (rest < argc)
		return err_set(err, "one provider at a time; what is '%s'?",
			       visible(argv[rest], strlen(argv[rest]), 40).text);
	if (request->options.file && request->options.url)
		return err_set(err, "--file and --url exclude each other");
	const char *region = request->options.region;
	const char *below = region ? provider_below(request->provider->provider, region, '/') : NULL;
	request->options.region = below ? below : region;
	return 0;
}

static ms_t wall_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (ms_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

static void report(const struct request *request, const struct update_outcome *outcome)
{
	const char *thing = sheet_forms[request->provider->provider].thing;
	printf("%s: %s of %s; %llu region%s, %llu %s: %llu new, %llu gone, %llu with another price.\n",
	       provider_name(request->provider->provider), outcome->source, outcome->as_of,
	       (unsigned long long)outcome->n_regions, outcome->n_regions == 1 ? "" : "s",
	       (unsigned long long)outcome->n_rows, thing, (unsigned long long)outcome->n_new,
	       (unsigned long long)outcome->n_gone, (unsigned long long)outcome->n_changed);
	if (outcome->n_without_shape)
		printf("%llu %s are left out: the document has their price, but nobody says how large they are.\n",
		       (unsigned long long)outcome->n_without_shape, thing);
	if (outcome->kept)
		printf("The book until now is kept in %s.\n", outcome->kept);
	else
		printf("That is the book in force already: nothing was changed.\n");
}

static int update(const struct verb *verb, int argc, char **argv)
{
	struct request request = {.limits = http_limits_usual};
	struct update_outcome outcome;
	struct err err;
	int status = parse(verb, argc, argv, &request, &err);
	if (status)
		return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
	const char *secret = request.provider->key_env ? getenv(request.provider->key_env) : NULL;
	request.options.secret = secret && *secret ? secret : NULL;
	request.options.limits = &request.limits;
	request.options.log = stderr;
	request.options.now = wall_clock();
	if (update_prices(request.provider, &request.options, &outcome, &err) < 0)
		return verb_refuse(verb, &err);
	report(&request, &outcome);
	arena_free(&outcome.arena);
	return EXIT_DONE;
}

const struct verb verb_price_update = {
    .name = "price update",
    .summary = "put a provider's published prices into the price lists",
    .synopsis = "aws|azure|gcp [options]",
    .description =
	"Reads the provider's published prices (AWS: the EC2 offer file, or what `aws ec2 describe-spot-price-history` "
	"prints; Azure: the Retail Prices API; Google: the Cloud Billing Catalog, with the API key in "
	"GOOGLE_API_KEY; or OpenCost's CSV prices) and writes them into the lists, all or nothing. The book until now "
	"is "
	"kept beside them, as prices.DATE. A download that broke off is continued by the next update.",
    .options = options,
    .n_options = COUNT(options),
    .run = update,
};
