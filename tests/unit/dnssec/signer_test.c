#include "dnssec/signer.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypto/sign.h"
#include "dns/radix.h"
#include "dnssec/key.h"

#include "kt_test.h"

#include <pthread.h>
#include <unistd.h>

static char directory[] = "/tmp/kotae-signer-XXXXXX";

/* Private keys: RFC 8080 s.6.1, both examples, and RFC 6605 s.6.1. */
enum which {
	ED_ONE,
	ED_TWO,
	P256,
	N_KEYS
};

static const struct {
	uint8_t algorithm;
	const char *private;
} keys[N_KEYS] = {
	{ 15, "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=" },
	{ 15, "DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=" },
	{ 13, "GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=" },
};

static char *files[N_KEYS];

/* A DNSKEY set in the making. */
struct dnskeys {
	uint8_t data[1024];
	struct dnssec_rrset set;
};

static void add_dnskey(
    struct dnskeys *d, uint16_t flags, uint8_t algorithm, const void *key, size_t len)
{
	struct kt_writer w = kt_writer_of(
	    d->data + d->set.size, sizeof(d->data) - d->set.size);
	kt_write16(&w, (uint16_t)(4 + len));
	kt_write16(&w, flags);
	kt_write8(&w, 3);
	kt_write8(&w, algorithm);
	kt_write(&w, key, len);
	assert_int_equal(w.err, 0);
	d->set.size += kt_writer_len(&w);
	d->set.n_rr++;
	d->set.data = d->data;
}

static void add_key(struct dnskeys *d, uint16_t flags, enum which which)
{
	uint8_t octets[64];
	struct kt_writer w = kt_writer_of(octets, sizeof(octets));
	struct dns_base64 state = { 0 };
	struct crypto_private *key = NULL;
	size_t len;
	assert_int_equal(dns_base64_feed(&state, keys[which].private,
			     strlen(keys[which].private), &w),
	    0);
	assert_int_equal(crypto_private_from_octets(
			     keys[which].algorithm, octets, kt_writer_len(&w), &key),
	    0);
	const uint8_t *public = crypto_private_public(key, &len);
	add_dnskey(d, flags, keys[which].algorithm, public, len);
	crypto_private_free(key);
}

struct outcome {
	int rc;
	struct kt_errs errs;
	struct dnssec_signer *signer;
};

static struct dns_name name_of(const char *text)
{
	struct dns_name name;
	assert_int_equal(dns_name_scan(text, strlen(text), NULL, &name), 0);
	return name;
}

static struct outcome make(const struct dnskeys *d, const char *const *paths, size_t n)
{
	struct outcome o = { .signer = NULL };
	struct dns_name apex = name_of("Example.COM.");
	kt_errs_init(&o.errs, 0);
	o.rc = dnssec_signer_make(&apex, &d->set, paths, n, &o.errs, &o.signer);
	assert_true((o.rc == 0) == (o.signer != NULL));
	return o;
}

static struct outcome make_of(
    const struct dnskeys *d, const enum which *which, size_t n)
{
	const char *paths[8];
	for (size_t i = 0; i < n; i++)
		paths[i] = files[which[i]];
	return make(d, paths, n);
}

static void forget(struct outcome *o)
{
	kt_errs_fini(&o->errs);
	dnssec_signer_free(o->signer);
}

/* example.com. MX 10 mail.example.com. */
static const uint8_t mx[] = "\0\24\0\12\4mail\7example\3com";
static const struct dnssec_rrset mx_set = {
	.owner = (const uint8_t *)"\7example\3com",
	.type = 15,
	.class = 1,
	.n_rr = 1,
	.data = mx,
	.size = sizeof(mx),
};

static size_t sign(const struct dnssec_signer *signer, const struct dnssec_rrset *set,
    uint8_t *out, size_t room)
{
	struct kt_arena arena;
	struct kt_writer w = kt_writer_of(out, room);
	kt_arena_init(&arena, 0);
	assert_int_equal(
	    dnssec_sign(signer, set, 3600, 1438207200, 1440021600, &arena, &w), 0);
	kt_arena_fini(&arena);
	return kt_writer_len(&w);
}

static void the_signature_of_rfc_8080_comes_out(void **state)
{
	(void)state;
	static const char want[] =
	    "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaP"
	    "D+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==";
	struct dnskeys d = { .set.n_rr = 0 };
	add_key(&d, 257, ED_ONE);
	struct outcome o = make_of(&d, (enum which[]){ ED_ONE }, 1);
	uint8_t out[200];
	struct kt_text text = { 0 };
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.errs.n, 0);
	size_t len = sign(o.signer, &mx_set, out, sizeof(out));
	assert_int_equal(len, dnssec_signer_size(o.signer));
	assert_int_equal(kt_get16(out), len - 2);
	struct dnssec_rrsig sig;
	assert_int_equal(dnssec_rrsig_read(out + 2, len - 2, &sig), 0);
	assert_int_equal(sig.covered, 15);
	assert_int_equal(sig.labels, 2);
	assert_int_equal(sig.tag, 3613);
	dns_base64_print(&text, sig.signature, sig.signature_len);
	assert_string_equal(kt_text_of(&text), want);
	kt_text_fini(&text);
	forget(&o);
}

static void verify_all(const struct dnskeys *d, const struct dnssec_rrset *set,
    const uint8_t *at, size_t len)
{
	const uint8_t *end = at + len;
	for (; at < end; at += 2 + kt_get16(at)) {
		struct dnssec_rrsig sig;
		unsigned good = 0;
		assert_int_equal(dnssec_rrsig_read(at + 2, kt_get16(at), &sig), 0);
		const uint8_t *k = d->set.data;
		for (uint32_t i = 0; i < d->set.n_rr; i++, k += 2 + kt_get16(k)) {
			struct dnssec_key key;
			struct crypto_key *public = NULL;
			struct kt_arena arena;
			assert_int_equal(dnssec_key_read(k + 2, kt_get16(k), &key), 0);
			if (key.tag != sig.tag || key.algorithm != sig.algorithm)
				continue;
			assert_int_equal(crypto_key_from_dnskey(key.algorithm,
					     key.public, key.public_len, &public),
			    0);
			kt_arena_init(&arena, 0);
			good += dnssec_rrsig_verify(set, &sig, public, &arena) == 0;
			kt_arena_fini(&arena);
			crypto_key_free(public);
		}
		assert_int_equal(good, 1);
	}
}

static void each_algorithm_signs_and_every_signature_verifies(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	add_key(&d, 256, ED_ONE);
	add_key(&d, 256, P256);
	struct outcome o = make_of(&d, (enum which[]){ P256, ED_ONE }, 2);
	uint8_t out[400];
	static const uint8_t unsorted[] = "\0\4\300\0\2\2\0\4\300\0\2\1\0\4\300\0\2\2";
	static const char *const owners[] = { "example.com.", "WWW.example.com.",
		"*.a.example.com.", "a.b.c.d.example.com." };
	assert_int_equal(dnssec_signer_count(o.signer), 2);
	for (size_t i = 0; i < KT_COUNT(owners); i++) {
		struct dns_name owner = name_of(owners[i]);
		const struct dnssec_rrset set = { owner.wire, 1, 1, 3, unsorted, 18 };
		size_t len = sign(o.signer, &set, out, sizeof(out));
		assert_int_equal(len, dnssec_signer_size(o.signer));
		verify_all(&d, &set, out, len);
		assert_int_equal(out[5], owner.labels - (owners[i][0] == '*'));
	}
	forget(&o);
}

static void an_answer_made_from_the_wildcard_verifies(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	add_key(&d, 256, P256);
	struct outcome o = make_of(&d, (enum which[]){ P256 }, 1);
	uint8_t out[200];
	struct dns_name wildcard = name_of("*.example.com."),
			made = name_of("x.y.example.com.");
	struct dnssec_rrset set = { wildcard.wire, 1, 1, 1,
		(const uint8_t *)"\0\4\300\0\2\1", 6 };
	size_t len = sign(o.signer, &set, out, sizeof(out));
	set.owner = made.wire;
	verify_all(&d, &set, out, len);
	forget(&o);
}

static void keys_without_sep_sign_where_there_are_both(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	uint8_t out[200];
	struct dnssec_rrsig sig;
	add_key(&d, 257, ED_ONE);
	add_key(&d, 256, ED_TWO);
	struct outcome o = make_of(&d, (enum which[]){ ED_ONE, ED_TWO }, 2);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.errs.n, 0);
	assert_int_equal(dnssec_signer_count(o.signer), 1);
	size_t len = sign(o.signer, &mx_set, out, sizeof(out));
	assert_int_equal(dnssec_rrsig_read(out + 2, len - 2, &sig), 0);
	assert_int_not_equal(sig.tag, 3613);
	verify_all(&d, &mx_set, out, len);
	forget(&o);
}

static void an_algorithm_without_a_key_is_a_warning(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	add_key(&d, 256, ED_ONE);
	add_key(&d, 257, P256);
	add_dnskey(&d, 0x0180, 8, "\3\1\0\1", 4); /* revoked: does not count */
	struct outcome o = make_of(&d, (enum which[]){ ED_ONE }, 1);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.errs.n_warnings, 1);
	assert_int_equal(o.errs.n, 1);
	assert_non_null(strstr(o.errs.list[0].text, "DNSKEYs of algorithm 13"));
	forget(&o);
}

static void keys_that_the_zone_does_not_have_are_told_with_those_it_has(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	add_key(&d, 257, ED_ONE);
	struct outcome o = make_of(&d, (enum which[]){ P256, ED_ONE, ED_TWO }, 3);
	assert_int_equal(o.rc, KT_E_NOT_FOUND);
	assert_int_equal(o.errs.n_errors, 2);
	assert_string_equal(o.errs.list[0].file, files[P256]);
	assert_string_equal(o.errs.list[0].text,
	    "no DNSKEY of example.com. has this key of algorithm 13; there are: 3613 "
	    "(algorithm 15, SEP)");
	forget(&o);
	struct dnskeys none = { .set.n_rr = 0 };
	none.set.data = none.data;
	o = make_of(&none, (enum which[]){ P256 }, 1);
	assert_int_equal(o.rc, KT_E_NOT_FOUND);
	assert_non_null(strstr(o.errs.list[0].text, "there are: none"));
	forget(&o);
	o = make_of(&d, NULL, 0);
	assert_int_equal(o.rc, KT_E_NOT_FOUND);
	forget(&o);
}

static void revoked_and_other_keys_do_not_sign(void **state)
{
	(void)state;
	static const struct {
		uint16_t flags;
		const char *says;
	} cases[] = { { 0x0181, "revoked" }, { 0x0000, "no zone key" } };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct dnskeys d = { .set.n_rr = 0 };
		add_key(&d, cases[i].flags, ED_ONE);
		struct outcome o = make_of(&d, (enum which[]){ ED_ONE }, 1);
		assert_int_equal(o.rc, KT_E_CONFLICT);
		assert_non_null(strstr(o.errs.list[0].text, cases[i].says));
		forget(&o);
		/* beside one that may sign it is passed over */
		add_key(&d, 256, P256);
		o = make_of(&d, (enum which[]){ ED_ONE, P256 }, 2);
		assert_int_equal(o.rc, 0);
		assert_int_equal(dnssec_signer_count(o.signer), 1);
		forget(&o);
		/* the same key as a DNSKEY that may */
		add_key(&d, 257, ED_ONE);
		o = make_of(&d, (enum which[]){ ED_ONE }, 1);
		assert_int_equal(o.rc, 0);
		forget(&o);
	}
}

static void a_file_given_twice_signs_once(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	add_key(&d, 256, P256);
	struct outcome o = make_of(&d, (enum which[]){ P256, P256 }, 2);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.errs.n_warnings, 1);
	assert_int_equal(dnssec_signer_count(o.signer), 1);
	forget(&o);
}

static void files_that_cannot_be_used_are_errors_all_told(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	add_key(&d, 256, P256);
	const char *paths[] = { "/nonexistent/a", files[P256], "/nonexistent/b" };
	struct outcome o = make(&d, paths, 3);
	assert_int_equal(o.rc, KT_E_SYSTEM);
	assert_int_equal(o.errs.n_errors, 2);
	forget(&o);
}

static void malformed_dnskeys_are_passed_over(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	struct dnssec_rrset set = {
		.data = (const uint8_t *)"\0\1x\0\0", .size = 5, .n_rr = 2
	};
	struct dns_name apex = name_of("example.com.");
	struct dnssec_signer *signer = NULL;
	struct kt_errs errs;
	const char *paths[] = { files[P256] };
	kt_errs_init(&errs, 0);
	assert_int_equal(
	    dnssec_signer_make(&apex, &set, paths, 1, &errs, &signer), KT_E_NOT_FOUND);
	kt_errs_fini(&errs);
	/* what is behind a short record still counts; what says more than is there does not */
	memcpy(d.data, "\0\1x", 3);
	d.set.size = 3;
	d.set.n_rr = 1;
	add_key(&d, 256, P256);
	memcpy(d.data + d.set.size, "\77\77", 2);
	d.set.size += 2;
	struct outcome o = make_of(&d, (enum which[]){ P256 }, 1);
	assert_int_equal(o.rc, 0);
	forget(&o);
}

static void sums_tell_keys_and_zones_apart(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	add_key(&d, 256, ED_ONE);
	add_key(&d, 256, ED_TWO);
	struct outcome one = make_of(&d, (enum which[]){ ED_ONE }, 1);
	struct outcome same = make_of(&d, (enum which[]){ ED_ONE }, 1);
	struct outcome two = make_of(&d, (enum which[]){ ED_TWO }, 1);
	struct outcome both = make_of(&d, (enum which[]){ ED_ONE, ED_TWO }, 2);
	struct dns_name other = name_of("example.net.");
	struct dnssec_signer *net = NULL;
	struct kt_errs errs;
	const char *paths[] = { files[ED_ONE] };
	kt_errs_init(&errs, 0);
	assert_int_equal(dnssec_signer_make(&other, &d.set, paths, 1, &errs, &net), 0);
	uint64_t sum = dnssec_signer_sum(one.signer);
	assert_true(sum == dnssec_signer_sum(same.signer));
	assert_true(sum != dnssec_signer_sum(two.signer));
	assert_true(sum != dnssec_signer_sum(both.signer));
	assert_true(sum != dnssec_signer_sum(net));
	dnssec_signer_free(net);
	kt_errs_fini(&errs);
	forget(&one);
	forget(&same);
	forget(&two);
	forget(&both);
}

static void what_fails_leaves_the_writer_as_it_was(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	uint8_t out[400];
	struct kt_arena arena;
	add_key(&d, 256, P256);
	struct outcome o = make_of(&d, (enum which[]){ P256 }, 1);
	size_t size = dnssec_signer_size(o.signer);
	struct dnssec_rrset set = mx_set;
	static const struct {
		size_t room, set_size, cap;
		uint32_t n_rr;
		int rc;
	} cases[] = {
		{ 0, 22, 0, 1, KT_E_SPACE },
		{ 1, 22, 0, 1, KT_E_SPACE }, /* one octet too few */
		{ 400, 21, 0, 1, KT_E_SHORT },
		{ 400, 22, 0, 2, KT_E_SHORT },
		{ 400, 22, 0, 0, KT_E_SHORT },
		{ 400, 22, 16, 1, KT_E_LIMIT },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		size_t room = cases[i].room == 1 ? size - 1 : cases[i].room;
		struct kt_writer w = kt_writer_of(out, room);
		kt_arena_init(&arena, cases[i].cap);
		set.size = cases[i].set_size;
		set.n_rr = cases[i].n_rr;
		assert_int_equal(
		    dnssec_sign(o.signer, &set, 1, 1, 2, &arena, &w), cases[i].rc);
		assert_ptr_equal(w.at, out);
		assert_int_equal(w.err, 0);
		kt_arena_fini(&arena);
	}
	struct kt_writer w = kt_writer_of(out, size);
	kt_arena_init(&arena, 0);
	assert_int_equal(dnssec_sign(o.signer, &mx_set, 1, 1, 2, &arena, &w), 0);
	assert_int_equal(kt_writer_left(&w), 0);
	kt_arena_fini(&arena);
	forget(&o);
}

struct job {
	const struct dnssec_signer *signer;
	const struct dnskeys *dnskeys;
};

static void *sign_in_thread(void *arg)
{
	const struct job *job = arg;
	uint8_t out[400];
	for (int i = 0; i < 100; i++) {
		size_t len = sign(job->signer, &mx_set, out, sizeof(out));
		verify_all(job->dnskeys, &mx_set, out, len);
	}
	return NULL;
}

static void threads_share_a_signer(void **state)
{
	(void)state;
	struct dnskeys d = { .set.n_rr = 0 };
	pthread_t thread[4];
	add_key(&d, 256, ED_ONE);
	add_key(&d, 256, P256);
	struct outcome o = make_of(&d, (enum which[]){ P256, ED_ONE }, 2);
	struct job job = { o.signer, &d };
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, sign_in_thread, &job), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	forget(&o);
}

static int write_keys(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	for (int i = 0; i < N_KEYS; i++) {
		char *text = kt_format("Private-key-format: v1.2\nAlgorithm: %u\n"
				       "PrivateKey: %s\n",
		    keys[i].algorithm, keys[i].private);
		files[i] = kt_format("%s/%d.private", directory, i);
		if (kt_file_replace(files[i], text, strlen(text), 0600))
			return -1;
		free(text);
	}
	return 0;
}

static int remove_keys(void **state)
{
	(void)state;
	for (int i = 0; i < N_KEYS; i++) {
		unlink(files[i]);
		free(files[i]);
	}
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signature_of_rfc_8080_comes_out),
		cmocka_unit_test(each_algorithm_signs_and_every_signature_verifies),
		cmocka_unit_test(an_answer_made_from_the_wildcard_verifies),
		cmocka_unit_test(keys_without_sep_sign_where_there_are_both),
		cmocka_unit_test(an_algorithm_without_a_key_is_a_warning),
		cmocka_unit_test(
		    keys_that_the_zone_does_not_have_are_told_with_those_it_has),
		cmocka_unit_test(revoked_and_other_keys_do_not_sign),
		cmocka_unit_test(a_file_given_twice_signs_once),
		cmocka_unit_test(files_that_cannot_be_used_are_errors_all_told),
		cmocka_unit_test(malformed_dnskeys_are_passed_over),
		cmocka_unit_test(sums_tell_keys_and_zones_apart),
		cmocka_unit_test(what_fails_leaves_the_writer_as_it_was),
		cmocka_unit_test(threads_share_a_signer),
	};
	return cmocka_run_group_tests(tests, write_keys, remove_keys);
}
