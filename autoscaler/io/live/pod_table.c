#include "pod_table.h"

#include "../text/grown.h"

#define NAME_MAX_BYTES 253 /* of a pod, by the API's rules; of a namespace, a container: 63 */

void pod_table_free(struct pod_table *table)
{
	free(table->text);
	free(table->rows);
	free(table->used);
	free(table->slots);
	*table = (struct pod_table){0};
}

void pod_table_clear(struct pod_table *table)
{
	table->n_rows = table->n_used = 0;
	table->n_text = 0;
	if (table->n_slots)
		memset(table->slots, 0, table->n_slots * sizeof *table->slots);
}

static uint64_t hash_piece(uint64_t hash, struct piece piece)
{
	uint64_t word;
	for (; piece.size >= sizeof word; piece.at += sizeof word, piece.size -= sizeof word) {
		memcpy(&word, piece.at, sizeof word);
		hash = mix64(hash ^ word);
	}
	word = piece.size;
	if (piece.size)
		memcpy((char *)&word + 1, piece.at, piece.size);
	return mix64(hash ^ word);
}

static uint64_t hash_pod(struct piece namespace_, struct piece name)
{
	return hash_piece(hash_piece(0, namespace_), name);
}

static int put_text(struct pod_table *table, struct piece piece)
{
	char *text = heap_room(table->text, table->n_text, piece.size, &table->text_room, 1);
	if (!text)
		return -1;
	table->text = text;
	if (piece.size)
		memcpy(table->text + table->n_text, piece.at, piece.size);
	table->n_text += piece.size;
	return 0;
}

static bool is_row(const struct pod_table *table, const struct measured *row, uint64_t hash, struct piece namespace_,
		   struct piece name)
{
	const char *text = table->text + row->text;
	return row->hash == hash && row->namespace_length == namespace_.size && row->name_length == name.size &&
	       memcmp(text, namespace_.at, namespace_.size) == 0 &&
	       memcmp(text + namespace_.size, name.at, name.size) == 0;
}

/* Where it is, or would be. */
static uint32_t *find_slot(const struct pod_table *table, uint64_t hash, struct piece namespace_, struct piece name)
{
	uint32_t mask = table->n_slots - 1, at = (uint32_t)hash & mask;
	while (table->slots[at] && !is_row(table, &table->rows[table->slots[at] - 1], hash, namespace_, name))
		at = (at + 1) & mask;
	return &table->slots[at];
}

static int grow_slots(struct pod_table *table)
{
	uint32_t n = table->n_slots ? 2 * table->n_slots : 256;
	uint32_t *slots = n > table->n_slots ? calloc(n, sizeof *slots) : NULL;
	if (!slots)
		return -1;
	for (uint32_t row = 0; row < table->n_rows; row++) {
		uint32_t at = (uint32_t)table->rows[row].hash & (n - 1);
		while (slots[at])
			at = (at + 1) & (n - 1);
		slots[at] = row + 1;
	}
	free(table->slots);
	table->slots = slots;
	table->n_slots = n;
	return 0;
}

static struct measured *new_row(struct pod_table *table, uint64_t hash, struct piece namespace_, struct piece name)
{
	struct measured *rows = heap_grown(table->rows, table->n_rows, &table->rows_room, sizeof *rows);
	if (!rows)
		return NULL;
	table->rows = rows;
	uint32_t text = (uint32_t)table->n_text;
	if (put_text(table, namespace_) < 0 || put_text(table, name) < 0)
		return NULL;
	struct measured *row = &table->rows[table->n_rows++];
	*row = (struct measured){.hash = hash,
				 .text = text,
				 .namespace_length = (uint16_t)namespace_.size,
				 .name_length = (uint16_t)name.size};
	return row;
}

struct measured *pod_table_add(struct pod_table *table, struct piece namespace_, struct piece name)
{
	if (namespace_.size > NAME_MAX_BYTES || name.size > NAME_MAX_BYTES)
		namespace_.size = name.size = 0; /* it is no pod's name: the row without a name, which none has */
	if (table->n_rows >= table->n_slots / 2 && grow_slots(table) < 0)
		return NULL;
	uint64_t hash = hash_pod(namespace_, name);
	uint32_t *slot = find_slot(table, hash, namespace_, name);
	struct measured *row = *slot ? &table->rows[*slot - 1] : new_row(table, hash, namespace_, name);
	if (!row)
		return NULL;
	*slot = (uint32_t)(row - table->rows) + 1;
	row->first = table->n_used;
	row->n = 0;
	row->at = MS_UNSET;
	row->window = 0;
	return row;
}

struct used *pod_table_use(struct pod_table *table, struct piece name)
{
	struct used *array = heap_grown(table->used, table->n_used, &table->used_room, sizeof *array);
	if (!array)
		return NULL;
	table->used = array;
	uint32_t at = (uint32_t)table->n_text;
	if (put_text(table, name) < 0)
		return NULL;
	struct used *used = &table->used[table->n_used++];
	*used = (struct used){at, (uint32_t)name.size, {USED_NONE, USED_NONE}};
	return used;
}

const struct measured *pod_table_find(const struct pod_table *table, struct piece namespace_, struct piece name)
{
	if (table->n_rows == 0)
		return NULL;
	uint32_t slot = *find_slot(table, hash_pod(namespace_, name), namespace_, name);
	return slot ? &table->rows[slot - 1] : NULL;
}
