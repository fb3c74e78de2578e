#include "render.h"
#include "web_internal.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

ms_t web_mono(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

struct web *web_open(const char *address, struct log *log, struct err *err)
{
	struct web *web = calloc(1, sizeof *web);
	if (!web) {
		err_set(err, "status page: out of memory");
		return NULL;
	}
	pthread_mutex_init(&web->lock, NULL);
	int listening = web_listen(address, web->address, sizeof web->address, &web->loopback, err);
	if (listening < 0 || web_serve(web, listening, err) < 0) {
		if (listening >= 0)
			close(listening);
		pthread_mutex_destroy(&web->lock);
		free(web);
		return NULL;
	}
	log_line(log, LOG_INFO, "serving the status page", "address", web->address, NULL);
	return web;
}

void web_close(struct web *web)
{
	if (!web)
		return;
	web_stop(web);
	for (int i = 0; i < WEB_TEXTS; i++)
		web_release(web, web->texts[i]);
	pthread_mutex_destroy(&web->lock);
	free(web);
}

const char *web_address(const struct web *web)
{
	return web->address;
}

struct web_published *web_hold(struct web *web, enum web_text which)
{
	pthread_mutex_lock(&web->lock);
	struct web_published *text = web->texts[which];
	if (text)
		text->holders++;
	pthread_mutex_unlock(&web->lock);
	return text;
}

void web_release(struct web *web, struct web_published *text)
{
	if (!text)
		return;
	pthread_mutex_lock(&web->lock);
	bool last = --text->holders == 0;
	pthread_mutex_unlock(&web->lock);
	if (!last)
		return;
	free(text->bytes);
	free(text);
}

struct web_health web_health(struct web *web, bool *stuck)
{
	pthread_mutex_lock(&web->lock);
	struct web_health health = web->health;
	pthread_mutex_unlock(&web->lock);
	*stuck = health.stuck || (health.stuck_after > 0 && web_mono() - health.at > health.stuck_after);
	return health;
}

static struct web_published *publication(void (*render)(struct body *, const struct status *), const struct status *s)
{
	struct body body = {0};
	struct web_published *text = calloc(1, sizeof *text);
	render(&body, s);
	if (!text || body.failed) {
		free(body.bytes);
		free(text);
		return NULL;
	}
	*text = (struct web_published){.bytes = body.bytes, .size = body.size, .holders = 1};
	return text;
}

static struct web_health health_of(const struct status *s)
{
	struct web_health health = {
	    .published = true, .synced = s->synced, .stuck = s->stuck, .at = web_mono(), .stuck_after = s->stuck_after};
	snprintf(health.trouble, sizeof health.trouble, "%.250s", s->trouble);
	return health;
}

/* Puts the texts in the place of those before, which are then in `texts`. */
static void swap(struct web *web, struct web_published **texts, const struct web_health *health)
{
	pthread_mutex_lock(&web->lock);
	for (int i = 0; i < WEB_TEXTS; i++) {
		struct web_published *before = web->texts[i];
		web->texts[i] = texts[i];
		texts[i] = before;
	}
	web->health = *health;
	pthread_mutex_unlock(&web->lock);
}

int web_publish(struct web *web, const struct status *s, struct err *err)
{
	struct status as_stuck = *s;
	struct web_health health = health_of(s);
	as_stuck.stuck = true;
	struct web_published *texts[WEB_TEXTS] = {[WEB_PAGE] = publication(render_page, s),
						  [WEB_PAGE_STUCK] = publication(render_page, &as_stuck),
						  [WEB_JSON] = publication(render_json, s),
						  [WEB_METRICS] = publication(render_metrics, s)};
	bool whole = true;
	for (int i = 0; i < WEB_TEXTS; i++)
		whole = whole && texts[i];
	if (whole)
		swap(web, texts, &health);
	for (int i = 0; i < WEB_TEXTS; i++)
		web_release(web, texts[i]);
	return whole ? 0 : err_set(err, "status page: out of memory for %u autoscalers", s->n_autoscalers);
}
