#include "intern.h"

struct interned {
	struct table_link link;
	uint32_t holds, length;
	char text[];
};

static struct interned *of_text(const char *text)
{
	return (struct interned *)(void *)((char *)(uintptr_t)text - offsetof(struct interned, text));
}

static struct interned *find(const struct interner *interner, const char *text, size_t length, uint64_t hash)
{
	for (struct table_link *link = table_first(&interner->table, hash); link; link = table_next(link)) {
		struct interned *interned = TABLE_OF(link, struct interned, link);
		if (interned->length == length && memcmp(interned->text, text, length) == 0)
			return interned;
	}
	return NULL;
}

const char *intern(struct interner *interner, const char *text, size_t length)
{
	uint64_t hash = table_hash(interner->seed, text, length);
	struct interned *interned = find(interner, text, length, hash);
	if (interned) {
		interned->holds++;
		return interned->text;
	}
	if (length > UINT32_MAX || table_reserve(&interner->table) < 0)
		return NULL;
	interned = malloc(sizeof *interned + length + 1);
	if (!interned)
		return NULL;
	interned->holds = 1;
	interned->length = (uint32_t)length;
	memcpy(interned->text, text, length);
	interned->text[length] = 0;
	table_add(&interner->table, &interned->link, hash);
	return interned->text;
}

const char *intern_find(const struct interner *interner, const char *text)
{
	size_t length = strlen(text);
	struct interned *interned = find(interner, text, length, table_hash(interner->seed, text, length));
	return interned ? interned->text : NULL;
}

void intern_release(struct interner *interner, const char *text)
{
	if (!text || --of_text(text)->holds)
		return;
	table_remove(&interner->table, &of_text(text)->link);
	free(of_text(text));
}

void interner_free(struct interner *interner)
{
	for (size_t i = 0; i < interner->table.n_slots; i++)
		for (struct table_link *link = interner->table.slots[i], *next; link; link = next) {
			next = link->next;
			free(TABLE_OF(link, struct interned, link));
		}
	table_free(&interner->table);
}
