/* Any bytes as a JSON value: no crash, and what is taken can be walked to its last leaf. */
#include "../../autoscaler/io/text/json_value.h"
#include "fuzz.h"

static void look(struct json_value value, int depth)
{
	char text[16];
	double number;
	struct json_value key, below;
	json_copy(value, text, sizeof text);
	json_equals(value, text);
	json_int(value, 0);
	json_number(value, &number);
	json_milli(value, 0);
	json_time(value);
	json_duration(value, 0);
	if (depth > JSON_VALUE_DEPTH)
		abort();
	struct json_walk walk = json_walk(value);
	while (json_each(&walk, &key, &below)) {
		char name[64];
		if (json_is_object(value) && json_copy(key, name, sizeof name) < sizeof name && !json_equals(key, name))
			abort();
		look(below, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_value value;
	struct err err;
	char *text = fuzz_text(data, size);
	if (json_value_parse("fuzz", text, size, &value, &err) == 0)
		look(value, 0);
	else if (strncmp(err.message, "fuzz: is not valid JSON: ", 25) != 0)
		abort();
	free(text);
	return 0;
}
