#include "render.h"
#include "web_internal.h"

#include <stdlib.h>
#include <unistd.h>

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
	arena_free(&web->arena);
	pthread_mutex_destroy(&web->lock);
	free(web);
}

const char *web_address(const struct web *web)
{
	return web->address;
}

static struct web_published *publication(const struct status *s, enum web_text which)
{
	static void (*const renders[WEB_TEXTS])(struct body *, const struct status *) = {
	    [WEB_PAGE] = render_page,
	    [WEB_PAGE_STUCK] = render_page,
	    [WEB_JSON] = render_json,
	    [WEB_METRICS] = render_metrics,
	};
	struct body body = {0};
	struct status shown = *s;
	struct web_published *text = calloc(1, sizeof *text);
	shown.stuck |= which == WEB_PAGE_STUCK;
	renders[which](&body, &shown);
	if (!text || body.failed) {
		free(body.bytes);
		free(text);
		return NULL;
	}
	*text = (struct web_published){.bytes = body.bytes, .size = body.size, .holders = 1};
	return text;
}

struct web_published *web_hold(struct web *web, enum web_text which)
{
	pthread_mutex_lock(&web->lock);
	if (!web->texts[which] && web->health.published)
		web->texts[which] = publication(&web->status, which);
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
	*stuck = health.stuck || (health.stuck_after > 0 && clock_mono() - health.at > health.stuck_after);
	return health;
}

static struct web_health health_of(const struct status *s)
{
	struct web_health health = {.published = true,
				    .synced = s->synced,
				    .stuck = s->stuck,
				    .at = clock_mono(),
				    .stuck_after = s->stuck_after};
	snprintf(health.trouble, sizeof health.trouble, "%.250s", s->trouble);
	return health;
}

int web_publish(struct web *web, const struct status *s, struct err *err)
{
	struct web_published *old[WEB_TEXTS];
	struct arena arena = {0}, before;
	struct status status;
	struct web_health health = health_of(s);
	if (status_copy(s, &arena, &status) < 0) {
		arena_free(&arena);
		return err_set(err, "status page: out of memory for %u autoscalers", s->n_autoscalers);
	}
	pthread_mutex_lock(&web->lock);
	memcpy(old, web->texts, sizeof old);
	memset(web->texts, 0, sizeof web->texts);
	before = web->arena;
	web->arena = arena;
	web->status = status;
	web->health = health;
	pthread_mutex_unlock(&web->lock);
	arena_free(&before);
	for (int i = 0; i < WEB_TEXTS; i++)
		web_release(web, old[i]);
	return 0;
}
