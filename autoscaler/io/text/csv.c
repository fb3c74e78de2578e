#include "csv.h"

#include "visible.h"

#include <errno.h>
#include <stdlib.h>

#define BUFFER_SIZE (2 * CSV_RECORD_MAX)

static int fail_at(const struct csv *csv, uint64_t line, struct err *err, const char *message)
{
	return err_set(err, "%.300s:%llu: %.600s", csv->name, (unsigned long long)line, message);
}

int csv_fail(const struct csv *csv, struct err *err, const char *format, ...)
{
	char message[ERR_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	return fail_at(csv, csv->line, err, message);
}

int csv_open(struct csv *csv, const char *name, input_read *read, void *self, struct err *err)
{
	csv->name = name;
	csv->delimiter = ',';
	csv->max_bytes = CSV_BYTES_MAX;
	csv->line = csv->lines_seen = 1;
	csv->read = read;
	csv->self = self;
	csv->start = csv->end = 0;
	csv->bytes = 0;
	csv->width = 0;
	csv->at_end = false;
	csv->buffer = malloc(BUFFER_SIZE + 1); /* one more for the NUL after a last field without a line end */
	return csv->buffer ? 0 : err_set(err, "%.300s: out of memory", name);
}

int csv_open_memory(struct csv *csv, const char *name, const char *text, size_t length, struct err *err)
{
	csv->memory = (struct input_memory){text, length};
	return csv_open(csv, name, input_read_memory, &csv->memory, err);
}

void csv_close(struct csv *csv)
{
	free(csv->buffer);
	csv->buffer = NULL;
}

int csv_read_path(const char *path, uint64_t max_bytes, int (*rows)(void *self, struct csv *, struct err *), void *self,
		  struct err *err)
{
	struct csv csv;
	FILE *file = fopen(path, "r");
	if (!file)
		return err_set(err, "%.1000s: %s", path, strerror(errno));
	int status = csv_open(&csv, path, input_read_file, file, err);
	if (status == 0) {
		csv.max_bytes = max_bytes ? max_bytes : CSV_BYTES_MAX;
		status = rows(self, &csv, err);
		csv_close(&csv);
	}
	fclose(file);
	return status;
}

static int fill_once(struct csv *csv, struct err *err)
{
	ptrdiff_t n = csv->read(csv->self, csv->buffer + csv->end, BUFFER_SIZE - csv->end, err);
	if (n < 0)
		return err_wrap(err, "%.300s:%llu", csv->name, (unsigned long long)csv->lines_seen);
	csv->at_end = n == 0;
	csv->end += (size_t)n;
	csv->bytes += (uint64_t)n;
	if (csv->bytes > csv->max_bytes)
		return err_set(err, "%.300s:%llu: more than %llu bytes, the most that is read", csv->name,
			       (unsigned long long)csv->lines_seen, (unsigned long long)csv->max_bytes);
	return 0;
}

/* Makes sure that a record of legal size is wholly in the buffer. */
static int fill(struct csv *csv, struct err *err)
{
	if (csv->at_end || csv->end - csv->start > CSV_RECORD_MAX)
		return 0;
	memmove(csv->buffer, csv->buffer + csv->start, csv->end - csv->start);
	csv->end -= csv->start;
	csv->start = 0;
	while (!csv->at_end && csv->end < BUFFER_SIZE)
		if (fill_once(csv, err) < 0)
			return -1;
	return 0;
}

static void skip_byte_order_mark(struct csv *csv)
{
	if (csv->end >= 3 && memcmp(csv->buffer, "\xef\xbb\xbf", 3) == 0)
		csv->start = 3;
}

static bool is_line_end(const struct csv *csv, size_t at)
{
	if (csv->buffer[at] == '\n')
		return true;
	return csv->buffer[at] == '\r' && (at + 1 == csv->end || csv->buffer[at + 1] == '\n');
}

static void skip_line_end(struct csv *csv, size_t at)
{
	at += csv->buffer[at] == '\r';
	at += at < csv->end && csv->buffer[at] == '\n';
	csv->start = at;
	csv->lines_seen++;
}

static int skip_blank_lines(struct csv *csv, struct err *err)
{
	for (;;) {
		if (fill(csv, err) < 0)
			return -1;
		if (csv->start == csv->end || !is_line_end(csv, csv->start))
			return 0;
		skip_line_end(csv, csv->start);
	}
}

static int refuse_byte(const struct csv *csv, unsigned char byte, struct err *err)
{
	char message[120];
	if (byte == '"')
		return fail_at(csv, csv->lines_seen, err,
			       "a quote inside a field: put the field in quotes and write the quote twice");
	if (byte == '\r')
		return fail_at(csv, csv->lines_seen, err, "a carriage return without a line feed");
	snprintf(message, sizeof message, "byte \\x%02x is not text; a CSV file is plain UTF-8 text", byte);
	return fail_at(csv, csv->lines_seen, err, message);
}

static int refuse_length(const struct csv *csv, bool quoted, struct err *err)
{
	char message[120];
	snprintf(message, sizeof message, "%s over %zu bytes, the most for one record",
		 quoted ? "a quoted field is not closed: a record" : "a line", CSV_RECORD_MAX);
	return fail_at(csv, csv->line, err, message);
}

static bool is_plain(unsigned char byte)
{
	return (byte >= 0x20 && byte != 0x7f && byte != '"') || byte == '\t';
}

/* Finds the end of the unquoted field at `at`. */
static int plain_field(struct csv *csv, size_t *at, size_t limit, struct csv_field *field, struct err *err)
{
	const char *buffer = csv->buffer;
	size_t start = *at, end = start;
	while (end < limit && buffer[end] != csv->delimiter && is_plain((unsigned char)buffer[end]))
		end++;
	if (end == limit && limit < csv->end)
		return refuse_length(csv, false, err);
	if (end < csv->end && buffer[end] != csv->delimiter && !is_line_end(csv, end))
		return refuse_byte(csv, (unsigned char)buffer[end], err);
	*field = (struct csv_field){buffer + start, end - start};
	*at = end;
	return 0;
}

static int after_quote(const struct csv *csv, size_t at, struct err *err)
{
	if (at == csv->end || csv->buffer[at] == csv->delimiter || is_line_end(csv, at))
		return 0;
	char message[300];
	snprintf(message, sizeof message, "'%s' after a closing quote; a comma or the end of the line belongs there",
		 visible(csv->buffer + at, csv->end - at < 12 ? csv->end - at : 12, 12).text);
	return fail_at(csv, csv->lines_seen, err, message);
}

/* Unquotes in place; on success *at stands behind the closing quote. */
static int quoted_field(struct csv *csv, size_t *at, size_t limit, struct csv_field *field, struct err *err)
{
	char *buffer = csv->buffer;
	size_t from = *at + 1, to = from, start = from;
	for (;; from++) {
		if (from >= limit)
			break;
		unsigned char byte = (unsigned char)buffer[from];
		if (byte == '"' && (from + 1 == csv->end || buffer[from + 1] != '"')) {
			*field = (struct csv_field){buffer + start, to - start};
			buffer[to] = 0;
			*at = from + 1;
			return after_quote(csv, *at, err);
		}
		if (byte == '"')
			from++;
		else if (byte == '\n')
			csv->lines_seen++;
		else if (!is_plain(byte) && !(byte == '\r' && is_line_end(csv, from)))
			return refuse_byte(csv, byte, err);
		buffer[to++] = (char)byte;
	}
	if (limit < csv->end)
		return refuse_length(csv, true, err);
	return fail_at(csv, csv->line, err, "a quoted field is not closed");
}

static int one_field(struct csv *csv, size_t *at, size_t limit, struct csv_field *field, struct err *err)
{
	if (*at < csv->end && csv->buffer[*at] == '"')
		return quoted_field(csv, at, limit, field, err);
	return plain_field(csv, at, limit, field, err);
}

int csv_next(struct csv *csv, const struct csv_field **fields, size_t *n, struct err *err)
{
	bool first = csv->bytes == 0;
	if (fill(csv, err) < 0)
		return -1;
	if (first)
		skip_byte_order_mark(csv);
	if (skip_blank_lines(csv, err) < 0)
		return -1;
	csv->line = csv->lines_seen;
	if (csv->start == csv->end)
		return 0;
	size_t at = csv->start, count = 0;
	size_t limit = csv->end - at < CSV_RECORD_MAX ? csv->end : at + CSV_RECORD_MAX;
	for (;; at++) {
		if (count == CSV_FIELDS_MAX)
			return csv_fail(csv, err, "more than %d fields in one record", CSV_FIELDS_MAX);
		if (one_field(csv, &at, limit, &csv->fields[count++], err) < 0)
			return -1;
		if (at == csv->end || csv->buffer[at] != csv->delimiter)
			break;
		csv->buffer[at] = 0;
	}
	if (at < csv->end)
		skip_line_end(csv, at);
	else
		csv->start = at;
	csv->buffer[at] = 0;
	*fields = csv->fields;
	*n = count;
	return 1;
}

int csv_column(const struct csv_field *header, size_t n, const char *name)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < n; i++)
		if (header[i].length == length && memcmp(header[i].text, name, length) == 0)
			return (int)i;
	return -1;
}

int csv_header(struct csv *csv, const char *const *names, size_t n, int *places, struct err *err)
{
	const struct csv_field *header;
	int got = csv_next(csv, &header, &csv->width, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return csv_fail(csv, err, "empty file; its first line must name the columns");
	for (size_t i = 0; i < n; i++) {
		places[i] = csv_column(header, csv->width, names[i]);
		if (places[i] < 0)
			return csv_fail(csv, err, "no column '%s'", names[i]);
	}
	return 0;
}

int csv_row(struct csv *csv, const struct csv_field **fields, struct err *err)
{
	size_t n;
	int got = csv_next(csv, fields, &n, err);
	if (got > 0 && n != csv->width)
		return csv_fail(csv, err, "%zu fields; the header names %zu columns", n, csv->width);
	return got;
}

void csv_write_field(FILE *file, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, file);
		return;
	}
	putc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', file);
		putc(*text, file);
	}
	putc('"', file);
}
