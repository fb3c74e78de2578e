#include "cmd.h"

#include "nearest.h"
#include "visible.h"

#include <getopt.h>
#include <stdlib.h>

#define OPTIONS_MAX 32

/* The nearest long option, when it is near enough to be meant. */
static const char *meant(const struct verb *verb, const char *word)
{
	const char *names[OPTIONS_MAX];
	for (size_t i = 0; i < verb->n_options; i++)
		names[i] = verb->options[i].name;
	const char *best = nearest(word, names, verb->n_options);
	return best && edit_distance(word, best) <= 1 + strlen(word) / 4 ? best : NULL;
}

static int bad_option(const struct option_scan *scan, int found, struct err *err)
{
	const char *word = scan->argv[optind > 1 ? optind - 1 : optind];
	struct visible shown = visible(word, strlen(word), 40);
	const char *close = !strncmp(word, "--", 2) ? meant(scan->verb, word + 2) : NULL;
	if (found == ':')
		err_set(err, "'%s' needs a value", shown.text);
	else if (close)
		err_set(err, "unknown option '%s'; did you mean --%s?", shown.text, close);
	else
		err_set(err, "unknown option '%s'; see `plimsoll %s --help`", shown.text, scan->verb->name);
	return -2;
}

int option_next(struct option_scan *scan, const char **argument, struct err *err)
{
	struct option longs[OPTIONS_MAX + 1] = {{0}};
	char shorts[2 * OPTIONS_MAX + 2] = ":";
	size_t used = 1;
	for (size_t i = 0; i < scan->verb->n_options; i++) {
		const struct option_row *row = &scan->verb->options[i];
		longs[i] = (struct option){row->name, row->argument ? required_argument : no_argument, NULL, 256 + (int)i};
		if (row->letter) {
			shorts[used++] = row->letter;
			if (row->argument)
				shorts[used++] = ':';
		}
	}
	opterr = 0;
	if (scan->rest == 0) {
		optind = 1;
		scan->rest = 1;
	}
	int found = getopt_long(scan->argc, scan->argv, shorts, longs, NULL);
	*argument = optarg;
	scan->rest = optind;
	if (found == -1)
		return -1;
	if (found >= 256)
		return found - 256;
	for (size_t i = 0; i < scan->verb->n_options; i++)
		if (found == scan->verb->options[i].letter)
			return (int)i;
	return bad_option(scan, found, err);
}

int verb_refuse(const struct verb *verb, const struct err *err)
{
	fprintf(stderr, "plimsoll %s: %s\n", verb->name, err->message);
	return EXIT_REFUSED;
}
