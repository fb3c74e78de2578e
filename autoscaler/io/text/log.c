#include "log.h"

#include "visible.h"

#include <stdlib.h>
#include <time.h>

static const char *const names[] = {"error", "warn", "info", "debug"};
static const char *const marks[] = {"ERROR", "WARN", "INFO", "DEBUG"};

int log_level_parse(const char *text)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(text, names[i]) == 0)
			return (int)i;
	return -1;
}

const char *log_int(struct log_number *number, int64_t value)
{
	snprintf(number->text, sizeof number->text, "%lld", (long long)value);
	return number->text;
}

/* Printable UTF-8 as it is; the rest as JSON escapes it, malformed bytes as the replacement character. */
static void write_escaped(FILE *file, const char *text)
{
	size_t length = strlen(text);
	for (size_t i = 0; i < length;) {
		size_t step = visible_char(text + i, length - i);
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (step)
			fwrite(text + i, 1, step, file);
		else if (c < 0x80)
			fprintf(file, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\u%04x", c);
		else
			fputs("\\ufffd", file);
		i += step ? step : 1;
	}
}

static void write_quoted(FILE *file, const char *text)
{
	putc('"', file);
	write_escaped(file, text);
	putc('"', file);
}

/* A value that one can tell from what is around it stands without quotes. */
static bool plain(const char *text)
{
	size_t length = strlen(text);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] <= 0x20 || (unsigned char)text[i] >= 0x7f || strchr("\"\\=", text[i]))
			return false;
	return length > 0;
}

static void write_text(FILE *file, enum log_level level, const char *time, const char *message, va_list pairs)
{
	fprintf(file, "%s %s ", time, marks[level]);
	write_escaped(file, message);
	for (const char *name; (name = va_arg(pairs, const char *));) {
		const char *value = va_arg(pairs, const char *);
		fprintf(file, " %s=", name);
		if (plain(value))
			fputs(value, file);
		else
			write_quoted(file, value);
	}
}

static void write_json(FILE *file, enum log_level level, const char *time, const char *message, va_list pairs)
{
	fprintf(file, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", time, names[level]);
	write_quoted(file, message);
	for (const char *name; (name = va_arg(pairs, const char *));) {
		putc(',', file);
		write_quoted(file, name);
		putc(':', file);
		write_quoted(file, va_arg(pairs, const char *));
	}
	putc('}', file);
}

static void now_text(char out[40])
{
	struct timespec now;
	struct tm parts;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	char seconds[24];
	strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out, 40, "%s.%03dZ", seconds, (int)(now.tv_nsec / 1000000));
}

void log_line(struct log *log, enum log_level level, const char *message, ...)
{
	if (!log || level > log->level)
		return;
	char time[40];
	va_list pairs;
	now_text(time);
	va_start(pairs, message);
	flockfile(log->file);
	(log->json ? write_json : write_text)(log->file, level, time, message, pairs);
	putc('\n', log->file);
	fflush(log->file);
	funlockfile(log->file);
	va_end(pairs);
	log->lines[level]++;
}
