#include "autoscaler_store.h"

/* ---- memory ---- */

struct memory *memory_new(size_t size)
{
	return size > SIZE_MAX - sizeof(struct memory) ? NULL : calloc(1, sizeof(struct memory) + size);
}

void memory_free(struct memory *memory)
{
	for (struct memory *next; memory; memory = next) {
		next = memory->next;
		free(memory);
	}
}

void memory_push(struct memory **list, struct memory *memory)
{
	if (!memory)
		return;
	memory->next = *list;
	*list = memory;
}

void version_free(struct version *version)
{
	if (!version)
		return;
	manifests_free(&version->manifests);
	free(version->invalid);
	free(version->held);
	free(version);
}

void outdated_free(struct outdated *outdated)
{
	for (struct version *at = outdated->versions, *next; at; at = next) {
		next = at->next;
		version_free(at);
	}
	memory_free(outdated->memory);
	*outdated = (struct outdated){0};
}

/* ---- reading an object ---- */

/* All of it goes into the journal, without which nobody is scaled: what has no room there must not keep out others. */
#define SPEC_KIB 64

static int read_spec(struct version *version)
{
	struct err err;
	const char *why = NULL;
	if (version->size > (size_t)SPEC_KIB * 1024) {
		err_set(&err, "is larger than %d KiB", SPEC_KIB);
		why = err.message;
	} else if (manifests_parse("object", version->text, version->size, &version->manifests, &err) < 0) {
		why = strstr(err.message, ": ") ? strstr(err.message, ": ") + 2 : err.message;
	} else if (version->manifests.n_autoscalers != 1) {
		manifests_free(&version->manifests);
		why = "is of a kind or version that is not known";
	}
	if (!why)
		return 0;
	version->invalid = strdup(why);
	return version->invalid ? 0 : -1;
}

/* Copies a text to where the next one goes. */
static const char *lay(char **at, const char *text, size_t length)
{
	char *copy = *at;
	memcpy(copy, text, length);
	copy[length] = 0;
	*at += length + 1;
	return copy;
}

static const char *lay_string(char **at, struct json_value string)
{
	char *copy = *at;
	size_t length = json_copy(string, NULL, 0);
	json_copy(string, copy, length + 1);
	*at += length + 1;
	return copy;
}

struct version *version_new(const char *uid, struct json_value metadata, const struct canonical *text)
{
	struct json_value namespace_ = json_in(metadata, "namespace"), name = json_in(metadata, "name");
	struct json_value created = json_in(metadata, "creationTimestamp");
	size_t size = text->length + strlen(uid) + json_copy(namespace_, NULL, 0) + json_copy(name, NULL, 0) +
		      json_copy(created, NULL, 0) + 5;
	struct version *version = calloc(1, sizeof *version + size);
	if (!version)
		return NULL;
	char *at = version->bytes;
	version->size = text->length;
	version->text = lay(&at, text->text, text->length);
	version->uid = lay(&at, uid, strlen(uid));
	version->namespace_ = lay_string(&at, namespace_);
	version->name = lay_string(&at, name);
	version->created = lay_string(&at, created);
	if (read_spec(version) == 0)
		return version;
	version_free(version);
	return NULL;
}
