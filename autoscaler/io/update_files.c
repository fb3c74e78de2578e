#include "update_files.h"

#include "datadir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int trouble(const char *path, const char *what, struct err *err)
{
	return err_set(err, "%.300s: %s: %s", path, what, strerror(errno));
}

__attribute__((format(printf, 3, 4))) static int join(char *path, struct err *err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(path, UPDATE_PATH_MAX, format, args);
	va_end(args);
	return n < UPDATE_PATH_MAX ? 0 : err_set(err, "%.60s...: the path is too long", path);
}

static int make_folder(const char *path, struct err *err)
{
	return mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : trouble(path, "cannot be made", err);
}

/* ---- the lock ---- */

int update_files_open(struct update_files *files, const char *data, struct err *err)
{
	char usual[2048], path[UPDATE_PATH_MAX];
	files->lock = -1;
	if (!data) {
		if (datadir_find("data", usual, sizeof usual, err) < 0)
			return -1;
		data = usual;
	}
	if (strlen(data) >= sizeof files->data)
		return err_set(err, "%.60s...: the path is too long", data);
	snprintf(files->data, sizeof files->data, "%s", data);
	snprintf(files->prices, sizeof files->prices, "%s/prices", data);
	snprintf(files->work, sizeof files->work, "%s/.update", data);
	if (access(files->prices, R_OK | X_OK) != 0)
		return trouble(files->prices, "there are no price lists", err);
	if (make_folder(files->work, err) < 0)
		return err_wrap(err, "the price lists cannot be changed (--data may name a copy of them)");
	if (join(path, err, "%s/lock", files->work) < 0)
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
static int each_file(const char *folder, int (*each)(const char *path, const char *name, void *, struct err *), void *self,
		     struct err *err)
{
	DIR *list = opendir(folder);
	if (!list)
		return trouble(folder, "cannot be read", err);
	int status = 0;
	for (struct dirent *entry; status == 0 && (entry = readdir(list));) {
		char path[UPDATE_PATH_MAX];
		struct stat info;
		status = join(path, err, "%s/%s", folder, entry->d_name);
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
	char target[UPDATE_PATH_MAX];
	if (join(target, err, "%s/%s", (const char *)self, name) < 0)
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
	char target[UPDATE_PATH_MAX];
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
	char note[UPDATE_PATH_MAX];
	if (snprintf(path, size, "%s/%s", files->work, name) >= (int)size || join(note, err, "%s/manifest", path) < 0)
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
	return join(path, err, "%s/new/prices/%s", files->work, sheet->form->file);
}

int update_stage(const struct update_files *files, const struct sheet *sheet, enum provider provider, const char *region,
		 struct err *err)
{
	char root[UPDATE_PATH_MAX], folder[UPDATE_PATH_MAX], path[UPDATE_PATH_MAX], now[UPDATE_PATH_MAX];
	if (join(root, err, "%s/new", files->work) < 0 || join(folder, err, "%s/prices", root) < 0 ||
	    staged(files, sheet, path, err) < 0 || join(now, err, "%s/%s", files->prices, sheet->form->file) < 0)
		return -1;
	update_remove(folder);
	if (make_folder(root, err) < 0 || update_copy(files->prices, folder, err) < 0 || write_list(sheet, path, err) < 0 ||
	    check_book(root, provider, region, err) < 0)
		return -1;
	return same_bytes(path, now);
}

/* DIR/prices.DATE, or the first of .2, .3 ... that is not there yet. */
static int keep_book(const struct update_files *files, const char *date, char *kept, size_t size, struct err *err)
{
	char part[UPDATE_PATH_MAX];
	int n = snprintf(kept, size, "%s.%s", files->prices, date);
	for (unsigned i = 2; n > 0 && (size_t)n < size && access(kept, F_OK) == 0 && i < 100000; i++)
		n = snprintf(kept, size, "%s.%s.%u", files->prices, date, i);
	if (n < 0 || (size_t)n >= size || join(part, err, "%s/kept", files->work) < 0)
		return err_set(err, "%.60s...: the path is too long", files->prices);
	update_remove(part);
	if (update_copy(files->prices, part, err) < 0)
		return -1;
	return rename(part, kept) == 0 ? 0 : trouble(kept, "cannot be written", err);
}

int update_commit(const struct update_files *files, const struct sheet *sheet, const char *date, char *kept, size_t size,
		  struct err *err)
{
	char from[UPDATE_PATH_MAX], to[UPDATE_PATH_MAX];
	if (staged(files, sheet, from, err) < 0 || join(to, err, "%s/%s", files->prices, sheet->form->file) < 0 ||
	    keep_book(files, date, kept, size, err) < 0)
		return -1;
	if (rename(from, to) == 0)
		return 0;
	trouble(to, "cannot be written", err);
	update_remove(kept);
	return -1;
}
