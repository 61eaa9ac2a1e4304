/*
 * fuzz/message_fuzz.c -- dns/query and dns/message: a whole message from a stranger.
 *
 * Input: a message.
 */
#include "dns/message.h"

#include "base/bytes.h"
#include "dns/query.h"
#include "dns/rdata.h"
#include "fuzz.h"

#include <string.h>

static void check_suffixes(const struct dns_query *q)
{
	fuzz_check(dns_name_measure(q->qname.wire, q->qname.len) == q->qname.len);
	fuzz_check(dns_wire_labels(q->qname.wire) == q->qname.labels);
	for (unsigned i = 0; i <= q->qname.labels; i++) {
		const uint8_t *suffix = dns_wire_skip(q->qname.wire, i);
		fuzz_check(suffix == q->qname.wire + q->label_at[i]);
		fuzz_check(q->hash[i] == dns_suffix_hash(suffix));
	}
}

static void check_query(const struct dns_query *q)
{
	if (q->verdict == DNS_VERDICT_DROP) {
		fuzz_check(q->len < DNS_HEADER_LEN || (q->wire[2] & 0x80));
		return;
	}
	fuzz_check(q->id == kt_get16(q->wire) && q->flags == kt_get16(q->wire + 2));
	fuzz_check(q->tsig_at < q->len);
	fuzz_check(
	    DNS_HEADER_LEN + (size_t)q->question_len <= q->len || !q->question_len);
	if (!q->question_len)
		return;
	struct dns_name lower;
	dns_name_from_wire(&lower, q->wire + DNS_HEADER_LEN);
	dns_name_lower(&lower);
	fuzz_check(lower.len + 4 == q->question_len && lower.len == q->qname.len);
	fuzz_check(memcmp(lower.wire, q->qname.wire, lower.len) == 0);
	fuzz_check(q->qtype == kt_get16(q->wire + DNS_HEADER_LEN + lower.len));
	check_suffixes(q);
}

static struct dns_message_writer writer;
static uint8_t rdata[DNS_RDATA_MAX], again[DNS_RDATA_MAX], out[DNS_MESSAGE_MAX];

/* The record just read goes into the writer, and comes back out of what it wrote. */
static void write_record(
    const struct dns_message_record *rec, const uint8_t *data, size_t size)
{
	struct kt_reader r = kt_reader_of(data, size);
	struct kt_writer w = kt_writer_of(rdata, sizeof(rdata));
	r.at += rec->rdata_at;
	dns_rdata_read(&r, rec->type, rec->rdlen, &w);
	if (r.err || w.err)
		return;
	fuzz_check(r.at == r.start + rec->rdata_at + rec->rdlen);
	uint16_t rdlen = (uint16_t)kt_writer_len(&w);
	fuzz_check(dns_rdata_check(rec->type, rdata, rdlen) == 0);

	struct dns_message_mark mark = dns_message_mark(&writer);
	uint8_t *before = writer.w.at;
	dns_message_put(&writer, DNS_ANSWER, rec->owner.wire, rec->type, rec->class,
	    rec->ttl_s, rdata, rdlen);
	if (writer.w.err) {
		fuzz_check(writer.w.err == KT_E_SPACE && writer.w.at == before);
		dns_message_rewind(&writer, &mark);
		return;
	}
	struct kt_reader back = kt_reader_of(out, kt_writer_len(&writer.w));
	back.at = before;
	struct dns_message_record copy;
	dns_message_read_record(&back, &copy);
	fuzz_check(!back.err && back.at == writer.w.at);
	fuzz_check(dns_name_equal(&copy.owner, &rec->owner));
	fuzz_check(copy.type == rec->type && copy.class == rec->class);
	fuzz_check(copy.ttl_s == rec->ttl_s);

	back.at = out + copy.rdata_at;
	w = kt_writer_of(again, sizeof(again));
	dns_rdata_read(&back, copy.type, copy.rdlen, &w);
	fuzz_check(!back.err && !w.err && kt_writer_len(&w) == rdlen);
	fuzz_check(dns_rdata_compare(rec->type, rdata, rdlen, again, rdlen) == 0);
	/* Now and then one is taken back, as an RRset is that does not fit. */
	if (rec->ttl_s == 7)
		dns_message_rewind(&writer, &mark);
}

static void read_records(const uint8_t *data, size_t size, size_t at)
{
	struct kt_reader r = kt_reader_of(data, size);
	unsigned n = 0;
	for (int i = 6; i < 12; i += 2)
		n += kt_get16(data + i);
	kt_read(&r, at);
	while (n-- && !r.err) {
		struct dns_message_record rec;
		const uint8_t *before = r.at;
		dns_message_read_record(&r, &rec);
		fuzz_check(r.at >= before && r.at <= r.end);
		if (r.err)
			break;
		fuzz_check(r.at >= before + 11);
		fuzz_check(rec.rdata_at + rec.rdlen == kt_reader_offset(&r));
		fuzz_check(
		    dns_name_measure(rec.owner.wire, rec.owner.len) == rec.owner.len);
		write_record(&rec, data, size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dns_client client;
	static struct dns_query q;
	if (size > DNS_MESSAGE_MAX)
		return 0;
	dns_query_read(&q, data, size, &client);
	check_query(&q);
	if (size < DNS_HEADER_LEN)
		return 0;
	/* A small limit now and then, so that records do not fit. */
	size_t limit = data[0] & 1 ? sizeof(out) : 512;
	if (q.verdict != DNS_VERDICT_DROP && q.question_len)
		dns_message_begin(&writer, out, limit, &q, DNS_FLAG_QR);
	else
		dns_message_begin_bare(&writer, out, limit, 1, DNS_FLAG_QR);
	read_records(data, size, DNS_HEADER_LEN + (size_t)q.question_len);
	dns_message_finish(&writer, 0, 0);
	fuzz_check(writer.w.at <= out + limit);
	return 0;
}
