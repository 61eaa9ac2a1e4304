#include "observe/zones.h"

#include "observe/metrics.h"

#include <stdbool.h>

const char *const observe_zone_states[OBSERVE_N_ZONE_STATES] = { "serving", "stale",
	"failed" };

/* What is looked at, and whether it is shown. */
struct zones {
	struct kt_text *out;
	size_t n;
	observe_zone_at *at;
	void *ctx;
};

static bool next_shown(const struct zones *zones, size_t *i, struct observe_zone *zone)
{
	while (*i < zones->n) {
		zones->at(zones->ctx, (*i)++, zone);
		if (zones->n <= OBSERVE_ZONES_MAX ||
		    zone->state != OBSERVE_ZONE_SERVING)
			return true;
	}
	return false;
}

static void add_counts(const struct zones *zones)
{
	uint64_t counts[OBSERVE_N_ZONE_STATES] = { 0 };
	struct observe_zone zone;
	for (size_t i = 0; i < zones->n; i++) {
		zones->at(zones->ctx, i, &zone);
		counts[zone.state]++;
	}
	observe_family(zones->out, &(struct observe_family){ "kotae_zones",
				       OBSERVE_GAUGE, NULL, "Zones by state." });
	for (unsigned s = 0; s < OBSERVE_N_ZONE_STATES; s++)
		observe_sample(zones->out, "kotae_zones",
		    &(struct observe_label){ "state", observe_zone_states[s] }, 1,
		    counts[s]);
}

enum figure {
	SERIAL,
	LOADED,
	RECORDS
};

/* A figure of each zone that has anything to serve. */
static void add_figure(
    const struct zones *zones, const struct observe_family *family, enum figure figure)
{
	struct observe_zone zone;
	observe_family(zones->out, family);
	for (size_t i = 0; next_shown(zones, &i, &zone);) {
		struct observe_label label = { "zone", zone.name };
		if (zone.state == OBSERVE_ZONE_FAILED)
			continue;
		if (figure == LOADED)
			observe_sample_ms(zones->out, family->name, &label, 1,
			    zone.loaded_unix * 1000);
		else
			observe_sample(zones->out, family->name, &label, 1,
			    figure == SERIAL ? zone.serial : zone.records);
	}
}

static void add_states(const struct zones *zones)
{
	struct observe_zone zone;
	observe_family(zones->out,
	    &(struct observe_family){ "kotae_zone_state", OBSERVE_STATESET, NULL,
		"The state of a zone; stale: the newest file was refused." });
	for (size_t i = 0; next_shown(zones, &i, &zone);)
		for (unsigned s = 0; s < OBSERVE_N_ZONE_STATES; s++)
			observe_sample(zones->out, "kotae_zone_state",
			    (struct observe_label[]){ { "zone", zone.name },
				{ "kotae_zone_state", observe_zone_states[s] } },
			    2, zone.state == s);
}

void observe_zones(struct kt_text *out, size_t n, observe_zone_at *at, void *ctx)
{
	struct zones zones = { out, n, at, ctx };
	add_counts(&zones);
	add_figure(&zones,
	    &(struct observe_family){ "kotae_zone_serial", OBSERVE_GAUGE, NULL,
		"The serial of the version that is served." },
	    SERIAL);
	add_figure(&zones,
	    &(struct observe_family){ "kotae_zone_loaded_timestamp_seconds",
		OBSERVE_GAUGE, "seconds", "When that version was loaded." },
	    LOADED);
	add_figure(&zones,
	    &(struct observe_family){ "kotae_zone_records", OBSERVE_GAUGE, NULL,
		"Records of that version, signatures included." },
	    RECORDS);
	add_states(&zones);
}
