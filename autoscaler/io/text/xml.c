#include "xml.h"

#include <expat.h>

#define DEPTH_MAX 64
#define TEXT_MAX  ((size_t)1 << 20)

struct reader {
	struct arena *arena;
	struct xml *open[DEPTH_MAX], *last[DEPTH_MAX]; /* by depth: the element, and the last one within it */
	int depth;
	struct xml *root;
	char *text; /* of the innermost element that is open */
	size_t length, room;
	const char *wrong; /* why the rest is not read */
	XML_Parser parser;
};

static void stop(struct reader *reader, const char *why)
{
	reader->wrong = why;
	XML_StopParser(reader->parser, XML_FALSE);
}

static void XMLCALL on_start(void *self, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *reader = self;
	(void)attributes;
	if (reader->depth == DEPTH_MAX) {
		stop(reader, "is nested too deep");
		return;
	}
	struct xml *element = arena_alloc(reader->arena, 1, sizeof *element);
	const char *copy = arena_strdup(reader->arena, name);
	if (!element || !copy) {
		stop(reader, "takes more memory than there is");
		return;
	}
	*element = (struct xml){.name = copy, .text = ""};
	if (reader->depth == 0)
		reader->root = element;
	else if (reader->last[reader->depth - 1])
		reader->last[reader->depth - 1]->next = element;
	else
		reader->open[reader->depth - 1]->first = element;
	if (reader->depth)
		reader->last[reader->depth - 1] = element;
	reader->open[reader->depth] = element;
	reader->last[reader->depth++] = NULL;
	reader->length = 0;
}

static void XMLCALL on_text(void *self, const XML_Char *text, int length)
{
	struct reader *reader = self;
	size_t more = (size_t)length;
	if (reader->length + more > TEXT_MAX) {
		stop(reader, "has a text that is too long");
		return;
	}
	if (reader->length + more > reader->room) {
		size_t room = 2 * (reader->length + more);
		char *larger = arena_alloc(reader->arena, room, 1);
		if (!larger) {
			stop(reader, "takes more memory than there is");
			return;
		}
		if (reader->length)
			memcpy(larger, reader->text, reader->length);
		reader->text = larger;
		reader->room = room;
	}
	memcpy(reader->text + reader->length, text, more);
	reader->length += more;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void XMLCALL on_end(void *self, const XML_Char *name)
{
	struct reader *reader = self;
	(void)name;
	if (reader->wrong) /* the end of <a/> is told of even after its start has stopped all */
		return;
	struct xml *element = reader->open[--reader->depth];
	size_t from = 0, to = reader->length;
	while (from < to && is_space(reader->text[from]))
		from++;
	while (to > from && is_space(reader->text[to - 1]))
		to--;
	if (to > from) {
		element->text = arena_strndup(reader->arena, reader->text + from, to - from);
		if (!element->text)
			stop(reader, "takes more memory than there is");
	}
	reader->length = 0;
}

/* Entities that a document defines are how a small one becomes a large one. */
static void XMLCALL on_doctype(void *self, const XML_Char *name, const XML_Char *system, const XML_Char *public_,
			       int has_subset)
{
	(void)name, (void)system, (void)public_, (void)has_subset;
	stop(self, "has a document type, which is not taken");
}

struct xml *xml_parse(const char *document, const char *text, size_t size, struct arena *arena, struct err *err)
{
	struct reader reader = {.arena = arena};
	reader.parser = XML_ParserCreate(NULL);
	if (!reader.parser || size > INT32_MAX) {
		XML_ParserFree(reader.parser);
		err_set(err, "%s: %s", document, size > INT32_MAX ? "is too large" : "out of memory");
		return NULL;
	}
	XML_SetUserData(reader.parser, &reader);
	XML_SetElementHandler(reader.parser, on_start, on_end);
	XML_SetCharacterDataHandler(reader.parser, on_text);
	XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);
	if (XML_Parse(reader.parser, text, (int)size, 1) != XML_STATUS_OK) {
		err_set(err, "%s:%lu: %s%s", document, (unsigned long)XML_GetCurrentLineNumber(reader.parser),
			reader.wrong ? "" : "is not valid XML: ",
			reader.wrong ? reader.wrong : XML_ErrorString(XML_GetErrorCode(reader.parser)));
		reader.root = NULL;
	}
	XML_ParserFree(reader.parser);
	return reader.root;
}

const struct xml *xml_at(const struct xml *element, const char *path)
{
	while (element && *path) {
		size_t length = strcspn(path, "/");
		element = element->first;
		while (element && (strncmp(element->name, path, length) != 0 || element->name[length]))
			element = element->next;
		path += length + (path[length] == '/');
	}
	return element;
}

const char *xml_text(const struct xml *element, const char *path)
{
	const struct xml *found = xml_at(element, path);
	return found ? found->text : "";
}
