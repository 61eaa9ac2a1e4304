#include "migrate/plan.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Rows grow in the arena by doubling: what they leave behind is small. */
static void *grown(
    struct migrate_plan *plan, void *row, size_t n, size_t *size, size_t entry)
{
	if (n < *size)
		return row;
	size_t wider = *size ? *size * 2 : 8;
	void *to = kt_arena_alloc(&plan->memory, wider * entry);
	if (n)
		memcpy(to, row, n * entry);
	*size = wider;
	return to;
}

static void *zeroed(struct migrate_plan *plan, size_t size)
{
	return memset(kt_arena_alloc(&plan->memory, size), 0, size);
}

static char *copy(struct migrate_plan *plan, const char *text)
{
	return kt_arena_strndup(&plan->memory, text, strlen(text));
}

void migrate_plan_init(
    struct migrate_plan *plan, const char *source, struct kt_errs *errs)
{
	*plan = (struct migrate_plan){ .errs = errs };
	kt_arena_init(&plan->memory, 0);
	plan->source = copy(plan, source);
}

void migrate_plan_fini(struct migrate_plan *plan)
{
	kt_arena_fini(&plan->memory);
}

struct migrate_map *migrate_add_map(struct migrate_plan *plan, const char *name)
{
	plan->maps = grown(
	    plan, plan->maps, plan->n_maps, &plan->maps_size, sizeof(*plan->maps));
	struct migrate_map *map = zeroed(plan, sizeof(*map));
	map->name = copy(plan, name);
	return plan->maps[plan->n_maps++] = map;
}

struct migrate_monitor *migrate_add_monitor(
    struct migrate_plan *plan, const char *name, const char *type)
{
	plan->monitors = grown(plan, plan->monitors, plan->n_monitors,
	    &plan->monitors_size, sizeof(*plan->monitors));
	struct migrate_monitor *monitor = zeroed(plan, sizeof(*monitor));
	monitor->name = copy(plan, name);
	monitor->type = copy(plan, type);
	return plan->monitors[plan->n_monitors++] = monitor;
}

struct migrate_pool *migrate_find_pool(
    const struct migrate_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_pools; i++)
		if (strcmp(plan->pools[i]->name, name) == 0)
			return plan->pools[i];
	return NULL;
}

struct migrate_pool *migrate_add_pool(
    struct migrate_plan *plan, const char *name, bool *made)
{
	struct migrate_pool *pool = migrate_find_pool(plan, name);
	*made = !pool;
	if (pool)
		return pool;
	plan->pools = grown(
	    plan, plan->pools, plan->n_pools, &plan->pools_size, sizeof(*plan->pools));
	pool = zeroed(plan, sizeof(*pool));
	pool->name = copy(plan, name);
	return plan->pools[plan->n_pools++] = pool;
}

struct migrate_service *migrate_add_service(struct migrate_plan *plan, const char *name)
{
	plan->services = grown(plan, plan->services, plan->n_services,
	    &plan->services_size, sizeof(*plan->services));
	struct migrate_service *service = zeroed(plan, sizeof(*service));
	service->name = copy(plan, name);
	return plan->services[plan->n_services++] = service;
}

struct migrate_member *migrate_add_member(
    struct migrate_plan *plan, struct migrate_pool *pool)
{
	pool->members = grown(plan, pool->members, pool->n_members, &pool->members_size,
	    sizeof(*pool->members));
	struct migrate_member *member = &pool->members[pool->n_members++];
	*member = (struct migrate_member){ 0 };
	return member;
}

bool migrate_cannot_watch(
    const struct migrate_pool *pool, const struct migrate_monitor *monitor)
{
	static const char *const local[] = { "command", "file", "push" };
	for (size_t i = 0; i < KT_COUNT(local); i++)
		if (strcmp(monitor->type, local[i]) == 0)
			return false;
	for (size_t i = 0; i < pool->n_members; i++)
		if (pool->members[i].name)
			return true;
	return false;
}

struct migrate_preference *migrate_add_region(
    struct migrate_plan *plan, struct migrate_service *service, const char *region)
{
	service->regions = grown(plan, service->regions, service->n_regions,
	    &service->regions_size, sizeof(*service->regions));
	struct migrate_preference *p = &service->regions[service->n_regions++];
	*p = (struct migrate_preference){ .region = region ? copy(plan, region)
							   : NULL };
	return p;
}

void migrate_texts_add(
    struct migrate_plan *plan, struct migrate_texts *texts, const char *text)
{
	texts->list = grown(
	    plan, texts->list, texts->n, &texts->size, sizeof(*texts->list));
	texts->list[texts->n++] = copy(plan, text);
}

void migrate_pairs_add(struct migrate_plan *plan, struct migrate_pairs *pairs,
    const char *key, const char *value)
{
	pairs->list = grown(
	    plan, pairs->list, pairs->n, &pairs->size, sizeof(*pairs->list));
	pairs->list[pairs->n++] = (struct migrate_pair){ copy(plan, key),
		copy(plan, value) };
}

const char *migrate_format(struct migrate_plan *plan, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	kt_require(n >= 0);
	const char *kept = kt_arena_strndup(&plan->memory, text, (size_t)n);
	free(text);
	return kept;
}

const char *migrate_quoted(struct migrate_plan *plan, const char *text)
{
	struct kt_text out = { 0 };
	kt_text_char(&out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			kt_text_char(&out, '\\');
		if ((unsigned char)*text < ' ')
			kt_text_addf(&out, "\\x%02x", (unsigned char)*text);
		else
			kt_text_char(&out, *text);
	}
	kt_text_char(&out, '"');
	const char *kept = migrate_format(plan, "%s", kt_text_of(&out));
	kt_text_fini(&out);
	return kept;
}

KT_PRINTF(5, 0)
static void tell(struct migrate_plan *plan, enum kt_grade grade, const char *file,
    unsigned line, const char *format, va_list args)
{
	char *text = NULL;
	int n = vasprintf(&text, format, args);
	kt_require(n >= 0);
	kt_errs_add(
	    plan->errs, grade, KT_E_UNSUPPORTED, file, line, 0, NULL, "%s", text);
	free(text);
}

void migrate_lost(
    struct migrate_plan *plan, const char *file, unsigned line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	tell(plan, KT_WARNING, file, line, format, args);
	va_end(args);
}

void migrate_differs(
    struct migrate_plan *plan, const char *file, unsigned line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	tell(plan, KT_NOTE, file, line, format, args);
	va_end(args);
}

void migrate_result_fini(struct migrate_result *result)
{
	kt_text_fini(&result->yaml);
	for (size_t i = 0; i < result->n_zones; i++) {
		free(result->zones[i].name);
		kt_text_fini(&result->zones[i].text);
	}
	free(result->zones);
	*result = (struct migrate_result){ 0 };
}
