#include "observe/zones.h"

#include "kt_test.h"

static void three_zones(void *ctx, size_t i, struct observe_zone *out)
{
	(void)ctx;
	static const struct observe_zone zones[] = {
		{ "a.example.", OBSERVE_ZONE_SERVING, 7, 1700000000, 12 },
		{ "b.example.", OBSERVE_ZONE_STALE, 8, 1700000001, 13 },
		{ "c.example.", OBSERVE_ZONE_FAILED, 0, 0, 0 },
	};
	*out = zones[i];
}

static void zones_have_gauges_and_a_state(void **state)
{
	(void)state;
	struct kt_text out = { 0 };
	observe_zones(&out, 3, three_zones, NULL);
	static const char *const lines[] = {
		"kotae_zones{state=\"serving\"} 1\n",
		"kotae_zones{state=\"stale\"} 1\n",
		"kotae_zones{state=\"failed\"} 1\n",
		"kotae_zone_serial{zone=\"b.example.\"} 8\n",
		"kotae_zone_loaded_timestamp_seconds{zone=\"a.example.\"} "
		"1700000000.000\n",
		"kotae_zone_records{zone=\"a.example.\"} 12\n",
		"kotae_zone_state{zone=\"c.example.\",kotae_zone_state=\"failed\"} 1\n",
		"kotae_zone_state{zone=\"c.example.\",kotae_zone_state=\"serving\"} "
		"0\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (!strstr(kt_text_of(&out), lines[i]))
			fail_msg("missing %s in\n%s", lines[i], kt_text_of(&out));
	/* What is not served has no serial. */
	assert_null(strstr(kt_text_of(&out), "kotae_zone_serial{zone=\"c.example.\"}"));
	kt_text_fini(&out);
}

static void many_zones(void *ctx, size_t i, struct observe_zone *out)
{
	*out = (struct observe_zone){ ctx,
		i == 17 ? OBSERVE_ZONE_STALE : OBSERVE_ZONE_SERVING, 1, 1, 1 };
}

static void of_very_many_zones_only_the_unwell_are_listed(void **state)
{
	(void)state;
	char name[] = "x.example.";
	struct kt_text out = { 0 };
	observe_zones(&out, OBSERVE_ZONES_MAX + 1, many_zones, name);
	assert_true(out.len < 2000);
	assert_non_null(
	    strstr(kt_text_of(&out), "kotae_zones{state=\"serving\"} 10000\n"));
	assert_non_null(strstr(kt_text_of(&out),
	    "kotae_zone_state{zone=\"x.example.\",kotae_zone_state=\"stale\"} 1\n"));
	kt_text_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones_have_gauges_and_a_state),
		cmocka_unit_test(of_very_many_zones_only_the_unwell_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
