/* Any bytes through the CSV reader: no crash, bounded work, and fields that stay inside the input's size. */
#include "../../autoscaler/io/text/csv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv csv;
	struct err err = {""};
	const struct csv_field *fields;
	size_t n, bytes = 0;
	int got;
	if (csv_open_memory(&csv, "fuzz.csv", (const char *)data, size, &err) < 0)
		return 0;
	while ((got = csv_next(&csv, &fields, &n, &err)) > 0)
		for (size_t i = 0; i < n; i++) {
			bytes += fields[i].length;
			if (strlen(fields[i].text) != fields[i].length)
				abort();
		}
	if (bytes > size || (got < 0 && strncmp(err.message, "fuzz.csv:", 9) != 0))
		abort();
	csv_close(&csv);
	return 0;
}
