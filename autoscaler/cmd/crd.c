#include "../io/manifest/crd.h"
#include "cmd.h"

#include <errno.h>

static const struct option_row options[] = {OPTION_HELP};

static int take_option(void *self, int row, const char *value, struct err *err)
{
	(void)self, (void)row, (void)value, (void)err;
	return 0;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	struct err err;
	int rest, status = options_parse(verb, argc, argv, take_option, NULL, &rest, &err);
	if (status == 1)
		return EXIT_DONE;
	if (status == 0 && argv[rest])
		status = err_set(&err, "unexpected '%.40s'; see `plimsoll crd --help`", argv[rest]);
	if (status == 0) {
		crd_print(stdout);
		if (fflush(stdout) != 0)
			status = err_set(&err, "standard output: %s", strerror(errno));
	}
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_crd = {
    .name = "crd",
    .summary = "print the custom resource Autoscaler, to apply to a cluster",
    .synopsis = "| kubectl apply -f -",
    .description =
	"Prints the CustomResourceDefinition of kind Autoscaler (plimsoll.dev/v1alpha1): autoscaling/v2's spec with "
	"smoothing and Prometheus queries. Its schema is made from the table that `plimsoll sim -f` checks manifests "
	"against.",
    .options = options,
    .n_options = COUNT(options),
    .run = run_verb,
};
