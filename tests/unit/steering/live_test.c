#include "dns/type.h"
#include "service_of.h"
#include "signer_of.h"

#define WEB " monitors: {web: {type: tcp, port: 80}, api: {type: tcp, port: 81}}\n"

/* Pools one, two, three of one address each, behind options. */
#define LISTS(service)                                                              \
 "steering:\n" WEB " pools:\n  one: {members: [192.0.2.1]}\n"                       \
 "  two: {members: [192.0.2.2]}\n  sorry: {members: [192.0.2.99]}\n"                \
 " services: {www.example.com: {pools: [one, two], ttl: 60s, ttl-min: 5s, " service \
 "}}\n"

static void the_first_usable_pool_wins(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s, LISTS("limit: 9"));
	assert_string_equal(service_a(&s), "192.0.2.1");
	service_set(&s, "192.0.2.1", false);
	assert_int_equal(s.result.changed, 1);
	assert_string_equal(service_a(&s), "192.0.2.2");
	service_set(&s, "192.0.2.1", true);
	assert_string_equal(service_a(&s), "192.0.2.1");
	service_set(&s, "pool/one", false);
	assert_string_equal(service_a(&s), "192.0.2.2");
	service_fini(&s);
}

static void a_pool_needs_as_many_members_as_it_says(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s,
	    "steering:\n pools:\n  one: {members: [192.0.2.1, 192.0.2.2, "
	    "\"2001:db8::1\"], min-up: 2}\n  two: {members: [192.0.2.9, "
	    "\"2001:db8::9\"]}\n services: {www.example.com: {pools: [one, two]}}\n");
	assert_string_equal(service_a(&s), "192.0.2.1 192.0.2.2");
	service_set(&s, "192.0.2.1", false);
	/* members of every type count */
	assert_string_equal(service_a(&s), "192.0.2.2");
	service_set(&s, "192.0.2.2", false);
	assert_string_equal(service_a(&s), "192.0.2.9");
	assert_string_equal(
	    service_answer(&s, 0, STEERING_AAAA, "::/0", 0), "2001:db8::9");
	service_fini(&s);
}

static void a_usable_pool_with_nothing_of_the_type_up_is_passed_over(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s,
	    "steering:\n pools:\n  one: {members: [192.0.2.1, \"2001:db8::1\"]}\n"
	    "  two: {members: [192.0.2.9, \"2001:db8::9\"]}\n"
	    " services: {www.example.com: {pools: [one, two]}}\n");
	service_set(&s, "2001:db8::1", false);
	assert_string_equal(service_a(&s), "192.0.2.1");
	assert_string_equal(
	    service_answer(&s, 0, STEERING_AAAA, "::/0", 0), "2001:db8::9");
	service_fini(&s);
}

static void a_member_is_up_when_enough_of_its_monitors_are(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		bool web, api;
		const char *answer;
	} cases[] = {
		{ "", true, false, "192.0.2.9" },
		{ "", true, true, "192.0.2.1" },
		{ ", need: 1", true, false, "192.0.2.1" },
		{ ", need: 1", false, true, "192.0.2.1" },
		{ ", need: 1", false, false, "192.0.2.9" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct service_of s;
		struct kt_text yaml = { 0 };
		kt_text_addf(&yaml,
		    "steering:\n" WEB
		    " pools:\n  one: {members: [192.0.2.1], monitor: [web, api]%s}\n"
		    "  two: {members: [192.0.2.9]}\n"
		    " services: {www.example.com: {pools: [one, two]}}\n",
		    cases[i].options);
		service_of(&s, kt_text_of(&yaml));
		service_health(&s, "192.0.2.1/web")->up = cases[i].web;
		service_set(&s, "192.0.2.1/api", cases[i].api);
		assert_string_equal(service_a(&s), cases[i].answer);
		kt_text_fini(&yaml);
		service_fini(&s);
	}
}

static void when_all_is_down_the_service_says_what_happens(void **state)
{
	(void)state;
	static const struct {
		const char *option, *answer;
	} cases[] = {
		{ "when-all-down: all", "192.0.2.1" },
		{ "when-all-down: none", "-" },
		{ "when-all-down: last-known", "192.0.2.2" },
		{ "when-all-down: sorry", "192.0.2.99" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct service_of s;
		struct kt_text yaml = { 0 };
		kt_text_addf(&yaml, LISTS("%s"), cases[i].option);
		service_of(&s, kt_text_of(&yaml));
		service_set(&s, "192.0.2.1", false);
		service_set(&s, "192.0.2.99", false);
		service_set(&s, "192.0.2.2", false);
		assert_string_equal(service_a(&s), cases[i].answer);
		service_refresh(&s);
		assert_string_equal(service_a(&s), cases[i].answer);
		assert_int_equal(s.result.changed, 0);
		service_set(&s, "192.0.2.1", true);
		assert_string_equal(service_a(&s), "192.0.2.1");
		kt_text_fini(&yaml);
		service_fini(&s);
	}
}

static void what_was_up_last_is_remembered_over_a_reload(void **state)
{
	(void)state;
	struct service_of s, t, other;
	service_of(&s, LISTS("when-all-down: last-known"));
	service_set(&s, "192.0.2.1", false);
	service_set(&s, "192.0.2.2", false);
	assert_int_equal(service_read(&t, LISTS("when-all-down: last-known")), 0);
	steering_inherit(t.steering, s.steering);
	service_all_up(&t);
	memcpy(t.health, s.health, t.steering->n_targets * sizeof(*t.health));
	service_refresh(&t);
	assert_string_equal(service_a(&t), "192.0.2.2");
	assert_int_equal(t.result.changed, 0);
	/* A pool with other members is not what was up. */
	assert_int_equal(
	    service_read(&other, "steering:\n pools:\n  one: {members: [192.0.2.1]}\n"
				 "  two: {members: [192.0.2.3]}\n services: "
				 "{www.example.com: {pools: [one, two], when-all-down: "
				 "last-known}}\n"),
	    0);
	steering_inherit(other.steering, t.steering);
	other.health = calloc(other.steering->n_targets, sizeof(*other.health));
	service_refresh(&other);
	assert_string_equal(service_a(&other), "192.0.2.1");
	service_fini(&other);
	service_fini(&s);
	/* what it took over is its own */
	service_refresh(&t);
	assert_string_equal(service_a(&t), "192.0.2.2");
	service_fini(&t);
}

static void pools_in_pools_share_by_weight(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s,
	    "steering:\n pools:\n  top: {members: [{pool: a, weight: 3}, {pool: b, "
	    "weight: 1}], method: weighted}\n"
	    "  a: {members: [192.0.2.1, 192.0.2.2], method: weighted}\n"
	    "  b: {members: [192.0.2.3, 192.0.2.4]}\n"
	    " services: {www.example.com: {pools: [top]}}\n");
	assert_string_equal(service_variants(&s, 0, STEERING_A),
	    "192.0.2.1*3 | 192.0.2.2*3 | 192.0.2.3 192.0.2.4*2");
	service_set(&s, "192.0.2.1", false);
	assert_string_equal(
	    service_variants(&s, 0, STEERING_A), "192.0.2.2*3 | 192.0.2.3 192.0.2.4");
	service_set(&s, "pool/b", false);
	assert_string_equal(service_variants(&s, 0, STEERING_A), "192.0.2.2");
	service_fini(&s);
	service_of(&s,
	    "steering:\n pools:\n  top: {members: [{pool: a}, 192.0.2.9]}\n"
	    "  a: {members: [{address: 192.0.2.1, weight: 2}, 192.0.2.2], method: "
	    "weighted}\n services: {www.example.com: {pools: [top]}}\n");
	assert_string_equal(service_variants(&s, 0, STEERING_A),
	    "192.0.2.1 192.0.2.9*2 | 192.0.2.2 192.0.2.9");
	service_fini(&s);
	service_of(&s,
	    "steering:\n pools:\n  top: {members: [{pool: a}, 192.0.2.9], method: "
	    "round-robin}\n  a: {members: [192.0.2.1, 192.0.2.2], method: "
	    "round-robin}\n services: {www.example.com: {pools: [top]}}\n");
	assert_string_equal(service_variants(&s, 0, STEERING_A),
	    "192.0.2.1 | 192.0.2.9 | 192.0.2.2 | 192.0.2.9");
	service_fini(&s);
}

static void a_new_server_starts_with_a_part_of_its_weight(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s,
	    "steering:\n pools:\n  slow: {members: [192.0.2.1, 192.0.2.2], method: "
	    "weighted, slow-start: 60s}\n  fast: {members: [192.0.2.1, 192.0.2.2], "
	    "method: weighted}\n services: {www.example.com: {pools: [slow]}, "
	    "api.example.com: {pools: [fast]}}\n");
	service_health(&s, "192.0.2.1")->share = 250;
	service_refresh(&s);
	assert_string_equal(
	    service_variants(&s, 0, STEERING_A), "192.0.2.1 | 192.0.2.2*4");
	assert_string_equal(
	    service_variants(&s, 1, STEERING_A), "192.0.2.1 | 192.0.2.2");
	service_fini(&s);
}

static void the_limit_of_a_service_caps_records(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s,
	    "steering:\n pools:\n  top: {members: [{pool: a}, {pool: b}]}\n"
	    "  a: {members: [192.0.2.1, 192.0.2.2]}\n  b: {members: [192.0.2.3, "
	    "192.0.2.4]}\n services: {www.example.com: {pools: [top], limit: 3}}\n");
	struct steering_answer a;
	service_ask(&s, 0, STEERING_A, "203.0.113.0/24", 0, 0, &a);
	assert_int_equal(a.choice->pick, STEERING_PICK_TURN);
	assert_string_equal(service_variants(&s, 0, STEERING_A),
	    "192.0.2.1 192.0.2.2 192.0.2.3 | 192.0.2.2 192.0.2.3 192.0.2.4 | "
	    "192.0.2.1 192.0.2.3 192.0.2.4 | 192.0.2.1 192.0.2.2 192.0.2.4");
	service_fini(&s);
}

static void names_and_addresses_are_never_there_together(void **state)
{
	(void)state;
	struct service_of s;
	struct steering_answer a;
	service_of(&s,
	    "steering:\n pools:\n  own: {members: [192.0.2.1, \"2001:db8::1\"]}\n"
	    "  cdn: {members: [b.example.net, A.example.net], method: round-robin}\n"
	    " services: {www.example.com: {pools: [own, cdn]}}\n");
	assert_string_equal(service_a(&s), "192.0.2.1");
	service_ask(&s, 0, STEERING_CNAME, "::/0", 0, 0, &a);
	assert_null(a.choice);
	service_set(&s, "pool/own", false);
	for (int type = STEERING_A; type < STEERING_N_TYPES; type++) {
		service_ask(&s, 0, (enum steering_type)type, "::/0", 0, 0, &a);
		assert_int_equal(a.choice->type, DNS_TYPE_CNAME);
		assert_int_equal(a.variant->n_rr, 1);
	}
	/* one CNAME at a time, in turn, in lower case (RFC 4034 s.6.2) */
	assert_string_equal(
	    service_variants(&s, 0, STEERING_A), "b.example.net. | a.example.net.");
	service_set(&s, "pool/cdn", false);
	assert_string_equal(service_a(&s), "192.0.2.1");
	service_fini(&s);
}

static void the_ttl_ends_before_the_next_change(void **state)
{
	(void)state;
	static const struct {
		uint32_t one, two, ttl;
	} cases[] = {
		{ UINT32_MAX, UINT32_MAX, 60 },
		{ 20, UINT32_MAX, 20 },
		{ 2, UINT32_MAX, 5 },
		/* a pool behind the one that answers does not matter */
		{ 100, 10, 60 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct service_of s;
		struct steering_answer a;
		service_of(&s, LISTS("limit: 9"));
		service_health(&s, "192.0.2.1")->stable_s = cases[i].one;
		service_health(&s, "192.0.2.2")->stable_s = cases[i].two;
		service_refresh(&s);
		service_ask(&s, 0, STEERING_A, "::/0", 0, 0, &a);
		assert_int_equal(a.choice->ttl_s, cases[i].ttl);
		assert_int_equal(s.result.changed, 0);
		/* one that was passed over may come back */
		service_health(&s, "192.0.2.1")->up = false;
		service_health(&s, "192.0.2.1")->stable_s = 7;
		service_refresh(&s);
		service_ask(&s, 0, STEERING_A, "::/0", 0, 0, &a);
		assert_int_equal(a.choice->ttl_s, 7);
		service_fini(&s);
	}
}

static void only_services_whose_content_changed_are_replaced(void **state)
{
	(void)state;
	struct service_of s;
	service_of(&s,
	    "steering:\n pools:\n  one: {members: [192.0.2.1, 192.0.2.2]}\n"
	    "  two: {members: [192.0.2.9, 192.0.2.1]}\n"
	    "  first: {members: [192.0.2.1, 192.0.2.2], method: failover}\n"
	    " services:\n  a.example.com: {pools: [one]}\n  b.example.com: {pools: "
	    "[two]}\n  c.example.com: {pools: [first]}\n");
	assert_int_equal(s.result.changed, 3);
	void *before[3];
	for (unsigned i = 0; i < 3; i++)
		before[i] = s.steering->services[i].live;
	service_set(&s, "192.0.2.2", false);
	assert_int_equal(s.result.changed, 1);
	assert_ptr_not_equal(s.steering->services[0].live, before[0]);
	assert_ptr_equal(s.steering->services[1].live, before[1]);
	assert_ptr_equal(s.steering->services[2].live, before[2]);
	service_fini(&s);
}

/* Signed */

static void verify_answer(struct service_of *s, const struct signer_of *key,
    size_t number, enum steering_type type)
{
	struct steering_answer a;
	struct dnssec_rrsig sig;
	service_ask(s, number, type, "203.0.113.0/24", 0, 0, &a);
	assert_false(a.choice->failed);
	assert_int_equal(a.variant->n_sig, 1);
	const struct dnssec_rrset set = {
		.owner = s->steering->services[number].conf->name.wire,
		.type = a.choice->type,
		.class = DNS_CLASS_IN,
		.n_rr = a.variant->n_rr,
		.data = a.variant->data,
		.size = a.variant->rr_size,
	};
	signer_verify(key, &set, a.variant->data + a.variant->rr_size, s->now, &sig);
	assert_int_equal(sig.original_ttl, s->steering->services[number].conf->ttl_s);
	assert_int_equal(sig.inception, s->now - 3600);
	assert_int_equal(sig.expiration, s->now + 14 * 86400);
}

static void a_change_of_health_signs_once_and_a_change_of_ttl_never(void **state)
{
	(void)state;
	struct service_of s;
	struct signer_of key;
	signer_of(&key, pem_ed25519, 15);
	assert_int_equal(
	    service_read(&s, "steering:\n pools:\n  one: {members: [192.0.2.1, "
			     "192.0.2.2]}\n services:\n  www.example.com: {pools: "
			     "[one], ttl: 60s}\n  \"*.example.com\": {pools: [one]}\n"),
	    0);
	service_all_up(&s);
	for (unsigned i = 0; i < 2; i++)
		s.steering->services[i].signer = key.signer;
	service_refresh(&s);
	assert_int_equal(s.result.signatures, 2);
	verify_answer(&s, &key, 0, STEERING_A);
	verify_answer(&s, &key, 1, STEERING_A);

	service_set(&s, "192.0.2.1", false);
	assert_int_equal(s.result.signatures, 2);
	verify_answer(&s, &key, 0, STEERING_A);
	service_set(&s, "192.0.2.1", true);
	assert_int_equal(s.result.changed, 2);
	assert_int_equal(s.result.signatures, 0);
	verify_answer(&s, &key, 0, STEERING_A);

	struct steering_answer a;
	service_health(&s, "192.0.2.1")->stable_s = 9;
	service_refresh(&s);
	assert_int_equal(s.result.signatures, 0);
	service_ask(&s, 0, STEERING_A, "::/0", 0, 0, &a);
	assert_int_equal(a.choice->ttl_s, 9);
	verify_answer(&s, &key, 0, STEERING_A);
	service_fini(&s);
	signer_fini(&key);
}

static void signatures_are_made_again_at_half_of_their_time(void **state)
{
	(void)state;
	struct service_of s, t;
	struct signer_of key;
	const char *yaml = LISTS("limit: 9");
	signer_of(&key, pem_p256, 13);
	assert_int_equal(service_read(&s, yaml), 0);
	service_all_up(&s);
	assert_int_equal(steering_refresh_at(s.steering), INT64_MAX);
	s.steering->services[0].signer = key.signer;
	service_refresh(&s);
	kt_unix due = steering_refresh_at(s.steering), first = s.now;
	assert_true(due > first + 5 * 86400 && due <= first + 7 * 86400);
	s.now = due - 1;
	service_refresh(&s);
	assert_int_equal(s.result.signatures, 0);

	/* A reload in between signs nothing. */
	assert_int_equal(service_read(&t, yaml), 0);
	service_all_up(&t);
	t.now = s.now;
	t.steering->services[0].signer = key.signer;
	steering_inherit(t.steering, s.steering);
	service_fini(&s);
	service_refresh(&t);
	assert_int_equal(t.result.signatures, 0);
	assert_int_equal(t.result.changed, 0);
	assert_int_equal(steering_refresh_at(t.steering), due);

	t.now = due;
	service_refresh(&t);
	assert_int_equal(t.result.signatures, 1);
	assert_int_equal(t.result.changed, 0);
	verify_answer(&t, &key, 0, STEERING_A);
	assert_true(steering_refresh_at(t.steering) > due + 5 * 86400);
	service_fini(&t);
	signer_fini(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_usable_pool_wins),
		cmocka_unit_test(a_pool_needs_as_many_members_as_it_says),
		cmocka_unit_test(
		    a_usable_pool_with_nothing_of_the_type_up_is_passed_over),
		cmocka_unit_test(a_member_is_up_when_enough_of_its_monitors_are),
		cmocka_unit_test(when_all_is_down_the_service_says_what_happens),
		cmocka_unit_test(what_was_up_last_is_remembered_over_a_reload),
		cmocka_unit_test(pools_in_pools_share_by_weight),
		cmocka_unit_test(a_new_server_starts_with_a_part_of_its_weight),
		cmocka_unit_test(the_limit_of_a_service_caps_records),
		cmocka_unit_test(names_and_addresses_are_never_there_together),
		cmocka_unit_test(the_ttl_ends_before_the_next_change),
		cmocka_unit_test(only_services_whose_content_changed_are_replaced),
		cmocka_unit_test(
		    a_change_of_health_signs_once_and_a_change_of_ttl_never),
		cmocka_unit_test(signatures_are_made_again_at_half_of_their_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
