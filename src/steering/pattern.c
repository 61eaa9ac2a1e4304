#include "steering/pattern.h"

#include "base/mem.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/*
 * A name goes by its name.  An address with another to probe goes by that: it is what can be up
 * or down, for all addresses that share it.
 */
static void add_object(
    struct kt_text *key, const struct conf_pool *pool, const struct conf_member *member)
{
	char text[KT_ADDR_TEXT];
	if (!member->address.family)
		dns_name_add(key, member->name.wire);
	else if (member->probe.family && pool->n_monitors)
		kt_text_add(key, kt_addr_print(&member->probe, text));
	else
		kt_text_add(key, kt_addr_print(&member->address, text));
}

void steering_member_key(struct kt_text *key, const struct conf_pool *pool,
    const struct conf_member *member, size_t monitor)
{
	kt_text_clear(key);
	add_object(key, pool, member);
	if (pool->n_monitors)
		kt_text_addf(key, "/%s", pool->monitors[monitor]->name);
}

/* The first target whose key is not below text. */
static size_t first_from(const struct steering *steering, const char *text)
{
	size_t from = 0, to = steering->n_targets;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (strcmp(steering->targets[middle].key, text) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool steering_key_find(
    const struct steering *steering, const char *key, uint32_t *target)
{
	size_t at = first_from(steering, key);
	*target = (uint32_t)at;
	return at < steering->n_targets && strcmp(steering->targets[at].key, key) == 0;
}

static bool is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") != NULL;
}

/* Addresses in the one form of RFC 5952, names in lower case with a dot behind. */
static char *canonical(const char *object)
{
	struct kt_addr address;
	struct dns_name name;
	char text[DNS_NAME_TEXT];
	if (kt_addr_scan(object, &address) == 0)
		return kt_strdup(kt_addr_print(&address, text));
	if (strcmp(object, "pool") == 0 || !*object ||
	    dns_name_scan(object, strlen(object), NULL, &name))
		return kt_strdup(object);
	dns_name_lower(&name);
	return kt_strdup(dns_name_print(name.wire, text));
}

char *steering_pattern_make(const char *text)
{
	size_t len = strlen(text);
	if (len > STEERING_PATTERN_MAX)
		return NULL;
	if (is_glob(text))
		return kt_strdup(text);
	size_t object_len = strcspn(text, "/");
	char *object = kt_strndup(text, object_len);
	char *made = canonical(object);
	char *whole = kt_format("%s%s", made, text + object_len);
	free(object);
	free(made);
	return whole;
}

/* A key without its monitor; pools have none. */
static bool fits_object(const char *pattern, const char *key)
{
	char object[STEERING_PATTERN_MAX + 1];
	size_t len = strcspn(key, "/");
	if (!key[len] || len > STEERING_PATTERN_MAX || strncmp(key, "pool/", 5) == 0)
		return false;
	memcpy(object, key, len);
	object[len] = 0;
	return fnmatch(pattern, object, 0) == 0;
}

bool steering_pattern_fits(const char *pattern, const char *key)
{
	size_t len = strlen(pattern);
	if (strcmp(pattern, key) == 0)
		return true; /* a name may have a backslash */
	if (is_glob(pattern))
		return fnmatch(pattern, key, 0) == 0 ||
		       (!strchr(pattern, '/') && fits_object(pattern, key));
	if (strncmp(pattern, key, len) != 0)
		return false;
	return key[len] == '/' && !strchr(pattern, '/') && strcmp(pattern, "pool") != 0;
}

size_t steering_pattern_each(const struct steering *steering, const char *pattern,
    void (*take)(void *ctx, uint32_t target), void *ctx)
{
	bool glob = is_glob(pattern);
	size_t len = strlen(pattern), n = 0;
	for (size_t i = glob ? 0 : first_from(steering, pattern);
	     i < steering->n_targets; i++) {
		const char *key = steering->targets[i].key;
		if (!glob && strncmp(pattern, key, len) != 0)
			break; /* all keys that begin with it stand together */
		if (!steering_pattern_fits(pattern, key))
			continue;
		take(ctx, (uint32_t)i);
		n++;
	}
	return n;
}
