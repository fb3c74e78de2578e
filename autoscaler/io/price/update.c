#include "update.h"

#include "../text/path.h"
#include "calendar.h"
#include "update_files.h"
#include "update_merge.h"
#include "visible.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES_MAX    2000
#define REGIONS_MAX  256
#define MANIFEST_MAX 4600

const struct update_provider *const update_providers[PROVIDER_COUNT] = {
    [PROVIDER_AWS] = &update_aws,
    [PROVIDER_AZURE] = &update_azure,
    [PROVIDER_GCP] = &update_gcp,
};

struct update {
	const struct update_provider *provider;
	const struct update_options *options;
	struct update_files files;
	struct sheet old, new;
	struct update_news news;
	struct http *http;
	char finished[REGIONS_MAX][100]; /* folders of downloads that are of no more use once the book is changed */
	size_t n_finished;
};

static void date_of(ms_t time, char date[16])
{
	char text[CALENDAR_TEXT];
	snprintf(date, 16, "%.10s", calendar_format(time, text));
}

/* ---- a document at hand ---- */

static int read_document(struct update *update, const char *path, const char *name, char *next, size_t size,
			 struct err *err)
{
	struct document document;
	char first[32] = "";
	next[0] = 0;
	if (document_open(&document, path, name, err) < 0)
		return -1;
	ptrdiff_t n = document_peek(&document, first, sizeof first - 1, err);
	int status = n < 0    ? -1
		     : n == 0 ? err_set(err, "%.300s: is empty", name)
		     : strncmp(first, OPENCOST_HEADER, sizeof OPENCOST_HEADER - 1) == 0
			 ? opencost_read(&document, &update->news, err)
			 : update->provider->read(&document, &update->news, next, size, err);
	document_close(&document);
	return status;
}

static int read_file(struct update *update, struct err *err)
{
	const char *path = update->options->file;
	char next[HTTP_URL_MAX], as_of[16];
	struct stat info;
	if (stat(path, &info) != 0)
		return err_set(err, "%.300s: %s", path, strerror(errno));
	if (!S_ISREG(info.st_mode))
		return err_set(err, "%.300s: is no file", path);
	if (read_document(update, path, path, next, sizeof next, err) < 0)
		return -1;
	if (next[0])
		return err_set(
		    err, "%.300s: its last page is not the last of the list; put the pages one after another", path);
	date_of((ms_t)info.st_mtim.tv_sec * SECOND_MS, as_of);
	if (!update->news.as_of[0])
		memcpy(update->news.as_of, as_of, sizeof as_of);
	return 0;
}

/* ---- documents to be fetched ---- */

struct download {
	const char *base;
	char folder[PATH_SIZE], url[HTTP_URL_MAX];
	bool used_old; /* a page of an earlier run */
};

static bool is_document(const char *url)
{
	size_t n = strcspn(url, "?#");
	return n > 5 && (strncmp(url + n - 5, ".json", 5) == 0 || strncmp(url + n - 4, ".csv", 4) == 0);
}

/* The page after this one: below the base, or at the same server. */
static int follow(struct download *download, const char *next, struct err *err)
{
	char url[HTTP_URL_MAX];
	int n = next[0] == '/' ? snprintf(url, sizeof url, "%s%s", download->base, next)
			       : snprintf(url, sizeof url, "%s", next);
	struct http_shown shown = http_shown(download->url);
	if (n >= (int)sizeof url)
		return err_set(err, "%.300s: the link to the next page is too long", shown.text);
	if (!http_same_origin(url, download->base))
		return err_set(err, "%.300s: the next page is at another server, %.200s", shown.text,
			       http_shown(url).text);
	memcpy(download->url, url, sizeof url);
	return 0;
}

static int fetch_page(struct update *update, struct download *download, int page, char *next, size_t size,
		      struct err *err)
{
	char path[PATH_SIZE];
	struct http_shown shown = http_shown(download->url);
	int status = 0;
	if (path_format(path, sizeof path, err, "%s/page-%04d", download->folder, page) < 0)
		return -1;
	if (update->provider->paged && access(path, R_OK) == 0)
		download->used_old = true;
	else
		status = http_get(update->http, download->url, update->options->secret, path, err);
	if (status == HTTP_REFUSED && download->used_old) {
		update_remove(download->folder);
		snprintf(path, sizeof path, "%.500s", err->message);
		return err_set(err, "%s, continuing an earlier update, which is forgotten now: try again", path);
	}
	if (status < 0)
		return -1;
	if (read_document(update, path, shown.text, next, size, err) == 0)
		return 0;
	update_remove(download->folder); /* the next update is not to meet it again */
	return -1;
}

static uint64_t hash_text(const char *text)
{
	uint64_t h = 0;
	for (; *text; text++)
		h = mix64(h ^ (unsigned char)*text);
	return h;
}

static int fetch_pages(struct update *update, struct download *download, struct err *err)
{
	char next[HTTP_URL_MAX];
	uint64_t seen[PAGES_MAX];
	for (int page = 0; page < PAGES_MAX; page++) {
		seen[page] = hash_text(download->url);
		for (int i = 0; i < page; i++)
			if (seen[i] == seen[page]) {
				update_remove(download->folder);
				return err_set(err, "%.300s: page %d refers back to page %d",
					       http_shown(download->url).text, page, i + 1);
			}
		if (fetch_page(update, download, page + 1, next, sizeof next, err) < 0)
			return -1;
		if (!next[0])
			return 0;
		if (follow(download, next, err) < 0) {
			update_remove(download->folder);
			return -1;
		}
		if (update->options->log && page % 10 == 9)
			fprintf(update->options->log, "%s: %d pages\n", http_shown(download->base).text, page + 1);
	}
	update_remove(download->folder);
	return err_set(err, "%.300s: more than %d pages", http_shown(download->base).text, PAGES_MAX);
}

static int start_download(struct update *update, const char *region, struct download *download, struct err *err)
{
	const struct update_provider *provider = update->provider;
	char path[HTTP_URL_MAX] = "", name[100], manifest[MANIFEST_MAX], today[16];
	download->base = update->options->url ? update->options->url : provider->url;
	download->used_old = false;
	if (!is_document(download->base) && provider->first(region, path, sizeof path) >= (int)sizeof path)
		return err_set(err, "'%s' is too long", visible(region, strlen(region), 40).text);
	size_t length = strlen(download->base);
	length -= path[0] && length && download->base[length - 1] == '/';
	if (snprintf(download->url, sizeof download->url, "%.*s%s", (int)length, download->base, path) >=
	    (int)sizeof download->url)
		return err_set(err, "%.60s...: the URL is too long", download->base);
	snprintf(name, sizeof name, "%s%s%.70s", provider_name(provider->provider), region ? "-" : "",
		 region ? region : "");
	date_of(update->options->now, today);
	/* Pages carry no version: those of another day are not continued. The secret is not among this. */
	snprintf(manifest, sizeof manifest, "%s\n%s\n", download->url, provider->paged ? today : "");
	if (update_work(&update->files, name, manifest, download->folder, sizeof download->folder, err) < 0)
		return -1;
	if (update->n_finished < REGIONS_MAX)
		memcpy(update->finished[update->n_finished++], name, sizeof name);
	return 0;
}

static int fetch(struct update *update, const char *region, struct err *err)
{
	struct download download;
	uint64_t rows = update->news.sheet.n;
	if (start_download(update, region, &download, err) < 0)
		return -1;
	int status = fetch_pages(update, &download, err);
	if (status < 0)
		return -1;
	if (region && update->news.sheet.n == rows)
		return err_set(err, "%.300s: no prices for %s%s%s", http_shown(download.url).text, region,
			       update->news.other[0] ? "; there are some for " : "", update->news.other);
	return 0;
}

/* The regions of the old list, one after another; a list has them sorted. */
static int fetch_regions(struct update *update, struct err *err)
{
	const struct sheet *old = &update->old;
	if (update->options->region)
		return fetch(update, update->options->region, err);
	for (size_t i = 0; i < old->n; i++) {
		const char *region = old->rows[i].cell[SHEET_REGION];
		if (i && strcmp(old->rows[i - 1].cell[SHEET_REGION], region) == 0)
			continue;
		update->news.region = region;
		if (fetch(update, region, err) < 0)
			return -1;
	}
	update->news.region = NULL;
	return 0;
}

static int download(struct update *update, struct err *err)
{
	const struct update_options *options = update->options;
	if (!options->url && update->provider->key_env && !options->secret)
		return err_set(err, "%s needs an API key: set %s", http_shown(update->provider->url).text,
			       update->provider->key_env);
	update->http = http_open(options->limits ? options->limits : &http_limits_usual, options->log,
				 (uint64_t)options->now ^ (uint64_t)getpid() << 32, err);
	if (!update->http)
		return -1;
	int status = update->provider->by_region ? fetch_regions(update, err) : fetch(update, NULL, err);
	http_close(update->http);
	if (status == 0 && !update->news.as_of[0])
		date_of(options->now, update->news.as_of);
	return status;
}

/* ---- the whole ---- */

static int judge(struct update *update, struct update_outcome *outcome, struct err *err)
{
	const struct update_options *options = update->options;
	if (merge(&update->old, &update->news, &update->new, outcome, err) < 0)
		return -1;
	if (outcome->n_regions == 0)
		return err_set(err, "%.300s: no prices for %s%s%s",
			       options->file  ? options->file
			       : options->url ? http_shown(options->url).text
					      : http_shown(update->provider->url).text,
			       options->region ? options->region : "any region of the book (--region adds one)",
			       update->news.other[0] ? "; there are some for " : "", update->news.other);
	return options->force ? 0 : merge_believable(&update->old, &update->new, err);
}

static int finish(struct update *update, struct update_outcome *outcome, struct err *err)
{
	char kept[PATH_SIZE], today[16], folder[PATH_SIZE];
	int same = update_stage(&update->files, &update->new, update->provider->provider, update->options->region, err);
	if (same < 0)
		return -1;
	date_of(update->options->now, today);
	if (same == 0) {
		if (update_commit(&update->files, &update->new, today, kept, sizeof kept, err) < 0)
			return -1;
		outcome->kept = arena_strdup(&outcome->arena, kept);
	}
	for (size_t i = 0; i < update->n_finished; i++) {
		snprintf(folder, sizeof folder, "%s/%s", update->files.work, update->finished[i]);
		update_remove(folder);
	}
	outcome->source = arena_strdup(&outcome->arena, update->news.source);
	outcome->as_of = arena_strdup(&outcome->arena, update->news.as_of);
	outcome->n_passed_over += update->news.n_passed_over;
	return 0;
}

static int run(struct update *update, struct update_outcome *outcome, struct err *err)
{
	const struct update_options *options = update->options;
	if (options->region && !news_name_ok(options->region))
		return err_set(err, "'%s' is not the name of a region",
			       visible(options->region, strlen(options->region), 40).text);
	if (update_files_open(&update->files, options->data, err) < 0)
		return -1;
	const struct sheet_form *form = &sheet_forms[update->provider->provider];
	if (sheet_read(&update->old, form, update->files.prices, err) < 0)
		return -1;
	sheet_init(&update->news.sheet, form);
	update->news.region = options->region;
	update->news.force = options->force;
	update->news.now = options->now;
	update->news.says_spot = update->provider->says_spot;
	if ((options->file ? read_file(update, err) : download(update, err)) < 0)
		return -1;
	return judge(update, outcome, err) < 0 ? -1 : finish(update, outcome, err);
}

int update_prices(const struct update_provider *provider, const struct update_options *options,
		  struct update_outcome *outcome, struct err *err)
{
	struct update *update = calloc(1, sizeof *update);
	*outcome = (struct update_outcome){.kept = NULL};
	if (!update)
		return err_set(err, "out of memory");
	update->provider = provider;
	update->options = options;
	update->files.lock = -1;
	int status = run(update, outcome, err);
	free(update->news.places);
	sheet_free(&update->news.sheet);
	sheet_free(&update->new);
	sheet_free(&update->old);
	update_files_close(&update->files);
	free(update);
	if (status < 0)
		arena_free(&outcome->arena);
	return status;
}
