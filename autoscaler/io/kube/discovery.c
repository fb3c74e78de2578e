#include "kube_internal.h"

#include "../text/clock.h"
#include "../text/yaml.h"
#include "visible.h"

#define ASK_AGAIN_AFTER (10 * SECOND_MS) /* for a kind that the last answer did not have, or when it was an error */
#define ASK_TRIES       2
#define GROUPS_MAX      1000

/* The resources of one group and version: the answer of /apis/GROUP/VERSION, an APIResourceList. */
struct group {
	struct group *next;
	char *api_version;
	struct arena arena;
	const struct node *resources; /* a list; NULL: the server has no such group, or has not said */
	uint64_t call;                /* under way; 0: none */
	ms_t answered;                /* monotonic; MS_UNSET: never */
	bool failing;                 /* the last answer was an error, or did not come in time */
	struct err trouble;
};

struct discovery {
	struct net *net;
	struct group *groups;
	size_t n;
};

struct discovery *discovery_open(struct net *net, struct err *err)
{
	struct discovery *discovery = calloc(1, sizeof *discovery);
	if (discovery)
		discovery->net = net;
	else
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
	group->answered = MS_UNSET;
	group->next = discovery->groups;
	discovery->groups = group;
	discovery->n++;
	return group;
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

/* ---- asking ---- */

static int group_parse(struct group *group, const struct answer *answer, struct err *err)
{
	struct documents documents;
	struct arena arena = {0};
	const struct node *list = NULL;
	int status = documents_parse("resources.json", answer->body, answer->size, &arena, &documents, err);
	if (status == 0) {
		list = documents.n ? node_get(documents.roots[0], "resources") : NULL;
		if (!list || list->kind != NODE_LIST)
			status = err_set(err, "the answer is no APIResourceList");
	}
	if (status < 0) {
		arena_free(&arena);
		return -1;
	}
	arena_free(&group->arena);
	group->arena = arena;
	group->resources = list;
	return 0;
}

/* What was known before stays when there is an error. */
static void heard(void *self, const struct answer *answer)
{
	struct group *group = self;
	struct err err = answer->err;
	group->call = 0;
	group->answered = clock_mono();
	group->failing = false;
	if (answer->status == 404) {
		arena_free(&group->arena);
		group->resources = NULL;
	} else if (answer->status != 200 || group_parse(group, answer, &err) < 0) {
		group->failing = true;
		group->trouble = err;
		err_wrap(&group->trouble, "what kinds %s has", group->api_version);
	}
}

static void group_ask(struct group *group, struct server *server)
{
	char path[600];
	if (group->call || (group->answered != MS_UNSET && clock_mono() - group->answered < ASK_AGAIN_AFTER))
		return;
	snprintf(path, sizeof path, "%s/%s", strchr(group->api_version, '/') ? "/apis" : "/api", group->api_version);
	struct call call = {.method = "GET", .path = path, .retries = ASK_TRIES, .done = heard, .self = group};
	group->call = server_call(server, &call);
}

/* Of several that want to know, the first one waits. */
static int group_wait(struct group *group, struct net *net, ms_t until, struct err *err)
{
	ms_t begun = clock_mono(), now = begun;
	if (group->failing)
		return 0;
	for (; group->call && now < until; now = clock_mono())
		if (net_run(net, until - now, err) < 0)
			return -1;
	if (!group->call)
		return 0;
	group->failing = true;
	err_set(&group->trouble, "the server has not said within %lld ms what kinds %s has", (long long)(now - begun),
		group->api_version);
	return 0;
}

/* ---- kinds ---- */

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

static int not_found(const struct group *group, const char *kind, struct err *err)
{
	if (group->failing) {
		*err = group->trouble;
		return -1;
	}
	return err_set(err, "the server has no kind %s in %s", visible(kind, strlen(kind), 80).text,
		       group->api_version);
}

static int describe(const struct group *group, const struct node *found, struct kube_kind *out, struct err *err)
{
	const struct node *name = node_get(found, "name"), *namespaced = node_get(found, "namespaced");
	if (name->length >= sizeof out->plural)
		return err_set(err, "%s: the plural of a kind is too long", group->api_version);
	memcpy(out->plural, name->text, name->length + 1);
	out->namespaced = namespaced && namespaced->kind == NODE_BOOL && strcmp(namespaced->text, "true") == 0;
	out->scalable = has_scale(group, out->plural);
	return 0;
}

void discovery_ask(struct discovery *discovery, struct server *server, const char *api_version, const char *kind)
{
	struct err ignored;
	struct group *group = is_api_version(api_version) ? group_of(discovery, api_version, &ignored) : NULL;
	if (group && !find_kind(group, kind))
		group_ask(group, server);
}

int discovery_kind(struct discovery *discovery, struct server *server, const char *api_version, const char *kind,
		   ms_t until, struct kube_kind *out, struct err *err)
{
	if (!is_api_version(api_version))
		return err_set(err, "'%s' is no API version, such as apps/v1",
			       visible(api_version, strlen(api_version), 120).text);
	struct group *group = group_of(discovery, api_version, err);
	if (!group)
		return -1;
	const struct node *found = find_kind(group, kind);
	if (!found) {
		group_ask(group, server);
		if (group_wait(group, discovery->net, until, err) < 0)
			return -1;
		found = find_kind(group, kind);
	}
	return found ? describe(group, found, out, err) : not_found(group, kind, err);
}
