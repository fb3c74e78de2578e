/* The first process of a pod's sandbox: keeps it open, and buries what is left to it. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	sigset_t set;
	int got;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (sigwait(&set, &got) == 0 && got != SIGTERM && got != SIGINT)
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	return 0;
}
