#include "update_files.h"

#include "../text/datadir.h"
#include "../text/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int trouble(const char *path, const char *what, struct err *err)
{
	return err_set(err, "%.300s: %s: %s", path, what, strerror(errno));
}

static int make_folder(const char *path, struct err *err)
{
	return mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : trouble(path, "cannot be made", err);
}

/* ---- the lock ---- */

int update_files_open(struct update_files *files, const char *data, struct err *err)
{
	char path[PATH_SIZE];
	files->lock = -1;
	if (datadir_of(data, files->data, sizeof files->data, err) < 0)
		return -1;
	snprintf(files->prices, sizeof files->prices, "%s/prices", files->data);
	snprintf(files->work, sizeof files->work, "%s/.update", files->data);
	if (access(files->prices, R_OK | X_OK) != 0)
		return trouble(files->prices, "there are no price lists", err);
	if (make_folder(files->work, err) < 0)
		return err_wrap(err, "the price lists cannot be changed (--data may name a copy of them)");
	if (path_format(path, sizeof path, err, "%s/lock", files->work) < 0)
		return -1;
	files->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (files->lock < 0)
		return trouble(path, "cannot be written", err);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(files->lock, F_SETLK, &lock) == 0)
		return 0;
	update_files_close(files);
	return err_set(err, "%s: another update is at work", files->data);
}

void update_files_close(struct update_files *files)
{
	if (files->lock >= 0)
		close(files->lock);
	files->lock = -1;
}

/* ---- folders of plain files ---- */

/* Calls each on "FOLDER/NAME" of every plain file; stops at the first that fails. */
static int each_file(const char *folder, int (*each)(const char *path, const char *name, void *, struct err *),
		     void *self, struct err *err)
{
	DIR *list = opendir(folder);
	if (!list)
		return trouble(folder, "cannot be read", err);
	int status = 0;
	for (struct dirent *entry; status == 0 && (entry = readdir(list));) {
		char path[PATH_SIZE];
		struct stat info;
		status = path_format(path, sizeof path, err, "%s/%s", folder, entry->d_name);
		if (status == 0 && lstat(path, &info) == 0 && S_ISREG(info.st_mode))
			status = each(path, entry->d_name, self, err);
	}
	closedir(list);
	return status;
}

static int remove_file(const char *path, const char *name, void *self, struct err *err)
{
	(void)name, (void)self, (void)err;
	unlink(path);
	return 0;
}

void update_remove(const char *folder)
{
	struct err ignored;
	if (access(folder, F_OK) == 0)
		each_file(folder, remove_file, NULL, &ignored);
	rmdir(folder);
}

static int copy_bytes(FILE *from, FILE *to)
{
	char buffer[65536];
	size_t n;
	while ((n = fread(buffer, 1, sizeof buffer, from)) > 0)
		if (fwrite(buffer, 1, n, to) != n)
			return -1;
	return ferror(from) || fflush(to) != 0 || fsync(fileno(to)) != 0 ? -1 : 0;
}

static int copy_file(const char *path, const char *name, void *self, struct err *err)
{
	char target[PATH_SIZE];
	if (path_format(target, sizeof target, err, "%s/%s", (const char *)self, name) < 0)
		return -1;
	FILE *from = fopen(path, "r"), *to = from ? fopen(target, "w") : NULL;
	int status = to ? copy_bytes(from, to) : -1;
	if (to && fclose(to) != 0)
		status = -1;
	if (from)
		fclose(from);
	return status < 0 ? trouble(to ? target : path, "cannot be copied", err) : 0;
}

int update_copy(const char *from, const char *to, struct err *err)
{
	char target[PATH_SIZE];
	snprintf(target, sizeof target, "%s", to);
	return make_folder(to, err) < 0 ? -1 : each_file(from, copy_file, target, err);
}

/* ---- downloads ---- */

static bool begun_for(const char *path, const char *manifest)
{
	char text[8192];
	FILE *file = fopen(path, "r");
	if (!file)
		return false;
	size_t n = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[n] = 0;
	return strcmp(text, manifest) == 0;
}

int update_work(const struct update_files *files, const char *name, const char *manifest, char *path, size_t size,
		struct err *err)
{
	char note[PATH_SIZE];
	if (snprintf(path, size, "%s/%s", files->work, name) >= (int)size ||
	    path_format(note, sizeof note, err, "%s/manifest", path) < 0)
		return err_set(err, "%.60s...: the path is too long", files->work);
	if (begun_for(note, manifest))
		return 0;
	update_remove(path);
	if (make_folder(path, err) < 0)
		return -1;
	FILE *file = fopen(note, "w");
	bool written = file && fputs(manifest, file) >= 0;
	if (file && fclose(file) != 0)
		written = false;
	return written ? 0 : trouble(note, "cannot be written", err);
}

/* ---- the exchange ---- */

static int write_list(const struct sheet *sheet, const char *path, struct err *err)
{
	FILE *file = fopen(path, "w");
	if (!file)
		return trouble(path, "cannot be written", err);
	sheet_write(sheet, file);
	bool failed = ferror(file) || fflush(file) != 0 || fsync(fileno(file)) != 0;
	failed |= fclose(file) != 0;
	return failed ? trouble(path, "cannot be written", err) : 0;
}

static bool same_bytes(const char *a, const char *b)
{
	FILE *x = fopen(a, "r"), *y = fopen(b, "r");
	bool same = x && y;
	for (int c = 0; same && c != EOF;) {
		c = getc(x);
		same = c == getc(y);
	}
	if (x)
		fclose(x);
	if (y)
		fclose(y);
	return same;
}

/* Reads every region of the provider as any user of the book would. */
static int check_book(const char *folder, enum provider provider, const char *region, struct err *err)
{
	struct arena arena = {0};
	struct price_region *regions;
	uint32_t n;
	int status = price_regions_read(folder, &arena, &regions, &n, err);
	for (uint32_t i = 0; status == 0 && i < n; i++) {
		struct price_book book;
		const char *below = provider_below(provider, regions[i].name, '/');
		if (!below || (region && strcmp(below, region) != 0))
			continue;
		status = price_book_read(folder, regions[i].name, &book, err);
		if (status == 0)
			price_book_free(&book);
	}
	arena_free(&arena);
	return status < 0 ? err_wrap(err, "the new price list cannot be used") : 0;
}

static int staged(const struct update_files *files, const struct sheet *sheet, char *path, struct err *err)
{
	return path_format(path, PATH_SIZE, err, "%s/new/prices/%s", files->work, sheet->form->file);
}

int update_stage(const struct update_files *files, const struct sheet *sheet, enum provider provider,
		 const char *region, struct err *err)
{
	char root[PATH_SIZE], folder[PATH_SIZE], path[PATH_SIZE], now[PATH_SIZE];
	if (path_format(root, sizeof root, err, "%s/new", files->work) < 0 ||
	    path_format(folder, sizeof folder, err, "%s/prices", root) < 0 || staged(files, sheet, path, err) < 0 ||
	    path_format(now, sizeof now, err, "%s/%s", files->prices, sheet->form->file) < 0)
		return -1;
	update_remove(folder);
	if (make_folder(root, err) < 0 || update_copy(files->prices, folder, err) < 0 ||
	    write_list(sheet, path, err) < 0 || check_book(root, provider, region, err) < 0)
		return -1;
	return same_bytes(path, now);
}

/* DIR/prices.DATE, or the first of .2, .3 ... that is not there yet. */
static int keep_book(const struct update_files *files, const char *date, char *kept, size_t size, struct err *err)
{
	char part[PATH_SIZE];
	int n = snprintf(kept, size, "%s.%s", files->prices, date);
	for (unsigned i = 2; n > 0 && (size_t)n < size && access(kept, F_OK) == 0 && i < 100000; i++)
		n = snprintf(kept, size, "%s.%s.%u", files->prices, date, i);
	if (n < 0 || (size_t)n >= size || path_format(part, sizeof part, err, "%s/kept", files->work) < 0)
		return err_set(err, "%.60s...: the path is too long", files->prices);
	update_remove(part);
	if (update_copy(files->prices, part, err) < 0)
		return -1;
	return rename(part, kept) == 0 ? 0 : trouble(kept, "cannot be written", err);
}

int update_commit(const struct update_files *files, const struct sheet *sheet, const char *date, char *kept,
		  size_t size, struct err *err)
{
	char from[PATH_SIZE], to[PATH_SIZE];
	if (staged(files, sheet, from, err) < 0 ||
	    path_format(to, sizeof to, err, "%s/%s", files->prices, sheet->form->file) < 0 ||
	    keep_book(files, date, kept, size, err) < 0)
		return -1;
	if (rename(from, to) == 0)
		return 0;
	trouble(to, "cannot be written", err);
	update_remove(kept);
	return -1;
}
