/* A folder with fresh certificates, and tests/net_server.py in it. */
#ifndef NET_FIXTURE_H
#define NET_FIXTURE_H

#include "base.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define READ_MAX ((size_t)65536)

struct fixture {
	char folder[64];
	pid_t pid;
	int stdin_end;
	int port, other_port, proxy_port;
};

static inline const char *in_folder(const struct fixture *fixture, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", fixture->folder, name);
	return path;
}

static inline char *read_text(const struct fixture *fixture, const char *name)
{
	char path[256], *text = calloc(1, READ_MAX);
	FILE *file = fopen(in_folder(fixture, name, path), "r");
	if (!file || !text)
		abort();
	text[fread(text, 1, READ_MAX - 1, file)] = 0;
	fclose(file);
	return text;
}

static inline void write_text(const struct fixture *fixture, const char *name, const char *text, unsigned mode)
{
	char path[256];
	FILE *file = fopen(in_folder(fixture, name, path), "w");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
	if (mode && chmod(path, mode) != 0)
		abort();
}

/* ca signs server (127.0.0.1), other (other.example), alice and bob; wrong signs nothing. */
static const char certificates[] =
    "cd \"$1\" && {\n"
    "new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
    "for ca in ca wrong; do openssl req -x509 $new -keyout $ca.key -out $ca.crt -days 2 -subj /CN=$ca || exit 1; done\n"
    "sign() {\n"
    "openssl req $new -keyout $1.key -out $1.csr -subj /CN=$1 &&\n"
    "printf 'subjectAltName=%s\\n' $2 >$1.ext &&\n"
    "openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.crt || exit "
    "1\n"
    "}\n"
    "sign server IP:127.0.0.1; sign other DNS:other.example; sign alice DNS:alice; sign bob DNS:bob\n"
    "} >openssl.log 2>&1";

static inline pid_t start(const char *const *words, int in, int out)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	execvp(words[0], (char *const *)(uintptr_t)words);
	_exit(127);
}

static inline int fixture_folder(struct fixture *fixture)
{
	strcpy(fixture->folder, "/tmp/plimsoll-net-XXXXXX");
	return mkdtemp(fixture->folder) ? 0 : -1;
}

static inline int fixture_start(struct fixture *fixture)
{
	const char *make[] = {"sh", "-c", certificates, "sh", fixture->folder, NULL};
	const char *serve[] = {"python3", "tests/net_server.py", fixture->folder, NULL};
	int status = 0, in[2], out[2];
	if (fixture_folder(fixture) < 0 || waitpid(start(make, -1, -1), &status, 0) < 0 || status != 0)
		return -1;
	write_text(fixture, "token", "first-token-0123456789", 0);
	if (pipe(in) != 0 || pipe(out) != 0)
		return -1;
	fixture->pid = start(serve, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	fixture->stdin_end = in[1];
	FILE *ports = fdopen(out[0], "r");
	status = ports && fscanf(ports, "%d %d %d", &fixture->port, &fixture->other_port, &fixture->proxy_port) == 3
		     ? 0
		     : -1;
	if (ports)
		fclose(ports);
	return status;
}

static inline void fixture_remove(struct fixture *fixture)
{
	const char *words[] = {"rm", "-rf", fixture->folder, NULL};
	waitpid(start(words, -1, -1), NULL, 0);
}

static inline void fixture_stop(struct fixture *fixture)
{
	if (fixture->pid > 0) {
		close(fixture->stdin_end);
		kill(fixture->pid, SIGKILL);
		waitpid(fixture->pid, NULL, 0);
	}
	fixture_remove(fixture);
}

#endif
