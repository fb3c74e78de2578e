#include "trials.h"

#include "crew.h"

static int run(void *self, size_t index, struct err *err)
{
	const struct trials *trials = self;
	struct trial *trial = &trials->trials[index];
	if (sim_run(&trial->params, &trial->result, err) < 0)
		return -1;
	return trials->keep ? trials->keep(trials->self, index, trial, err) : 0;
}

static void progress(void *self, size_t done, size_t n)
{
	const struct trials *trials = self;
	if (trials->progress)
		trials->progress(trials->self, done, n);
}

int trials_run(const struct trials *trials, struct err *err)
{
	struct trials copy = *trials;
	const struct crew crew = {copy.n, copy.threads, run, progress, &copy};
	return crew_run(&crew, err);
}
