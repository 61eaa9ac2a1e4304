#include "dnssec/nsec3.h"

#include "base/err.h"
#include "dns/name.h"

#include "kt_test.h"

static void name_of(const char *text, struct dns_name *out)
{
	assert_int_equal(dns_name_scan(text, strlen(text), NULL, out), 0);
	dns_name_lower(out);
}

static void hashes_are_those_of_rfc_5155_appendix_a(void **state)
{
	(void)state;
	static const struct {
		const char *name, *label;
	} cases[] = {
		{ "example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom" },
		{ "a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl" },
		{ "ai.example", "gjeqe526plbf1g8mklp59enfd789njgi" },
		{ "ns1.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr" },
		{ "ns2.example", "q04jkcevqvmu85r014c7dkba38o0ji5r" },
		{ "w.example", "k8udemvp1j2f7eg6jebps17vp3n8i58h" },
		{ "*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en" },
		{ "x.w.example", "b4um86eghhds6nea196smvmlo4ors995" },
		{ "y.w.example", "ji6neoaepv8b5o6k4ev33abha8ht9fgc" },
		{ "x.y.w.example", "2vptu5timamqttgl4luu9kg21e0aor3s" },
		{ "xx.example", "t644ebqk9bibcna874givr6joj62mlhv" },
	};
	static const uint8_t salt[] = { 0xaa, 0xbb, 0xcc, 0xdd };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct dns_name name;
		uint8_t hash[DNSSEC_NSEC3_HASH], back[DNSSEC_NSEC3_HASH];
		uint8_t label[1 + DNSSEC_NSEC3_LABEL] = { DNSSEC_NSEC3_LABEL };
		name_of(cases[i].name, &name);
		assert_int_equal(
		    dnssec_nsec3_hash(salt, sizeof(salt), 12, name.wire, hash), 0);
		dnssec_nsec3_label_print(hash, label + 1);
		assert_octets(
		    label + 1, DNSSEC_NSEC3_LABEL, cases[i].label, DNSSEC_NSEC3_LABEL);
		for (int upper = 0; upper < 2; upper++) {
			assert_int_equal(dnssec_nsec3_label_scan(label, back), 0);
			assert_octets(back, sizeof(back), hash, sizeof(hash));
			for (int j = 1; j <= DNSSEC_NSEC3_LABEL; j++)
				if (label[j] >= 'a')
					label[j] -= 'a' - 'A';
		}
	}
}

static void no_salt_and_no_iterations_is_one_sha1(void **state)
{
	(void)state;
	/* SHA-1 of the octets 03 63 6f 6d 00 */
	static const char com[] = "ck0pojmg874ljref7efn8430qvit8bsm";
	struct dns_name name;
	uint8_t hash[DNSSEC_NSEC3_HASH], label[DNSSEC_NSEC3_LABEL];
	name_of("com", &name);
	assert_int_equal(dnssec_nsec3_hash(NULL, 0, 0, name.wire, hash), 0);
	dnssec_nsec3_label_print(hash, label);
	assert_octets(label, sizeof(label), com, sizeof(com) - 1);
}

static void iterations_are_bounded(void **state)
{
	(void)state;
	uint8_t hash[DNSSEC_NSEC3_HASH], root[1] = { 0 };
	assert_int_equal(
	    dnssec_nsec3_hash(NULL, 0, DNSSEC_NSEC3_ITERATIONS_MAX + 1, root, hash),
	    KT_E_LIMIT);
	assert_int_equal(
	    dnssec_nsec3_hash(NULL, 0, DNSSEC_NSEC3_ITERATIONS_MAX, root, hash), 0);
}

static void a_label_that_is_no_hash_is_refused(void **state)
{
	(void)state;
	uint8_t hash[DNSSEC_NSEC3_HASH];
	assert_int_equal(
	    dnssec_nsec3_label_scan((const uint8_t *)"\3abc", hash), KT_E_FORMAT);
	const uint8_t *w = (const uint8_t *)"\040w000000000000000000000000000000000";
	assert_int_equal(dnssec_nsec3_label_scan(w, hash), KT_E_FORMAT);
}

static void rdata_is_taken_apart(void **state)
{
	(void)state;
	static const uint8_t rdata[] = { 1, 1, 0, 12, 2, 0xaa, 0xbb, 3, 'x', 'y', 'z',
		0, 1, 0x40 };
	struct dnssec_nsec3 n;
	assert_int_equal(dnssec_nsec3_read(rdata, sizeof(rdata), &n), 0);
	assert_int_equal(n.hash, 1);
	assert_int_equal(n.flags, DNSSEC_NSEC3_OPT_OUT);
	assert_int_equal(n.iterations, 12);
	assert_octets(n.salt, n.salt_len, "\xaa\xbb", 2);
	assert_octets(n.next, n.next_len, "xyz", 3);
	assert_octets(n.bitmap, n.bitmap_len, "\0\1\x40", 3);
	for (size_t len = 0; len < 11; len++)
		assert_int_equal(dnssec_nsec3_read(rdata, len, &n), KT_E_SHORT);
	assert_int_equal(dnssec_nsec3param_read(rdata, 7, &n), 0);
	assert_int_equal(dnssec_nsec3param_read(rdata, 8, &n), KT_E_FORMAT);
	assert_int_equal(dnssec_nsec3param_read(rdata, 6, &n), KT_E_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_those_of_rfc_5155_appendix_a),
		cmocka_unit_test(no_salt_and_no_iterations_is_one_sha1),
		cmocka_unit_test(iterations_are_bounded),
		cmocka_unit_test(a_label_that_is_no_hash_is_refused),
		cmocka_unit_test(rdata_is_taken_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
