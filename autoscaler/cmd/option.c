#include "cmd.h"

#include "nearest.h"
#include "visible.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#define OPTIONS_MAX 32

static const char *nearest_option(const struct verb *verb, const char *word)
{
	const char *names[OPTIONS_MAX];
	for (size_t i = 0; i < verb->n_options; i++)
		names[i] = verb->options[i].name;
	return nearest_meant(word, names, verb->n_options);
}

static int bad_option(const struct verb *verb, char **argv, int found, struct err *err)
{
	const char *word = argv[optind > 1 ? optind - 1 : optind];
	struct visible shown = visible(word, strlen(word), 40);
	const char *close = !strncmp(word, "--", 2) ? nearest_option(verb, word + 2) : NULL;
	if (found == ':')
		return err_set(err, "'%s' needs a value", shown.text);
	if (close)
		return err_set(err, "unknown option '%s'; did you mean --%s?", shown.text, close);
	return err_set(err, "unknown option '%s'; see `plimsoll %s --help`", shown.text, verb->name);
}

/* The verb's rows as getopt_long wants them: long options are numbered from FIRST_LONG, letters are themselves. */
struct wanted {
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
};
enum { FIRST_LONG = 256 };

static void list_options(const struct verb *verb, struct wanted *wanted)
{
	size_t used = 0;
	*wanted = (struct wanted){.shorts = ""};
	wanted->shorts[used++] = ':';
	for (size_t i = 0; i < verb->n_options; i++) {
		const struct option_row *row = &verb->options[i];
		wanted->longs[i] = (struct option){row->name, row->argument ? required_argument : no_argument, NULL,
						   FIRST_LONG + (int)i};
		if (row->letter) {
			wanted->shorts[used++] = row->letter;
			if (row->argument)
				wanted->shorts[used++] = ':';
		}
	}
}

/* The row of what getopt_long found; -1: none. */
static int row_of(const struct verb *verb, int found)
{
	if (found >= FIRST_LONG)
		return found - FIRST_LONG;
	for (size_t i = 0; i < verb->n_options; i++)
		if (found == verb->options[i].letter)
			return (int)i;
	return -1;
}

int options_parse(const struct verb *verb, int argc, char **argv, option_take *take, void *self, int *rest,
		  struct err *err)
{
	struct wanted wanted;
	bool help = false;
	list_options(verb, &wanted);
	opterr = 0;
	optind = 1;
	for (int found; (found = getopt_long(argc, argv, wanted.shorts, wanted.longs, NULL)) != -1;) {
		int row = row_of(verb, found);
		if (row < 0)
			return bad_option(verb, argv, found, err);
		if (strcmp(verb->options[row].name, "help") == 0)
			help = true;
		else if (take(self, row, optarg, err) < 0)
			return -1;
	}
	*rest = optind;
	if (help)
		verb_help_print(verb, stdout);
	return help;
}

int option_whole(const char *option, const char *text, int64_t least, int64_t most, int64_t *out, struct err *err)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (end == text || *end || errno || value < least || value > most)
		return err_set(err, "--%s: found '%s', allowed is a whole number from %lld to %lld", option,
			       visible(text, strlen(text), 40).text, (long long)least, (long long)most);
	*out = value;
	return 0;
}

int verb_refuse(const struct verb *verb, const struct err *err)
{
	fprintf(stderr, "plimsoll %s: %s\n", verb->name, err->message);
	return EXIT_REFUSED;
}
