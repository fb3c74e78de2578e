#include "selector.h"

#include "visible.h"

/* ---- text: labels.Parse of apimachinery, without > and < ---- */

struct reader {
	const char *text, *at;
	struct live_selector *selector;
	struct err *err;
};

static int refuse(const struct reader *reader, const char *wanted)
{
	return err_set(reader->err, "selector '%s': found '%s', where %s is due",
		       visible(reader->text, strlen(reader->text), 120).text,
		       visible(reader->at, strlen(reader->at), 20).text, wanted);
}

static void skip_space(struct reader *reader)
{
	while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\r' || *reader->at == '\n')
		reader->at++;
}

static bool take(struct reader *reader, const char *sign)
{
	skip_space(reader);
	size_t length = strlen(sign);
	if (strncmp(reader->at, sign, length) != 0)
		return false;
	reader->at += length;
	return true;
}

/* A run of bytes that are no sign; its length. */
static size_t word(struct reader *reader, const char **start)
{
	skip_space(reader);
	*start = reader->at;
	reader->at += strcspn(reader->at, " \t\r\n=!,()<>");
	return (size_t)(reader->at - *start);
}

static int values(struct reader *reader)
{
	if (!take(reader, "("))
		return refuse(reader, "(");
	do {
		const char *start;
		size_t length = word(reader, &start);
		if (selector_add_value(reader->selector, start, length, reader->err) < 0)
			return -1;
	} while (take(reader, ","));
	return take(reader, ")") ? 0 : refuse(reader, ", or )");
}

static int one_value(struct reader *reader, enum requirement_kind kind, const char *key, size_t length)
{
	const char *start;
	if (selector_add(reader->selector, kind, key, length, reader->err) < 0)
		return -1;
	size_t value = word(reader, &start);
	return selector_add_value(reader->selector, start, value, reader->err);
}

static int requirement(struct reader *reader)
{
	const char *key, *operator;
	bool absent = take(reader, "!");
	size_t length = word(reader, &key);
	if (!length)
		return refuse(reader, "a label's key");
	if (absent)
		return selector_add(reader->selector, LABEL_ABSENT, key, length, reader->err);
	if (take(reader, "!="))
		return one_value(reader, LABEL_NOT_IN, key, length);
	if (take(reader, "==") || take(reader, "="))
		return one_value(reader, LABEL_IN, key, length);
	size_t n = word(reader, &operator);
	bool in = n == 2 && memcmp(operator, "in", 2) == 0, not_in = n == 5 && memcmp(operator, "notin", 5) == 0;
	if (!n)
		return selector_add(reader->selector, LABEL_EXISTS, key, length, reader->err);
	if (!in && !not_in) {
		reader->at = operator;
		return refuse(reader, "in, notin, =, == or !=");
	}
	if (selector_add(reader->selector, in ? LABEL_IN : LABEL_NOT_IN, key, length, reader->err) < 0)
		return -1;
	return values(reader);
}

static int requirements(struct reader *reader)
{
	skip_space(reader);
	if (!*reader->at)
		return 0;
	do {
		if (requirement(reader) < 0)
			return -1;
	} while (take(reader, ","));
	skip_space(reader);
	return *reader->at ? refuse(reader, "a comma or the end") : 0;
}

struct live_selector *live_selector_parse(struct live_pods *pods, const char *text, struct err *err)
{
	struct live_selector *selector = selector_new(pods, err);
	struct reader reader = {text, text, selector, err};
	if (!selector || requirements(&reader) == 0)
		return selector;
	live_selector_free(selector);
	return NULL;
}

/* ---- a LabelSelector object ---- */

static const struct {
	const char *name;
	enum requirement_kind kind;
	bool has_values;
} operators[] = {
    {"In", LABEL_IN, true},
    {"NotIn", LABEL_NOT_IN, true},
    {"Exists", LABEL_EXISTS, false},
    {"DoesNotExist", LABEL_ABSENT, false},
};

static int add_key(struct live_selector *selector, enum requirement_kind kind, struct json_value key, struct err *err)
{
	struct json_value bytes;
	if (!json_plain(key, &bytes) || bytes.at == bytes.end)
		return err_set(err, "selector: a key is missing or no label's");
	return selector_add(selector, kind, bytes.at, (size_t)(bytes.end - bytes.at), err);
}

static int add_value(struct live_selector *selector, struct json_value value, struct err *err)
{
	struct json_value bytes;
	if (!json_plain(value, &bytes))
		return err_set(err, "selector: a value is no label's");
	return selector_add_value(selector, bytes.at, (size_t)(bytes.end - bytes.at), err);
}

static int add_labels(struct live_selector *selector, struct json_value labels, struct err *err)
{
	struct json_walk walk = json_walk(labels);
	struct json_value key, value;
	while (walk.object && json_each(&walk, &key, &value))
		if (add_key(selector, LABEL_IN, key, err) < 0 || add_value(selector, value, err) < 0)
			return -1;
	return 0;
}

static int add_expression(struct live_selector *selector, struct json_value expression, struct err *err)
{
	struct json_value operator= json_in(expression, "operator"), value;
	size_t i = 0;
	while (i < COUNT(operators) && !json_equals(operator, operators[i].name))
		i++;
	if (i == COUNT(operators))
		return err_set(err, "selector: an operator is none of In, NotIn, Exists, DoesNotExist");
	if (add_key(selector, operators[i].kind, json_in(expression, "key"), err) < 0)
		return -1;
	struct json_walk walk = json_walk(json_in(expression, "values"));
	bool any = false;
	for (; json_each(&walk, NULL, &value); any = true)
		if (operators[i].has_values && add_value(selector, value, err) < 0)
			return -1;
	return any == operators[i].has_values
		   ? 0
		   : err_set(err, "selector: %s must have %s", operators[i].name, any ? "no values" : "values");
}

static int add_all(struct live_selector *selector, struct json_value object, struct err *err)
{
	struct json_value expression;
	if (add_labels(selector, json_in(object, "matchLabels"), err) < 0)
		return -1;
	struct json_walk walk = json_walk(json_in(object, "matchExpressions"));
	while (json_each(&walk, NULL, &expression))
		if (add_expression(selector, expression, err) < 0)
			return -1;
	return 0;
}

struct live_selector *live_selector_of(struct live_pods *pods, struct json_value object, struct err *err)
{
	struct live_selector *selector = selector_new(pods, err);
	if (!selector)
		return NULL;
	selector->nothing = !json_is_object(object);
	if (add_all(selector, object, err) == 0)
		return selector;
	live_selector_free(selector);
	return NULL;
}
