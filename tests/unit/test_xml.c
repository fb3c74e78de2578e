#include "../../autoscaler/io/text/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

static void test_tree(void **state)
{
	static const char text[] =
	    "<?xml version=\"1.0\"?>\n<R xmlns=\"http://x/\"><G>\n <member><N a=\"1\"> web &amp; more\n"
	    "</N></member><member><N>two</N><E/></member></G><T><![CDATA[<t>]]></T></R>";
	struct arena arena = {0};
	struct err err;
	(void)state;
	const struct xml *root = xml_parse("answer", text, sizeof text - 1, &arena, &err);
	assert_non_null(root);
	assert_string_equal(root->name, "R");
	assert_string_equal(root->text, "");
	assert_string_equal(xml_text(root, "G/member/N"), "web & more");
	assert_string_equal(xml_text(root, "T"), "<t>");
	const struct xml *second = xml_at(root, "G/member")->next;
	assert_string_equal(xml_text(second, "N"), "two");
	assert_string_equal(xml_text(second, "E"), "");
	assert_non_null(xml_at(second, "E"));
	assert_null(second->next);
	assert_null(xml_at(root, "G/mem"));
	assert_null(xml_at(root, "G/members"));
	assert_null(xml_at(NULL, "G"));
	assert_string_equal(xml_text(root, "nothing/at/all"), "");
	arena_free(&arena);
}

static void refused(const char *text, const char *message)
{
	struct arena arena = {.limit = 1u << 20};
	struct err err = {""};
	assert_null(xml_parse("answer", text, strlen(text), &arena, &err));
	if (!strstr(err.message, message))
		fail_msg("\"%s\" says %s, not %s", text, err.message, message);
	arena_free(&arena);
}

static void test_refused(void **state)
{
	static const char laughs[] =
	    "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c "
	    "\"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">]><l>&d;&d;&d;</l>";
	(void)state;
	refused(laughs, "answer:1: has a document type, which is not taken");
	refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "document type");
	refused("", "answer:1: is not valid XML");
	refused("<a>", "is not valid XML");
	refused("<a></b>", "answer:1: is not valid XML: mismatched tag");
	refused("<a>\n&b;</a>", "answer:2: is not valid XML: undefined entity");
	refused("{}", "is not valid XML");
	refused("<a/><b/>", "is not valid XML");
}

static void test_depth(void **state)
{
	char text[1024] = "";
	struct arena arena = {0};
	struct err err;
	(void)state;
	for (int i = 0; i < 64; i++)
		strcat(text, "<a>");
	for (int i = 0; i < 64; i++)
		strcat(text, "</a>");
	assert_non_null(xml_parse("answer", text, strlen(text), &arena, &err));
	memset(text, 0, sizeof text);
	for (int i = 0; i < 64; i++)
		strcat(text, "<a>");
	strcat(text, "<b/>");
	refused(text, "is nested too deep");
	arena_free(&arena);
}

static void test_sizes(void **state)
{
	size_t size = (3u << 20) + 8;
	char *text = malloc(size);
	struct arena arena = {0}, small = {.limit = 16};
	struct err err;
	(void)state;
	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text, "<a>", 3);
	memcpy(text + size - 4, "</a>", 4);
	assert_null(xml_parse("answer", text, size, &arena, &err));
	assert_non_null(strstr(err.message, "a text that is too long"));
	assert_null(xml_parse("answer", "<a/>", 4, &small, &err));
	assert_non_null(strstr(err.message, "more memory than there is"));
	arena_free(&arena);
	arena_free(&small);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tree),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
