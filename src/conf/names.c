#include "conf/names.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void conf_names_fini(struct conf_names *names)
{
	free(names->list);
	free(names->slots);
	*names = (struct conf_names){ 0 };
}

/* The slot that holds text, or the free one where it belongs.  There is one. */
static size_t find_slot(const struct conf_names *names, const char *text)
{
	size_t at = kt_hash_octets(0, (const uint8_t *)text, strlen(text)) &
		    (names->n_slots - 1);
	while (names->slots[at] && strcmp(names->list[names->slots[at] - 1], text) != 0)
		at = (at + 1) & (names->n_slots - 1);
	return at;
}

size_t conf_names_find(const struct conf_names *names, const char *text)
{
	if (!names->n)
		return CONF_NO_NAME;
	uint32_t slot = names->slots[find_slot(names, text)];
	return slot ? slot - 1 : CONF_NO_NAME;
}

static void grow_slots(struct conf_names *names)
{
	free(names->slots);
	names->n_slots = names->n_slots ? names->n_slots * 2 : 16;
	names->slots = kt_calloc(names->n_slots, sizeof(*names->slots));
	for (size_t i = 0; i < names->n; i++)
		names->slots[find_slot(names, names->list[i])] = (uint32_t)i + 1;
}

void conf_names_add(struct conf_names *names, const char *text)
{
	kt_grow(names->list, names->n, names->cap);
	if (names->n * 2 >= names->n_slots)
		grow_slots(names);
	names->slots[find_slot(names, text)] = (uint32_t)names->n + 1;
	names->list[names->n++] = text;
}
