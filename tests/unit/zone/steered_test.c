#include "zone/steered.h"

#include "base/mem.h"
#include "base/text.h"
#include "dns/rdata.h"
#include "dnssec/bitmap.h"
#include "dnssec/nsec3.h"
#include "dnssec/rrsig.h"
#include "zone/check.h"
#include "zone/load.h"

#include "steered_zones.h"
#include "zone_of.h"

#include <unistd.h>

#define AT 1800000000 /* 2027: the signed zones are valid from 2020 to 2080 */

#define HEAD "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"

static char directory[] = "/tmp/kotae-steered-XXXXXX";

/* Stand-ins of all steered names in these tests. */
static const uint8_t a_data[] =
    "\0\4\306\63\144\1\0\4\306\63\144\2"; /* 198.51.100.1, .2 */
static const uint8_t aaaa_data[] = "\0\20\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\11";
static const uint8_t cname_data[] = "\0\12\3cdn\4test";
static const struct zone_steered_set both[] = {
	{ DNS_TYPE_A, 2, 30, a_data, 12 },
	{ DNS_TYPE_AAAA, 1, 30, aaaa_data, 18 },
};
static const struct zone_steered_set alias[] = { { DNS_TYPE_CNAME, 1, 30, cname_data,
    12 } };

/* "www" is an address name, "=www" an alias, "-www" has A only, "@" the apex. */
struct list {
	struct dns_name wire[16];
	struct zone_steered_name names[16];
	struct zone_steered steered;
};

static void add_name(struct list *l, const char *text, const char *apex)
{
	struct zone_steered_name *n = &l->names[l->steered.n];
	struct dns_name *wire = &l->wire[l->steered.n++];
	struct dns_name origin = name_of(apex);
	*n = (struct zone_steered_name){
		.name = wire->wire,
		.sets = *text == '=' ? alias : both,
		.n_sets = *text == '=' || *text == '-' ? 1 : 2,
		.file = "kotae.yaml",
		.line = 10 + (unsigned)l->steered.n,
		.column = 3,
	};
	text += *text == '=' || *text == '-';
	assert_int_equal(dns_name_scan(text, strlen(text), &origin, wire), 0);
}

static struct list *list_of(const char *names)
{
	struct list *l = kt_calloc(1, sizeof(*l));
	char word[300];
	int n;
	for (; sscanf(names, "%299s%n", word, &n) == 1; names += n)
		add_name(l, word, "example.");
	l->steered.names = l->names;
	return l;
}

static char *write_file(const char *name, const char *text)
{
	char *path = kt_format("%s/%s", directory, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	return path;
}

struct outcome {
	int rc;
	struct kt_errs errs;
	struct kt_text text; /* errs as they are printed, without the directory */
	struct zone_snapshot *zone;
};

static void print_errs(struct outcome *o)
{
	for (size_t i = 0; i < o->errs.n; i++) {
		const struct kt_err *e = &o->errs.list[i];
		const char *file = e->file ? strrchr(e->file, '/') : NULL;
		kt_text_addf(&o->text, "%c %s:%u %s\n", "EWN"[e->grade],
		    file ? file + 1 : e->file, e->line, e->text);
	}
}

static struct outcome load(
    const char *text, const char *names, const char *key, const char *key2)
{
	struct outcome o = { .zone = NULL };
	struct list *l = list_of(names);
	char *path = write_file("zone", text), *files[2] = { NULL, NULL };
	struct dns_name apex = name_of("example.");
	struct zone_builder *b = zone_builder_new();
	if (key)
		files[l->steered.n_key_files++] = write_file("first.private", key);
	if (key2)
		files[l->steered.n_key_files++] = write_file("second.private", key2);
	l->steered.key_files = (const char *const *)files;
	kt_errs_init(&o.errs, 0);
	o.rc = zone_load_file(b, &apex, path, &l->steered, &o.errs, &o.zone);
	print_errs(&o);
	zone_builder_free(b);
	for (size_t i = 0; i < 2 && files[i]; i++) {
		unlink(files[i]);
		free(files[i]);
	}
	unlink(path);
	free(path);
	free(l);
	return o;
}

static void forget(struct outcome *o)
{
	kt_errs_fini(&o->errs);
	kt_text_fini(&o->text);
	zone_snapshot_put(o->zone);
}

static const struct zone_node *node_at(const struct outcome *o, const char *text)
{
	struct dns_name name = name_of(text);
	if (!o->zone)
		fputs(kt_text_of(&o->text), stderr);
	assert_non_null(o->zone);
	return zone_find_name(o->zone, name.wire);
}

static void expect_set(
    const struct zone_node *node, const struct zone_steered_set *want)
{
	assert_non_null(node);
	const struct zone_rrset *set = zone_rrset_find(node, want->type);
	assert_non_null(set);
	assert_int_equal(set->n_rr, want->n_rr);
	assert_int_equal(set->ttl_s, want->ttl_s);
	assert_octets(set->data, set->rr_size, want->data, want->size);
}

static void expect_steered(const struct outcome *o, const char *name, uint32_t number)
{
	const struct zone_node *node = node_at(o, name);
	assert_non_null(node);
	assert_true(node->flags & ZONE_NODE_STEERED);
	assert_int_equal(zone_steered_number(o->zone, node), number);
}

static void steered_names_are_nodes_with_their_number_and_stand_in(void **state)
{
	(void)state;
	struct outcome o = load(
	    HEAD "a TXT x\n", "www b.ent a =cdn @ *.wild -only", NULL, NULL);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.errs.n, 0);
	assert_int_equal(o.zone->n_steered, 7);
	static const char *const names[] = { "www.example.", "b.ent.example.",
		"a.example.", "cdn.example.", "example.", "*.wild.example.",
		"only.example." };
	for (uint32_t i = 0; i < KT_COUNT(names); i++) {
		expect_steered(&o, names[i], i);
		expect_set(node_at(&o, names[i]), i == 3 ? &alias[0] : &both[0]);
	}
	expect_set(node_at(&o, "www.example."), &both[1]);
	assert_null(zone_rrset_find(node_at(&o, "only.example."), DNS_TYPE_AAAA));
	assert_non_null(zone_rrset_find(node_at(&o, "a.example."), DNS_TYPE_TXT));
	assert_true(node_at(&o, "cdn.example.")->flags & ZONE_NODE_CNAME);
	assert_true(node_at(&o, "wild.example.")->flags & ZONE_NODE_WILDCARD);
	assert_true(node_at(&o, "ent.example.")->flags & ZONE_NODE_EMPTY);
	assert_false(node_at(&o, "ns.example.")->flags & ZONE_NODE_STEERED);
	assert_null(o.zone->signer);
	forget(&o);
}

static void entries_of_steered_names_rise(void **state)
{
	(void)state;
	struct outcome o = load(HEAD, "z y x w v u t s r q p", NULL, NULL);
	const struct zone_steered_entry *e = zone_steered_entries(o.zone);
	assert_int_equal(o.zone->n_steered, 11);
	for (uint32_t i = 0; i < 11; i++) {
		assert_true(i == 0 || e[i - 1].node < e[i].node);
		assert_int_equal(
		    zone_steered_number(o.zone, zone_node_at(o.zone, e[i].node)),
		    10 - i);
	}
	forget(&o);
}

static void sets_of_the_file_give_way_with_a_warning(void **state)
{
	(void)state;
	struct outcome o = load(HEAD "www 5 A 192.0.2.9\nwww A 192.0.2.8\n"
				     "WWW AAAA 2001:db8::1\nwww TXT x\n"
				     "old CNAME ns\nonly AAAA 2001:db8::1\n",
	    "www old -only", NULL, NULL);
	assert_int_equal(o.rc, 0);
	assert_string_equal(kt_text_of(&o.text),
	    "W zone:5 www.example. A gives way to the service\n"
	    "W zone:7 www.example. AAAA gives way to the service\n"
	    "W zone:9 old.example. CNAME gives way to the service\n");
	expect_set(node_at(&o, "www.example."), &both[0]);
	expect_set(node_at(&o, "www.example."), &both[1]);
	assert_false(node_at(&o, "old.example.")->flags & ZONE_NODE_CNAME);
	expect_set(node_at(&o, "old.example."), &both[0]);
	/* what the service does not choose stays */
	const struct zone_rrset *aaaa = zone_rrset_find(
	    node_at(&o, "only.example."), DNS_TYPE_AAAA);
	assert_non_null(aaaa);
	assert_int_equal(aaaa->data[17], 1);
	forget(&o);
}

static void warnings_do_not_push_errors_out(void **state)
{
	(void)state;
	struct outcome o = load(HEAD "a A 192.0.2.1\nb A 192.0.2.1\nc A 192.0.2.1\n"
				     "d A 192.0.2.1\ne A 192.0.2.1\nf A 192.0.2.1\n"
				     "g A 192.0.2.1\nh A 192.0.2.1\ni A 192.0.2.1\n"
				     "j A 192.0.2.1\nsub NS ns.test.\n",
	    "a b c d e f g h i j x.sub", NULL, NULL);
	assert_int_equal(o.rc, KT_E_CONFLICT);
	assert_int_equal(o.errs.n, 10);
	assert_non_null(
	    strstr(kt_text_of(&o.text), "W zone:0 2 more records give way"));
	assert_non_null(strstr(kt_text_of(&o.text), "E kotae.yaml:21 x.sub.example."));
	forget(&o);
}

static void what_cannot_be_steered_is_an_error_at_its_configuration(void **state)
{
	(void)state;
	static const struct {
		const char *text, *names;
		int rc;
		const char *says;
	} cases[] = {
		{ HEAD, "www.other.", KT_E_RANGE, "it is not in the zone" },
		{ HEAD "sub NS ns.test.\n", "a.b.sub", KT_E_CONFLICT,
		    "below the delegation of sub.example." },
		{ HEAD "sub NS ns.test.\n", "sub", KT_E_CONFLICT, "it is delegated" },
		{ HEAD "d DNAME test.\n", "a.d", KT_E_CONFLICT,
		    "below the DNAME at d.example." },
		{ HEAD "@ DNAME test.\n", "a", KT_E_CONFLICT,
		    "below the DNAME at example." },
		{ HEAD, "=@", KT_E_CONFLICT, "at the apex of a zone" },
		{ HEAD "a TXT x\n", "=a", KT_E_CONFLICT, "beside the TXT of the zone" },
		{ HEAD "a A 192.0.2.1\n", "=a", KT_E_CONFLICT, "beside the A of" },
		{ HEAD, "www www", KT_E_EXISTS, "steered already" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct outcome o = load(cases[i].text, cases[i].names, NULL, NULL);
		if (o.rc != cases[i].rc || !strstr(kt_text_of(&o.text), cases[i].says))
			fprintf(stderr, "%s: %s", cases[i].names, kt_text_of(&o.text));
		assert_int_equal(o.rc, cases[i].rc);
		assert_non_null(strstr(kt_text_of(&o.text), cases[i].says));
		assert_non_null(strstr(kt_text_of(&o.text), "E kotae.yaml:1"));
		assert_null(o.zone);
		forget(&o);
	}
}

static void what_may_be_steered_beside_other_data_is(void **state)
{
	(void)state;
	struct outcome o = load(HEAD "d DNAME test.\nsub NS ns.test.\nc CNAME ns\n",
	    "@ d =c subs", NULL, NULL);
	assert_int_equal(o.rc, 0);
	assert_string_equal(kt_text_of(&o.text),
	    "W zone:7 c.example. CNAME gives way to the service\n");
	forget(&o);
}

static void expect_rdata(
    const struct outcome *o, const char *name, uint16_t type, const char *want)
{
	const struct zone_rrset *set = zone_rrset_find(node_at(o, name), type);
	struct kt_text text = { 0 };
	assert_non_null(set);
	const uint8_t *at = set->data;
	for (unsigned i = 0; i < set->n_rr; i++, at += 2 + kt_get16(at)) {
		kt_text_add(&text, i ? "|" : "");
		dns_rdata_print(&text, type, at + 2, kt_get16(at));
	}
	assert_string_equal(kt_text_of(&text), want);
	kt_text_fini(&text);
}

static void hints_that_point_at_steered_names_are_removed(void **state)
{
	(void)state;
	struct outcome o = load(HEAD
	    "www HTTPS 1 . alpn=h2 ipv4hint=192.0.2.9 ipv6hint=2001:db8::9\n"
	    "a HTTPS 2 WWW mandatory=ipv4hint,port port=53 ipv4hint=192.0.2.9\n"
	    "a HTTPS 3 ns ipv4hint=192.0.2.1\n"
	    "b SVCB 1 x.wild mandatory=ipv4hint,ipv6hint ipv4hint=192.0.2.9 "
	    "ipv6hint=::1\n"
	    "c HTTPS 1 . ipv4hint=192.0.2.1\n"
	    "d HTTPS 1 www alpn=h3\n",
	    "www *.wild", NULL, NULL);
	assert_int_equal(o.rc, 0);
	expect_rdata(&o, "www.example.", DNS_TYPE_HTTPS, "1 . alpn=\"h2\"");
	expect_rdata(&o, "a.example.", DNS_TYPE_HTTPS,
	    "2 WWW.example. mandatory=port port=53|3 ns.example. ipv4hint=192.0.2.1");
	expect_rdata(&o, "b.example.", DNS_TYPE_SVCB, "1 x.wild.example.");
	expect_rdata(&o, "c.example.", DNS_TYPE_HTTPS, "1 . ipv4hint=192.0.2.1");
	expect_rdata(&o, "d.example.", DNS_TYPE_HTTPS, "1 www.example. alpn=\"h3\"");
	assert_string_equal(kt_text_of(&o.text),
	    "W zone:5 www.example. HTTPS loses its address hints: the service chooses "
	    "the addresses\n"
	    "W zone:6 a.example. HTTPS loses its address hints: the service chooses "
	    "the addresses\n"
	    "W zone:8 b.example. SVCB loses its address hints: the service chooses the "
	    "addresses\n");
	forget(&o);
}

static void the_sum_differs_with_all_that_a_snapshot_takes(void **state)
{
	(void)state;
	struct list *l = list_of("www a");
	struct zone_steered_set other[2] = { both[0], both[1] };
	struct zone_steered_name names[2] = { l->names[0], l->names[1] };
	struct zone_steered s = { .names = names, .n = 2 };
	uint64_t sum = zone_steered_sum(&s);
	assert_true(sum == zone_steered_sum(&l->steered));
	names[0].line = 99; /* no part of it */
	assert_true(sum == zone_steered_sum(&s));
	names[0].sets = other;
	assert_true(sum == zone_steered_sum(&s));
	other[0].ttl_s++;
	assert_true(sum != zone_steered_sum(&s));
	other[0] = both[0];
	other[0].n_rr = 1;
	other[0].size = 6;
	assert_true(sum != zone_steered_sum(&s));
	names[0] = l->names[1];
	names[1] = l->names[0];
	assert_true(sum != zone_steered_sum(&s));
	free(l);
}

static void a_key_file_that_was_written_again_is_another_sum(void **state)
{
	(void)state;
	struct list *l = list_of("www");
	uint64_t none = zone_steered_sum(&l->steered);
	char *path = write_file("k.private", "x");
	const char *bare = kt_format("%.*s", (int)strlen(path) - 8, path);
	l->steered.key_files = &bare;
	l->steered.n_key_files = 1;
	uint64_t sum = zone_steered_sum(&l->steered);
	assert_true(sum != none);
	assert_true(sum == zone_steered_sum(&l->steered));
	free(write_file("k.private", "xy"));
	assert_true(sum != zone_steered_sum(&l->steered));
	unlink(path);
	free(path);
	free((char *)bare);
	free(l);
}

/* Signed zones. */

struct kind {
	const char *zone, *zsk, *ksk;
	enum zone_denial denial;
	uint8_t algorithm;
};

static const struct kind kinds[] = {
	{ steered_zone_nsec, steered_zsk_13, steered_ksk_13, ZONE_DENIAL_NSEC, 13 },
	{ steered_zone_nsec3, steered_zsk_15, steered_ksk_15, ZONE_DENIAL_NSEC3, 15 },
	{ steered_zone_optout, steered_zsk_15, steered_ksk_15, ZONE_DENIAL_NSEC3, 15 },
};

static void gather(void *ctx, const struct zone_finding *f)
{
	char name[DNS_NAME_TEXT];
	kt_text_addf(ctx, "%c:%s %s %s\n", "EWN"[f->grade], f -> word,
	    dns_name_print(f->owner, name), f -> text);
}

/* All signatures verify and the chain is true. */
static void expect_whole(const struct outcome *o, const char *findings)
{
	const struct zone_check_options options = { .at = AT, .signatures = true };
	struct kt_text found = { 0 };
	if (o->rc)
		fputs(kt_text_of(&o->text), stderr);
	assert_int_equal(o->rc, 0);
	(void)zone_check(o->zone, &options, gather, &found);
	assert_string_equal(kt_text_of(&found), findings);
	kt_text_fini(&found);
	assert_non_null(o->zone->signer);
}

/* Signed zones give these notes whatever is steered. */
#define WITHOUT_ZONEMD "ZONEMD is left out"

static void signed_zones_are_whole_with_steered_names_of_all_kinds(void **state)
{
	(void)state;
	static const char *const names[] = { "www", "txt", "-txt", "new", "@", "-@",
		"*.new", "*", "deep", "ent.deep", "b.ent.deep", "x.y.z", "=new",
		"=a.new", "=old", "old", "0", "zzz", "zzz.zzz.zzz zzz a.zzz.zzz",
		"www new 0 zzz deep a.b.c d.e.f b.ent.deep @ *.wild txt old a.txt",
		"a b c d e f g h i j k l m n o p", "=a =b.a =c.b.a",
		"*.deep b.deep *.b.deep", "y", "a.y", "b.a.y *.y" };
	for (size_t k = 0; k < KT_COUNT(kinds); k++) {
		for (size_t i = 0; i < KT_COUNT(names); i++) {
			struct outcome o = load(
			    kinds[k].zone, names[i], kinds[k].zsk, NULL);
			expect_whole(&o, "");
			assert_int_equal(o.zone->denial, kinds[k].denial);
			assert_non_null(strstr(kt_text_of(&o.text), WITHOUT_ZONEMD));
			forget(&o);
		}
	}
}

static const struct zone_rrset *set_at(
    const struct outcome *o, const char *name, uint16_t type)
{
	const struct zone_node *node = node_at(o, name);
	return node ? zone_rrset_find(node, type) : NULL;
}

static struct dnssec_rrsig sig_of(const struct zone_rrset *set)
{
	struct dnssec_rrsig sig;
	const uint8_t *at = zone_signatures(set);
	assert_int_equal(set->n_sig, 1);
	assert_int_equal(dnssec_rrsig_read(at + 2, kt_get16(at), &sig), 0);
	return sig;
}

static void signatures_have_the_validity_of_what_they_replace(void **state)
{
	(void)state;
	for (size_t k = 0; k < KT_COUNT(kinds); k++) {
		struct outcome o = load(kinds[k].zone, "www new", kinds[k].zsk, NULL);
		expect_whole(&o, "");
		struct dnssec_rrsig want = sig_of(set_at(&o, "example.", DNS_TYPE_SOA));
		static const char *const names[] = { "www.example.", "new.example." };
		for (int i = 0; i < 2; i++) {
			struct dnssec_rrsig sig = sig_of(
			    set_at(&o, names[i], DNS_TYPE_A));
			assert_int_equal(sig.inception, want.inception);
			assert_int_equal(sig.expiration, want.expiration);
			assert_int_equal(sig.original_ttl, 30);
			assert_int_equal(sig.algorithm, kinds[k].algorithm);
			assert_int_equal(sig.tag, want.tag);
		}
		struct dnssec_rrsig https = sig_of(
		    set_at(&o, "www.example.", DNS_TYPE_HTTPS));
		assert_int_equal(https.expiration, want.expiration);
		forget(&o);
	}
}

/* The zone as text, one set a line, for comparing. */
static struct kt_text text_of(const struct zone_snapshot *z, uint16_t type)
{
	struct kt_text t = { 0 };
	for (const struct zone_node *n = zone_apex(z); n; n = zone_node_next(z, n)) {
		const struct zone_rrset *set = zone_rrset_find(n, type);
		if (!set)
			continue;
		dns_name_add(&t, n->name);
		kt_text_add_n(
		    &t, (const char *)set->data, set->rr_size + (size_t)set->sig_size);
	}
	return t;
}

static struct zone_snapshot *as_signed(const struct kind *k)
{
	struct zone_snapshot *z = zone_of("example.", k->zone);
	assert_non_null(z);
	return z;
}

static unsigned count(const struct zone_snapshot *z, uint16_t type)
{
	unsigned n = 0;
	for (const struct zone_node *at = zone_apex(z); at; at = zone_node_next(z, at))
		n += zone_rrset_find(at, type) != NULL;
	return n;
}

static void placeholders_of_the_right_types_leave_the_chain_alone(void **state)
{
	(void)state;
	/* Only the apex's link changes, since ZONEMD goes. */
	for (size_t k = 0; k < KT_COUNT(kinds); k++) {
		uint16_t type = k ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC;
		struct zone_snapshot *z = as_signed(&kinds[k]);
		struct outcome with = load(kinds[k].zone, "-www", kinds[k].zsk, NULL);
		struct outcome more = load(kinds[k].zone, "www", kinds[k].zsk, NULL);
		expect_whole(&with, "");
		expect_whole(&more, "");
		assert_int_equal(count(with.zone, type), count(z, type));
		assert_int_equal(count(more.zone, type), count(z, type));
		unsigned differ[2] = { 0 };
		for (const struct zone_node *n = zone_apex(z); n;
		     n = zone_node_next(z, n)) {
			const struct zone_rrset *set = zone_rrset_find(n, type);
			const struct zone_snapshot *now[] = { with.zone, more.zone };
			for (int i = 0; set && i < 2; i++) {
				const struct zone_rrset *s = zone_rrset_find(
				    zone_find_name(now[i], n->name), type);
				differ[i] += s->sig_size != set->sig_size ||
					     memcmp(s->data, set->data,
						 set->rr_size + set->sig_size) != 0;
			}
		}
		assert_int_equal(differ[0], 1);
		assert_int_equal(differ[1], 2); /* and that of www, which gains AAAA */
		zone_snapshot_put(z);
		forget(&with);
		forget(&more);
	}
}

static void nothing_but_steered_names_and_the_chain_changes(void **state)
{
	(void)state;
	static const uint16_t types[] = { DNS_TYPE_SOA, DNS_TYPE_NS, DNS_TYPE_DNSKEY,
		DNS_TYPE_TXT, DNS_TYPE_DS, DNS_TYPE_CNAME, DNS_TYPE_DNAME,
		DNS_TYPE_NSEC3PARAM };
	for (size_t k = 0; k < KT_COUNT(kinds); k++) {
		struct zone_snapshot *z = as_signed(&kinds[k]);
		struct outcome o = load(
		    kinds[k].zone, "www @ new b.ent.deep", kinds[k].zsk, NULL);
		expect_whole(&o, "");
		for (size_t i = 0; i < KT_COUNT(types); i++) {
			struct kt_text was = text_of(z, types[i]);
			struct kt_text is = text_of(o.zone, types[i]);
			assert_octets(
			    kt_text_of(&is), is.len, kt_text_of(&was), was.len);
			kt_text_fini(&was);
			kt_text_fini(&is);
		}
		zone_snapshot_put(z);
		forget(&o);
	}
}

static void zonemd_goes_with_its_bit(void **state)
{
	(void)state;
	struct outcome o = load(steered_zone_nsec, "www", steered_zsk_13, NULL);
	expect_whole(&o, "");
	assert_null(set_at(&o, "example.", DNS_TYPE_ZONEMD));
	expect_rdata(&o, "example.", DNS_TYPE_NSEC,
	    "a.ent.deep.example. NS SOA RRSIG NSEC DNSKEY");
	forget(&o);
	o = load(HEAD "@ ZONEMD 1 1 1 "
		      "000000000000000000000000000000000000000000000000"
		      "000000000000000000000000000000000000000000000000\n",
	    "www", NULL, NULL);
	assert_int_equal(o.rc, 0);
	assert_null(set_at(&o, "example.", DNS_TYPE_ZONEMD));
	assert_non_null(strstr(kt_text_of(&o.text), "N zone:5 ZONEMD is left out"));
	forget(&o);
}

static void empty_non_terminals_need_nsec3_and_no_nsec(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		uint16_t type = k ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC;
		struct outcome none = load(kinds[k].zone, "www", kinds[k].zsk, NULL);
		struct outcome deep = load(
		    kinds[k].zone, "a.b.c.d b.c.d", kinds[k].zsk, NULL);
		expect_whole(&deep, "");
		/* two names; the empty c.d and d too where they are hashed */
		assert_int_equal(
		    count(deep.zone, type), count(none.zone, type) + (k ? 4 : 2));
		forget(&none);
		forget(&deep);
	}
}

static void new_links_of_an_opt_out_span_opt_out_too(void **state)
{
	(void)state;
	struct outcome o = load(steered_zone_optout, "a b c", steered_zsk_15, NULL);
	unsigned n = 0;
	expect_whole(&o, "");
	for (const struct zone_node *at = zone_apex(o.zone); at;
	     at = zone_node_next(o.zone, at)) {
		struct dnssec_nsec3 rr;
		const struct zone_rrset *set = zone_rrset_find(at, DNS_TYPE_NSEC3);
		if (!set)
			continue;
		assert_int_equal(set->n_rr, 1);
		assert_int_equal(
		    dnssec_nsec3_read(set->data + 2, kt_get16(set->data), &rr), 0);
		assert_true(rr.flags & DNSSEC_NSEC3_OPT_OUT);
		n++;
	}
	assert_int_equal(n, o.zone->n_chain);
	forget(&o);
}

static void a_signed_zone_wants_its_keys(void **state)
{
	(void)state;
	struct outcome o = load(steered_zone_nsec, "www", NULL, NULL);
	assert_int_equal(o.rc, KT_E_NOT_FOUND);
	assert_non_null(strstr(kt_text_of(&o.text),
	    "E kotae.yaml:11 www.example. is steered and its zone example. is signed: "
	    "add the files of its private keys to the zone (key-files)"));
	assert_null(o.zone);
	forget(&o);
	o = load(steered_zone_nsec, "www", steered_zsk_15, NULL);
	assert_int_equal(o.rc, KT_E_NOT_FOUND);
	assert_non_null(strstr(kt_text_of(&o.text),
	    "E first.private:0 no DNSKEY of example. has this key of algorithm 15; "
	    "there are: "));
	forget(&o);
	o = load(HEAD, "www", steered_zsk_13, NULL);
	assert_int_equal(o.rc, 0);
	assert_non_null(strstr(kt_text_of(&o.text), "the zone is not signed"));
	assert_null(o.zone->signer);
	forget(&o);
}

static void a_second_chain_is_told_to_stay_as_it_is(void **state)
{
	(void)state;
	char *text = kt_format(
	    "%sexample. 0 IN NSEC3PARAM 1 0 0 -\n", steered_zone_nsec);
	struct outcome o = load(text, "www", steered_zsk_13, NULL);
	assert_int_equal(o.rc, 0);
	assert_non_null(strstr(kt_text_of(&o.text), "the zone has 2 denial chains"));
	forget(&o);
	free(text);
}

static void keys_of_a_zone_that_is_not_signed_yet_sign_nothing_in_it(void **state)
{
	(void)state;
	/* The zone signing key of the zone with NSEC, before anything is signed. */
	const char *key = strstr(steered_zone_nsec, "DNSKEY 256");
	assert_non_null(key);
	char *text = kt_format("%s@ %.*s\n", HEAD, (int)strcspn(key, "\n"), key);
	struct outcome o = load(text, "www", steered_zsk_13, NULL);
	assert_int_equal(o.rc, 0);
	assert_non_null(o.zone->signer);
	assert_int_equal(set_at(&o, "www.example.", DNS_TYPE_A)->n_sig, 0);
	forget(&o);
	o = load(text, "www", NULL, NULL);
	assert_int_equal(o.rc, KT_E_NOT_FOUND);
	forget(&o);
	free(text);
}

static void the_zone_signing_key_signs_and_the_other_only_alone(void **state)
{
	(void)state;
	struct outcome o = load(
	    steered_zone_nsec, "www", steered_ksk_13, steered_zsk_13);
	expect_whole(&o, "");
	struct dnssec_rrsig want = sig_of(set_at(&o, "example.", DNS_TYPE_SOA));
	assert_int_equal(sig_of(set_at(&o, "www.example.", DNS_TYPE_A)).tag, want.tag);
	forget(&o);
	o = load(steered_zone_nsec, "www", steered_ksk_13, NULL);
	expect_whole(&o, "");
	assert_int_not_equal(
	    sig_of(set_at(&o, "www.example.", DNS_TYPE_A)).tag, want.tag);
	forget(&o);
}

static void a_zone_of_random_names_stays_whole(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed();
	for (int round = 0; round < 60; round++) {
		const struct kind *k = &kinds[kt_test_random(&seed) % 3];
		struct kt_text names = { 0 };
		/* different first labels, so that none is there twice */
		for (char c = 'a'; c < 'a' + 10; c++) {
			static const char *const below[] = { "", ".deep", ".ent.deep",
				".www", ".old", ".y", ".x.q", ".q", ".r.q", ".txt" };
			if (kt_test_random(&seed) % 2)
				kt_text_addf(&names, "%s%c%c%s ",
				    kt_test_random(&seed) % 4 ? "" : "=", c,
				    (char)('a' + kt_test_random(&seed) % 26),
				    below[kt_test_random(&seed) % KT_COUNT(below)]);
		}
		kt_text_add(&names, "www");
		struct outcome o = load(k->zone, kt_text_of(&names), k->zsk, NULL);
		if (o.rc)
			fprintf(stderr, "%s\n", kt_text_of(&names));
		expect_whole(&o, "");
		kt_text_fini(&names);
		forget(&o);
	}
}

/* Takes one to four records out of a zone, or writes them under another name. */
static struct kt_text broken(const char *zone, uint64_t *seed)
{
	struct kt_text text = { 0 };
	unsigned n_lines = 0, at[4], n = (unsigned)(1 + kt_test_random(seed) % 4);
	for (const char *p = zone; *p; p++)
		n_lines += *p == '\n';
	for (unsigned i = 0; i < n; i++)
		at[i] = (unsigned)(kt_test_random(seed) % n_lines);
	for (unsigned line = 0; *zone; line++) {
		const char *end = strchr(zone, '\n') + 1;
		unsigned i = 0;
		while (i < n && at[i] != line)
			i++;
		if (i == n)
			kt_text_add_n(&text, zone, (size_t)(end - zone));
		else if (kt_test_random(seed) % 2)
			kt_text_addf(&text, "c.b%.*s", (int)(end - strchr(zone, ' ')),
			    strchr(zone, ' '));
		zone = end;
	}
	return text;
}

static void a_broken_zone_is_refused_or_loaded_as_it_is(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed();
	unsigned loaded = 0;
	for (int round = 0; round < 600; round++) {
		const struct kind *k = &kinds[kt_test_random(&seed) % 3];
		struct kt_text zone = broken(k->zone, &seed);
		struct outcome o = load(kt_text_of(&zone),
		    "www new @ a.b.c *.c.b =alias a.y", k->zsk, NULL);
		assert_true((o.rc == 0) == (o.zone != NULL));
		assert_true((o.rc == 0) == (o.errs.n_errors == 0));
		loaded += o.rc == 0;
		if (o.zone)
			assert_int_equal(o.zone->n_steered, 7);
		kt_text_fini(&zone);
		forget(&o);
	}
	assert_in_range(loaded, 100, 599);
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
		cmocka_unit_test(
		    steered_names_are_nodes_with_their_number_and_stand_in),
		cmocka_unit_test(entries_of_steered_names_rise),
		cmocka_unit_test(sets_of_the_file_give_way_with_a_warning),
		cmocka_unit_test(warnings_do_not_push_errors_out),
		cmocka_unit_test(
		    what_cannot_be_steered_is_an_error_at_its_configuration),
		cmocka_unit_test(what_may_be_steered_beside_other_data_is),
		cmocka_unit_test(hints_that_point_at_steered_names_are_removed),
		cmocka_unit_test(the_sum_differs_with_all_that_a_snapshot_takes),
		cmocka_unit_test(a_key_file_that_was_written_again_is_another_sum),
		cmocka_unit_test(
		    signed_zones_are_whole_with_steered_names_of_all_kinds),
		cmocka_unit_test(signatures_have_the_validity_of_what_they_replace),
		cmocka_unit_test(placeholders_of_the_right_types_leave_the_chain_alone),
		cmocka_unit_test(nothing_but_steered_names_and_the_chain_changes),
		cmocka_unit_test(zonemd_goes_with_its_bit),
		cmocka_unit_test(empty_non_terminals_need_nsec3_and_no_nsec),
		cmocka_unit_test(new_links_of_an_opt_out_span_opt_out_too),
		cmocka_unit_test(a_signed_zone_wants_its_keys),
		cmocka_unit_test(a_second_chain_is_told_to_stay_as_it_is),
		cmocka_unit_test(
		    keys_of_a_zone_that_is_not_signed_yet_sign_nothing_in_it),
		cmocka_unit_test(the_zone_signing_key_signs_and_the_other_only_alone),
		cmocka_unit_test(a_zone_of_random_names_stays_whole),
		cmocka_unit_test(a_broken_zone_is_refused_or_loaded_as_it_is),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
