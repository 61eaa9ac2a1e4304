#include "steering/sigcache.h"

#include "signer_of.h"

#define NOW 1795392000
#define DAY 86400

static const uint8_t owner[] = "\3www\7example\3com";

/* The set "192.0.2.N". */
struct one {
	uint8_t data[6];
	struct dnssec_rrset set;
};

static void one(struct one *o, uint8_t n)
{
	static const uint8_t head[] = { 0, 4, 192, 0, 2 };
	memcpy(o->data, head, sizeof(head));
	o->data[5] = n;
	o->set = (struct dnssec_rrset){ .owner = owner,
		.type = 1,
		.class = 1,
		.n_rr = 1,
		.data = o->data,
		.size = sizeof(o->data) };
}

struct bench {
	struct signer_of key;
	struct sigcache *cache;
	struct kt_arena scratch;
};

static void setup(struct bench *b, size_t limit)
{
	signer_of(&b->key, pem_ed25519, 15);
	b->cache = sigcache_new(limit);
	kt_arena_init(&b->scratch, 0);
}

static void teardown(struct bench *b)
{
	signer_fini(&b->key);
	sigcache_put(b->cache);
	kt_arena_fini(&b->scratch);
}

static bool sign(struct bench *b, uint8_t n, uint32_t ttl_s, kt_unix now,
    struct sigcache_result *out)
{
	struct one o;
	one(&o, n);
	assert_int_equal(sigcache_sign(b->cache, b->key.signer, &o.set, ttl_s, now,
			     &b->scratch, out),
	    0);
	struct dnssec_rrsig sig;
	assert_int_equal(out->n, 1);
	signer_verify(&b->key, &o.set, out->data, now, &sig);
	assert_int_equal(sig.original_ttl, ttl_s);
	assert_true(out->refresh_at > now && out->refresh_at <= now + 7 * DAY);
	return out->made;
}

static void what_was_signed_once_is_not_signed_again(void **state)
{
	(void)state;
	struct bench b;
	struct sigcache_result r;
	setup(&b, 100);
	assert_true(sign(&b, 1, 30, NOW, &r));
	assert_true(sign(&b, 2, 30, NOW, &r));
	assert_false(sign(&b, 1, 30, NOW + 3600, &r));
	assert_false(sign(&b, 2, 30, NOW + 3600, &r));
	/* another TTL is another signature (RFC 4034 s.3.1.4) */
	assert_true(sign(&b, 1, 60, NOW, &r));
	assert_int_equal(sigcache_count(b.cache), 3);
	teardown(&b);
}

static void keys_and_owners_are_told_apart(void **state)
{
	(void)state;
	struct bench b, other;
	struct sigcache_result r;
	setup(&b, 100);
	setup(&other, 100);
	signer_fini(&other.key);
	signer_of(&other.key, pem_p256, 13);
	sigcache_put(other.cache);
	other.cache = sigcache_get(b.cache);
	assert_true(sign(&b, 1, 30, NOW, &r));
	assert_true(sign(&other, 1, 30, NOW, &r));
	assert_false(sign(&b, 1, 30, NOW, &r));
	struct one o;
	one(&o, 1);
	o.set.owner = (const uint8_t *)"\3WWW\7EXAMPLE\3com";
	assert_int_equal(
	    sigcache_sign(b.cache, b.key.signer, &o.set, 30, NOW, &b.scratch, &r), 0);
	assert_false(r.made);
	o.set.owner = (const uint8_t *)"\3api\7example\3com";
	assert_int_equal(
	    sigcache_sign(b.cache, b.key.signer, &o.set, 30, NOW, &b.scratch, &r), 0);
	assert_true(r.made);
	teardown(&other);
	teardown(&b);
}

static void the_least_recently_used_goes_first(void **state)
{
	(void)state;
	struct bench b;
	struct sigcache_result r;
	setup(&b, 100);
	for (unsigned i = 0; i < 100; i++)
		assert_true(sign(&b, (uint8_t)i, 30, NOW, &r));
	assert_false(sign(&b, 0, 30, NOW, &r));
	assert_true(sign(&b, 200, 30, NOW, &r));
	assert_int_equal(sigcache_count(b.cache), 100);
	assert_false(sign(&b, 0, 30, NOW, &r));
	assert_true(sign(&b, 1, 30, NOW, &r));
	sigcache_limit(b.cache, 3);
	assert_true(sign(&b, 201, 30, NOW, &r));
	assert_int_equal(sigcache_count(b.cache), 3);
	assert_false(sign(&b, 201, 30, NOW, &r));
	teardown(&b);
}

static void half_of_the_validity_is_when_it_is_signed_again(void **state)
{
	(void)state;
	struct bench b;
	struct sigcache_result r;
	setup(&b, 100);
	assert_true(sign(&b, 1, 30, NOW, &r));
	kt_unix due = r.refresh_at;
	assert_true(due > NOW + 5 * DAY);
	assert_false(sign(&b, 1, 30, due - 1, &r));
	assert_true(sign(&b, 1, 30, due, &r));
	assert_int_equal(sigcache_count(b.cache), 1);
	/* A clock that was wrong and is put back: signatures of the future are none. */
	assert_true(sign(&b, 1, 30, NOW, &r));
	teardown(&b);
}

static void owners_fall_due_at_different_times(void **state)
{
	(void)state;
	struct bench b;
	struct sigcache_result r;
	setup(&b, 1000);
	unsigned days[14] = { 0 };
	for (unsigned i = 0; i < 200; i++) {
		struct one o;
		uint8_t name[] = "\3xyz\7example\3com";
		one(&o, 1);
		name[1] = (uint8_t)('a' + i / 26);
		name[2] = (uint8_t)('a' + i % 26);
		o.set.owner = name;
		assert_int_equal(sigcache_sign(b.cache, b.key.signer, &o.set, 30, NOW,
				     &b.scratch, &r),
		    0);
		days[(r.refresh_at - NOW) / (DAY / 2) % 14]++;
	}
	/* from 5.25 days to 7: three half days and a part of one */
	assert_int_equal(days[0] + days[9], 0);
	assert_true(days[11] > 30 && days[12] > 30 && days[13] > 30);
	teardown(&b);
}

static void a_set_that_cannot_be_signed_says_so(void **state)
{
	(void)state;
	struct bench b;
	struct sigcache_result r;
	struct one o;
	setup(&b, 100);
	one(&o, 1);
	o.set.size = 5;
	assert_int_equal(
	    sigcache_sign(b.cache, b.key.signer, &o.set, 30, NOW, &b.scratch, &r),
	    KT_E_SHORT);
	assert_int_equal(sigcache_count(b.cache), 0);
	teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_signed_once_is_not_signed_again),
		cmocka_unit_test(keys_and_owners_are_told_apart),
		cmocka_unit_test(the_least_recently_used_goes_first),
		cmocka_unit_test(half_of_the_validity_is_when_it_is_signed_again),
		cmocka_unit_test(owners_fall_due_at_different_times),
		cmocka_unit_test(a_set_that_cannot_be_signed_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
