/* What the readers of providers' documents share. */
#include "../text/decimal.h"
#include "calendar.h"
#include "update.h"

#include <ctype.h>
#include <stdlib.h>

#define NEWS_BYTES_MAX ((size_t)256 << 20)

/* ---- documents ---- */

int document_open(struct document *document, const char *path, const char *name, struct err *err)
{
	document->file = gzip_open(path, &document->name, err);
	document->name = name;
	return document->file ? 0 : -1;
}

void document_close(struct document *document)
{
	if (document->file)
		gzip_close(document->file);
	document->file = NULL;
}

int document_rewind(struct document *document, struct err *err)
{
	return gzip_rewind(document->file) == 0 ? 0 : err_set(err, "%.300s: cannot be read twice", document->name);
}

ptrdiff_t document_peek(struct document *document, char *buffer, size_t size, struct err *err)
{
	ptrdiff_t n = gzip_read(document->file, buffer, size, err);
	if (n < 0)
		return err_wrap(err, "%.300s", document->name);
	return document_rewind(document, err) < 0 ? -1 : n;
}

/* ---- values ---- */

bool news_name_ok(const char *name)
{
	size_t length = strlen(name);
	if (length == 0 || length > 63 || !isalnum((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
			return false;
	return true;
}

int64_t news_dollars(const char *text)
{
	int64_t nano;
	if (decimal_parse(text, strlen(text), 9, &nano) != DECIMAL_OK || nano > 1000000 * NANO)
		return -1;
	return nano;
}

bool news_date(const char *text, char date[16])
{
	static const char form[] = "0000-00-00";
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	unsigned month = (unsigned)(text[5] - '0') * 10 + (unsigned)(text[6] - '0');
	unsigned day = (unsigned)(text[8] - '0') * 10 + (unsigned)(text[9] - '0');
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	snprintf(date, 16, "%.10s", text);
	return true;
}

void news_today(const struct update_news *news, char date[32])
{
	char text[CALENDAR_TEXT];
	snprintf(date, 32, "%.10s", calendar_format(news->now, text));
}

/* ---- rows ---- */

static uint64_t hash(const char *region, const char *name)
{
	uint64_t h = 0;
	for (; *region; region++)
		h = mix64(h ^ (unsigned char)*region);
	h = mix64(h ^ 256);
	for (; *name; name++)
		h = mix64(h ^ (unsigned char)*name);
	return h;
}

/* Where the row of these names is, or belongs. */
static uint32_t *place_of(const struct update_news *news, const char *region, const char *name)
{
	size_t at = (size_t)hash(region, name) & (news->n_places - 1);
	for (; news->places[at] != UINT32_MAX; at = (at + 1) & (news->n_places - 1)) {
		const struct sheet_row *row = &news->sheet.rows[news->places[at]];
		if (strcmp(row->cell[SHEET_REGION], region) == 0 && strcmp(row->cell[SHEET_NAME], name) == 0)
			break;
	}
	return &news->places[at];
}

static int make_room(struct update_news *news)
{
	if (2 * (news->sheet.n + 1) <= news->n_places)
		return 0;
	size_t n = news->n_places ? 2 * news->n_places : 4096;
	uint32_t *places = malloc(n * sizeof *places);
	if (!places)
		return -1;
	free(news->places);
	news->places = places;
	news->n_places = n;
	memset(places, 0xff, n * sizeof *places);
	for (size_t i = 0; i < news->sheet.n; i++) {
		const struct sheet_row *row = &news->sheet.rows[i];
		*place_of(news, row->cell[SHEET_REGION], row->cell[SHEET_NAME]) = (uint32_t)i;
	}
	return 0;
}

int news_row(struct update_news *news, const char *region, const char *name, struct sheet_row **out, struct err *err)
{
	*out = NULL;
	if (news->region && strcmp(region, news->region) != 0) {
		if (!news->other[0])
			snprintf(news->other, sizeof news->other, "%s", region);
		return 0;
	}
	news->sheet.arena.limit = NEWS_BYTES_MAX;
	if (make_room(news) < 0)
		return err_set(err, "out of memory");
	uint32_t *place = place_of(news, region, name);
	if (*place == UINT32_MAX) {
		struct sheet_row *row = sheet_add(&news->sheet);
		if (row) {
			row->cell[SHEET_REGION] = arena_strdup(&news->sheet.arena, region);
			row->cell[SHEET_NAME] = arena_strdup(&news->sheet.arena, name);
		}
		if (!row || !row->cell[SHEET_REGION] || !row->cell[SHEET_NAME]) {
			news->sheet.n -= row != NULL;
			return err_set(err, "more prices than fit into memory");
		}
		*place = (uint32_t)(news->sheet.n - 1);
	}
	*out = &news->sheet.rows[*place];
	return 0;
}

int news_cell(struct update_news *news, struct sheet_row *row, size_t column, const char *text, struct err *err)
{
	if (row->cell[column] && strcmp(row->cell[column], text) == 0)
		return 0;
	row->cell[column] = arena_strdup(&news->sheet.arena, text);
	return row->cell[column] ? 0 : err_set(err, "more prices than fit into memory");
}

int news_price(struct update_news *news, struct sheet_row *row, size_t p, int64_t nano, int64_t *other, struct err *err)
{
	const struct sheet_form *form = news->sheet.form;
	int64_t had = sheet_price(form, row, p);
	*other = had;
	if (had >= 0 && had != nano && !news->force)
		return 1;
	if (had > nano)
		return 0;
	return news_cell(news, row, form->first_price + p, sheet_nano(nano).text, err);
}

/* ---- naming rules ---- */

static void azure_family(const char *name, char *family, size_t size)
{
	/* Standard_D4as_v5 -> Dasv5, Standard_E8-2ads_v5 -> Eadsv5, Basic_A1 -> BasicA */
	const char *rest = strchr(name, '_');
	size_t n = 0;
	bool cut = false;
	if (rest && strncmp(name, "Basic_", 6) == 0)
		n = (size_t)snprintf(family, size, "Basic");
	for (rest = rest ? rest + 1 : name; *rest && n + 1 < size; rest++) {
		if (isdigit((unsigned char)*rest) && !cut) {
			cut = true;
			rest += strspn(rest, "0123456789");
			if (*rest == '-' && isdigit((unsigned char)rest[1]))
				rest += 1 + strspn(rest + 1, "0123456789");
			rest--;
		} else if (*rest != '_') {
			family[n++] = *rest;
		}
	}
	family[n] = 0;
}

void instance_family(enum provider provider, const char *name, char *family, size_t size)
{
	if (provider == PROVIDER_AZURE)
		azure_family(name, family, size);
	else
		snprintf(family, size, "%.*s", (int)strcspn(name, "."), name);
}

static const char *by_ratio(int64_t vcpu_milli, int64_t memory_milli_gib)
{
	return memory_milli_gib < 3 * vcpu_milli ? "compute" : memory_milli_gib > 6 * vcpu_milli ? "memory" : "other";
}

/* m4 and later: the older generations are no longer offered by managed node groups. */
static bool aws_general(const char *family)
{
	if (family[0] != 'm' || !isdigit((unsigned char)family[1]))
		return false;
	size_t digits = strspn(family + 1, "0123456789");
	if (digits > 2 || (digits == 1 && family[1] < '4'))
		return false;
	for (const char *at = family + 1 + digits; *at; at++)
		if (!islower((unsigned char)*at))
			return false;
	return true;
}

static bool aws_burstable(const char *family)
{
	size_t length = strlen(family);
	return (family[0] == 't' && isdigit((unsigned char)family[1])) ||
	       (length > 5 && strcmp(family + length - 5, "-flex") == 0);
}

/* Standard_D<digits><lower case letters>_v<digit> */
static bool azure_general(const char *name)
{
	if (strncmp(name, "Standard_D", 10) != 0)
		return false;
	const char *at = name + 10;
	size_t digits = strspn(at, "0123456789");
	at += digits;
	while (islower((unsigned char)*at))
		at++;
	return digits && at[0] == '_' && at[1] == 'v' && isdigit((unsigned char)at[2]) && !at[3];
}

const char *instance_class(enum provider provider, const char *name, const char *family, int64_t vcpu_milli,
			   int64_t memory_milli_gib, bool gpu)
{
	bool azure = provider == PROVIDER_AZURE;
	if (gpu)
		return "gpu";
	if (azure ? strncmp(name, "Standard_B", 10) == 0 || strncmp(name, "Basic_", 6) == 0 : aws_burstable(family))
		return "burstable";
	bool about_four = 2 * memory_milli_gib >= 7 * vcpu_milli && 2 * memory_milli_gib <= 9 * vcpu_milli;
	if (about_four && (azure ? azure_general(name) : aws_general(family)))
		return "general";
	return by_ratio(vcpu_milli, memory_milli_gib);
}
