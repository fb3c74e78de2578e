#include "stop.h"

static void *await_signal(void *self)
{
	struct stop *stop = self;
	int signal;
	sigwait(&stop->signals, &signal);
	atomic_store(&stop->stopping, true);
	net_wake(stop->net);
	return NULL;
}

int stop_open(struct stop *stop, struct net *net, struct err *err)
{
	stop->net = net;
	atomic_init(&stop->stopping, false);
	sigemptyset(&stop->signals);
	sigaddset(&stop->signals, SIGINT);
	sigaddset(&stop->signals, SIGTERM);
	if (pthread_sigmask(SIG_BLOCK, &stop->signals, NULL) != 0 ||
	    pthread_create(&stop->thread, NULL, await_signal, stop) != 0)
		return err_set(err, "cannot start the thread that waits for signals");
	return 0;
}

void stop_close(struct stop *stop)
{
	pthread_kill(stop->thread, SIGTERM);
	pthread_join(stop->thread, NULL);
}
