#include "net_internal.h"

#include "../text/grown.h"

#include <errno.h>
#include <signal.h>

#define SLOT_BITS 24
#define SLOT_MASK (((uint64_t)1 << SLOT_BITS) - 1)

/* ---- timers: a binary heap by `due` ---- */

static void timer_put(struct net *net, size_t at, struct exchange *exchange)
{
	net->timers[at] = exchange;
	exchange->timer = at;
}

static void timer_up(struct net *net, size_t at, struct exchange *exchange)
{
	for (; at && net->timers[(at - 1) / 2]->due > exchange->due; at = (at - 1) / 2)
		timer_put(net, at, net->timers[(at - 1) / 2]);
	timer_put(net, at, exchange);
}

static void timer_down(struct net *net, size_t at, struct exchange *exchange)
{
	for (size_t child; (child = 2 * at + 1) < net->n_timers; at = child) {
		if (child + 1 < net->n_timers && net->timers[child + 1]->due < net->timers[child]->due)
			child++;
		if (net->timers[child]->due >= exchange->due)
			break;
		timer_put(net, at, net->timers[child]);
	}
	timer_put(net, at, exchange);
}

void timer_set(struct net *net, struct exchange *exchange, ms_t due)
{
	bool sooner = due < exchange->due;
	exchange->due = due;
	if (sooner)
		timer_up(net, exchange->timer, exchange);
	else
		timer_down(net, exchange->timer, exchange);
}

static void timer_remove(struct net *net, const struct exchange *exchange)
{
	struct exchange *last = net->timers[--net->n_timers];
	if (last == exchange)
		return;
	timer_up(net, exchange->timer, last);
	timer_down(net, last->timer, last);
}

/* ---- numbers ---- */

static int slot_take(struct net *net, uint32_t *slot)
{
	if (net->n_free) {
		*slot = net->free_slots[--net->n_free];
		return 0;
	}
	if (net->n_slots > SLOT_MASK)
		return -1;
	if (net->n_slots == net->room_slots) {
		size_t room = net->room_slots ? 2 * net->room_slots : 64;
		struct exchange **slots = realloc(net->slots, room * sizeof(struct exchange *));
		if (!slots)
			return -1;
		net->slots = slots;
		uint32_t *free_slots = realloc(net->free_slots, room * sizeof *free_slots);
		if (!free_slots)
			return -1;
		net->free_slots = free_slots;
		net->room_slots = room;
	}
	*slot = (uint32_t)net->n_slots++;
	return 0;
}

int net_add(struct net *net, struct exchange *exchange)
{
	struct exchange **timers = heap_grown(net->timers, net->n_timers, &net->room_timers, sizeof(struct exchange *));
	uint32_t slot;
	if (!timers)
		return -1;
	net->timers = timers;
	if (slot_take(net, &slot) < 0)
		return -1;
	net->slots[slot] = exchange;
	exchange->net = net;
	exchange->id = ++net->serial << SLOT_BITS | slot;
	timer_up(net, net->n_timers++, exchange);
	return 0;
}

struct exchange *net_find(const struct net *net, uint64_t id)
{
	uint64_t slot = id & SLOT_MASK;
	struct exchange *exchange = slot < net->n_slots ? net->slots[slot] : NULL;
	return exchange && exchange->id == id ? exchange : NULL;
}

void net_remove(struct net *net, struct exchange *exchange)
{
	uint32_t slot = (uint32_t)(exchange->id & SLOT_MASK);
	timer_remove(net, exchange);
	net->slots[slot] = NULL;
	net->free_slots[net->n_free++] = slot;
}

/* ---- turns ---- */

static void start_queued(struct net *net)
{
	for (struct server *server = net->servers; server; server = server->next)
		for (struct exchange *exchange; (exchange = server_next(server));) {
			server_dequeue(exchange);
			exchange_start(exchange);
		}
}

static void reap_cancelled(struct net *net)
{
	while (net->cancelled) {
		struct exchange *exchange = net->cancelled;
		net->cancelled = exchange->next;
		exchange_drop(exchange);
	}
}

static void take_results(struct net *net)
{
	int left;
	for (CURLMsg *message; (message = curl_multi_info_read(net->multi, &left));) {
		struct exchange *exchange = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
		exchange_over(exchange, message->data.result);
	}
}

static void take_timers(struct net *net)
{
	ms_t now = clock_mono();
	while (net->n_timers && net->timers[0]->due <= now)
		exchange_due(net->timers[0]);
}

static int turn(struct net *net, struct err *err)
{
	int running;
	start_queued(net);
	net->performing = true;
	CURLMcode code = curl_multi_perform(net->multi, &running);
	net->performing = false;
	reap_cancelled(net);
	if (code != CURLM_OK)
		return err_set(err, "libcurl: %s", curl_multi_strerror(code));
	take_results(net);
	take_timers(net);
	return 0;
}

/* Something waits to be started, or is due: there is no time to sleep. */
static ms_t sleep_span(const struct net *net, ms_t now, ms_t end)
{
	for (const struct server *server = net->servers; server; server = server->next)
		if (server_next(server))
			return 0;
	if (net->n_timers)
		end = min64(end, net->timers[0]->due);
	if (net->step)
		end = min64(end, net->step_due);
	return min64(max64(0, end - now), HOUR_MS);
}

void net_every(struct net *net, ms_t (*step)(void *self, ms_t mono), void *self)
{
	net->step = step;
	net->step_self = self;
	net->step_due = clock_mono();
}

static void take_step(struct net *net, ms_t now)
{
	if (net->step && now >= net->step_due)
		net->step_due = net->step(net->step_self, now);
}

int net_run(struct net *net, ms_t wait, struct err *err)
{
	uint64_t happened = net->happened;
	ms_t now = clock_mono(), end = now + max64(0, min64(wait, DAY_MS));
	if (net->performing)
		return err_set(err, "net_run was called from within a stream");
	for (;;) {
		take_step(net, now);
		if (turn(net, err) < 0)
			return -1;
		now = clock_mono();
		if (net->happened != happened || atomic_exchange(&net->woken, false) || now >= end)
			return 0;
		CURLMcode code = curl_multi_poll(net->multi, NULL, 0, (int)sleep_span(net, now, end), NULL);
		if (code != CURLM_OK)
			return err_set(err, "libcurl: %s", curl_multi_strerror(code));
	}
}

void net_wake(struct net *net)
{
	int saved = errno;
	atomic_store(&net->woken, true);
	curl_multi_wakeup(net->multi);
	errno = saved;
}

/* A connection that the other side has closed must not end the program. */
static void ignore_broken_pipes(void)
{
	struct sigaction now, ignored = {.sa_handler = SIG_IGN};
	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		sigaction(SIGPIPE, &ignored, NULL);
}

struct net *net_open(uint64_t seed, struct err *err)
{
	struct net *net = calloc(1, sizeof *net);
	if (net && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
		net->multi = curl_multi_init();
		if (net->multi) {
			net->luck = seed;
			ignore_broken_pipes();
			atomic_init(&net->woken, false);
			curl_multi_setopt(net->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
			curl_multi_setopt(net->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 200L);
			curl_multi_setopt(net->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 32L);
			curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, 64L);
			return net;
		}
		curl_global_cleanup();
	}
	free(net);
	err_set(err, "out of memory");
	return NULL;
}

void net_close(struct net *net)
{
	if (!net)
		return;
	struct err closed;
	err_set(&closed, "closed");
	net->closing = true;
	while (net->n_timers)
		exchange_answer(net->timers[0], 0, &closed);
	for (struct server *server = net->servers; server; server = server->next) {
		server_handles_free(server);
		server->net = NULL;
	}
	curl_multi_cleanup(net->multi);
	curl_global_cleanup();
	free(net->slots);
	free(net->free_slots);
	free(net->timers);
	free(net);
}
