#include "../../autoscaler/io/kube/credentials.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/* What is accepted keeps the promises of kubeconfig.h. */
static void check(const struct access *access)
{
	if (!access->server || !*access->server || (access->insecure && access->ca_pem) ||
	    !(access->certificate_pem || access->certificate_file) != !(access->key_pem || access->key_file))
		abort();
	if (access->exec && (!access->exec->command || !access->exec->api_version || !access->exec->env))
		abort();
}

static void merge(const struct kubeconfig_text *texts, size_t n, const struct kube_options *options)
{
	struct arena arena = {0};
	struct access access;
	struct err err = {{0}};
	if (kubeconfig_merge(texts, n, options, &arena, &access, &err) == 0)
		check(&access);
	else if (!*err.message)
		abort();
	arena_free(&arena);
}

static void credential(const char *text, size_t size)
{
	static const struct exec_plugin plugin = {.api_version = "client.authentication.k8s.io/v1", .command = "x"};
	struct exec_credential credential;
	struct err err = {{0}};
	if (exec_credential_parse(&plugin, text, size, &credential, &err) < 0)
		return;
	if (!credential.token && !credential.certificate_pem)
		abort();
	exec_credential_free(&credential);
}

/* A file of authorities would be opened: that word ends the input. */
static size_t length_without_files(const char *text, size_t size)
{
	static const char word[] = "certificate-authority";
	for (const char *at = text; (at = strstr(at, word)); at++)
		if (strncmp(at + sizeof word - 1, "-data", 5) != 0)
			return (size_t)(at - text);
	return size;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = fuzz_text(data, size);
	size_t n = length_without_files(text, size), half = n / 2;
	struct kubeconfig_text whole = {"f", text, n}, parts[] = {{"a", text, half}, {"d/b", text + half, n - half}};
	merge(&whole, 1, &(struct kube_options){0});
	merge(&whole, 1, &(struct kube_options){.context = "x", .namespace_ = "n"});
	merge(parts, 2, &(struct kube_options){.server = "https://s", .user = "u"});
	credential(text, n);
	free(text);
	return 0;
}
