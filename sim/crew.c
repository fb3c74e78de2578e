#include "crew.h"

#include <pthread.h>

/* Parts are handed out by rising index. So, when one fails, every part before it has been handed out and is finished:
 * the first failure by index is the same whatever the number of threads. */
struct shift {
	const struct crew *crew;
	pthread_mutex_t lock;      /* of all below */
	size_t next, done, failed; /* failed: the first by index, n: none */
	struct err err;
};

static bool take(struct shift *shift, size_t *index)
{
	pthread_mutex_lock(&shift->lock);
	bool more = shift->next < shift->crew->n && shift->failed == shift->crew->n;
	if (more)
		*index = shift->next++;
	pthread_mutex_unlock(&shift->lock);
	return more;
}

static void finish(struct shift *shift, size_t index, int status, const struct err *err)
{
	const struct crew *crew = shift->crew;
	pthread_mutex_lock(&shift->lock);
	shift->done++;
	if (status < 0 && index < shift->failed) {
		shift->failed = index;
		shift->err = *err;
	}
	if (crew->progress)
		crew->progress(crew->self, shift->done, crew->n);
	pthread_mutex_unlock(&shift->lock);
}

static void *work(void *self)
{
	struct shift *shift = self;
	for (size_t index; take(shift, &index);) {
		struct err err = {""};
		int status = shift->crew->part(shift->crew->self, index, &err);
		finish(shift, index, status, &err);
	}
	return NULL;
}

int crew_run(const struct crew *crew, struct err *err)
{
	struct shift shift = {.crew = crew, .failed = crew->n};
	pthread_t threads[CREW_MAX];
	unsigned started = 0, wanted = crew->threads < CREW_MAX ? crew->threads : CREW_MAX;
	if (pthread_mutex_init(&shift.lock, NULL) != 0)
		return err_set(err, "out of memory for a lock");
	/* This thread works, too; without the others it does all. */
	while (started + 1 < wanted && started + 1 < crew->n &&
	       pthread_create(&threads[started], NULL, work, &shift) == 0)
		started++;
	work(&shift);
	while (started > 0)
		pthread_join(threads[--started], NULL);
	pthread_mutex_destroy(&shift.lock);
	if (shift.failed == crew->n)
		return 0;
	*err = shift.err;
	return -1;
}
