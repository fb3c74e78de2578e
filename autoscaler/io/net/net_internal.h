/* What the files of net.h share. Private to io/net.
 *
 * An exchange is a call under way. It is in exactly one place: its server's queue (QUEUED), a libcurl handle (FLYING),
 * or only among the timers (WAITING for its next try; FAILED, to be answered at the next turn). All are among the
 * timers: a heap by the time at which something must be done if nothing comes before. Nothing is answered while libcurl
 * is at work. */
#ifndef PLIMSOLL_NET_INTERNAL_H
#define PLIMSOLL_NET_INTERNAL_H

#include "../text/clock.h"
#include "net.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdlib.h>

#define URL_MAX          16384
#define HEADER_MAX       16384 /* a line */
#define FLYING_MAX       80    /* of a server, streams besides: what one HTTP/2 connection carries everywhere */
#define LATER_MAX        16    /* under way when a call that can wait is started: the others always find room */
#define MESSAGE_BODY_MAX ((size_t)64 * 1024) /* of an error's body that is read for its message */
#define ANSWER_USUAL_MAX ((uint64_t)256 << 20)
#define TIMEOUT_USUAL    (30 * SECOND_MS)
#define CONNECT_TIMEOUT  (10 * SECOND_MS)
#define FIRST_WAIT       ((ms_t)200)
#define LAST_WAIT        (10 * SECOND_MS)
#define DEAD_AFTER       (5 * SECOND_MS)  /* a connection with calls on it and without a byte, when one times out */
#define REFUSAL_REST     (10 * SECOND_MS) /* between two times that a token is told to be refused */

enum rank { RANK_STREAM, RANK_FIRST, RANK_USUAL, RANK_LATER, RANKS }; /* streams start at once */
struct queue {
	struct exchange *first, *last;
};

enum exchange_state { QUEUED, WAITING, FLYING, FAILED };

struct exchange {
	struct net *net;
	struct server *server;
	struct exchange *next, *previous; /* in the queue; next: of those cancelled while libcurl was at work */
	uint64_t id;
	size_t timer; /* where it is in the heap */
	ms_t due;
	enum exchange_state state;
	struct call call; /* its texts are in `texts` */
	char *texts;
	CURL *easy;
	struct curl_slist *headers;
	char *body, **keep; /* keep: where the body goes when it has been answered */
	size_t size, room;
	ms_t begun, tried, heard,
	    deadline;                    /* monotonic: of the first try, of this one, the last byte; the end of all */
	ms_t at;                         /* the Date of the answer */
	int tries, left;                 /* done; still allowed */
	int sent;                        /* times that this try's request was sent */
	uint64_t token_serial, identity; /* of the server, when it was sent */
	bool cancelled, refreshed, renewed, streamed, delivered, too_large, stopped, no_memory;
	struct err err; /* of FAILED */
	char why[CURL_ERROR_SIZE];
};

struct net {
	ms_t (*step)(void *self, ms_t mono); /* of net_every */
	void *step_self;
	ms_t step_due;
	CURLM *multi;
	uint64_t luck;
	struct server *servers;
	struct exchange **slots; /* by the low bits of the id */
	uint32_t *free_slots;
	size_t n_slots, room_slots, n_free;
	uint64_t serial;
	struct exchange **timers;
	size_t n_timers, room_timers;
	struct exchange *cancelled;
	uint64_t happened; /* answers and pieces of bodies so far */
	bool performing, closing;
	atomic_bool woken;
};

#define METHODS 8
#define CLASSES 6 /* of status: none, 1xx ... 5xx */

struct server {
	struct net *net; /* NULL: it was closed */
	struct server *next;
	char *name, *url, *ca_pem, *certificate_pem, *key_pem, *proxy, *user, *password, *sigv4;
	char *shown;       /* the URL for messages */
	char *host_header; /* "Host: ...", with a TLS server name only */
	struct curl_slist *connect_to, *headers;
	bool insecure, loopback, closing, tls;
	int (*token_of)(void *, enum doubt, const char **, struct err *);
	void *self;
	char *token;                     /* the last one sent */
	char *basic;                     /* user and password as they are sent */
	uint64_t token_serial, identity; /* identity: of the certificates, ours and the authorities' */
	ms_t refused_at, heard;          /* monotonic */
	ms_t wall_less_mono;             /* by the last Date it sent, less our monotonic clock; MS_UNSET */
	uint64_t max_answer_bytes;
	bool (*may_write)(void *); /* NULL: always */
	void *guard_self;
	const char *guard_why;
	struct queue queues[RANKS];
	uint32_t flying; /* without streams */
	CURL *idle[FLYING_MAX];
	uint64_t idle_identity[FLYING_MAX];
	uint32_t n_idle;
	struct call_count counts[METHODS][CLASSES];
};

/* ---- net.c: places ---- */

/* Takes a new exchange in: gives it its number and timer. */
int net_add(struct net *, struct exchange *);
void net_remove(struct net *, struct exchange *);
struct exchange *net_find(const struct net *, uint64_t id);
void timer_set(struct net *, struct exchange *, ms_t due);

/* ---- queue.c ---- */

/* The one that is to be started now; NULL: none. */
struct exchange *server_next(const struct server *);
void server_enqueue(struct exchange *);
void server_dequeue(struct exchange *);

/* ---- server.c ---- */

void server_count(const struct exchange *, int status, ms_t took);
/* The token for a try, in server->token. */
int server_token(struct server *, enum doubt, struct err *);

/* ---- handle.c ---- */

/* A handle set up for the server; NULL: no memory. */
CURL *server_handle(struct server *);
void server_handle_back(struct server *, CURL *, uint64_t identity);
void server_handles_free(struct server *);
/* The request onto its handle; negative: no memory. */
int exchange_options(struct exchange *);

/* ---- exchange.c ---- */

void exchange_start(struct exchange *);
/* What libcurl says of a FLYING one: it is answered, or waits for another try. */
void exchange_over(struct exchange *, CURLcode);
/* Its time has come. */
void exchange_due(struct exchange *);
void exchange_answer(struct exchange *, int status, const struct err *);
/* Takes it from wherever it is and frees it, unanswered. */
void exchange_drop(struct exchange *);
/* It will be answered with this message, at the next turn. */
void exchange_fail(struct exchange *, const struct err *);
/* Into its server's queue. */
void exchange_queue(struct exchange *);
/* GET, PUT and DELETE, and what the caller says. */
bool exchange_repeatable(const struct exchange *);

/* ---- receive.c: what libcurl calls ---- */

size_t receive_header(char *line, size_t size, size_t n, void *exchange);
size_t receive_body(char *bytes, size_t size, size_t n, void *exchange);
/* Before a request is sent: one that may not be repeated is not sent again. */
int receive_ready(void *exchange, char *, char *, int, int);

/* ---- answer.c ---- */

/* "403 Forbidden: what the Status in the body says". */
void answer_message(const struct server *, int status, const char *body, size_t size, struct err *);
/* Stars where the server's secrets stand in a text. */
void secrets_hide(const struct server *, char *text);

#endif
