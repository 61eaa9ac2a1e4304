/*
 * tests/lib/message_text.h -- a message as text, one record a line, to be compared.
 *
 *   NOERROR aa tc rd
 *   answer www.example. 300 A 192.0.2.1
 */
#pragma once

#include "dns/message.h"
#include "dns/query.h"
#include "dns/rdata.h"
#include "dns/type.h"

#include "kt_test.h"

static inline void message_text_record(
    struct kt_reader *r, const char *section, struct kt_text *out)
{
	struct dns_message_record record;
	char type[DNS_TYPE_TEXT];
	dns_message_read_record(r, &record);
	assert_int_equal(r->err, 0);
	if (record.type == DNS_TYPE_OPT)
		return;
	static uint8_t rdata[DNS_RDATA_MAX];
	struct kt_writer w = kt_writer_of(rdata, sizeof(rdata));
	struct kt_reader inner = *r;
	inner.at = r->start + record.rdata_at;
	dns_rdata_read(&inner, record.type, record.rdlen, &w);
	assert_int_equal(inner.err, 0);
	assert_ptr_equal(inner.at, r->at);
	kt_text_addf(out, "%s ", section);
	dns_name_add(out, record.owner.wire);
	kt_text_addf(out, " %u %s ", record.ttl_s, dns_type_print(record.type, type));
	dns_rdata_print(out, record.type, rdata, kt_writer_len(&w));
	kt_text_char(out, '\n');
}

/* Appends the text of a whole message; malformed messages fail the test. */
static inline void message_text(const uint8_t *wire, size_t len, struct kt_text *out)
{
	static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "7", "8", "NOTAUTH",
		"NOTZONE", "11", "12", "13", "14", "15" };
	static const char *const sections[] = { "answer", "authority", "additional" };
	assert_true(len >= DNS_HEADER_LEN);
	kt_text_add(out, rcodes[wire[3] & 15]);
	kt_text_add(out, wire[2] & 4 ? " aa" : "");
	kt_text_add(out, wire[2] & 2 ? " tc" : "");
	kt_text_add(out, wire[2] & 1 ? " rd" : "");
	kt_text_add(out, wire[3] & 0x80 ? " ra" : "");
	kt_text_char(out, '\n');
	struct kt_reader r = kt_reader_of(wire, len);
	r.at += DNS_HEADER_LEN;
	for (unsigned i = kt_get16(wire + 4); i; i--) {
		struct dns_name name;
		dns_name_read(&r, &name);
		kt_read(&r, 4);
	}
	for (unsigned s = 0; s < 3; s++)
		for (unsigned i = kt_get16(wire + 6 + 2 * s); i; i--)
			message_text_record(&r, sections[s], out);
	assert_int_equal(r.err, 0);
	assert_ptr_equal(r.at, r.end);
}
