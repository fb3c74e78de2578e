#include "cmd.h"

#include "models.h"
#include "nearest.h"
#include "visible.h"

#include <fcntl.h>

/* A file that is opened while a standard stream is closed would take its number, and what is written to that stream
 * would go there: to a server, or into the journal. Writing to it goes on to fail. */
static int keep_streams_apart(void)
{
	for (int stream = 0; stream <= 2; stream++)
		if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY) != stream)
			return -1;
	return 0;
}

static int unknown_verb(const char *word)
{
	const char *names[VERBS_MAX];
	size_t n = 0;
	for (; verb_at(n); n++)
		names[n] = verb_at(n)->name;
	fprintf(stderr, "plimsoll: unknown verb %s; the nearest is %s (`plimsoll --help` lists all)\n",
		visible(word, strlen(word), 40).text, nearest(word, names, n));
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
	for (size_t i = 0; verb_at(i); i++)
		if (!strcmp(argv[1], verb_at(i)->name))
			return verb_at(i)->run(verb_at(i), argc - 1, argv + 1);
	return unknown_verb(argv[1]);
}

int main(int argc, char **argv)
{
	if (keep_streams_apart() < 0)
		return EXIT_REFUSED;
	models_init();
	int status = run(argc, argv);
	if (status != EXIT_REFUSED && (fflush(stdout) != 0 || ferror(stdout))) {
		perror("plimsoll: standard output");
		return EXIT_REFUSED;
	}
	return status;
}
