#include "cmd.h"

#include "models.h"
#include "nearest.h"
#include "visible.h"

#include <stdlib.h>

static const struct verb *const verbs[] = {&verb_sim, &verb_price, &verb_help};

const struct verb *verb_at(size_t index)
{
	return index < COUNT(verbs) ? verbs[index] : NULL;
}

static int unknown_verb(const char *word)
{
	const char *names[COUNT(verbs)];
	for (size_t i = 0; i < COUNT(verbs); i++)
		names[i] = verbs[i]->name;
	fprintf(stderr, "plimsoll: unknown verb %s; the nearest is %s (`plimsoll --help` lists all)\n",
	        visible(word, strlen(word), 40).text, nearest(word, names, COUNT(verbs)));
	return EXIT_REFUSED;
}

static int run(int argc, char **argv)
{
	static char *overview[] = {"help", NULL};
	if (argc < 2) {
		fprintf(stderr, "plimsoll: say what to do; `plimsoll --help` lists the verbs\n");
		return EXIT_REFUSED;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("plimsoll %s\n", PLIMSOLL_VERSION);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return verb_help.run(&verb_help, 1, overview);
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (!strcmp(argv[1], verbs[i]->name))
			return verbs[i]->run(verbs[i], argc - 1, argv + 1);
	return unknown_verb(argv[1]);
}

int main(int argc, char **argv)
{
	models_init();
	int status = run(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("plimsoll: standard output");
		return EXIT_REFUSED;
	}
	return status;
}
