/* Any bytes as XML: no crash, and what is taken can be walked to its last element. */
#include "../../autoscaler/io/text/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t look(const struct xml *element, int depth)
{
	size_t n = 0;
	if (depth > 64)
		abort();
	for (; element; element = element->next) {
		n += 1 + strlen(element->name) + strlen(element->text);
		n += look(element->first, depth + 1);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {.limit = 64u << 20};
	struct err err;
	const struct xml *root = xml_parse("fuzz", (const char *)data, size, &arena, &err);
	if (root && look(root, 1) == 0)
		abort();
	if (!root && strncmp(err.message, "fuzz:", 5) != 0)
		abort();
	xml_text(root, "a/b/c");
	arena_free(&arena);
	return 0;
}
