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

/* Steering */

static void write_counter(
    struct kt_text *out, const char *name, const char *help, uint64_t value)
{
	char sample[80];
	snprintf(sample, sizeof(sample), "%s_total", name);
	observe_family(
	    out, &(struct observe_family){ name, OBSERVE_COUNTER, NULL, help });
	observe_sample(out, sample, NULL, 0, value);
}

static void write_counts(struct kt_text *out, const struct health_counts *counts)
{
	const struct {
		const char *name, *help;
		uint64_t value;
	} rows[] = {
		{ "kotae_steering_probes", "probes begun", counts->probes },
		{ "kotae_steering_probe_failures", "probes that failed",
		    counts->failures },
		{ "kotae_steering_changes", "targets that went up or down",
		    counts->changes },
		{ "kotae_steering_refreshes", "times that answers were made anew",
		    counts->refreshes },
		{ "kotae_steering_signatures", "signatures made for steered sets",
		    counts->signatures },
		{ "kotae_steering_unsigned_sets",
		    "times that a steered set could not be signed",
		    counts->unsigned_sets },
	};
	for (size_t i = 0; i < KT_COUNT(rows); i++)
		write_counter(out, rows[i].name, rows[i].help, rows[i].value);
}

static const char up_name[] = "kotae_steering_target_up",
		  forced_name[] = "kotae_steering_target_forced";

static void write_target(
    struct kt_text *out, const char *name, const struct monitor_view *view, bool value)
{
	const struct conf_monitor *monitor = view->target->monitor;
	const struct observe_label labels[] = {
		{ "target", view->target->key },
		{ "monitor", monitor ? monitor->name : "" },
	};
	observe_sample(out, name, labels, KT_COUNT(labels), value);
}

static void see_up(void *ctx, const struct monitor_view *view)
{
	write_target(ctx, up_name, view, view->up);
}

static void see_forced(void *ctx, const struct monitor_view *view)
{
	if (view->pattern)
		write_target(ctx, forced_name, view, true);
}

static void write_health(struct kt_text *out, struct health *health)
{
	struct health_counts counts;
	health_count(health, &counts);
	if (!counts.targets && !counts.refreshes)
		return; /* nothing was ever steered */
	write_gauge(out, "kotae_steering_targets", "what is watched", counts.targets);
	write_gauge(
	    out, "kotae_steering_targets_down", "targets that are down", counts.down);
	write_counts(out, &counts);
	observe_family(out, &(struct observe_family){ up_name, OBSERVE_GAUGE, NULL,
				"1 when the target is up or held up" });
	health_see(health, see_up, out);
	observe_family(out, &(struct observe_family){ forced_name, OBSERVE_GAUGE, NULL,
				"1 while kotae steer holds the target" });
	health_see(health, see_forced, out);
}

static void see_server(void *ctx, const struct server_view *view)
{
	struct kt_text *out = ctx;
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
}

void metrics_write(struct kt_text *out, struct server *server)
{
	server_see(server, see_server, out);
	write_health(out, server_health(server));
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
