/* Conversations over HTTP(S), many at once on one thread (libcurl's multi interface). A server is where they go and how
 * one proves who one is; a call is one request, tried again as is right, and answered exactly once. Private to io and
 * cmd.
 *
 * HTTP/2 where the server speaks it, all calls of a server on as few connections as it allows; keep-alive; TLS
 * verified, whatever happens, unless the server was opened with `insecure`. Tried again, with jittered exponential
 * backoff: a connection that could not be made, or broke before an answer (only when the call is safe to repeat), 408,
 * 429, 500 (only GET), 502, 503, 504; Retry-After is honoured, up to the call's own timeout. A token, a password, a
 * client key or a query is never in a message, nor is the userinfo of a URL. */
#ifndef PLIMSOLL_NET_H
#define PLIMSOLL_NET_H

#include "base.h"

struct net;
/* SIGPIPE is ignored from here on, unless something handles it. */
struct net *net_open(uint64_t seed, struct err *);
/* Calls still under way are answered (status 0, "closed"). Servers may be closed before or after. */
void net_close(struct net *);
/* Handles what happens, for at most `wait` ms; sooner when something did, or net_wake was called. */
int net_run(struct net *, ms_t wait, struct err *);
/* While net_run waits, `step` is called when it is due (at first at once); it says when next, and must not wait. For
 * what has to be done in time whoever waits for whom: a lease to be renewed. step NULL: none any more. */
void net_every(struct net *, ms_t (*step)(void *self, ms_t mono), void *self);
/* From any thread, and from a signal handler. */
void net_wake(struct net *);

/* Why a try asks anew who we are. */
enum doubt {
	DOUBT_NOTHING,
	DOUBT_TOKEN, /* the last one was answered with 401 */
	DOUBT_TLS,   /* no connection came about: certificates may have been replaced on disk */
};

struct server_config {
	const char *name;                               /* for messages: "kubernetes", "prometheus" */
	const char *url;                                /* https://host:port/prefix */
	const char *ca_pem, *certificate_pem, *key_pem; /* texts; NULL: the system's CAs, none, none */
	const char *tls_server_name, *proxy;            /* NULL: the URL's host; the environment's proxy */
	bool insecure;                                  /* TLS is not verified: only where the user said so */
	const char *user, *password;                    /* Basic; NULL: none */
	const char *sigv4; /* "aws:amz:us-east-1:autoscaling", with user and password as keys */
	/* The bearer token of now, before each try (NULL: none); may take time (a plugin runs). Also where
	 * server_identity and server_authorities are called when there are new ones. */
	int (*token)(void *self, enum doubt, const char **token, struct err *);
	void *self;
	uint64_t max_answer_bytes;  /* of a collected answer; 0: 256 MiB */
	const char *const *headers; /* of every call, as in struct call; or NULL */
};

struct server;
/* Copies what it is given. Credentials go over https or to this machine only; a redirect is never followed. */
struct server *server_open(struct net *, const struct server_config *, struct err *);
/* Calls still under way are answered (status 0, "closed"). Not from within a `chunk`. */
void server_close(struct server *);
/* New certificate and key (they are short-lived), and new authorities to trust: connections are made anew, unless they
 * are the old ones. What is under way goes on. */
int server_identity(struct server *, const char *certificate_pem, const char *key_pem, struct err *);
int server_authorities(struct server *, const char *ca_pem, struct err *);

/* From here on a call that is no GET and no HEAD goes out only while `may` says so, asked before each try; else it is
 * answered with status 0 and why. */
void server_guard(struct server *, bool (*may)(void *self), void *self, const char *why);

struct answer {
	int status;       /* 0: no answer came; err says why */
	const char *body; /* ends with a NUL; empty when it was streamed */
	size_t size;
	ms_t took, at; /* from first try to answer; the server's Date, MS_UNSET if it gave none */
	int tries;
	struct err err; /* of status 0, and of 4xx and 5xx: what a person should be told */
};

/* Which calls of a server start first when there are more than it carries at once. Later: what nobody waits for; only
 * few of these are under way at a time, so that others always find room. */
enum call_haste { CALL_FIRST = -1, CALL_USUAL, CALL_LATER };

struct call {
	const char *method, *path; /* "GET", "/api/v1/pods?limit=500", appended to the server's URL */
	const char *body, *content_type;
	const char *accept;         /* NULL: application/json */
	const char *const *headers; /* "X-Amz-Target: ...", ended by NULL; or NULL */
	ms_t timeout;               /* of the whole, all tries: 0: 30 s. With chunk: of silence, not of the whole */
	int retries;                /* after the first try */
	ms_t after;                 /* the first try waits so long; the timeout runs from then */
	enum call_haste haste;
	bool repeatable; /* a POST or PATCH that may be sent twice; GET, PUT and DELETE are */
	bool unguarded;  /* goes out whatever the server's guard says: the lease itself */
	/* The body as it comes (status 200 only); negative ends the call. NULL: collected. */
	int (*chunk)(void *self, const char *bytes, size_t size);
	/* Exactly once, from net_run or net_close, never from server_call. */
	void (*done)(void *self, const struct answer *);
	void *self;
};

/* Copies what it is given. A call that cannot even be started is answered from the next net_run. Returns its number; 0,
 * and no answer will come, when net or server is being closed or memory is exhausted. */
uint64_t server_call(struct server *, const struct call *);
/* It is not answered any more; nothing happens when it has been. */
void server_cancel(struct server *, uint64_t call);
/* Waits for the answer, net_run going on meanwhile; the body is the caller's to free(). Returns the status, or negative
 * with a message when it is not 2xx (answer->status tells). */
int server_fetch(struct server *, const struct call *, struct answer *, char **body, struct err *);

/* How often what was asked, by method and class of status, for /metrics. */
struct call_count {
	const char *method;
	int status; /* 0: no answer */
	uint64_t calls, tries;
	ms_t took;
};
uint32_t server_counts(const struct server *, struct call_count *, uint32_t room);
/* The server's wall clock less our monotonic one, by the Date of its last answer (whole seconds); false: none came. */
bool server_wall(const struct server *, ms_t *less_mono);

#endif
