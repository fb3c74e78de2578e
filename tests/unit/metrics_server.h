/* A server of its own process on loopback that gives canned answers, and tells of each request through a pipe. */
#ifndef PLIMSOLL_METRICS_SERVER_H
#define PLIMSOLL_METRICS_SERVER_H

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* request: "GET /path?query"; the longest that the request begins with counts. status 0: never answered. */
struct canned {
	const char *request;
	int status;
	const char *body;
};

struct metrics_server {
	pid_t pid;
	int requests; /* reading end: one request line each */
	char url[64];
};

static inline const struct canned *canned_for(const struct canned *canned, size_t n, const char *request)
{
	const struct canned *best = NULL;
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(canned[i].request);
		if (strncmp(request, canned[i].request, length) == 0 && (!best || length > strlen(best->request)))
			best = &canned[i];
	}
	return best;
}

static inline int canned_write(int to, const char *bytes, size_t size)
{
	for (ptrdiff_t n; size; bytes += n, size -= (size_t)n)
		if ((n = write(to, bytes, size)) <= 0)
			return -1;
	return 0;
}

/* The head of a request, and of its body what has come; a body is of no matter. */
static inline void canned_answer(int connection, const struct canned *canned, size_t n, int requests)
{
	char request[8192], head[200];
	size_t size = 0;
	for (ptrdiff_t got; size < sizeof request - 1; size += (size_t)got) {
		if ((got = read(connection, request + size, sizeof request - 1 - size)) <= 0)
			break;
		request[size + (size_t)got] = 0;
		if (strstr(request, "\r\n\r\n"))
			break;
	}
	request[size < sizeof request ? strcspn(request, "\r\n") : 0] = 0;
	char *version = strstr(request, " HTTP/");
	if (version)
		strcpy(version, "\n");
	if (canned_write(requests, request, strlen(request)) < 0)
		_exit(1);
	const struct canned *found = canned_for(canned, n, request);
	if (found && found->status == 0)
		return; /* the connection stays open */
	const char *body = found ? found->body : "{}";
	int length = snprintf(head, sizeof head,
			      "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
			      "Connection: close\r\n\r\n",
			      found ? found->status : 404, strlen(body));
	if (canned_write(connection, head, (size_t)length) == 0)
		(void)canned_write(connection, body, strlen(body));
	shutdown(connection, SHUT_WR);
	while (read(connection, request, sizeof request) > 0)
		continue;
	close(connection);
}

static inline void metrics_server_start(struct metrics_server *server, const struct canned *canned, size_t n)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int pipes[2], listening = socket(AF_INET, SOCK_STREAM, 0);
	if (listening < 0 || bind(listening, (struct sockaddr *)&address, sizeof address) < 0 ||
	    listen(listening, 64) < 0 || getsockname(listening, (struct sockaddr *)&address, &length) < 0 ||
	    pipe(pipes) < 0)
		abort();
	snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
	server->requests = pipes[0];
	server->pid = fork();
	if (server->pid == 0) {
		alarm(60); /* whatever becomes of the test */
		for (int connection; (connection = accept(listening, NULL, NULL)) >= 0;)
			canned_answer(connection, canned, n, pipes[1]);
		_exit(0);
	}
	close(listening);
	close(pipes[1]);
}

/* How often that was asked for, of all requests since the last call; text holds them then. */
static inline int metrics_server_asked(const struct metrics_server *server, char *text, size_t size)
{
	struct pollfd ready = {.fd = server->requests, .events = POLLIN};
	size_t n = 0;
	int lines = 0;
	while (n < size - 1 && poll(&ready, 1, 0) > 0) {
		ptrdiff_t got = read(server->requests, text + n, size - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	text[n] = 0;
	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

static inline void metrics_server_stop(struct metrics_server *server)
{
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	close(server->requests);
}

#endif
