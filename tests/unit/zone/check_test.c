#include "zone/check.h"

#include "base/text.h"

#include "check_zones.h"
#include "zone_of.h"

#define AT 1800000000 /* 2027: the signed zones are valid from 2020 to 2080 */

/* A plain zone without findings, to which the cases add. */
#define PLAIN \
 "$TTL 300\n@ SOA ns.example. admin.example. 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"

static void gather(void *ctx, const struct zone_finding *f)
{
	assert_non_null(f->word);
	assert_true(f->text[0] != 0);
	kt_text_addf(
	    ctx, "%s%c:%s", *kt_text_of(ctx) ? " " : "", "EWN"[f->grade], f -> word);
}

static void expect_at(const char *text, kt_unix at, const char *want)
{
	const struct zone_check_options options = { .at = at, .signatures = true };
	struct zone_snapshot *z = zone_of("example.", text);
	struct kt_text found = { 0 };
	unsigned errors = zone_check(z, &options, gather, &found), want_errors = 0;
	if (strcmp(kt_text_of(&found), want) != 0)
		fprintf(stderr, "%s\nfound: %s\nwant:  %s\n", text, kt_text_of(&found),
		    want);
	assert_string_equal(kt_text_of(&found), want);
	for (const char *p = want; (p = strstr(p, "E:")); p++)
		want_errors++;
	assert_int_equal(errors, want_errors);
	kt_text_fini(&found);
	zone_snapshot_put(z);
}

struct plain_case {
	const char *add, *want;
};

static void expect_plain(const struct plain_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kt_text text = { 0 };
		kt_text_addf(&text, "%s%s", PLAIN, cases[i].add);
		expect_at(kt_text_of(&text), AT, cases[i].want);
		kt_text_fini(&text);
	}
}

static void a_zone_without_faults_has_no_findings(void **state)
{
	(void)state;
	static const struct plain_case cases[] = {
		{ "", "" },
		{ "sub NS ns.sub\nns.sub AAAA 2001:db8::1\nsub DS 1 8 9 00", "" },
		{ "sub NS sub\nsub A 192.0.2.2\n", "" },
		{ "@ MX 10 w.x\n* A 192.0.2.2\n", "" }, /* by wildcard */
		{ "@ MX 0 .\n_a._tcp SRV 0 0 0 .\n", "" },
		{ "a CNAME b\nb CNAME c.test.\nd DNAME e.test.\n", "" },
		{ "a SPF \"v=spf1 -all\"\na TXT \"v=spf1 -all\"\n", "" },
		{ "a MX 10 ns.test.\nb MX 10 x.sub\nsub NS ns.test.\n", "" },
	};
	expect_plain(cases, KT_COUNT(cases));
}

static void the_apex_needs_one_soa_and_ns(void **state)
{
	(void)state;
	static const char soa[] =
	    "$TTL 300\n@ SOA ns admin 1 2 3 4 5\nns A 192.0.2.1\n";
	expect_at("$TTL 300\n@ NS ns\nns A 192.0.2.1\n", AT, "E:no-soa");
	expect_at("", AT, "E:no-soa E:no-ns");
	expect_at(soa, AT, "E:no-ns");
	static const struct plain_case cases[] = {
		{ "@ SOA ns admin 2 2 3 4 5\n", "E:many-soa" },
		{ "a SOA ns admin 2 2 3 4 5\n", "E:soa-below-apex" },
		{ "@ DS 1 8 9 00\n", "E:ds-at-apex" },
	};
	expect_plain(cases, KT_COUNT(cases));
}

static void types_that_exclude_each_other_are_errors(void **state)
{
	(void)state;
	static const struct plain_case cases[] = {
		{ "a CNAME ns\na A 192.0.2.1\n", "E:cname-and-data" },
		{ "a CNAME ns\na CNAME b\n", "E:many-cname" },
		{ "a DNAME ns\na DNAME b\n", "E:many-dname" },
		{ "a DNAME b.test.\nb.a A 192.0.2.1\n", "E:dname-children" },
		{ "a DNAME b.test.\nc.b.a A 192.0.2.1\nd.b.a TXT x\n",
		    "E:dname-children" },
		{ "a DNAME b.test.\na NS ns.test.\n", "E:ns-and-dname" },
		{ "* NS ns.test.\n", "E:wildcard-ns" },
		{ "* DNAME b.test.\n", "W:wildcard-dname" },
	};
	expect_plain(cases, KT_COUNT(cases));
}

static void what_is_not_answered_is_a_warning(void **state)
{
	(void)state;
	static const struct plain_case cases[] = {
		{ "a NS ns.test.\na TXT x\n", "W:occluded" },
		{ "a NS ns.test.\nb.a TXT x\n", "W:occluded" },
		{ "a NS ns.test.\nb.a NS ns.test.\nc.b.a A 192.0.2.1\n", "W:occluded" },
		{ "a DS 1 8 9 00\n", "W:ds-without-ns" },
		{ "a DNSKEY 256 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n",
		    "W:dnskey-below-apex" },
		{ "a NSEC3PARAM 1 0 0 -\n", "W:nsec3param-below-apex" },
		{ "a CNAME b\nb CNAME a\n", "W:cname-loop W:cname-loop" },
		{ "a SPF \"v=spf1 -all\"\na TXT \"other\"\n", "W:spf-without-txt" },
		{ "@ MX 0 .\n@ MX 10 ns\n", "W:null-mx-and-more" },
	};
	expect_plain(cases, KT_COUNT(cases));
}

static void targets_inside_the_zone_have_addresses(void **state)
{
	(void)state;
	static const struct plain_case cases[] = {
		/* the zone's own servers */
		{ "@ NS ns2\n", "E:ns-no-address" },
		{ "@ NS ns2\nns2 CNAME ns\n", "E:ns-to-cname" },
		{ "@ NS ns.d\nd DNAME test.\n", "E:ns-below-dname" },
		{ "@ NS 192.0.2.1\n", "E:ns-like-address" },
		{ "@ NS ns.sub\nsub NS ns.test.\n", "W:missing-glue" },
		/* a child's */
		{ "sub NS ns2\n", "W:ns-no-address" },
		{ "sub NS ns2\nns2 CNAME ns\n", "W:ns-to-cname" },
		{ "sub NS ns.sub\n", "W:missing-glue" },
		{ "sub NS sub\n", "W:missing-glue" },
		{ "sub NS ns.sib\nsib NS ns.test.\n", "W:sibling-glue" },
		{ "sub NS 192.0.2.1\n", "W:ns-like-address" },
		/* MX and SRV */
		{ "@ MX 10 a\n", "W:mx-no-address" },
		{ "@ MX 10 a\na CNAME ns\n", "W:mx-to-cname" },
		{ "@ MX 10 a.b\n*.b CNAME ns\n", "W:mx-to-cname" },
		{ "@ MX 10 a.b\nb DNAME test.\n", "W:mx-below-dname" },
		{ "@ MX 10 192.0.2.1\n", "W:mx-like-address" },
		{ "_a._tcp SRV 1 1 1 a\n", "W:srv-no-address" },
		{ "_a._tcp SRV 1 1 1 a\na CNAME ns\n", "W:srv-to-cname" },
		{ "_a._tcp SRV 1 1 1 a.b\nb DNAME test.\n", "W:srv-below-dname" },
		{ "_a._tcp SRV 1 1 1 192.0.2.1\n", "W:srv-like-address" },
	};
	expect_plain(cases, KT_COUNT(cases));
}

/* RFC 8976 appendix A.1, and what can be wrong with it */
#define ZONEMD_PLAIN                                               \
 "example. 86400 SOA ns1 admin 2018031900 1800 900 604800 86400\n" \
 "example. 86400 NS ns1\nexample. 86400 NS ns2\n"                  \
 "ns1 3600 A 203.0.113.63\nns2 3600 AAAA 2001:db8::63\n"
#define ZONEMD_DIGEST                                               \
 "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9" \
 "a9713b3c9ae5cc27777f98b8e730044c"
#define ZONEMD_WRONG                                                \
 "d68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9" \
 "a9713b3c9ae5cc27777f98b8e730044c"

static void zonemd_is_verified(void **state)
{
	(void)state;
	static const struct plain_case cases[] = {
		{ "@ 86400 ZONEMD 2018031900 1 1 " ZONEMD_DIGEST "\n", "" },
		{ "@ 86400 ZONEMD 2018031900 1 1 " ZONEMD_WRONG "\n",
		    "E:zonemd-mismatch" },
		{ "@ 86400 ZONEMD 2018031901 1 1 " ZONEMD_DIGEST "\n",
		    "W:zonemd-serial" },
		{ "@ 86400 ZONEMD 2018031900 9 1 " ZONEMD_DIGEST "\n",
		    "W:zonemd-unsupported" },
		{ "@ 86400 ZONEMD 2018031900 1 9 " ZONEMD_DIGEST "\n",
		    "W:zonemd-unsupported" },
		{ "@ 86400 ZONEMD 2018031900 1 1 " ZONEMD_DIGEST "\n"
		  "@ 86400 ZONEMD 2018031900 1 1 " ZONEMD_WRONG "\n",
		    "W:zonemd-many W:zonemd-many" },
		{ "@ 86400 ZONEMD 2018031900 1 1 " ZONEMD_DIGEST "\n"
		  "@ 86400 ZONEMD 2018031900 1 2 " ZONEMD_DIGEST
		  "00112233445566778899aabbccddeeff\n",
		    "W:zonemd-mismatch" },
		{ "ns1 3600 ZONEMD 2018031900 1 1 " ZONEMD_DIGEST "\n",
		    "W:zonemd-below-apex" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_text text = { 0 };
		kt_text_addf(&text, "%s%s", ZONEMD_PLAIN, cases[i].add);
		expect_at(kt_text_of(&text), AT, cases[i].want);
		kt_text_fini(&text);
	}
}

/* A signed zone with lines taken out, changed and added. */
struct signed_case {
	const char *remove;    /* lines that begin so; NULL: none */
	const char *from, *to; /* in the first line that has it; NULL: no change */
	const char *add;
	const char *want;
};

static void edit(struct kt_text *out, const char *zone, const struct signed_case *k)
{
	bool removed = !k->remove, changed = !k->from;
	while (*zone) {
		const char *end = strchr(zone, '\n') + 1;
		size_t len = (size_t)(end - zone);
		const char *at = changed ? NULL
					 : memmem(zone, len, k->from, strlen(k->from));
		if (k->remove && strncmp(zone, k->remove, strlen(k->remove)) == 0) {
			removed = true;
		} else if (at) {
			changed = true;
			kt_text_add_n(out, zone, (size_t)(at - zone));
			kt_text_add(out, k->to);
			kt_text_add_n(out, at + strlen(k->from),
			    (size_t)(end - at) - strlen(k->from));
		} else {
			kt_text_add_n(out, zone, len);
		}
		zone = end;
	}
	if (k->add)
		kt_text_add(out, k->add);
	assert_true(removed && changed);
}

static void expect_signed(const char *zone, const struct signed_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kt_text text = { 0 };
		edit(&text, zone, &cases[i]);
		expect_at(kt_text_of(&text), AT, cases[i].want);
		kt_text_fini(&text);
	}
}

static void signed_zones_without_faults_have_no_findings(void **state)
{
	(void)state;
	expect_at(check_zone_nsec, AT, "");
	expect_at(check_zone_nsec3, AT, "");
	expect_at(check_zone_optout, AT, "");
}

static void count(void *ctx, const struct zone_finding *f)
{
	assert_int_equal(f->grade, KT_WARNING);
	*(const char **)ctx = f->word;
}

static void signatures_out_of_their_time_are_warnings(void **state)
{
	(void)state;
	static const struct {
		kt_unix at;
		const char *word;
	} cases[] = {
		{ 1577836799, "rrsig-not-yet-valid" },
		{ 1577836800, NULL },
		{ 3471292800, NULL },
		{ 3471292801, "rrsig-expired" },
	};
	struct zone_snapshot *z = zone_of("example.", check_zone_nsec);
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		const struct zone_check_options options = { .at = cases[i].at,
			.signatures = true };
		const char *word = NULL;
		assert_int_equal(zone_check(z, &options, count, &word), 0);
		if (cases[i].word)
			assert_string_equal(word, cases[i].word);
		else
			assert_null(word);
	}
	zone_snapshot_put(z);
}

static void everything_authoritative_is_signed_by_a_key_of_the_zone(void **state)
{
	(void)state;
	static const struct signed_case cases[] = {
		{ "mail.example. 300 IN RRSIG A ", NULL, NULL, NULL,
		    "E:rrsig-missing" },
		{ NULL, "192.0.2.2", "192.0.2.20", NULL, "E:rrsig-bogus" },
		{ "mail.example. 300 IN A ", NULL, NULL, NULL,
		    "W:mx-no-address E:nsec-next W:rrsig-orphan E:nsec-extra" },
		{ NULL, "open.example. 300 IN NSEC x.y.open2.example. NS RRSIG NSEC\n",
		    "open.example. 300 IN NSEC x.y.open2.example. NS RRSIG NSEC\n"
		    "open.example. 300 IN RRSIG NS 15 2 300 20800101000000 "
		    "20200101000000 13836 "
		    "example. AAAA\n",
		    NULL, "W:rrsig-not-wanted" },
		{ NULL,
		    "mail.example. 300 IN RRSIG A 15 2 300 20800101000000 "
		    "20200101000000 13836 example.",
		    "mail.example. 300 IN RRSIG A 15 2 300 20800101000000 "
		    "20200101000000 13836 test.",
		    NULL, "W:rrsig-signer E:rrsig-no-key" },
		{ NULL,
		    "mail.example. 300 IN RRSIG A 15 2 300 20800101000000 "
		    "20200101000000 13836",
		    "mail.example. 300 IN RRSIG A 15 2 300 20800101000000 "
		    "20200101000000 13837",
		    NULL, "E:rrsig-no-key" },
		{ NULL, NULL, NULL,
		    "mail.example. 300 IN RRSIG A 15 2 300 20800101000000 "
		    "20200101000000 13837 "
		    "example. AAAA\n",
		    "W:rrsig-foreign" },
		{ NULL, NULL, NULL,
		    "mail.example. 300 IN RRSIG A 15 2 300 20800101000000 "
		    "20200101000000 13836 "
		    "example. AAAA\n",
		    "W:rrsig-bogus" },
		{ NULL, "mail.example. 300 IN A", "mail.example. 200 IN A", NULL,
		    "W:rrsig-ttl" },
		{ "example. 300 IN RRSIG DNSKEY 15 1 300 20800101000000 20200101000000 "
		  "55815",
		    NULL, NULL, NULL, "W:dnskey-without-sep" },
	};
	expect_signed(check_zone_nsec, cases, KT_COUNT(cases));
}

static void a_signature_for_the_wildcard_does_not_do_for_a_name(void **state)
{
	(void)state;
	/* The data and signature of *.example at a name that the zone has itself. */
	struct kt_text text = { 0 };
	const char *sig = strstr(check_zone_nsec, "*.example. 300 IN RRSIG TXT ");
	assert_non_null(sig);
	kt_text_add(&text, check_zone_nsec);
	kt_text_add(&text, "new.example. 300 IN TXT \"wild\"\nnew");
	kt_text_add_n(&text, sig + 1, (size_t)(strchr(sig, '\n') + 1 - sig) - 1);
	expect_at(kt_text_of(&text), AT, "E:nsec-next E:rrsig-bogus E:nsec-missing");
	kt_text_fini(&text);
}

static void keys_and_algorithms_are_looked_at(void **state)
{
	(void)state;
	/* Keys come and go: the set's own signatures do not fit any more. */
	static const struct signed_case cases[] = {
		{ NULL, NULL, NULL,
		    "example. 300 IN DNSKEY 256 3 13 "
		    "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+"
		    "e+MAnLr+Wi9xMWyQLc8NAA==\n",
		    "W:algorithm-incomplete E:rrsig-bogus" },
		{ NULL, NULL, NULL, "example. 300 IN DNSKEY 256 3 15 AAAA\n",
		    "E:dnskey-malformed E:rrsig-bogus" },
		{ NULL, NULL, NULL, "example. 300 IN DNSKEY 256 4 15 AAAA\n",
		    "W:dnskey-protocol E:rrsig-bogus" },
		{ NULL, NULL, NULL, "example. 300 IN DNSKEY 256 3 253 AAAA\n",
		    "W:algorithm-unsupported W:algorithm-incomplete E:rrsig-bogus" },
	};
	expect_signed(check_zone_nsec, cases, KT_COUNT(cases));
}

static void keys_without_signatures_and_the_reverse_are_told(void **state)
{
	(void)state;
	static const struct plain_case cases[] = {
		{ "@ DNSKEY 257 3 15 z+l2jJRBogYSKQjz9UA+qJhkxa11ahaz915tpx83m8Y=\n",
		    "W:dnskey-unsigned" },
		{ "@ RRSIG SOA 15 1 300 20800101000000 20200101000000 1 example. "
		  "AAAA\n",
		    "E:dnskey-missing" },
	};
	expect_plain(cases, KT_COUNT(cases));
}

static void the_nsec_chain_is_whole(void **state)
{
	(void)state;
	static const struct signed_case cases[] = {
		{ "mail.example. 300 IN NSEC ", NULL, NULL, NULL,
		    "W:rrsig-orphan E:nsec-missing" },
		{ NULL, "mail.example. 300 IN NSEC ns.",
		    "mail.example. 300 IN NSEC other.", NULL,
		    "E:rrsig-bogus E:nsec-next" },
		{ NULL, "ns.example. A RRSIG NSEC", "ns.example. A TXT RRSIG NSEC",
		    NULL, "E:rrsig-bogus E:nsec-bitmap" },
		{ NULL, "ns.example. A RRSIG NSEC", "ns.example. A NSEC", NULL,
		    "E:rrsig-bogus E:nsec-bitmap" },
		{ NULL, NULL, NULL, "mail.example. 300 IN NSEC ns.example. A RRSIG\n",
		    "E:rrsig-bogus E:nsec-many" },
		{ NULL, NULL, NULL, "ns.open.example. 300 IN NSEC secure.example. A\n",
		    "W:occluded E:nsec-extra" },
	};
	expect_signed(check_zone_nsec, cases, KT_COUNT(cases));
}

static void the_nsec3_chain_is_whole(void **state)
{
	(void)state;
	static const struct signed_case cases[] = {
		/* mail.example */
		{ "O133JC5MTD9PMVPDIOBHJEM12KE3SC6M.example. 300 IN NSEC3 ", NULL, NULL,
		    NULL, "E:nsec3-missing E:nsec3-next W:rrsig-orphan" },
		{ NULL,
		    "O133JC5MTD9PMVPDIOBHJEM12KE3SC6M.example. 300 IN NSEC3 1 0 0 - "
		    "TTQ4JEJLL4HVAN1EHP0UFAMAM3K0EMK9 A RRSIG",
		    "O133JC5MTD9PMVPDIOBHJEM12KE3SC6M.example. 300 IN NSEC3 1 0 0 - "
		    "O133JC5MTD9PMVPDIOBHJEM12KE3SC6M A RRSIG",
		    NULL, "E:rrsig-bogus E:nsec3-next" },
		{ NULL,
		    "O133JC5MTD9PMVPDIOBHJEM12KE3SC6M.example. 300 IN NSEC3 1 0 0 - "
		    "TTQ4JEJLL4HVAN1EHP0UFAMAM3K0EMK9 A RRSIG",
		    "O133JC5MTD9PMVPDIOBHJEM12KE3SC6M.example. 300 IN NSEC3 1 0 0 - "
		    "TTQ4JEJLL4HVAN1EHP0UFAMAM3K0EMK9 A TXT RRSIG",
		    NULL, "E:nsec3-bitmap E:rrsig-bogus" },
		{ NULL,
		    "O133JC5MTD9PMVPDIOBHJEM12KE3SC6M.example. 300 IN NSEC3 1 0 0 - "
		    "TTQ4JEJLL4HVAN1EHP0UFAMAM3K0EMK9 A RRSIG",
		    "O133JC5MTD9PMVPDIOBHJEM12KE3SC6M.example. 300 IN NSEC3 1 0 1 - "
		    "TTQ4JEJLL4HVAN1EHP0UFAMAM3K0EMK9 A RRSIG",
		    NULL,
		    "E:nsec3-missing E:nsec3-next E:rrsig-bogus E:nsec3-parameters" },
		/* no name has this hash: the one before leads past it */
		{ NULL, NULL, NULL,
		    "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv.example. 300 IN NSEC3 1 0 0 - "
		    "044RRQCQPUG5LGJEM8M68PQUNOAFF06B A RRSIG\n",
		    "E:nsec3-next E:rrsig-missing E:nsec3-extra" },
		/* a name comes, and nothing denies it */
		{ NULL, NULL, NULL, "new.open.example. 300 IN A 192.0.2.1\n", "" },
		{ NULL, NULL, NULL, "new.a.example. 300 IN NS ns.test.\n",
		    "E:nsec3-missing E:nsec3-missing" },
		/* parameters */
		{ "example. 0 IN NSEC3PARAM ", NULL, NULL, NULL,
		    "E:nsec3param-missing W:rrsig-orphan" },
		{ NULL, NULL, NULL, "example. 0 IN NSEC3PARAM 1 0 5 -\n",
		    "W:nsec3param-many E:rrsig-bogus" },
		{ NULL, "example. 0 IN NSEC3PARAM 1 0 0 -",
		    "example. 0 IN NSEC3PARAM 1 0 5 -", NULL,
		    "E:nsec3-missing E:rrsig-bogus" },
	};
	expect_signed(check_zone_nsec3, cases, KT_COUNT(cases));
}

static void without_any_denial_it_is_said_once(void **state)
{
	(void)state;
	struct kt_text text = { 0 };
	const char *at = check_zone_nsec;
	while (*at) {
		const char *end = strchr(at, '\n') + 1;
		if (!memmem(at, (size_t)(end - at), "IN NSEC ", 8) &&
		    !memmem(at, (size_t)(end - at), "RRSIG NSEC ", 11))
			kt_text_add_n(&text, at, (size_t)(end - at));
		at = end;
	}
	expect_at(kt_text_of(&text), AT, "E:denial-missing");
	kt_text_fini(&text);
}

static void opt_out_spares_delegations_without_ds_only(void **state)
{
	(void)state;
	static const struct signed_case cases[] = {
		{ NULL, NULL, NULL, "new.sub.example. 300 IN NS ns.test.\n", "" },
		{ NULL, NULL, NULL, "new.example. 300 IN A 192.0.2.1\n",
		    "E:rrsig-missing E:nsec3-missing" },
		{ NULL, NULL, NULL,
		    "new.sub.example. 300 IN NS ns.test.\n"
		    "new.sub.example. 300 IN DS 1 8 9 00\n",
		    "E:nsec3-missing E:rrsig-missing E:nsec3-missing" },
		/* a delegation that gets its DS: neither signed nor listed */
		{ NULL, NULL, NULL, "open.example. 300 IN DS 1 8 9 00\n",
		    "E:rrsig-missing E:nsec3-missing" },
	};
	expect_signed(check_zone_optout, cases, KT_COUNT(cases));
}

static void iterations_beyond_what_resolvers_bear_are_told(void **state)
{
	(void)state;
	/* The parameters change: the chain they name is not there. */
	static const struct signed_case cases[] = {
		{ NULL, "NSEC3PARAM 1 0 0 -", "NSEC3PARAM 1 0 500 -", NULL,
		    "W:nsec3-iterations E:nsec3-missing E:rrsig-bogus" },
		{ NULL, "NSEC3PARAM 1 0 0 -", "NSEC3PARAM 1 1 0 -", NULL,
		    "E:nsec3param-unusable E:rrsig-bogus" },
	};
	expect_signed(check_zone_nsec3, cases, KT_COUNT(cases));
}

static void verification_stops_at_its_bound(void **state)
{
	(void)state;
	/* Spoilt at the end: unseen when only the first signatures are verified. */
	struct signed_case spoil = { NULL, "192.0.2.2", "192.0.2.20", NULL, NULL };
	struct kt_text text = { 0 };
	edit(&text, check_zone_nsec, &spoil);
	struct zone_snapshot *z = zone_of("example.", kt_text_of(&text));
	for (unsigned max = 0; max < 30; max++) {
		const struct zone_check_options options = {
			.at = AT, .signatures = true, .max_signatures = max
		};
		struct kt_text found = { 0 };
		unsigned errors = zone_check(z, &options, gather, &found);
		assert_int_equal(errors, max == 0 || max >= 11);
		kt_text_fini(&found);
	}
	kt_text_fini(&text);
	zone_snapshot_put(z);
}

static void without_signatures_only_what_is_cheap_is_looked_at(void **state)
{
	(void)state;
	struct signed_case spoil = { "ns.example. 300 IN RRSIG A ", "192.0.2.2",
		"192.0.2.20", NULL, NULL };
	struct kt_text text = { 0 }, found = { 0 };
	edit(&text, check_zone_nsec, &spoil);
	struct zone_snapshot *z = zone_of("example.", kt_text_of(&text));
	const struct zone_check_options options = { .at = AT };
	assert_int_equal(zone_check(z, &options, gather, &found), 1);
	assert_string_equal(kt_text_of(&found), "E:rrsig-missing");
	kt_text_fini(&found);
	kt_text_fini(&text);
	zone_snapshot_put(z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_without_faults_has_no_findings),
		cmocka_unit_test(the_apex_needs_one_soa_and_ns),
		cmocka_unit_test(types_that_exclude_each_other_are_errors),
		cmocka_unit_test(what_is_not_answered_is_a_warning),
		cmocka_unit_test(targets_inside_the_zone_have_addresses),
		cmocka_unit_test(zonemd_is_verified),
		cmocka_unit_test(signed_zones_without_faults_have_no_findings),
		cmocka_unit_test(signatures_out_of_their_time_are_warnings),
		cmocka_unit_test(
		    everything_authoritative_is_signed_by_a_key_of_the_zone),
		cmocka_unit_test(a_signature_for_the_wildcard_does_not_do_for_a_name),
		cmocka_unit_test(keys_and_algorithms_are_looked_at),
		cmocka_unit_test(keys_without_signatures_and_the_reverse_are_told),
		cmocka_unit_test(the_nsec_chain_is_whole),
		cmocka_unit_test(the_nsec3_chain_is_whole),
		cmocka_unit_test(without_any_denial_it_is_said_once),
		cmocka_unit_test(opt_out_spares_delegations_without_ds_only),
		cmocka_unit_test(iterations_beyond_what_resolvers_bear_are_told),
		cmocka_unit_test(verification_stops_at_its_bound),
		cmocka_unit_test(without_signatures_only_what_is_cheap_is_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
