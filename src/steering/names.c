#include "steering/names.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The slot where the name is or would be. */
static size_t slot_of(const struct steering_names *names, const char *text, size_t len)
{
	size_t at = kt_hash_octets(0, text, len) & (names->table_size - 1);
	for (; names->table[at]; at = (at + 1) & (names->table_size - 1)) {
		const char *name = names->list[names->table[at] - 1];
		if (strncmp(name, text, len) == 0 && !name[len])
			break;
	}
	return at;
}

static void rehash(struct steering_names *names, size_t size)
{
	free(names->table);
	names->table = kt_calloc(size, sizeof(*names->table));
	names->table_size = size;
	for (size_t i = 0; i < names->n; i++)
		names->table[slot_of(names, names->list[i], strlen(names->list[i]))] =
		    (uint32_t)i + 1;
}

static void add(struct steering_names *names, const char *name)
{
	kt_grow(names->list, names->n, names->cap);
	names->list[names->n++] = name;
}

void steering_names_init(struct steering_names *names, const struct conf_map *conf)
{
	*names = (struct steering_names){ 0 };
	kt_arena_init(&names->texts, 0);
	size_t size = 64;
	while (size < conf->n_regions * 2)
		size *= 2;
	for (size_t i = 0; i < conf->n_regions; i++)
		add(names, conf->regions[i]);
	rehash(names, size);
}

void steering_names_fini(struct steering_names *names)
{
	free(names->list);
	free(names->table);
	kt_arena_fini(&names->texts);
	*names = (struct steering_names){ 0 };
}

int steering_names_find(
    const struct steering_names *names, const char *text, size_t len)
{
	return (int)names->table[slot_of(names, text, len)] - 1;
}

int steering_names_take(struct steering_names *names, const char *text, size_t len)
{
	size_t at = slot_of(names, text, len);
	if (names->table[at])
		return (int)names->table[at] - 1;
	if (names->n >= CONF_REGIONS_MAX)
		return KT_E_LIMIT;
	add(names, kt_arena_strndup(&names->texts, text, len));
	names->table[at] = (uint32_t)names->n;
	if (names->n * 2 > names->table_size)
		rehash(names, names->table_size * 2);
	return (int)names->n - 1;
}
