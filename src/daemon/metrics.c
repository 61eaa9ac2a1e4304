#include "daemon/metrics.h"

#include "base/mem.h"
#include "io/udp.h"
#include "observe/metrics.h"
#include "observe/process.h"
#include "observe/zones.h"

#include <stdlib.h>

/* clang-format off */
static const struct observe_counter authority_rows[] = {
#define X(name, help) { "kotae_authority_" #name, NULL, { NULL, NULL }, AUTHORITY_N_##name * sizeof(uint64_t), help },
	AUTHORITY_COUNTERS(X)
#undef X
};

static const struct observe_counter udp_rows[] = {
#define X(name, help) { "kotae_udp_" #name, NULL, { NULL, NULL }, IO_UDP_N_##name * sizeof(uint64_t), help },
	IO_UDP_COUNTERS(X)
#undef X
};

static const struct observe_counter tcp_rows[] = {
#define X(name, help) { "kotae_tcp_" #name, NULL, { NULL, NULL }, IO_TCP_N_##name * sizeof(uint64_t), help },
	IO_TCP_COUNTERS(X)
#undef X
};
/* clang-format on */

typedef const uint64_t *counters_of(const struct worker *worker);

static void write_rows(struct kt_text *out, const struct server_view *view,
    const struct observe_counter *rows, size_t n, counters_of *of)
{
	const void **blocks = kt_calloc(view->n_workers, sizeof(*blocks));
	for (unsigned i = 0; i < view->n_workers; i++)
		blocks[i] = of(view->workers[i]);
	observe_counters(out, rows, n, blocks, view->n_workers);
	free(blocks);
}

static void write_gauge(
    struct kt_text *out, const char *name, const char *help, uint64_t value)
{
	observe_family(
	    out, &(struct observe_family){ name, OBSERVE_GAUGE, NULL, help });
	observe_sample(out, name, NULL, 0, value);
}

struct zone_walk {
	const struct zone_table *zones;
	char name[DNS_NAME_TEXT];
};

static void zone_at_index(void *ctx, size_t i, struct observe_zone *out)
{
	struct zone_walk *walk = ctx;
	const struct zone_item *item = &walk->zones->items[i];
	_Static_assert((int)ZONE_SERVING == (int)OBSERVE_ZONE_SERVING &&
			   (int)ZONE_STALE == (int)OBSERVE_ZONE_STALE &&
			   (int)ZONE_FAILED == (int)OBSERVE_ZONE_FAILED,
	    "one meaning, two layers");
	*out = (struct observe_zone){
		.name = dns_name_print(item->name, walk->name),
		.state = (enum observe_zone_state)zone_item_state(item),
	};
	if (!item->zone)
		return;
	out->serial = item->zone->serial;
	out->loaded_unix = item->zone->loaded_unix;
	out->records = item->zone->n_records;
}

static unsigned connections(const struct server_view *view)
{
	unsigned n = 0;
	for (unsigned i = 0; i < view->n_workers; i++)
		n += worker_tcp_connections(view->workers[i]);
	return n;
}

void metrics_write(struct kt_text *out, const struct server_view *view)
{
	observe_process(out, KOTAE_VERSION, view->started);
	write_gauge(out, "kotae_workers", "threads that answer", view->n_workers);
	write_gauge(out, "kotae_ready", "1 when queries are answered", view->ready);
	write_gauge(out, "kotae_config_refused",
	    "1 when the newest configuration was refused and the one before runs",
	    view->config_error != NULL);
	write_gauge(
	    out, "kotae_tcp_connections", "TCP connections open", connections(view));
	write_rows(out, view, authority_rows, KT_COUNT(authority_rows),
	    worker_authority_counters);
	write_rows(out, view, udp_rows, KT_COUNT(udp_rows), worker_udp_counters);
	write_rows(out, view, tcp_rows, KT_COUNT(tcp_rows), worker_tcp_counters);
	if (view->zones) {
		struct zone_walk walk = { .zones = view->zones };
		observe_zones(out, view->zones->n, zone_at_index, &walk);
	}
	observe_end(out);
}

uint64_t metrics_queries(const struct server_view *view)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < view->n_workers; i++)
		n += __atomic_load_n(
		    &worker_authority_counters(view->workers[i])[AUTHORITY_N_queries],
		    __ATOMIC_RELAXED);
	return n;
}
