#include "price_diff.h"

#include "../text/datadir.h"
#include "../text/path.h"
#include "price_sheet.h"
#include "update.h"
#include "visible.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- which states there are ---- */

/* prices.2026-11-24 before prices.2026-11-24.2 before .10: by date, then number. */
struct kept {
	char date[16];
	long number;
};

static bool parse_kept(const char *name, struct kept *kept)
{
	char *end;
	if (strncmp(name, "prices.", 7) != 0 || !news_date(name + 7, kept->date))
		return false;
	kept->number = 1;
	if (!name[17])
		return true;
	if (name[17] != '.')
		return false;
	kept->number = strtol(name + 18, &end, 10);
	return *end == 0 && kept->number > 1;
}

static bool before(const struct kept *a, const struct kept *b)
{
	int order = strcmp(a->date, b->date);
	return order ? order < 0 : a->number < b->number;
}

/* A state is kept under the day it ended: the first that ended on the day or later was in force as the day began. */
static bool first_kept_from(const char *data, const char *date, char *name, size_t size)
{
	DIR *list = opendir(data);
	struct kept best = {"9999-99-99", 0}, from, kept;
	bool found = false;
	snprintf(from.date, sizeof from.date, "%s", date);
	from.number = 1;
	for (struct dirent *entry; list && (entry = readdir(list));)
		if (parse_kept(entry->d_name, &kept) && !before(&kept, &from) && before(&kept, &best)) {
			best = kept;
			found = true;
			snprintf(name, size, "%.60s", entry->d_name);
		}
	if (list)
		closedir(list);
	return found;
}

static int of_date(const char *data_directory, const char *date, char *folder, size_t size, struct err *err)
{
	char data[PATH_SIZE], name[64] = "prices";
	if (datadir_of(data_directory, data, sizeof data, err) < 0)
		return -1;
	if (date)
		first_kept_from(data, date, name, sizeof name);
	return path_format(folder, size, err, "%s/%s", data, name);
}

static bool has_lists(const char *folder)
{
	char path[PATH_SIZE];
	return snprintf(path, sizeof path, "%s/%s", folder, sheet_forms[0].file) < (int)sizeof path &&
	       access(path, R_OK) == 0;
}

int price_state(const char *data, const char *which, char *folder, size_t size, struct err *err)
{
	char date[16];
	if (strcmp(which, "now") == 0)
		return of_date(data, NULL, folder, size, err);
	if (strlen(which) == 10 && news_date(which, date))
		return of_date(data, date, folder, size, err);
	if (snprintf(folder, size, "%s", which) < (int)size && has_lists(folder))
		return 0;
	if (snprintf(folder, size, "%s/prices", which) < (int)size && has_lists(folder))
		return 0;
	return err_set(err, "'%s' is neither a date (2026-11-24), nor 'now', nor a folder of price lists",
		       visible(which, strlen(which), 80).text);
}

/* ---- what changed ---- */

struct diff {
	const char *region;
	struct arena *arena;
	struct price_change *changes;
	size_t n, room;
	struct err *err;
};

static const char *price_name(const struct sheet_form *form, size_t p)
{
	static const char *const whole[] = {"on demand", "spot"}, *const units[] = {"vCPU", "GiB", "spot vCPU",
										    "spot GiB"};
	return form->n_prices == COUNT(whole) ? whole[p] : units[p];
}

static int add(struct diff *diff, const struct price_change *change)
{
	struct price_change *changes = arena_grown(diff->arena, diff->changes, diff->n, &diff->room, sizeof *changes);
	if (!changes)
		return err_set(diff->err, "out of memory");
	diff->changes = changes;
	changes[diff->n++] = *change;
	return 0;
}

static bool wanted(const struct diff *diff, enum provider provider, const char *region)
{
	if (!diff->region || strcmp(diff->region, provider_name(provider)) == 0)
		return true;
	const char *below = provider_below(provider, diff->region, '/');
	return below && strcmp(below, region) == 0;
}

/* One of the rows may be NULL. */
static int compare_rows(struct diff *diff, enum provider provider, const struct sheet_row *old,
			const struct sheet_row *new)
{
	const struct sheet_form *form = &sheet_forms[provider];
	const struct sheet_row *row = old ? old : new;
	char region[200];
	if (!wanted(diff, provider, row->cell[SHEET_REGION]))
		return 0;
	snprintf(region, sizeof region, "%s/%.120s", provider_name(provider), row->cell[SHEET_REGION]);
	for (size_t p = 0; p < form->n_prices; p++) {
		struct price_change change = {.price = price_name(form, p),
					      .old_nano = old ? sheet_price(form, old, p) : -1,
					      .new_nano = new ? sheet_price(form, new, p) : -1};
		if (change.old_nano == change.new_nano)
			continue;
		change.region = arena_strdup(diff->arena, region);
		change.name = arena_strdup(diff->arena, row->cell[SHEET_NAME]);
		if (!change.region || !change.name)
			return err_set(diff->err, "out of memory");
		if (add(diff, &change) < 0)
			return -1;
	}
	return 0;
}

static int compare(struct diff *diff, enum provider provider, const struct sheet *old, const struct sheet *new)
{
	for (size_t i = 0, j = 0; i < old->n || j < new->n;) {
		int order = i == old->n ? 1 : j == new->n ? -1 : sheet_row_order(&old->rows[i], &new->rows[j]);
		if (compare_rows(diff, provider, order <= 0 ? &old->rows[i] : NULL, order >= 0 ? &new->rows[j] : NULL) <
		    0)
			return -1;
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

static int compare_lists(struct diff *diff, enum provider provider, const char *old_folder, const char *new_folder)
{
	struct sheet old, new;
	if (sheet_read(&old, &sheet_forms[provider], old_folder, diff->err) < 0)
		return -1;
	int status = sheet_read(&new, &sheet_forms[provider], new_folder, diff->err);
	if (status == 0) {
		status = compare(diff, provider, &old, &new);
		sheet_free(&new);
	}
	sheet_free(&old);
	return status;
}

int price_diff(const char *old_folder, const char *new_folder, const char *region, struct arena *arena,
	       struct price_change **changes, size_t *n, struct err *err)
{
	struct diff diff = {.region = region, .arena = arena, .err = err};
	for (size_t i = 0; i < PROVIDER_COUNT; i++)
		if (compare_lists(&diff, (enum provider)i, old_folder, new_folder) < 0)
			return -1;
	*changes = diff.changes;
	*n = diff.n;
	return 0;
}
