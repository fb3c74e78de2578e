#include "manifest_meta.h"
#include "nearest.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* One DNS-1123 label in text[0..length). */
static bool dns_label(const char *text, size_t length)
{
	if (length == 0 || text[0] == '-' || text[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!one_of(text[i], LOWER DIGITS "-"))
			return false;
	return true;
}

static bool dns_subdomain(const char *text, size_t length)
{
	if (length > 253)
		return false;
	for (size_t first = 0;;) {
		const char *dot = memchr(text + first, '.', length - first);
		size_t end = dot ? (size_t)(dot - text) : length;
		if (!dns_label(text + first, end - first))
			return false;
		if (!dot)
			return true;
		first = end + 1;
	}
}

/* ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9], at most 63 */
static bool label_part(const char *text, size_t length)
{
	if (length == 0 || length > 63 || !one_of(text[0], LOWER UPPER DIGITS) ||
	    !one_of(text[length - 1], LOWER UPPER DIGITS))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!one_of(text[i], LOWER UPPER DIGITS "-_."))
			return false;
	return true;
}

bool qualified_name(const char *text)
{
	const char *slash = strchr(text, '/');
	if (!slash)
		return label_part(text, strlen(text));
	return dns_subdomain(text, (size_t)(slash - text)) && label_part(slash + 1, strlen(slash + 1));
}

int check_label_name(const struct place *place)
{
	const char *text = place_text(place);
	if (!text || (dns_label(text, strlen(text)) && strlen(text) <= 63))
		return 0;
	return place_refuse(place,
			    "must be a name of at most 63 lower case letters, digits and '-', that starts and ends "
			    "with a letter or digit");
}

int check_subdomain_name(const struct place *place)
{
	const char *text = place_text(place);
	if (!text || dns_subdomain(text, strlen(text)))
		return 0;
	return place_refuse(place, "must be a name of at most 253 lower case letters, digits, '-' and '.', whose parts "
				   "start and end with a letter or digit");
}

int check_path_name(const struct place *place)
{
	const char *text = place_text(place);
	if (!text)
		return 0;
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || strpbrk(text, "/%"))
		return place_refuse(place, "must be a name without '/' and '%%', other than '.' and '..'");
	return 0;
}

static int check_label_value(const struct place *place)
{
	const char *text = place_text(place);
	if (!text || !*text || label_part(text, strlen(text)))
		return 0;
	return place_refuse(place,
			    "must be empty, or at most 63 letters, digits, '-', '_' and '.', starting and ending "
			    "with a letter or digit");
}

static int check_key(const struct place *place, const char *key)
{
	if (qualified_name(key))
		return 0;
	return place_refuse(place, "its key must be a name of at most 63 letters, digits, '-', '_' and '.', after an "
				   "optional DNS prefix and '/'");
}

int check_labels(const struct place *labels)
{
	for (uint32_t i = 0; i < place_count(labels); i++) {
		struct place label = place_entry(labels, i);
		if (check_key(&label, label.name) < 0 || check_label_value(&label) < 0)
			return -1;
	}
	return 0;
}

static int check_annotations(const struct place *annotations)
{
	size_t total = 0;
	for (uint32_t i = 0; i < place_count(annotations); i++) {
		struct place annotation = place_entry(annotations, i);
		char key[330];
		snprintf(key, sizeof key, "%s", annotation.name);
		for (char *at = key; *at; at++)
			if (*at >= 'A' && *at <= 'Z')
				*at = (char)(*at - 'A' + 'a');
		if (check_key(&annotation, key) < 0)
			return -1;
		total += strlen(annotation.name) + (annotation.node ? annotation.node->length : 0);
	}
	return total > 256 * 1024 ? place_refuse(annotations, "must hold at most 256 KiB in all") : 0;
}

static int check_common(const struct place *metadata)
{
	struct place labels = place_field(metadata, "labels");
	struct place annotations = place_field(metadata, "annotations");
	return check_labels(&labels) < 0 || check_annotations(&annotations) < 0 ? -1 : 0;
}

int check_template_metadata(const struct place *metadata)
{
	return check_common(metadata);
}

/* A prefix: the server appends a letter or digit, so that it may end with '-'. */
static int check_generated(const struct place *place)
{
	const char *text = place_text(place);
	size_t length = text ? strlen(text) : 0;
	if (length > 1 && text[length - 1] == '-')
		length--;
	if (length == 0 || dns_subdomain(text, length))
		return 0;
	return place_refuse(place, "must be the beginning of a name of lower case letters, digits, '-' and '.'");
}

static bool written(const struct place *place)
{
	const char *text = place_text(place);
	return text && *text;
}

int read_metadata(const struct place *metadata, const char **name, const char **namespace_)
{
	struct place at = place_field(metadata, "name"), space = place_field(metadata, "namespace");
	struct place generated = place_field(metadata, "generateName");
	if (!written(&at) && written(&generated))
		return place_refuse(&generated, "cannot be used here, as with kubectl apply; set metadata.name");
	if (!written(&at))
		return place_refuse(&at, "must be set");
	if (check_generated(&generated) < 0)
		return -1;
	*name = place_text(&at);
	*namespace_ = written(&space) ? place_text(&space) : "default";
	if (check_subdomain_name(&at) < 0 || (written(&space) && check_label_name(&space) < 0))
		return -1;
	return check_common(metadata);
}

/* ---- selectors ---- */

static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist"};
enum selector_operator { OPERATOR_IN, OPERATOR_NOT_IN, OPERATOR_EXISTS, OPERATOR_ABSENT };

static int check_requirement(const struct place *requirement)
{
	struct place key = place_field(requirement, "key"), how = place_field(requirement, "operator");
	struct place values = place_field(requirement, "values");
	int64_t which = name_index(place_text(&how), operators, COUNT(operators));
	if (which < 0)
		return place_refuse(&how, "must be In, NotIn, Exists or DoesNotExist");
	if (which <= OPERATOR_NOT_IN && place_count(&values) == 0)
		return place_refuse(&values, "must hold at least one value when operator is %s", operators[which]);
	if (which >= OPERATOR_EXISTS && place_count(&values) > 0)
		return place_refuse(&values, "must not be set when operator is %s", operators[which]);
	if (!written(&key))
		return place_refuse(&key, "must be set");
	if (check_key(&key, place_text(&key)) < 0)
		return -1;
	for (uint32_t i = 0; i < place_count(&values); i++) {
		struct place value = place_item(&values, i);
		if (check_label_value(&value) < 0)
			return -1;
	}
	return 0;
}

int check_selector(const struct place *selector)
{
	struct place labels = place_field(selector, "matchLabels");
	struct place expressions = place_field(selector, "matchExpressions");
	if (check_labels(&labels) < 0)
		return -1;
	for (uint32_t i = 0; i < place_count(&expressions); i++) {
		struct place expression = place_item(&expressions, i);
		if (check_requirement(&expression) < 0)
			return -1;
	}
	return 0;
}

/* The value of a label: "" when null was written, NULL when there is no such label. */
static const char *label_of(const struct place *labels, const char *key)
{
	int64_t at = node_find(labels->node, key, strlen(key));
	if (at < 0)
		return NULL;
	struct place entry = place_entry(labels, (uint32_t)at);
	return entry.node ? entry.node->text : "";
}

static bool in_values(const struct place *values, const char *label)
{
	for (uint32_t i = 0; i < place_count(values); i++) {
		struct place value = place_item(values, i);
		if (strcmp(value.node ? value.node->text : "", label) == 0)
			return true;
	}
	return false;
}

static bool requirement_matches(const struct place *requirement, const struct place *labels)
{
	struct place key = place_field(requirement, "key"), how = place_field(requirement, "operator");
	struct place values = place_field(requirement, "values");
	const char *label = label_of(labels, place_text(&key));
	switch (name_index(place_text(&how), operators, COUNT(operators))) {
	case OPERATOR_IN:
		return label && in_values(&values, label);
	case OPERATOR_NOT_IN:
		return !label || !in_values(&values, label);
	case OPERATOR_EXISTS:
		return label != NULL;
	default:
		return label == NULL;
	}
}

bool selector_matches(const struct place *selector, const struct place *labels)
{
	struct place wanted = place_field(selector, "matchLabels");
	struct place expressions = place_field(selector, "matchExpressions");
	for (uint32_t i = 0; i < place_count(&wanted); i++) {
		struct place entry = place_entry(&wanted, i);
		const char *label = label_of(labels, entry.name);
		if (!label || strcmp(label, entry.node ? entry.node->text : "") != 0)
			return false;
	}
	for (uint32_t i = 0; i < place_count(&expressions); i++) {
		struct place expression = place_item(&expressions, i);
		if (!requirement_matches(&expression, labels))
			return false;
	}
	return true;
}
