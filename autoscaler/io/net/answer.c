#include "net_internal.h"

#include "../text/yaml.h"

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
};

static const char *phrase_of(int status)
{
	for (size_t i = 0; i < COUNT(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "";
}

static void hide(char *text, const char *secret)
{
	size_t length = secret ? strlen(secret) : 0;
	for (char *at = text; length && (at = strstr(at, secret)); at += length)
		memset(at, '*', length);
}

void secrets_hide(const struct server *server, char *text)
{
	hide(text, server->token);
	hide(text, server->basic);
	hide(text, server->password);
}

/* A Kubernetes Status says it in "message" (meta/v1); Prometheus in "error" beside "status": "error". */
static const struct node *told(const struct node *root)
{
	const struct node *kind = node_get(root, "kind"), *status = node_get(root, "status");
	const struct node *text =
	    kind && kind->kind == NODE_STRING && strcmp(kind->text, "Status") == 0        ? node_get(root, "message")
	    : status && status->kind == NODE_STRING && strcmp(status->text, "error") == 0 ? node_get(root, "error")
											  : NULL;
	return text && text->kind == NODE_STRING && text->length ? text : NULL;
}

void answer_message(const struct server *server, int status, const char *body, size_t size, struct err *err)
{
	struct arena arena = {0};
	struct documents documents;
	struct err ignored;
	const char *phrase = phrase_of(status);
	const struct node *text = NULL;
	if (size && size <= MESSAGE_BODY_MAX && body[0] == '{' &&
	    documents_parse("answer.json", body, size, &arena, &documents, &ignored) == 0 && documents.n)
		text = told(documents.roots[0]);
	char shown[ERR_MAX / 2], *copy = text ? arena_strndup(&arena, text->text, text->length) : NULL;
	if (copy) {
		secrets_hide(server, copy);
		err_set(err, "%d%s%s: %s", status, *phrase ? " " : "", phrase,
			text_show(shown, sizeof shown, copy, strlen(copy)));
	} else {
		err_set(err, "%d%s%s", status, *phrase ? " " : "", phrase);
	}
	arena_free(&arena);
}
