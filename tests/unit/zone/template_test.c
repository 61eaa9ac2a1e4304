#include "zone/template.h"

#include "base/bytes.h"
#include "dns/type.h"

#include "kt_test.h"

static struct zone_builder *builder;
static const struct zone_template *as112;

static int start(void **state)
{
	(void)state;
	builder = zone_builder_new();
	as112 = zone_template_find("as112");
	return as112 ? 0 : 1;
}

static int stop(void **state)
{
	(void)state;
	zone_builder_free(builder);
	return 0;
}

static struct zone_snapshot *load(size_t i, const char *node)
{
	struct kt_errs errs;
	struct zone_snapshot *z = NULL;
	kt_errs_init(&errs, 0);
	int rc = zone_template_load(builder, as112, i, node, &errs, &z);
	kt_errs_print(&errs, stderr, false);
	kt_errs_fini(&errs);
	assert_int_equal(rc, 0);
	return z;
}

static size_t index_of(const char *text)
{
	struct dns_name wanted, name;
	assert_int_equal(dns_name_scan(text, strlen(text), NULL, &wanted), 0);
	for (size_t i = 0; i < zone_template_count(as112); i++) {
		zone_template_name(as112, i, &name);
		if (dns_name_equal(&name, &wanted))
			return i;
	}
	fail_msg("%s", text);
	return 0;
}

static void as112_has_the_zones_of_rfc_7534_and_7535(void **state)
{
	(void)state;
	static const char *const names[] = { "10.in-addr.arpa", "16.172.in-addr.arpa",
		"23.172.in-addr.arpa", "31.172.in-addr.arpa", "168.192.in-addr.arpa",
		"254.169.in-addr.arpa", "hostname.as112.net", "empty.as112.arpa",
		"hostname.as112.arpa" };
	for (size_t i = 0; i < KT_COUNT(names); i++)
		index_of(names[i]);
	assert_int_equal(zone_template_count(as112), 1 + 16 + 2 + 1 + 2);
	assert_null(zone_template_find("as113"));
	assert_null(zone_template_find(""));
}

static void every_zone_is_one_name_with_soa_and_ns(void **state)
{
	(void)state;
	for (size_t i = 0; i < zone_template_count(as112); i++) {
		struct zone_snapshot *z = load(i, "tokyo-1");
		struct dns_name name;
		zone_template_name(as112, i, &name);
		const struct zone_node *apex = zone_apex(z);
		assert_octets(apex->name, apex->len, name.wire, name.len);
		assert_int_equal(z->n_nodes, 1);
		assert_int_equal(z->serial, 1);
		const struct zone_rrset *soa = zone_rrset_find(apex, DNS_TYPE_SOA);
		assert_non_null(soa);
		assert_int_equal(soa->ttl_s, 604800);
		/* refresh, retry, expire, minimum */
		const uint8_t *end = soa->data + soa->rr_size;
		assert_int_equal(kt_get32(end - 16), 604800);
		assert_int_equal(kt_get32(end - 12), 60);
		assert_int_equal(kt_get32(end - 4), 604800);
		assert_non_null(zone_rrset_find(apex, DNS_TYPE_NS));
		assert_non_null(z->source);
		zone_snapshot_put(z);
	}
}

static void direct_delegation_and_dname_have_their_own_servers(void **state)
{
	(void)state;
	struct zone_snapshot *z = load(index_of("10.in-addr.arpa"), "x");
	const struct zone_rrset *ns = zone_rrset_find(zone_apex(z), DNS_TYPE_NS);
	assert_int_equal(ns->n_rr, 2);
	assert_octets(ns->data + 2, 22, "\13blackhole-1\4iana\3org", 22);
	zone_snapshot_put(z);
	z = load(index_of("empty.as112.arpa"), "x");
	ns = zone_rrset_find(zone_apex(z), DNS_TYPE_NS);
	assert_int_equal(ns->n_rr, 1);
	assert_octets(ns->data + 2, 22, "\11blackhole\5as112\4arpa", 22);
	assert_null(zone_rrset_find(zone_apex(z), DNS_TYPE_TXT));
	zone_snapshot_put(z);
}

static void the_hostname_zones_name_the_node_whatever_its_name(void **state)
{
	(void)state;
	static const char *const zones[] = { "hostname.as112.net",
		"hostname.as112.arpa" };
	char longest[300];
	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	const char *const nodes[] = { "tokyo-1", "a \"quoted\" \\ one; and\nmore",
		"\xe7\xad\x94", longest };
	for (size_t i = 0; i < KT_COUNT(zones); i++)
		for (size_t k = 0; k < KT_COUNT(nodes); k++) {
			struct zone_snapshot *z = load(index_of(zones[i]), nodes[k]);
			const struct zone_rrset *txt = zone_rrset_find(
			    zone_apex(z), DNS_TYPE_TXT);
			assert_non_null(txt);
			assert_int_equal(txt->n_rr, 2);
			size_t len = strlen(nodes[k]) > 255 ? 255 : strlen(nodes[k]);
			bool found = false;
			const uint8_t *at = txt->data;
			for (unsigned n = txt->n_rr; n; n--) {
				if (kt_get16(at) == len + 1 && at[2] == len &&
				    memcmp(at + 3, nodes[k], len) == 0)
					found = true;
				at += 2 + kt_get16(at);
			}
			assert_true(found);
			zone_snapshot_put(z);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as112_has_the_zones_of_rfc_7534_and_7535),
		cmocka_unit_test(every_zone_is_one_name_with_soa_and_ns),
		cmocka_unit_test(direct_delegation_and_dname_have_their_own_servers),
		cmocka_unit_test(the_hostname_zones_name_the_node_whatever_its_name),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
