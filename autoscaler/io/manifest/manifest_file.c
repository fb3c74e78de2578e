#include "manifest.h"

#include "manifest_collect.h"
#include "manifest_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Where manifests come from: files, directories, standard input. */

struct text {
	char *bytes;
	size_t length, capacity;
};

static int text_grow(struct text *text, const char *name, struct err *err)
{
	size_t capacity = text->capacity ? text->capacity * 2 : 65536;
	char *bytes = realloc(text->bytes, capacity);
	if (!bytes)
		return err_set(err, "%s: out of memory", name);
	text->bytes = bytes;
	text->capacity = capacity;
	return 0;
}

/* Reads to the end, or until more was read than any manifest has. */
static int stream_read(FILE *file, const char *name, struct text *text, struct err *err)
{
	for (;;) {
		if (text->length == text->capacity && text_grow(text, name, err) < 0)
			return -1;
		size_t n = fread(text->bytes + text->length, 1, text->capacity - text->length, file);
		text->length += n;
		if (text->length > TREE_MAX_BYTES)
			return err_set(err, "%s: is larger than %zu MiB, so it is no manifest", name,
				       TREE_MAX_BYTES >> 20);
		if (n == 0)
			return ferror(file) ? err_set(err, "%s: %s", name, strerror(errno)) : 0;
	}
}

static int stream_collect(struct collector *collector, FILE *file, const char *name, struct err *err)
{
	struct text text = {0};
	int status = stream_read(file, name, &text, err);
	if (status == 0 && text.length == 0)
		status = err_set(err, "%s: is empty; it must hold manifests", name);
	if (status == 0)
		status = collect_text(collector, name, text.bytes, text.length, err);
	free(text.bytes);
	return status;
}

static int file_collect(struct collector *collector, const char *path, struct err *err)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return err_set(err, "%s: %s", path, strerror(errno));
	int status = stream_collect(collector, file, path, err);
	fclose(file);
	return status;
}

static bool manifest_name(const char *name)
{
	static const char *const endings[] = {".yaml", ".yml", ".json"};
	size_t length = strlen(name);
	for (size_t i = 0; i < COUNT(endings); i++) {
		size_t n = strlen(endings[i]);
		if (length > n && strcmp(name + length - n, endings[i]) == 0)
			return true;
	}
	return false;
}

static int manifest_filter(const struct dirent *entry)
{
	return manifest_name(entry->d_name);
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int join_path(const char *directory, const char *name, char **path, struct err *err)
{
	size_t size = strlen(directory) + strlen(name) + 2, length = strlen(directory);
	*path = malloc(size);
	if (!*path)
		return err_set(err, "%s: out of memory", directory);
	bool slash = length && directory[length - 1] == '/';
	snprintf(*path, size, "%s%s%s", directory, slash ? "" : "/", name);
	return 0;
}

/* A directory that is called like a manifest is passed over, as kubectl does without -R. */
static int entry_collect(struct collector *collector, const char *directory, const char *name, size_t *n_files,
			 struct err *err)
{
	char *path;
	struct stat found;
	if (join_path(directory, name, &path, err) < 0)
		return -1;
	int status = 0;
	if (stat(path, &found) < 0) {
		status = err_set(err, "%s: %s", path, strerror(errno));
	} else if (!S_ISDIR(found.st_mode)) {
		status = file_collect(collector, path, err);
		(*n_files)++;
	}
	free(path);
	return status;
}

static int directory_collect(struct collector *collector, const char *path, struct err *err)
{
	struct dirent **entries;
	size_t n_files = 0;
	int n = scandir(path, &entries, manifest_filter, compare_entries);
	if (n < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	int status = 0;
	for (int i = 0; i < n; i++) {
		if (status == 0)
			status = entry_collect(collector, path, entries[i]->d_name, &n_files, err);
		free(entries[i]);
	}
	free(entries);
	if (status == 0 && n_files == 0)
		status = err_set(err, "%s: this directory holds no .yaml, .yml or .json file", path);
	return status;
}

static int path_collect(struct collector *collector, const char *path, struct err *err)
{
	struct stat found;
	if (strcmp(path, "-") == 0)
		return stream_collect(collector, stdin, "standard input", err);
	if (stat(path, &found) < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	return S_ISDIR(found.st_mode) ? directory_collect(collector, path, err) : file_collect(collector, path, err);
}

int manifests_read(const char *const *paths, size_t n_paths, struct manifests *manifests, struct err *err)
{
	struct collector *collector = collector_new(err);
	if (!collector)
		return -1;
	int status = 0;
	for (size_t i = 0; status == 0 && i < n_paths; i++)
		status = path_collect(collector, paths[i], err);
	if (status == 0)
		return collector_finish(collector, manifests, err);
	collector_finish(collector, NULL, err);
	return -1;
}
