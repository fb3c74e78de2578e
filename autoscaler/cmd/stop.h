/* SIGINT and SIGTERM, taken by a thread that waits for them, so that no handler needs a global variable. Private to
 * cmd. */
#ifndef PLIMSOLL_STOP_H
#define PLIMSOLL_STOP_H

#include "../io/net/net.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct stop {
	atomic_bool stopping;
	sigset_t signals;
	pthread_t thread;
	struct net *net; /* woken */
};

/* From here on the signals are blocked. Before other threads are started. */
int stop_open(struct stop *, struct net *, struct err *);
void stop_close(struct stop *);

#endif
