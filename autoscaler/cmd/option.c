#include "cmd.h"

#include "nearest.h"
#include "visible.h"

#include <getopt.h>
#include <stdlib.h>

#define OPTIONS_MAX 32

static const char *nearest_option(const struct verb *verb, const char *word)
{
	const char *names[OPTIONS_MAX];
	for (size_t i = 0; i < verb->n_options; i++)
		names[i] = verb->options[i].name;
	return nearest(word, names, verb->n_options);
}

static int bad_option(const struct option_scan *scan, int found, struct err *err)
{
	const char *word = scan->argv[optind > 1 ? optind - 1 : optind];
	if (found == ':')
		return err_set(err, "%s needs a value; see `plimsoll help %s`", word, scan->verb->name), -2;
	struct visible shown = visible(word, strlen(word), 40);
	const char *close = !strncmp(word, "--", 2) ? nearest_option(scan->verb, word + 2) : NULL;
	if (close)
		return err_set(err, "unknown option %s; the nearest is --%s", shown.text, close), -2;
	return err_set(err, "unknown option %s; see `plimsoll help %s`", shown.text, scan->verb->name), -2;
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
