#include "credentials.h"

#include "../text/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 20 /* between two looks at whether it has ended */

struct process {
	pid_t pid;
	int out; /* what it writes */
	bool group;
	ms_t deadline;
	size_t most, n, room;
	char *text;
};

static int spawn_with(struct process *process, const char *const *words, char *const *environment, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (process->group)
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						      (process->group ? POSIX_SPAWN_SETPGROUP : 0)));
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	int status =
	    posix_spawnp(&process->pid, words[0], &actions, &attributes, (char *const *)(uintptr_t)words, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return status;
}

static int start(struct process *process, const char *const *words, char *const *environment, struct err *err)
{
	int ends[2];
	if (pipe(ends) < 0)
		return err_set(err, "%.200s: cannot be started: %s", words[0], strerror(errno));
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	int status = spawn_with(process, words, environment, ends[1]);
	close(ends[1]);
	process->out = ends[0];
	if (status == 0)
		return 0;
	close(ends[0]);
	err_set(err, "%.200s: cannot be started: %s", words[0], strerror(status));
	return status == ENOENT ? PROCESS_ABSENT : -1;
}

/* 1: a piece, 0: the end, negative: no more. */
static int read_piece(struct process *process, const char *name, struct err *err)
{
	ms_t left = process->deadline - clock_mono();
	struct pollfd ready = {process->out, POLLIN, 0};
	if (left <= 0)
		return err_set(err, "%.200s: took too long", name);
	if (process->n > process->most)
		return err_set(err, "%.200s: wrote more than %zu bytes", name, process->most);
	if (process->room - process->n < 4096) {
		char *larger = realloc(process->text, process->room + 16384);
		if (!larger)
			return err_set(err, "out of memory");
		process->text = larger;
		process->text[process->n] = 0;
		process->room += 16384;
	}
	if (poll(&ready, 1, (int)min64(left, HOUR_MS)) <= 0)
		return 1;
	ssize_t got = read(process->out, process->text + process->n, process->room - process->n - 1);
	if (got < 0)
		return errno == EINTR ? 1 : err_set(err, "%.200s: cannot be read: %s", name, strerror(errno));
	process->n += (size_t)got;
	process->text[process->n] = 0;
	return got > 0;
}

static void nap(void)
{
	struct timespec span = {0, PATIENCE_MS * 1000000L};
	nanosleep(&span, NULL);
}

/* Its exit status; negative when it had to be ended. */
static int wait_for(struct process *process, const char *name, bool ended, struct err *err)
{
	int status = 0;
	pid_t got;
	while ((got = waitpid(process->pid, &status, ended ? 0 : WNOHANG)) <= 0) {
		if (got < 0 && errno != EINTR)
			return err_set(err, "%.200s: cannot be waited for: %s", name, strerror(errno));
		if (got < 0)
			continue;
		if (clock_mono() >= process->deadline) {
			kill(process->group ? -process->pid : process->pid, SIGKILL);
			err_set(err, "%.200s: took too long", name);
			waitpid(process->pid, &status, 0);
			return -1;
		}
		nap();
	}
	if (WIFSIGNALED(status))
		return err_set(err, "%.200s: was ended by signal %d", name, WTERMSIG(status));
	return WEXITSTATUS(status);
}

int process_run(const char *const *words, char *const *environment, bool interactive, ms_t limit, size_t most,
		char **output, size_t *length, struct err *err)
{
	struct process process = {.group = !interactive, .deadline = clock_mono() + limit, .most = most};
	struct err ignored;
	int status = start(&process, words, environment, err), reading;
	if (status < 0)
		return status;
	while ((reading = read_piece(&process, words[0], err)) > 0)
		;
	close(process.out);
	if (reading < 0)
		kill(process.group ? -process.pid : process.pid, SIGKILL);
	status = wait_for(&process, words[0], reading < 0, reading < 0 ? &ignored : err);
	if (reading < 0 || status < 0) {
		secret_free(process.text);
		return -1;
	}
	*output = process.text;
	*length = process.n;
	return status;
}
