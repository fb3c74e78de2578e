/* An API server of its own process on loopback that a test makes up as it goes: what it answers, and what it was asked,
 * lies in memory that the two share. The test sets rules while no call is under way. */
#ifndef PLIMSOLL_API_SERVER_H
#define PLIMSOLL_API_SERVER_H

#include "../../autoscaler/io/kube/kube.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* Of those whose request a request line begins with and that are not used up, the one that was said last counts; none:
 * 404. status 0: the connection ends without an answer. */
struct api_rule {
	char request[256]; /* "PATCH /api/v1/nodes/a" */
	int status, retry_after, times;
	char body[4096];
};
struct api_heard {
	char request[512], body[2048];
};
struct api_shared {
	struct api_rule rules[64];
	struct api_heard heard[256];
	int n_rules, n_heard;
};

struct api_server {
	struct api_shared *shared;
	pid_t pid;
	struct net *net;
	struct kube *kube;
	struct log log;
};

#define ALWAYS 1000000

static inline struct api_rule *api_rule_for(struct api_shared *shared, const char *request)
{
	for (int i = shared->n_rules; i-- > 0;) {
		struct api_rule *rule = &shared->rules[i];
		if (rule->times > 0 && strncmp(request, rule->request, strlen(rule->request)) == 0)
			return rule;
	}
	return NULL;
}

/* The request, its body behind the empty line; NULL: it broke off. */
static inline char *api_read(int connection, char *text, size_t room)
{
	size_t size = 0;
	for (ptrdiff_t got; (got = read(connection, text + size, room - 1 - size)) > 0;) {
		size += (size_t)got;
		text[size] = 0;
		char *end = strstr(text, "\r\n\r\n"), *length = strstr(text, "\r\nContent-Length:");
		if (end && (!length || size >= (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10)))
			return end + 4;
	}
	return NULL;
}

static inline void api_write(int connection, const char *bytes, size_t size)
{
	for (ptrdiff_t n; size && (n = write(connection, bytes, size)) > 0; bytes += n)
		size -= (size_t)n;
}

static inline void api_answer(int connection, struct api_shared *shared)
{
	char text[16384], head[300], again[40] = "";
	const char *body = api_read(connection, text, sizeof text);
	if (!body) {
		close(connection);
		return;
	}
	text[strcspn(text, "\r\n")] = 0;
	char *version = strstr(text, " HTTP/");
	if (version)
		*version = 0;
	struct api_rule *rule = api_rule_for(shared, text);
	if (shared->n_heard < (int)COUNT(shared->heard)) {
		struct api_heard *heard = &shared->heard[shared->n_heard++];
		snprintf(heard->request, sizeof heard->request, "%.511s", text);
		snprintf(heard->body, sizeof heard->body, "%.2047s", body);
	}
	if (rule)
		rule->times--;
	if (!rule || rule->status) {
		const char *said = rule ? rule->body : "{}";
		if (rule && rule->retry_after)
			snprintf(again, sizeof again, "Retry-After: %d\r\n", rule->retry_after);
		int length = snprintf(head, sizeof head,
				      "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n"
				      "Connection: close\r\n\r\n",
				      rule ? rule->status : 404, again, strlen(said));
		api_write(connection, head, (size_t)length);
		api_write(connection, said, strlen(said));
	}
	shutdown(connection, SHUT_WR);
	while (read(connection, text, sizeof text) > 0)
		continue;
	close(connection);
}

static inline struct api_shared *api_share(void)
{
	FILE *file = tmpfile();
	assert_true(file && ftruncate(fileno(file), sizeof(struct api_shared)) == 0);
	void *shared = mmap(NULL, sizeof(struct api_shared), PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	assert_true(shared != MAP_FAILED);
	fclose(file);
	return shared;
}

static inline int api_listen(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(listening >= 0 && bind(listening, (struct sockaddr *)&address, sizeof address) == 0);
	assert_true(listen(listening, 64) == 0);
	assert_true(getsockname(listening, (struct sockaddr *)&address, &length) == 0);
	*port = ntohs(address.sin_port);
	return listening;
}

/* Ends with the test, whatever becomes of that. */
static inline void api_serve(int listening, pid_t parent, struct api_shared *shared)
{
	struct pollfd ready = {.fd = listening, .events = POLLIN};
	while (getppid() == parent)
		if (poll(&ready, 1, 200) > 0)
			api_answer(accept(listening, NULL, NULL), shared);
	_exit(0);
}

static inline struct kube *api_kube(struct api_server *server, int port)
{
	char name[] = "/tmp/plimsoll-api-XXXXXX";
	struct err err = {""};
	int file = mkstemp(name);
	assert_true(file >= 0);
	dprintf(file,
		"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
		"clusters: [{name: c, cluster: {server: 'http://127.0.0.1:%d'}}]\n",
		port);
	close(file);
	const struct kube_options options = {.kubeconfig = name};
	struct kube *kube = kube_open(server->net, &options, &server->log, &err);
	unlink(name);
	if (!kube)
		fail_msg("%s", err.message);
	return kube;
}

static inline void api_start(struct api_server *server)
{
	struct err err;
	int port, listening = api_listen(&port);
	*server = (struct api_server){.shared = api_share()};
	pid_t parent = getpid();
	server->pid = fork();
	if (server->pid == 0)
		api_serve(listening, parent, server->shared);
	close(listening);
	server->log = (struct log){.file = tmpfile(), .level = LOG_DEBUG};
	server->net = net_open(7, &err);
	assert_true(server->log.file && server->net);
	server->kube = api_kube(server, port);
}

static inline void api_stop(struct api_server *server)
{
	kube_close(server->kube);
	net_close(server->net);
	fclose(server->log.file);
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	munmap(server->shared, sizeof *server->shared);
}

/* From now on, so many times. Apostrophes of the body stand for quotes. */
static inline struct api_rule *api_says(struct api_server *server, int times, const char *request, int status,
					const char *body)
{
	struct api_shared *shared = server->shared;
	assert_true(shared->n_rules < (int)COUNT(shared->rules));
	struct api_rule *rule = &shared->rules[shared->n_rules++];
	*rule = (struct api_rule){.status = status, .times = times};
	snprintf(rule->request, sizeof rule->request, "%s", request);
	snprintf(rule->body, sizeof rule->body, "%s", body);
	for (char *at = rule->body; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	return rule;
}

static inline void api_forget(struct api_server *server)
{
	server->shared->n_rules = server->shared->n_heard = 0;
}

/* How many of the requests that came since api_forget begin so. */
static inline int api_count(const struct api_server *server, const char *request)
{
	int n = 0;
	for (int i = 0; i < server->shared->n_heard; i++)
		n += strncmp(server->shared->heard[i].request, request, strlen(request)) == 0;
	return n;
}

/* The last of them, or NULL. */
static inline const struct api_heard *api_last(const struct api_server *server, const char *request)
{
	for (int i = server->shared->n_heard; i-- > 0;)
		if (strncmp(server->shared->heard[i].request, request, strlen(request)) == 0)
			return &server->shared->heard[i];
	return NULL;
}

/* Lines of the log that hold the words. */
static inline int api_logged(const struct api_server *server, const char *words)
{
	char line[4096];
	int n = 0;
	rewind(server->log.file);
	while (fgets(line, sizeof line, server->log.file))
		n += strstr(line, words) != NULL;
	fseek(server->log.file, 0, SEEK_END);
	return n;
}

#endif
