#include "aws.h"

#include "visible.h"

#include <stdlib.h>

#define TIMEOUT (8 * SECOND_MS)
#define SHOWN   180 /* bytes of a message of AWS */

/* ---- the question ---- */

static void put(struct aws_query *query, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool as_is = strchr(plain, c) != NULL;
		query->full |= query->length + 4 > sizeof query->text;
		if (query->full)
			return;
		query->text[query->length++] = as_is ? *text : '%';
		if (as_is)
			continue;
		query->text[query->length++] = digits[c >> 4];
		query->text[query->length++] = digits[c & 15];
	}
}

static void put_byte(struct aws_query *query, char c)
{
	query->full |= query->length + 2 > sizeof query->text;
	if (!query->full)
		query->text[query->length++] = c;
}

void aws_add(struct aws_query *query, const char *name, const char *value)
{
	put_byte(query, '&');
	put(query, name);
	put_byte(query, '=');
	put(query, value);
	query->text[query->length] = 0;
}

void aws_add_at(struct aws_query *query, const char *format, unsigned index, const char *value)
{
	char name[64];
	const char *mark = strstr(format, "%u");
	snprintf(name, sizeof name, "%.*s%u%s", (int)(mark - format), format, index, mark + 2);
	aws_add(query, name, value);
}

void aws_begin(struct aws_query *query, const char *action, const char *version)
{
	query->length = 0;
	query->full = false;
	put(query, "Action");
	put_byte(query, '=');
	put(query, action);
	aws_add(query, "Version", version);
}

void aws_url(char *out, size_t size, const char *service, const char *region)
{
	bool china = strncmp(region, "cn-", 3) == 0;
	snprintf(out, size, "https://%s.%s.amazonaws.com%s", service, region, china ? ".cn" : "");
}

/* ---- the answer ---- */

/* Of a long one the first line: what follows may be what was signed, headers and all. */
static void show(const struct aws_call *call, const char *message, char *out, size_t size)
{
	snprintf(out, size, "%.*s", (int)strcspn(message, "\r\n"), message);
	for (size_t i = 0; i < COUNT(call->secrets); i++) {
		const char *secret = call->secrets[i];
		size_t length = secret ? strlen(secret) : 0;
		for (char *at = out; length && (at = strstr(at, secret));)
			memset(at, '*', length);
	}
}

/* <ErrorResponse><Error>, and of EC2 <Response><Errors><Error>. */
static int refused(const struct aws_call *call, int status, const struct xml *root, const char *action, struct err *err)
{
	char message[ERR_MAX];
	const struct xml *error = xml_at(root, "Error") ? xml_at(root, "Error") : xml_at(root, "Errors/Error");
	const char *code = xml_text(error, "Code");
	show(call, xml_text(error, "Message"), message, sizeof message);
	return err_set(err, "%s %s: %d %s%s%s", call->service, action, status, visible(code, strlen(code), 60).text,
		       *message ? ": " : "", visible(message, strlen(message), SHOWN).text);
}

int aws_ask(const struct aws_call *ask, const struct aws_query *query, struct arena *arena, const struct xml **root,
	    struct err *err)
{
	char *body = NULL, action[64];
	struct answer answer;
	struct err wrong;
	snprintf(action, sizeof action, "%.*s", (int)strcspn(query->text + 7, "&"), query->text + 7);
	if (query->full)
		return err_set(err, "%s %s: the question is larger than %zu bytes", ask->service, action,
			       sizeof query->text);
	const struct call call = {.method = "POST",
				  .path = "/",
				  .body = query->text,
				  .content_type = "application/x-www-form-urlencoded",
				  .accept = "application/xml",
				  .timeout = TIMEOUT,
				  .retries = 2,
				  .repeatable = ask->repeatable};
	int status = server_fetch(ask->server, &call, &answer, &body, err), result = 0;
	*root = body && answer.size ? xml_parse(action, body, answer.size, arena, &wrong) : NULL;
	if (status < 0 && *root)
		result = refused(ask, answer.status, *root, action, err);
	else if (status < 0)
		result = err_wrap(err, "%s %s", ask->service, action);
	else if (!*root)
		result = err_set(err, "%s: %s", ask->service, answer.size ? wrong.message : "its answer is empty");
	free(body);
	return result;
}
