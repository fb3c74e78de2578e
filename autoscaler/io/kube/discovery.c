#include "kube_internal.h"

#include "../text/clock.h"
#include "../text/yaml.h"
#include "visible.h"

#define ASK_AGAIN_AFTER (10 * SECOND_MS) /* for a kind that the last answer did not have */
#define GROUPS_MAX      1000

/* The resources of one group and version: the answer of /apis/GROUP/VERSION, an APIResourceList. */
struct group {
	struct group *next;
	char *api_version;
	struct arena arena;
	const struct node *resources; /* a list; NULL: the server has no such group */
	ms_t asked;
};

struct discovery {
	struct group *groups;
	size_t n;
};

struct discovery *discovery_open(struct err *err)
{
	struct discovery *discovery = calloc(1, sizeof *discovery);
	if (!discovery)
		err_set(err, "out of memory");
	return discovery;
}

void discovery_close(struct discovery *discovery)
{
	for (struct group *group = discovery ? discovery->groups : NULL; group;) {
		struct group *next = group->next;
		arena_free(&group->arena);
		free(group->api_version);
		free(group);
		group = next;
	}
	free(discovery);
}

static struct group *group_of(struct discovery *discovery, const char *api_version, struct err *err)
{
	for (struct group *group = discovery->groups; group; group = group->next)
		if (strcmp(group->api_version, api_version) == 0)
			return group;
	struct group *group = discovery->n < GROUPS_MAX ? calloc(1, sizeof *group) : NULL;
	if (group)
		group->api_version = strdup(api_version);
	if (!group || !group->api_version) {
		free(group);
		err_set(err, "more than %d API groups, or out of memory", GROUPS_MAX);
		return NULL;
	}
	group->asked = MS_UNSET;
	group->next = discovery->groups;
	discovery->groups = group;
	discovery->n++;
	return group;
}

static int group_parse(struct group *group, const char *body, size_t size, struct err *err)
{
	struct documents documents;
	arena_free(&group->arena);
	group->resources = NULL;
	if (documents_parse("resources.json", body, size, &group->arena, &documents, err) < 0)
		return -1;
	const struct node *list = documents.n ? node_get(documents.roots[0], "resources") : NULL;
	if (!list || list->kind != NODE_LIST)
		return err_set(err, "the answer is no APIResourceList");
	group->resources = list;
	return 0;
}

/* "apps/v1", "v1": what may stand in a path as it is. */
static bool is_api_version(const char *text)
{
	size_t length = strlen(text);
	return length && length < 512 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-/") == length &&
	       !strstr(text, "..") && strchr(text, '/') == strrchr(text, '/') && text[0] != '/' &&
	       text[length - 1] != '/';
}

static int group_ask(struct group *group, struct server *server, struct err *err)
{
	char path[600], *body;
	struct answer answer;
	snprintf(path, sizeof path, "%s/%s", strchr(group->api_version, '/') ? "/apis" : "/api", group->api_version);
	struct call call = {.method = "GET", .path = path, .retries = 3};
	int status = server_fetch(server, &call, &answer, &body, err);
	if (answer.status == 404) {
		arena_free(&group->arena);
		group->resources = NULL;
		status = 0;
	} else if (status >= 0) {
		status = group_parse(group, body, answer.size, err) < 0 ? err_wrap(err, "GET %s", path) : 0;
	}
	if (status == 0)
		group->asked = clock_mono();
	free(body);
	return status;
}

static bool text_is(const struct node *map, const char *field, const char *text)
{
	const struct node *node = node_get(map, field);
	return node && node->kind == NODE_STRING && strcmp(node->text, text) == 0;
}

/* The resource whose objects are of this kind: subresources, which have a slash, are left out. */
static const struct node *find_kind(const struct group *group, const char *kind)
{
	for (uint32_t i = 0; group->resources && i < group->resources->n; i++) {
		const struct node *at = group->resources->items[i], *name = node_get(at, "name");
		if (name && name->kind == NODE_STRING && !strchr(name->text, '/') && text_is(at, "kind", kind))
			return at;
	}
	return NULL;
}

static bool has_scale(const struct group *group, const char *plural)
{
	char name[160];
	snprintf(name, sizeof name, "%s/scale", plural);
	for (uint32_t i = 0; i < group->resources->n; i++)
		if (text_is(group->resources->items[i], "name", name))
			return true;
	return false;
}

int discovery_kind(struct discovery *discovery, struct server *server, const char *api_version, const char *kind,
		   struct kube_kind *out, struct err *err)
{
	if (!is_api_version(api_version))
		return err_set(err, "'%s' is no API version, such as apps/v1",
			       visible(api_version, strlen(api_version), 120).text);
	struct group *group = group_of(discovery, api_version, err);
	if (!group)
		return -1;
	const struct node *found = find_kind(group, kind);
	if (!found && (group->asked == MS_UNSET || clock_mono() - group->asked >= ASK_AGAIN_AFTER)) {
		if (group_ask(group, server, err) < 0)
			return -1;
		found = find_kind(group, kind);
	}
	if (!found)
		return err_set(err, "the server has no kind %s in %s", visible(kind, strlen(kind), 80).text,
			       visible(api_version, strlen(api_version), 120).text);
	const struct node *name = node_get(found, "name"), *namespaced = node_get(found, "namespaced");
	if (name->length >= sizeof out->plural)
		return err_set(err, "the plural of %s is too long", visible(kind, strlen(kind), 80).text);
	memcpy(out->plural, name->text, name->length + 1);
	out->namespaced = namespaced && namespaced->kind == NODE_BOOL && strcmp(namespaced->text, "true") == 0;
	out->scalable = has_scale(group, out->plural);
	return 0;
}
