#include "authority/chaos.h"

#include "base/bytes.h"
#include "dns/type.h"

#include "kt_test.h"

static struct authority_config config;
static uint8_t out[512];
static struct dns_message_writer writer;

/* The rcode; *text is the string of the one answer, or NULL. */
static int ask(const char *name, uint16_t qtype, const char **text)
{
	static char found[256];
	uint8_t wire[300] = { 0, 1, 0, 0, 0, 1 };
	struct dns_name qname;
	assert_int_equal(dns_name_scan(name, strlen(name), NULL, &qname), 0);
	memcpy(wire + 12, qname.wire, qname.len);
	kt_put16(wire + 12 + qname.len, qtype);
	kt_put16(wire + 14 + qname.len, DNS_CLASS_CH);
	static struct dns_query q;
	static const struct dns_client client;
	dns_query_read(&q, wire, 16u + qname.len, &client);
	assert_int_equal(q.verdict, DNS_VERDICT_ANSWER);

	dns_message_begin(&writer, out, sizeof(out), &q, DNS_FLAG_QR | DNS_FLAG_AA);
	int rcode = authority_chaos(&config, &q, &writer);
	dns_message_finish(&writer, (unsigned)rcode, 0);
	*text = NULL;
	assert_int_equal(kt_get16(out + 6), rcode == 0);
	if (rcode == 0) {
		struct kt_reader r = kt_reader_of(out, kt_writer_len(&writer.w));
		r.at += 16 + qname.len;
		struct dns_message_record record;
		dns_message_read_record(&r, &record);
		assert_int_equal(r.err, 0);
		assert_int_equal(record.type, DNS_TYPE_TXT);
		assert_int_equal(record.class, DNS_CLASS_CH);
		assert_int_equal(record.ttl_s, 0);
		assert_int_equal(record.rdlen, out[record.rdata_at] + 1);
		memcpy(found, out + record.rdata_at + 1, out[record.rdata_at]);
		found[out[record.rdata_at]] = 0;
		*text = found;
	}
	return rcode;
}

static int start(void **state)
{
	(void)state;
	config = (struct authority_config){ .nsid = "tokyo-1", .version = "kotae 1" };
	return 0;
}

static void the_four_names_tell_node_and_version(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint16_t qtype;
		const char *text;
	} cases[] = {
		{ "id.server", DNS_TYPE_TXT, "tokyo-1" },
		{ "ID.Server", DNS_TYPE_TXT, "tokyo-1" },
		{ "hostname.bind", DNS_TYPE_ANY, "tokyo-1" },
		{ "version.bind", DNS_TYPE_TXT, "kotae 1" },
		{ "version.server", DNS_TYPE_TXT, "kotae 1" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		const char *text;
		assert_int_equal(
		    ask(cases[i].name, cases[i].qtype, &text), DNS_RCODE_NOERROR);
		assert_string_equal(text, cases[i].text);
	}
}

static void everything_else_is_refused(void **state)
{
	(void)state;
	const char *text;
	assert_int_equal(ask("id.server", DNS_TYPE_A, &text), DNS_RCODE_REFUSED);
	assert_int_equal(ask("authors.bind", DNS_TYPE_TXT, &text), DNS_RCODE_REFUSED);
	assert_int_equal(ask("x.id.server", DNS_TYPE_TXT, &text), DNS_RCODE_REFUSED);
	assert_int_equal(ask("server", DNS_TYPE_TXT, &text), DNS_RCODE_REFUSED);
	assert_int_equal(ask(".", DNS_TYPE_TXT, &text), DNS_RCODE_REFUSED);
}

static void what_is_not_configured_is_refused(void **state)
{
	(void)state;
	const char *text;
	config.version[0] = 0;
	assert_int_equal(ask("version.bind", DNS_TYPE_TXT, &text), DNS_RCODE_REFUSED);
	assert_int_equal(ask("id.server", DNS_TYPE_TXT, &text), DNS_RCODE_NOERROR);
	config.nsid[0] = 0;
	assert_int_equal(ask("hostname.bind", DNS_TYPE_TXT, &text), DNS_RCODE_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_four_names_tell_node_and_version, start),
		cmocka_unit_test_setup(everything_else_is_refused, start),
		cmocka_unit_test_setup(what_is_not_configured_is_refused, start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
