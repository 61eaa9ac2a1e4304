#include "steering/map.h"

#include "map_of.h"

/* The map of the report that this server answers: five regions of an ISP. */
#define SEED_REGIONS "default dc-01 dc-02 dc-03 dc-04"
#define SEED_NETWORKS                                                    \
 "240b:10:200::/41 dc-01 240b:10:280::/41 dc-02 240b:10:300::/40 dc-03 " \
 "240b:10:400::/39 dc-04"

struct row {
	const char *source, *region;
	unsigned scope;
	enum steering_reason reason;
};

static void check_rows(
    struct map_of *m, const char *resolver, const struct row *rows, size_t n)
{
	struct kt_addr by = addr_of(resolver);
	for (size_t i = 0; i < n; i++) {
		struct dns_ecs ecs = ecs_of(rows[i].source);
		struct steering_decision d;
		steering_map_decide(m->map, &ecs, &by, &d);
		if (strcmp(m->names[d.class], rows[i].region) != 0 ||
		    d.scope != rows[i].scope || d.reason != rows[i].reason)
			fail_msg("%s: %s/%u for reason %u", rows[i].source,
			    m->names[d.class], d.scope, d.reason);
	}
	map_of_free(m);
}

static void ideal_answers_and_scopes(void **state)
{
	static const struct row rows[] = {
		{ "240b:10::/40", "default", 39, STEERING_CELL },
		{ "240b:10:200::/40", "dc-01", 41, STEERING_SHORT_SHARE },
		{ "240b:10:200::/41", "dc-01", 41, STEERING_CELL },
		{ "240b:10:280::/41", "dc-02", 41, STEERING_CELL },
		{ "240b:10:280::/48", "dc-02", 41, STEERING_CELL },
		{ "240b:10:280::/56", "dc-02", 41, STEERING_CELL },
		{ "240b:10:300::/40", "dc-03", 40, STEERING_CELL },
		{ "240b:10:400::/40", "dc-04", 39, STEERING_CELL },
		{ "240b:10:500::/40", "dc-04", 39, STEERING_CELL },
		{ "240b:10:600::/40", "default", 39, STEERING_CELL },
		{ "240b:11::/40", "default", 32, STEERING_CELL },
		{ "240b:10::/32", "default", 41, STEERING_SHORT_SHARE },
		{ "240b:10:200::/39", "dc-03", 41, STEERING_SHORT_SHARE },
		{ "192.0.2.0/24", "default", 9, STEERING_CELL },
		{ "::/0", "dc-04", 0, STEERING_NO_SOURCE },
		{ "0.0.0.0/0", "dc-04", 0, STEERING_NO_SOURCE },
	};
	(void)state;
	check_rows(map_of(SEED_REGIONS, SEED_NETWORKS, ""), "240b:10:400::53", rows,
	    KT_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ideal_answers_and_scopes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
