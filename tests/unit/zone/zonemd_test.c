#include "zone/zonemd.h"

#include "base/err.h"

#include "check_zones.h"
#include "zone_of.h"

#define SIMPLE                                                        \
 "example. 86400 IN SOA ns1 admin 2018031900 1800 900 604800 86400\n" \
 "example. 86400 IN NS ns1\nexample. 86400 IN NS ns2\n"

static void expect(
    const char *apex, const char *text, uint8_t hash, const char *want_hex)
{
	struct zone_snapshot *z = zone_of(apex, text);
	uint8_t found[ZONE_ZONEMD_DIGEST_MAX], want[ZONE_ZONEMD_DIGEST_MAX];
	size_t len = 0;
	for (; want_hex[2 * len]; len++) {
		unsigned v;
		assert_int_equal(sscanf(want_hex + 2 * len, "%2x", &v), 1);
		want[len] = (uint8_t)v;
	}
	assert_int_equal(len, zone_zonemd_size(hash));
	assert_int_equal(zone_zonemd_digest(z, hash, found), 0);
	assert_octets(found, len, want, len);
	zone_snapshot_put(z);
}

static void the_simple_zone_of_rfc_8976_appendix_a_1(void **state)
{
	(void)state;
	expect("example.",
	    SIMPLE "example. 86400 IN ZONEMD 2018031900 1 1 "
		   "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9"
		   "a9713b3c9ae5cc27777f98b8e730044c\n"
		   "ns1 3600 IN A 203.0.113.63\nns2 3600 IN AAAA 2001:db8::63\n",
	    ZONE_ZONEMD_SHA384,
	    "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9"
	    "a9713b3c9ae5cc27777f98b8e730044c");
}

static void the_complex_zone_of_rfc_8976_appendix_a_2(void **state)
{
	(void)state;
	/* Without the record that is out of the zone: a builder refuses it. */
	expect("example.",
	    SIMPLE "example. 86400 IN ZONEMD 2018031900 1 1 "
		   "a3b69bad980a3504e1cffcb0fd6397f93848071c93151f552ae2f6b1711d4bd2"
		   "d8b39808226d7b9db71e34b72077f8fe\n"
		   "ns1 3600 IN A 203.0.113.63\n"
		   "NS2 3600 IN AAAA 2001:db8::63\n"
		   "occluded.sub 7200 IN TXT \"I'm occluded but must be digested\"\n"
		   "sub 7200 IN NS ns1\n"
		   "duplicate 300 IN TXT \"I must be digested just once\"\n"
		   "duplicate 300 IN TXT \"I must be digested just once\"\n"
		   "UPPERCASE 3600 IN TXT \"canonicalize uppercase owner names\"\n"
		   "* 777 IN PTR dont-forget-about-wildcards\n"
		   "mail 3600 IN MX 20 MAIL1\n"
		   "mail 3600 IN MX 10 Mail2.Example.\n"
		   "sortme 3600 IN AAAA 2001:db8::5:61\n"
		   "sortme 3600 IN AAAA 2001:db8::3:62\n"
		   "sortme 3600 IN AAAA 2001:db8::4:63\n"
		   "sortme 3600 IN AAAA 2001:db8::1:65\n"
		   "sortme 3600 IN AAAA 2001:db8::2:64\n"
		   "non-apex 900 IN ZONEMD 2018031900 1 1 "
		   "616c6c6f776564206275742069676e6f7265642e20616c6c6f77656420627574"
		   "2069676e6f7265642e20616c6c6f7765\n",
	    ZONE_ZONEMD_SHA384,
	    "a3b69bad980a3504e1cffcb0fd6397f93848071c93151f552ae2f6b1711d4bd2"
	    "d8b39808226d7b9db71e34b72077f8fe");
}

static void the_zone_with_several_digests_of_rfc_8976_appendix_a_3(void **state)
{
	(void)state;
#define MULTI                                                      \
 SIMPLE "example. 86400 IN ZONEMD 2018031900 1 240 "               \
	"e2d523f654b9422a96c5a8f44607bbee\n"                       \
	"ns1 3600 IN A 203.0.113.63\n"                             \
	"ns2 86400 IN TXT \"This example has multiple digests\"\n" \
	"ns2 3600 IN AAAA 2001:db8::63\n"
	expect("example.", MULTI, ZONE_ZONEMD_SHA384,
	    "62e6cf51b02e54b9b5f967d547ce43136792901f9f88e637493daaf401c92c27"
	    "9dd10f0edb1c56f8080211f8480ee306");
	expect("example.", MULTI, ZONE_ZONEMD_SHA512,
	    "08cfa1115c7b948c4163a901270395ea226a930cd2cbcf2fa9a5e6eb85f37c8a"
	    "4e114d884e66f176eab121cb02db7d652e0cc4827e7a3204f166b47e5613fd27");
}

static void the_root_servers_zone_of_rfc_8976_appendix_a_5(void **state)
{
	(void)state;
	static const char text[] =
	    "$TTL 3600000\n"
	    "@ SOA a nstld.verisign-grs.com. 2018091100 14400 7200 1209600 3600000\n"
	    "@ NS a\n@ NS b\n@ NS c\n@ NS d\n@ NS e\n@ NS f\n@ NS g\n"
	    "@ NS h\n@ NS i\n@ NS j\n@ NS k\n@ NS l\n@ NS m\n"
	    "a AAAA 2001:503:ba3e::2:30\na A 198.41.0.4\n"
	    "b MX 20 mail.isi.edu.\nb AAAA 2001:500:200::b\nb A 199.9.14.201\n"
	    "c AAAA 2001:500:2::c\nc A 192.33.4.12\n"
	    "d AAAA 2001:500:2d::d\nd A 199.7.91.13\n"
	    "e AAAA 2001:500:a8::e\ne A 192.203.230.10\n"
	    "f AAAA 2001:500:2f::f\nf A 192.5.5.241\n"
	    "g AAAA 2001:500:12::d0d\ng A 192.112.36.4\n"
	    "h AAAA 2001:500:1::53\nh A 198.97.190.53\n"
	    "i MX 10 mx.i.root-servers.org.\ni AAAA 2001:7fe::53\ni A 192.36.148.17\n"
	    "j AAAA 2001:503:c27::2:30\nj A 192.58.128.30\n"
	    "k AAAA 2001:7fd::1\nk A 193.0.14.129\n"
	    "l AAAA 2001:500:9f::42\nl A 199.7.83.42\n"
	    "m AAAA 2001:dc3::35\nm A 202.12.27.33\n";
	expect("root-servers.net.", text, ZONE_ZONEMD_SHA384,
	    "f1ca0ccd91bd5573d9f431c00ee0101b2545c97602be0a978a3b11dbfc1c776d"
	    "5b3e86ae3d973d6b5349ba7f04340f79");
}

static void digest_of(const char *text, uint8_t out[ZONE_ZONEMD_DIGEST_MAX])
{
	struct zone_snapshot *z = zone_of("example.", text);
	assert_int_equal(zone_zonemd_digest(z, ZONE_ZONEMD_SHA384, out), 0);
	zone_snapshot_put(z);
}

static void every_record_counts_but_zonemd_and_its_signature(void **state)
{
	(void)state;
	static const char *const nothing[] = {
		"example. 300 IN ZONEMD 1 1 1 "
		"c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9"
		"a9713b3c9ae5cc27777f98b8e730044c\n",
		("example. 300 IN RRSIG ZONEMD 15 1 300 20800101000000 20200101000000 "
		 "1 "
		 "example. AA==\n"),
		"mail.example. 300 IN A 192.0.2.2\n", /* is there */
	};
	static const char *const something[] = {
		"mail.example. 300 IN RRSIG ZONEMD 15 1 300 20800101000000 "
		"20200101000000 1 "
		"example. AA==\n",
		("mail.example. 300 IN RRSIG TXT 15 1 300 20800101000000 "
		 "20200101000000 "
		 "1 example. AA==\n"),
		("mail.example. 300 IN RRSIG A 15 1 300 20800101000000 20200101000000 "
		 "1 "
		 "example. AA==\n"),
		"mail.example. 300 IN A 192.0.2.3\n",
		"x.open.example. 300 IN A 192.0.2.3\n",
	};
	uint8_t plain[ZONE_ZONEMD_DIGEST_MAX], found[ZONE_ZONEMD_DIGEST_MAX];
	digest_of(check_zone_nsec, plain);
	for (size_t i = 0; i < KT_COUNT(nothing) + KT_COUNT(something); i++) {
		bool counts = i >= KT_COUNT(nothing);
		struct kt_text text = { 0 };
		kt_text_addf(&text, "%s%s", check_zone_nsec,
		    counts ? something[i - KT_COUNT(nothing)] : nothing[i]);
		digest_of(kt_text_of(&text), found);
		assert_int_equal(memcmp(plain, found, 48) != 0, counts);
		kt_text_fini(&text);
	}
}

static void other_hashes_are_not_supported(void **state)
{
	(void)state;
	uint8_t out[ZONE_ZONEMD_DIGEST_MAX];
	struct zone_snapshot *z = zone_of("example.", SIMPLE);
	for (unsigned hash = 0; hash < 256; hash++) {
		if (hash == ZONE_ZONEMD_SHA384 || hash == ZONE_ZONEMD_SHA512)
			continue;
		assert_int_equal(zone_zonemd_size((uint8_t)hash), 0);
		assert_int_equal(
		    zone_zonemd_digest(z, (uint8_t)hash, out), KT_E_UNSUPPORTED);
	}
	zone_snapshot_put(z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_simple_zone_of_rfc_8976_appendix_a_1),
		cmocka_unit_test(the_complex_zone_of_rfc_8976_appendix_a_2),
		cmocka_unit_test(
		    the_zone_with_several_digests_of_rfc_8976_appendix_a_3),
		cmocka_unit_test(the_root_servers_zone_of_rfc_8976_appendix_a_5),
		cmocka_unit_test(every_record_counts_but_zonemd_and_its_signature),
		cmocka_unit_test(other_hashes_are_not_supported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
