#include "trials.h"

#include <pthread.h>

/* Runs are handed out by rising index. So, when one fails, every run before it has been handed out and is finished:
 * the first failure by index is the same whatever the number of threads. */
struct crew {
	const struct trials *trials;
	pthread_mutex_t lock; /* of all below */
	size_t next, done, failed; /* failed: the first by index, n: none */
	struct err err;
};

static bool take(struct crew *crew, size_t *index)
{
	pthread_mutex_lock(&crew->lock);
	bool more = crew->next < crew->trials->n && crew->failed == crew->trials->n;
	if (more)
		*index = crew->next++;
	pthread_mutex_unlock(&crew->lock);
	return more;
}

static void finish(struct crew *crew, size_t index, int status, const struct err *err)
{
	const struct trials *trials = crew->trials;
	pthread_mutex_lock(&crew->lock);
	crew->done++;
	if (status < 0 && index < crew->failed) {
		crew->failed = index;
		crew->err = *err;
	}
	if (trials->progress)
		trials->progress(trials->self, crew->done, trials->n);
	pthread_mutex_unlock(&crew->lock);
}

static void *work(void *self)
{
	struct crew *crew = self;
	const struct trials *trials = crew->trials;
	for (size_t index; take(crew, &index);) {
		struct err err = {""};
		struct trial *trial = &trials->trials[index];
		int status = sim_run(&trial->params, &trial->result, &err);
		if (status == 0 && trials->keep)
			status = trials->keep(trials->self, index, trial, &err);
		finish(crew, index, status, &err);
	}
	return NULL;
}

int trials_run(const struct trials *trials, struct err *err)
{
	struct crew crew = {.trials = trials, .failed = trials->n};
	pthread_t threads[TRIALS_THREADS_MAX];
	unsigned started = 0, wanted = trials->threads < TRIALS_THREADS_MAX ? trials->threads : TRIALS_THREADS_MAX;
	if (pthread_mutex_init(&crew.lock, NULL) != 0)
		return err_set(err, "out of memory for a lock");
	/* This thread works, too; without the others it does all. */
	while (started + 1 < wanted && started + 1 < trials->n &&
	       pthread_create(&threads[started], NULL, work, &crew) == 0)
		started++;
	work(&crew);
	while (started > 0)
		pthread_join(threads[--started], NULL);
	pthread_mutex_destroy(&crew.lock);
	if (crew.failed == trials->n)
		return 0;
	*err = crew.err;
	return -1;
}
