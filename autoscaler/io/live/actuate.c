#include "actuate_internal.h"

#include <stdlib.h>

struct live_actuate *live_actuate_open(const struct live_actuate_config *config, struct err *err)
{
	struct live_actuate *actuate = calloc(1, sizeof *actuate);
	if (actuate) {
		actuate->config = *config;
		actuate->server = kube_server(config->kube);
		actuate->events = calloc(1, sizeof *actuate->events);
		actuate->flights = calloc(EVENT_FLIGHTS, sizeof *actuate->flights);
	}
	if (!actuate || !actuate->events || !actuate->flights) {
		live_actuate_close(actuate);
		err_set(err, "out of memory");
		return NULL;
	}
	return actuate;
}

void live_actuate_close(struct live_actuate *actuate)
{
	if (!actuate)
		return;
	live_status_close(actuate);
	live_events_close(actuate);
	arena_free(&actuate->scales);
	json_put_free(&actuate->body);
	free(actuate);
}
