#include "dnssec/keyfile.h"

#include "base/file.h"
#include "base/mem.h"

#include "kt_test.h"
#include "private_keys.h"

#include <unistd.h>

/* RFC 8080 s.6.1; RFC 6605 s.6.1 */
#define ED   "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI="
#define P256 "GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ="
#define V12  "Private-key-format: v1.2\n"
#define V13  "Private-key-format: v1.3\n"

static char directory[] = "/tmp/kotae-keyfile-XXXXXX";

static int parse(const char *text, struct kt_errs *errs, uint8_t *algorithm)
{
	struct crypto_private *key = NULL;
	kt_errs_init(errs, 0);
	int rc = dnssec_keyfile_parse(text, strlen(text), "k", errs, &key);
	*algorithm = key ? crypto_private_algorithm(key) : 0;
	assert_true((rc == 0) == (key != NULL));
	assert_int_equal(errs->n, rc ? 1 : 0);
	crypto_private_free(key);
	return rc;
}

static void keys_of_bind_and_of_knot_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint8_t algorithm;
	} cases[] = {
		{ V12 "Algorithm: 15 (ED25519)\nPrivateKey: " ED "\n", 15 },
		{ V13 "Algorithm: 13 (ECDSAP256SHA256)\nPrivateKey: " P256 "\n"
		      "Created: 20261122222118\nPublish: 20261122222118\n",
		    13 },
		{ "Private-key-format: v1.2\r\nAlgorithm: 13\r\nPrivateKey:" P256, 13 },
		{ V13 "PrivateKey: " ED "\n\nAlgorithm: 15\n", 15 },
		{ "Private-key-format: v1.9\nAlgorithm: 15\nNew: x\nPrivateKey: " ED,
		    15 },
		/* 31 octets: the number's first is 0, which BIND does not write */
		{ V13 "Algorithm: 13\nPrivateKey: "
		      "TpKdD8677ELlG6a4hQi4lm15dPbPQ7+iTWzfwS3qZA==\n",
		    13 },
		{ pem_p256, 13 },
		{ pem_ed25519, 15 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_errs errs;
		uint8_t algorithm;
		assert_int_equal(parse(cases[i].text, &errs, &algorithm), 0);
		assert_int_equal(algorithm, cases[i].algorithm);
		kt_errs_fini(&errs);
	}
}

static void what_is_no_key_is_told_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		unsigned line;
		const char *says;
	} cases[] = {
		{ "", KT_E_FORMAT, 0, "no Private-key-format" },
		{ "hello\n", KT_E_FORMAT, 1, "expected \"Field: value\"" },
		{ V13, KT_E_FORMAT, 0, "no Algorithm" },
		{ V13 "Algorithm: 13\n", KT_E_FORMAT, 0, "no PrivateKey" },
		{ "Algorithm: 13\nPrivateKey: " P256, KT_E_FORMAT, 1,
		    "no Private-key-format" },
		{ "Private-key-format: v2.0\n", KT_E_UNSUPPORTED, 1, "not known" },
		{ "Private-key-format:\n", KT_E_UNSUPPORTED, 1, "not known" },
		{ V13 "Algorithm: RSA\n", KT_E_FORMAT, 2, "expected a number" },
		{ V13 "Algorithm: 1300\n", KT_E_FORMAT, 2, "expected a number" },
		{ V13 "Algorithm: 13\nAlgorithm: 15\n", KT_E_CONFLICT, 3, "a second" },
		{ V13 "Algorithm: 8 (RSASHA256)\nModulus: AQAB\n", KT_E_UNSUPPORTED, 2,
		    "a key of algorithm 8" },
		{ V13 "Algorithm: 13\nPrivateKey: ?\n", KT_E_FORMAT, 3, "base64" },
		{ V13 "Algorithm: 13\nPrivateKey: GU6SnQ\n", KT_E_FORMAT, 3, "base64" },
		{ V13 "Algorithm: 13\nPrivateKey: AQAB\n", KT_E_FORMAT, 3,
		    "32 octets" },
		{ V13 "Algorithm: 13\nPrivateKey: AAAA" P256 "\n", KT_E_FORMAT, 3,
		    "32 octets" },
		{ V13 "Algorithm: 13\nPrivateKey: " P256 "\nPrivateKey: " P256 "\n",
		    KT_E_CONFLICT, 4, "a second" },
		{ V13 "Algorithm: 13\nPrivateKey: "
		      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		    KT_E_FORMAT, 3, "no private key" },
		{ V13 "Algorithm: 13\nEngine: cGtjczExAA==\n", KT_E_UNSUPPORTED, 3,
		    "hardware" },
		{ pem_encrypted, KT_E_UNSUPPORTED, 0, "not encrypted" },
		{ pem_p384, KT_E_UNSUPPORTED, 0, "P-256 or Ed25519" },
		{ "-----BEGIN PRIVATE KEY-----\n", KT_E_FORMAT, 0, "damaged" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_errs errs;
		uint8_t algorithm;
		int rc = parse(cases[i].text, &errs, &algorithm);
		if (rc != cases[i].rc || !strstr(errs.list[0].text, cases[i].says))
			fprintf(stderr, "%s\n%s\n", cases[i].text,
			    errs.n ? errs.list[0].text : "no error");
		assert_int_equal(rc, cases[i].rc);
		assert_non_null(strstr(errs.list[0].text, cases[i].says));
		assert_int_equal(errs.list[0].line, cases[i].line);
		assert_string_equal(errs.list[0].file, "k");
		kt_errs_fini(&errs);
	}
}

static char *path_of(const char *name)
{
	return kt_format("%s/%s", directory, name);
}

static void put(const char *name, const char *text)
{
	char *path = path_of(name);
	assert_int_equal(kt_file_replace(path, text, strlen(text), 0600), 0);
	free(path);
}

static int read_key(const char *name, struct kt_errs *errs)
{
	struct crypto_private *key = NULL;
	char *path = path_of(name);
	kt_errs_init(errs, 0);
	int rc = dnssec_keyfile_read(path, errs, &key);
	crypto_private_free(key);
	free(path);
	return rc;
}

static void the_public_half_or_the_bare_name_stand_for_the_private_half(void **state)
{
	(void)state;
	struct kt_errs errs;
	static const char *const names[] = { "Kexample.+015+03613.private",
		"Kexample.+015+03613.key", "Kexample.+015+03613", "pem", "bare" };
	put("Kexample.+015+03613.private", V12 "Algorithm: 15\nPrivateKey: " ED "\n");
	put("Kexample.+015+03613.key", "example. DNSKEY 257 3 15 ...\n");
	put("pem", pem_ed25519);
	put("bare.private", pem_ed25519);
	for (size_t i = 0; i < KT_COUNT(names); i++) {
		assert_int_equal(read_key(names[i], &errs), 0);
		assert_int_equal(errs.n, 0);
		kt_errs_fini(&errs);
	}
	/* the file itself comes first */
	put("bare", "nothing");
	assert_int_equal(read_key("bare", &errs), KT_E_FORMAT);
	kt_errs_fini(&errs);
	for (size_t i = 0; i < KT_COUNT(names); i++) {
		char *path = path_of(names[i]);
		unlink(path);
		free(path);
	}
	char *path = path_of("bare.private");
	unlink(path);
	free(path);
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	struct kt_errs errs;
	assert_int_equal(read_key("none", &errs), KT_E_SYSTEM);
	assert_non_null(strstr(errs.list[0].file, "/none"));
	assert_non_null(strstr(errs.list[0].text, "No such file"));
	kt_errs_fini(&errs);
	assert_int_equal(read_key("none.key", &errs), KT_E_SYSTEM);
	assert_non_null(strstr(errs.list[0].file, "/none.private"));
	kt_errs_fini(&errs);
	assert_int_equal(read_key(".", &errs), KT_E_SYSTEM);
	kt_errs_fini(&errs);
	char *large = kt_malloc(DNSSEC_KEYFILE_MAX + 2);
	memset(large, 'x', DNSSEC_KEYFILE_MAX + 1);
	large[DNSSEC_KEYFILE_MAX + 1] = 0;
	put("large", large);
	assert_int_equal(read_key("large", &errs), KT_E_LIMIT);
	kt_errs_fini(&errs);
	char *path = path_of("large");
	unlink(path);
	free(path);
	free(large);
}

static void the_stamp_changes_with_the_file(void **state)
{
	(void)state;
	char *path = path_of("k.private"), *bare = path_of("k"),
	     *public = path_of("k.key");
	uint64_t none = dnssec_keyfile_stamp(path, 1);
	put("k.private", "1");
	uint64_t first = dnssec_keyfile_stamp(path, 1);
	assert_true(first != none);
	assert_true(first == dnssec_keyfile_stamp(bare, 1));
	assert_true(first == dnssec_keyfile_stamp(public, 1));
	assert_true(first != dnssec_keyfile_stamp(path, 2));
	put("k.private", "2"); /* another file takes its place */
	assert_true(first != dnssec_keyfile_stamp(path, 1));
	unlink(path);
	free(path);
	free(bare);
	free(public);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_bind_and_of_knot_are_read),
		cmocka_unit_test(what_is_no_key_is_told_with_its_line),
		cmocka_unit_test(
		    the_public_half_or_the_bare_name_stand_for_the_private_half),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(the_stamp_changes_with_the_file),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
