#include "steering/steering.h"

#include "dns/type.h"
#include "service_of.h"

static void expect_errors(const char *yaml, int code, const char *expected)
{
	struct service_of s;
	struct kt_text said = { 0 };
	assert_int_equal(service_read(&s, yaml), code);
	assert_null(s.steering);
	for (size_t i = 0; i < s.errs.n; i++)
		kt_text_addf(&said, "%u:%u %s\n", s.errs.list[i].line,
		    s.errs.list[i].column, s.errs.list[i].text);
	assert_string_equal(kt_text_of(&said), expected);
	kt_text_fini(&said);
	service_fini(&s);
}

static void a_target_is_there_once_however_many_pools_have_it(void **state)
{
	(void)state;
	static const char *const keys[] = { "192.0.2.1", "192.0.2.1/api",
		"192.0.2.1/web", "192.0.2.9/web", "2001:db8::1/web", "b.example.",
		"cdn.example./web", "pool/bare", "pool/cdn", "pool/name", "pool/one",
		"pool/three", "pool/two" };
	struct service_of s;
	service_of(&s,
	    "steering:\n"
	    " monitors: {web: {type: tcp, port: 80}, api: {type: tcp, port: 81}}\n"
	    " pools:\n"
	    "  one: {members: [192.0.2.1, \"2001:db8::1\"], monitor: web}\n"
	    "  two: {members: [192.0.2.1, {address: 192.0.2.2, probe: 192.0.2.9}, "
	    "{address: 192.0.2.3, probe: 192.0.2.9}, {pool: one}], monitor: web}\n"
	    "  cdn: {members: [{name: cdn.example, probe: 192.0.2.8}], monitor: web}\n"
	    "  bare: {members: [192.0.2.1]}\n"
	    "  name: {members: [{name: b.example}]}\n"
	    "  three: {members: [192.0.2.1], monitor: [api, web]}\n"
	    " services: {www.example.com: {pools: [one]}}\n");
	const struct steering *st = s.steering;
	for (size_t i = 0; i < st->n_targets; i++) {
		const struct steering_target *t = &st->targets[i];
		assert_true(i < KT_COUNT(keys));
		assert_string_equal(t->key, keys[i]);
		assert_ptr_equal(steering_target_find(st, t->key), t);
	}
	assert_int_equal(st->n_targets, KT_COUNT(keys));
	assert_null(steering_target_find(st, "192.0.2.2/web"));
	const struct steering_target *name = steering_target_find(
	    st, "cdn.example./web");
	char text[KT_ADDR_TEXT];
	assert_string_equal(kt_addr_print(&name->address, text), "192.0.2.8");
	assert_non_null(name->name);
	assert_string_equal(name->monitor->name, "web");
	assert_string_equal(steering_target_find(st, "pool/two")->pool->name, "two");
	service_fini(&s);
}

static void a_name_is_probed_at_one_address(void **state)
{
	(void)state;
	expect_errors(
	    "steering:\n"
	    " monitors: {web: {type: tcp, port: 80}}\n"
	    " pools:\n"
	    "  one: {members: [{name: cdn.example, probe: 192.0.2.8}], monitor: web}\n"
	    "  two: {members: [{name: cdn.example, probe: 192.0.2.9}], monitor: web}\n"
	    " services: {www.example.com: {pools: [one, two]}}\n",
	    KT_E_CONFLICT,
	    "5:19 cdn.example./web: another member has this name and monitor with "
	    "another \"probe\" address; one name has one: give it a monitor of its "
	    "own\n");
}

#define POOLS                                                                    \
 " maps: {m: {networks: {20.1.0.0/16: a, 20.2.0.0/16: c}, default: b}}\n"        \
 " pools: {v4: {members: [192.0.2.1]}, v6: {members: [\"2001:db8::1\"]}, both: " \
 "{members: [192.0.2.3, \"2001:db8::3\"]}, name: {members: [cdn.example.net]}, " \
 "in: {members: [{pool: v4}, {pool: v6}]}}\n"

static void every_region_has_the_types_that_any_has(void **state)
{
	(void)state;
	expect_errors("steering:\n" POOLS " services:\n"
		      "  www.example.com:\n"
		      "   map: m\n"
		      "   regions:\n"
		      "    a: [both]\n"
		      "    b: [v4, v6]\n"
		      "    c: [v4]\n",
	    KT_E_CONFLICT,
	    "10:5 service www.example.com.: no pool of region c has an IPv6 address, "
	    "but "
	    "region a has AAAA records; resolvers would keep \"no AAAA\" for everybody "
	    "(RFC 7871 s.7.4): add a pool with an IPv6 address to region c, or take "
	    "AAAA out of the others\n");
	/* A pool in a pool counts, and so does a second pool of the list. */
	struct service_of s;
	service_of(&s, "steering:\n" POOLS " services:\n"
		       "  www.example.com: {map: m, regions: {a: [both], b: [v4, v6], "
		       "c: [in]}}\n");
	assert_int_equal(s.errs.n, 0);
	service_fini(&s);
}

static void names_beside_addresses_are_a_warning(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s, "steering:\n" POOLS " services:\n"
		       "  www.example.com: {map: m, regions: {a: [both], b: [both], "
		       "c: [name]}}\n");
	assert_int_equal(s.errs.n_warnings, 1);
	assert_non_null(strstr(s.errs.list[0].text, "both addresses and names"));
	assert_int_equal(s.errs.list[0].line, 5);
	assert_int_equal(s.steering->services[0].types, 7);
	service_fini(&s);
}

static const char *stand_in(
    struct service_of *s, size_t number, enum steering_type type, uint16_t wire_type)
{
	struct steering_variant v = { 0 };
	size_t size = 0;
	v.n_rr = (uint16_t)steering_stand_in(
	    &s->steering->services[number], type, &v.data, &size);
	v.rr_size = (uint32_t)size;
	kt_text_clear(&s->said);
	service_print_set(&s->said, wire_type, &v);
	return kt_text_of(&s->said);
}

static void the_default_region_stands_in(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s,
	    "steering:\n" POOLS " services:\n"
	    "  one.example.com: {map: m, regions: {a: [v4, v6], b: [in, both], "
	    "c: [both]}}\n"
	    "  two.example.com: {pools: [name]}\n"
	    "  mix.example.com: {pools: [name, both]}\n"
	    "  four.example.com: {pools: [v4], when-all-down: none}\n");
	assert_string_equal(stand_in(&s, 0, STEERING_A, DNS_TYPE_A), "192.0.2.1");
	assert_string_equal(
	    stand_in(&s, 0, STEERING_AAAA, DNS_TYPE_AAAA), "2001:db8::1");
	assert_string_equal(stand_in(&s, 0, STEERING_CNAME, DNS_TYPE_CNAME), "");
	assert_string_equal(stand_in(&s, 1, STEERING_A, DNS_TYPE_A), "");
	assert_string_equal(
	    stand_in(&s, 1, STEERING_CNAME, DNS_TYPE_CNAME), "cdn.example.net.");
	assert_string_equal(stand_in(&s, 2, STEERING_A, DNS_TYPE_A), "192.0.2.3");
	assert_string_equal(stand_in(&s, 2, STEERING_CNAME, DNS_TYPE_CNAME), "");
	/* Health is not asked: who transfers the zone gets the same at any time. */
	service_set(&s, "192.0.2.1", false);
	assert_string_equal(stand_in(&s, 3, STEERING_A, DNS_TYPE_A), "192.0.2.1");
	assert_string_equal(stand_in(&s, 3, STEERING_AAAA, DNS_TYPE_AAAA), "");
	service_fini(&s);
}

static void a_region_that_is_not_named_goes_by_the_star(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s,
	    "steering:\n" POOLS " services:\n"
	    "  www.example.com: {map: m, regions: {a: [v4, v6], \"*\": [both]}}\n"
	    "  api.example.com: {map: m, regions: {a: [both], b: [v4, v6], "
	    "\"*\": [both]}}\n");
	const struct steering_service *www = &s.steering->services[0];
	assert_int_equal(www->n_classes, 2);
	assert_int_equal(s.steering->services[1].n_classes, 2);
	assert_int_equal(s.steering->n_maps, 2);
	assert_string_equal(
	    service_answer(&s, 0, STEERING_A, "20.2.0.0/24", 0), "192.0.2.3");
	assert_string_equal(
	    service_answer(&s, 0, STEERING_A, "20.1.0.0/24", 0), "192.0.2.1");
	assert_string_equal(
	    service_answer(&s, 1, STEERING_A, "20.2.0.0/24", 0), "192.0.2.3");
	service_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_there_once_however_many_pools_have_it),
		cmocka_unit_test(a_name_is_probed_at_one_address),
		cmocka_unit_test(every_region_has_the_types_that_any_has),
		cmocka_unit_test(names_beside_addresses_are_a_warning),
		cmocka_unit_test(the_default_region_stands_in),
		cmocka_unit_test(a_region_that_is_not_named_goes_by_the_star),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
