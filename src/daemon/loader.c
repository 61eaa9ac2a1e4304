#include "daemon/zones_p.h"

#include "base/log.h"
#include "base/mem.h"
#include "dns/type.h"
#include "dns/zonetext.h"
#include "zone/load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	THREADS_MAX = 64,
	ITEMS_A_THREAD = 64, /* fewer are not worth another thread */
	LOGGED_MAX = 100,    /* zones whose errors are logged one by one */
};

struct load {
	struct zone_table *table;
	const struct zone_table *old;
	_Atomic size_t next;

	pthread_mutex_t lock; /* all below */
	struct kt_errs *errs;
	struct zone_table_result *result;
};

/*
 * A zone without a file, whose names are all made from a pattern: an apex with the SOA and
 * NS records without which it would be none.
 */
static int take_record(void *ctx, const struct dns_record *record)
{
	return zone_builder_add(ctx, record);
}

static void make_apex(struct zone_builder *builder, struct zone_item *item)
{
	static const char text[] = "@ 3600 SOA @ hostmaster 1 3600 600 604800 300\n"
				   "@ 3600 NS @\n";
	struct dns_zonetext_options options = { .class = DNS_CLASS_IN,
		.no_include = true };
	struct kt_errs errs;
	dns_name_from_wire(&options.origin, item->name);
	kt_errs_init(&errs, 0);
	zone_builder_begin(builder, &options.origin);
	int rc = dns_zonetext_read(
	    text, sizeof(text) - 1, NULL, &options, take_record, builder, &errs);
	if (kt_expect(!rc))
		item->zone = zone_builder_finish(builder);
	kt_errs_fini(&errs);
}

/* A built-in zone stays as it is while the node keeps its name. */
static void make_builtin(struct load *load, struct zone_builder *builder,
    struct zone_item *item, const struct zone_item *had)
{
	const char *node = load->table->node;
	if (had && had->zone && had->builtin == item->builtin &&
	    strcmp(load->old->node, node) == 0) {
		item->zone = zone_snapshot_get(had->zone);
		return;
	}
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	int rc = zone_template_load(
	    builder, item->builtin, item->number, node, &errs, &item->zone);
	item->changed = kt_expect(!rc);
	kt_errs_fini(&errs);
}

/* "file:line:column: text", and how many more there are. */
static char *first_error(const struct kt_errs *errs)
{
	const struct kt_err *e = NULL;
	for (size_t i = 0; i < errs->n && !e; i++)
		if (errs->list[i].grade == KT_ERROR)
			e = &errs->list[i];
	if (!e)
		return kt_strdup("it cannot be loaded");
	char *place = e->file && e->line
			  ? kt_format("%s:%u:%u: ", e->file, e->line, e->column)
			  : kt_strdup("");
	char *text = errs->n_errors > 1 ? kt_format("%s%s (and %zu more)", place,
					      e->text, errs->n_errors - 1)
					: kt_format("%s%s", place, e->text);
	free(place);
	return text;
}

static void copy_errors(struct kt_errs *to, const struct kt_errs *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct kt_err *e = &from->list[i];
		kt_errs_add(to, e->grade, e->code, e->file, e->line, e->column,
		    e->source, "%s", e->text);
	}
}

static void log_failure(const struct zone_item *item, size_t n_failed)
{
	char name[DNS_NAME_TEXT];
	if (n_failed > LOGGED_MAX)
		return;
	log_error("zone: zone=%s file=%s not loaded%s: %s",
	    dns_name_print(item->name, name), item->path,
	    item->zone ? ", the version before is served" : "", item->error);
	if (n_failed == LOGGED_MAX)
		log_error("zone: the errors of further zones are not logged");
}

static void note_failure(
    struct load *load, struct zone_item *item, const struct kt_errs *errs)
{
	char *error = first_error(errs);
	pthread_mutex_lock(&load->lock);
	item->error = kt_arena_strndup(&load->table->memory, error, strlen(error));
	copy_errors(load->errs, errs);
	log_failure(item, ++load->result->failed);
	pthread_mutex_unlock(&load->lock);
	free(error);
}

static bool keep(struct load *load, struct zone_item *item, const struct zone_item *had)
{
	uint64_t sum = item->steered ? zone_steered_sum(item->steered) : 0;
	if (!had || !had->zone || had->error || had->steered_sum != sum)
		return false;
	struct stamp stamp = had->stamp;
	if (!stamp_holds(&stamp, item->path))
		return false;
	item->zone = zone_snapshot_get(had->zone);
	item->stamp = stamp;
	item->steered_sum = sum;
	pthread_mutex_lock(&load->lock);
	load->result->unchanged++;
	pthread_mutex_unlock(&load->lock);
	return true;
}

/* A secondary that cannot steer serves these: it shall be known. */
static void log_steered(const struct zone_item *item)
{
	char name[DNS_NAME_TEXT];
	log_info(
	    "zone: zone=%s steered=%u: transfers carry the first pool of the default "
	    "region in place of these names",
	    dns_name_print(item->name, name), item->zone->n_steered);
}

static void read_file(struct load *load, struct zone_builder *builder,
    struct zone_item *item, const struct zone_item *had)
{
	struct dns_name name;
	struct kt_errs errs;
	dns_name_from_wire(&name, item->name);
	kt_errs_init(&errs, 0);
	item->stamp = stamp_take(item->path, load->old != NULL);
	int rc = zone_load_file(
	    builder, &name, item->path, item->steered, &errs, &item->zone);
	if (rc) {
		item->stamp.sum = 0;
		item->zone = had && had->zone ? zone_snapshot_get(had->zone) : NULL;
		note_failure(load, item, &errs);
	} else {
		item->changed = true;
		if (item->zone->n_steered)
			log_steered(item);
		item->steered_sum = item->steered ? zone_steered_sum(item->steered) : 0;
		pthread_mutex_lock(&load->lock);
		load->result->loaded++;
		pthread_mutex_unlock(&load->lock);
	}
	kt_errs_fini(&errs);
}

static void load_one(
    struct load *load, struct zone_builder *builder, struct zone_item *item)
{
	const struct zone_item *had = load->old ? zone_table_find(load->old, item->name)
						: NULL;
	/* Another file is another zone, but for what to serve when it fails. */
	bool same = had && had->path && item->path &&
		    strcmp(had->path, item->path) == 0;
	if (item->builtin)
		make_builtin(load, builder, item, had);
	else if (!item->path)
		make_apex(builder, item);
	else if (!keep(load, item, same ? had : NULL))
		read_file(load, builder, item, had);
}

static void *load_some(void *ctx)
{
	struct load *load = ctx;
	struct zone_builder *builder = zone_builder_new();
	for (;;) {
		size_t i = atomic_fetch_add(&load->next, 1);
		if (i >= load->table->n)
			break;
		load_one(load, builder, &load->table->items[i]);
	}
	zone_builder_free(builder);
	return NULL;
}

static unsigned threads_for(size_t n_items)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = 1 + n_items / ITEMS_A_THREAD;
	if (cores > 0 && n > (size_t)cores)
		n = (size_t)cores;
	return n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

void zone_table_load(struct zone_table *table, const struct zone_table *old,
    struct kt_errs *errs, struct zone_table_result *result)
{
	struct load load = {
		.table = table, .old = old, .errs = errs, .result = result
	};
	pthread_mutex_init(&load.lock, NULL);
	pthread_t threads[THREADS_MAX];
	unsigned n = 0, want = threads_for(table->n) - 1;
	/* Threads that the system does not give are done without: this one works too. */
	while (n < want && !pthread_create(&threads[n], NULL, load_some, &load))
		n++;
	load_some(&load);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_destroy(&load.lock);
}
