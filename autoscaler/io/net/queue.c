/* What waits for a server: first come, first served within a rank, and no rank before those above it. */
#include "net_internal.h"

/* How many are under way at most, streams besides, when one of a rank is started. */
static const uint32_t most_flying[RANKS] = {
    [RANK_STREAM] = UINT32_MAX,
    [RANK_FIRST] = UINT32_MAX,
    [RANK_USUAL] = FLYING_MAX,
    [RANK_LATER] = LATER_MAX,
};

static enum rank rank_of(const struct exchange *exchange)
{
	return exchange->streamed ? RANK_STREAM : (enum rank)(RANK_USUAL + exchange->call.haste);
}

struct exchange *server_next(const struct server *server)
{
	for (int rank = 0; rank < RANKS; rank++)
		if (server->queues[rank].first)
			return server->flying < most_flying[rank] ? server->queues[rank].first : NULL;
	return NULL;
}

void server_enqueue(struct exchange *exchange)
{
	struct queue *queue = &exchange->server->queues[rank_of(exchange)];
	exchange->state = QUEUED;
	exchange->previous = queue->last;
	exchange->next = NULL;
	*(queue->last ? &queue->last->next : &queue->first) = exchange;
	queue->last = exchange;
}

void server_dequeue(struct exchange *exchange)
{
	struct queue *queue = &exchange->server->queues[rank_of(exchange)];
	*(exchange->previous ? &exchange->previous->next : &queue->first) = exchange->next;
	*(exchange->next ? &exchange->next->previous : &queue->last) = exchange->previous;
	exchange->next = exchange->previous = NULL;
	exchange->state = WAITING;
}
