#include "authority/steer.h"

#include "steered_example.h"
#include "verify_answer.h"

static int with_nsec(void **state)
{
	*state = steered_example(STEERED_NSEC);
	((struct steered *)*state)->ask->dnssec = true;
	return 0;
}

static int with_nsec3(void **state)
{
	*state = steered_example(STEERED_NSEC3);
	((struct steered *)*state)->ask->dnssec = true;
	return 0;
}

static int done(void **state)
{
	steered_free(*state);
	return 0;
}

/* Verifies what was answered last; how many sets that are. */
static unsigned verify(const struct steered *s)
{
	const struct ask *a = s->ask;
	return verify_answer(
	    a->wire, a->reply.len, a->q.question_len, s->zones[0], STEERED_NOW);
}

static unsigned answers(const struct ask *a)
{
	return kt_get16(a->wire + 6);
}

static void every_row_of_the_table_verifies(void **state)
{
	struct steered *s = *state;
	static const struct {
		const char *subnet, *address;
		int scope;
	} rows[] = {
		{ "240b:10::/40", "2001:db8::1", 39 },
		{ "240b:10:200::/40", "2001:db8:10::1", 41 },
		{ "240b:10:280::/41", "2001:db8:10::2", 41 },
		{ "240b:10:300::/40", "2001:db8:10::5", 40 },
		{ "240b:10:400::/40", "2001:db8:20::1", 39 },
		{ "240b:10:500::/40", "2001:db8:20::1", 39 },
		{ "240b:10:600::/40", "2001:db8::1", 39 },
		{ "240b:11::/40", "2001:db8::1", 32 },
		{ "240b:10::/32", "2001:db8::1", 41 },
		{ "240b:10:200::/39", "2001:db8:10::5", 41 },
		{ "192.0.2.0/24", "2001:db8::1", 9 },
		{ "::/0", "2001:db8::1", 0 },
	};
	for (size_t i = 0; i < 2 * KT_COUNT(rows); i++) {
		size_t row = i % KT_COUNT(rows);
		char expected[100];
		ask_ecs(s->ask, rows[row].subnet);
		snprintf(expected, sizeof(expected),
		    "NOERROR aa rd\nanswer www.example. 30 AAAA %s\n",
		    rows[row].address);
		const char *text = ask(s->ask, "www.example.", "AAAA");
		assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
		assert_int_equal(ask_scope(s->ask), rows[row].scope);
		assert_int_equal(answers(s->ask), 2);
		assert_int_equal(verify(s), 1);
	}
}

static void whatever_is_answered_verifies(void **state)
{
	struct steered *s = *state;
	static const struct {
		const char *name, *type;
		unsigned sets; /* of answer and authority sections */
	} cases[] = {
		{ "www.example.", "AAAA", 1 },
		{ "alias.example.", "AAAA", 2 },
		{ "aliases.example.", "AAAA", 3 },
		{ "near.example.", "AAAA", 2 },
		{ "wide.example.", "AAAA", 1 },
		{ "far.example.", "AAAA", 1 },
		{ "far.example.", "TXT", 1 },
		{ "example.", "A", 1 },
		{ "turns.example.", "A", 1 },
		{ "chance.example.", "A", 1 },
		{ "hash.example.", "AAAA", 1 },
		{ "www.example.", "ANY", 1 },
		{ "www.example.", "TXT", 1 },
	};
	for (size_t i = 0; i < 3 * KT_COUNT(cases); i++) {
		size_t n = i % KT_COUNT(cases);
		ask_ecs(s->ask, i % 2 ? "240b:10:300::/40" : "");
		s->ask->edns_size = 1232;
		ask(s->ask, cases[n].name, cases[n].type);
		assert_int_equal(s->ask->wire[3] & 15, DNS_RCODE_NOERROR);
		assert_int_equal(verify(s), cases[n].sets);
	}
	s->ask->client.transport = DNS_OVER_TCP;
	ask(s->ask, "many.example.", "A");
	assert_int_equal(answers(s->ask), 41);
	assert_int_equal(verify(s), 1);
	/* A, AAAA, and the chain's record where that is at the name */
	ask(s->ask, "frail.example.", "ANY");
	assert_in_range(verify(s), 2, 3);
}

static void a_short_source_lowers_the_ttl_of_signatures_too(void **state)
{
	struct steered *s = *state;
	ask_ecs(s->ask, "240b:10:200::/40");
	const char *text = ask(s->ask, "declared.example.", "AAAA");
	assert_non_null(strstr(text, "declared.example. 5 AAAA 2001:db8:10::2\n"));
	assert_non_null(strstr(text, "declared.example. 5 RRSIG AAAA "));
	assert_int_equal(verify(s), 1);
	assert_int_equal(ask_scope(s->ask), 41);
}

static void wildcards_come_with_the_proof_that_the_name_is_not_there(void **state)
{
	struct steered *s = *state;
	for (int round = 0; round < 3; round++) {
		ask_ecs(s->ask, "240b:10:300::/40");
		const char *text = ask(s->ask, "x.w.example.", "AAAA");
		assert_non_null(
		    strstr(text, "answer x.w.example. 30 AAAA 2001:db8:10::5\n"));
		assert_non_null(strstr(text, "NSEC"));
		assert_int_equal(verify(s), 2);
		assert_int_equal(ask_scope(s->ask), 40);
		/* the wildcard itself needs none */
		text = ask(s->ask, "*.w.example.", "AAAA");
		assert_int_equal(verify(s), 1);
	}
}

static void what_the_zone_denies_is_proven_with_scope_zero(void **state)
{
	struct steered *s = *state;
	static const char *const cases[][2] = { { "www.example.", "A" },
		{ "www.example.", "MX" }, { "turns.example.", "AAAA" },
		{ "nothing.example.", "A" }, { "x.w.example.", "A" } };
	for (size_t i = 0; i < 3 * KT_COUNT(cases); i++) {
		size_t n = i % KT_COUNT(cases);
		ask_ecs(s->ask, "240b:10:300::/40");
		const char *text = ask(s->ask, cases[n][0], cases[n][1]);
		assert_int_equal(answers(s->ask), 0);
		assert_non_null(strstr(text, "authority example. 60 SOA"));
		assert_non_null(strstr(text, "NSEC"));
		assert_true(verify(s) >= 2);
		assert_int_equal(ask_scope(s->ask), 0);
		/* the bitmap has what is steered beside what the file has */
		if (n <= 1)
			assert_non_null(
			    strstr(text, s->zones[0]->denial == ZONE_DENIAL_NSEC
					     ? " NSEC example. TXT AAAA RRSIG NSEC\n"
					     : " TXT AAAA RRSIG\n"));
	}
}

static void nothing_up_is_servfail_because_the_zone_says_otherwise(void **state)
{
	struct steered *s = *state;
	size_t len;
	steered_set(s, "192.0.2.80/push", false);
	steered_set(s, "2001:db8::80/push", false);
	steered_refresh(s);
	static const char *const types[] = { "A", "AAAA" };
	for (size_t i = 0; i < 4; i++) {
		s->ask->dnssec = i < 2;
		ask_ecs(s->ask, "240b:10:300::/40");
		assert_string_equal(
		    ask(s->ask, "frail.example.", types[i % 2]), "SERVFAIL rd\n");
		const uint8_t *ede = ask_option(s->ask, DNS_EDNS_ERROR, &len);
		assert_non_null(ede);
		assert_int_equal(kt_get16(ede), DNS_EDE_OTHER);
		assert_int_equal(len, 2 + strlen("no target is up"));
		assert_memory_equal(ede + 2, "no target is up", len - 2);
		assert_int_equal(ask_scope(s->ask), 0);
	}
	s->ask->dnssec = true;
	/* the rest of the name is as it was */
	const char *text = ask(s->ask, "frail.example.", "TXT");
	assert_non_null(strstr(text, "authority example. 60 SOA"));
	assert_true(verify(s) >= 2);
	assert_int_equal(authority_counters(s->ask->worker)[AUTHORITY_N_servfail], 4);
	steered_set(s, "192.0.2.80/push", true);
	steered_refresh(s);
	ask(s->ask, "frail.example.", "A");
	assert_int_equal(verify(s), 1);
}

/* The choice of a live half that could not be signed. */
static void what_could_not_be_signed_is_servfail(void **state)
{
	struct steered *s = *state;
	struct steering_service *service = NULL;
	for (size_t i = 0; i < s->steering->n_services; i++)
		if (s->steering->services[i].conf->name.len == 9) /* example. */
			service = &s->steering->services[i];
	assert_non_null(service);
	static const struct steering_variant variant = { .upto = 1 };
	static const struct steering_choice failed = { .type = DNS_TYPE_A,
		.n = 1,
		.total = 1,
		.failed = true,
		.variants = &variant };
	static const struct steering_choice *const choices[STEERING_N_TYPES] = {
		&failed
	};
	struct steering_live live = { .choices = choices };
	size_t len;
	void *before = kt_publish(&service->live, &live);
	ask_ecs(s->ask, "240b:10:300::/40");
	assert_string_equal(ask(s->ask, "example.", "A"), "SERVFAIL rd\n");
	const uint8_t *ede = ask_option(s->ask, DNS_EDNS_ERROR, &len);
	assert_non_null(ede);
	assert_memory_equal(ede + 2, "the set could not be signed", len - 2);
	assert_int_equal(ask_scope(s->ask), 0);
	assert_ptr_equal(kt_publish(&service->live, before), &live);
	ask(s->ask, "example.", "A");
	assert_int_equal(verify(s), 1);
}

static void signatures_are_for_those_who_ask(void **state)
{
	struct steered *s = *state;
	s->ask->dnssec = false;
	ask_ecs(s->ask, "240b:10:300::/40");
	assert_string_equal(ask(s->ask, "www.example.", "AAAA"),
	    "NOERROR aa rd\nanswer www.example. 30 AAAA 2001:db8:10::5\n");
	assert_string_equal(ask(s->ask, "x.w.example.", "AAAA"),
	    "NOERROR aa rd\nanswer x.w.example. 30 AAAA 2001:db8:10::5\n");
	/* ... or ask for nothing else */
	const char *text = ask(s->ask, "www.example.", "RRSIG");
	assert_non_null(strstr(text, "answer www.example. 30 RRSIG AAAA "));
	assert_int_equal(answers(s->ask), 1);
	assert_int_equal(ask_scope(s->ask), 40);
}

static void signed_sets_are_truncated_as_a_whole(void **state)
{
	struct steered *s = *state;
	ask_ecs(s->ask, "240b:10:300::/40");
	s->ask->edns_size = 12 + 18 + 40 * 16 + 11 +
			    13; /* fits without the signature */
	assert_string_equal(ask(s->ask, "many.example.", "A"), "NOERROR aa tc rd\n");
	assert_int_equal(ask_scope(s->ask), 0);
	s->ask->dnssec = false;
	ask(s->ask, "many.example.", "A");
	assert_int_equal(answers(s->ask), 40);
}

#define TEST(f)                                       \
 cmocka_unit_test_setup_teardown(f, with_nsec, done), \
     cmocka_unit_test_setup_teardown(f, with_nsec3, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_of_the_table_verifies),
		TEST(whatever_is_answered_verifies),
		TEST(a_short_source_lowers_the_ttl_of_signatures_too),
		TEST(wildcards_come_with_the_proof_that_the_name_is_not_there),
		TEST(what_the_zone_denies_is_proven_with_scope_zero),
		TEST(nothing_up_is_servfail_because_the_zone_says_otherwise),
		TEST(what_could_not_be_signed_is_servfail),
		TEST(signatures_are_for_those_who_ask),
		TEST(signed_sets_are_truncated_as_a_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
