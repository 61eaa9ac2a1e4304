#include "dns/message.h"

#include "base/mem.h"
#include "dns/type.h"

#include "kt_test.h"

static struct dns_message_writer writer;
static const struct dns_client client = { .transport = DNS_OVER_UDP };

static struct dns_name name_of(const char *text)
{
	struct dns_name name;
	assert_int_equal(dns_name_scan(text, strlen(text), NULL, &name), 0);
	return name;
}

static void ask(struct dns_query *q, uint8_t wire[300], const char *qname)
{
	struct dns_name name = name_of(qname);
	memset(wire, 0, DNS_HEADER_LEN);
	wire[5] = 1;
	memcpy(wire + DNS_HEADER_LEN, name.wire, name.len);
	memcpy(wire + DNS_HEADER_LEN + name.len, "\0\1\0\1", 4);
	dns_query_read(q, wire, DNS_HEADER_LEN + name.len + 4u, &client);
	assert_int_equal(q->verdict, DNS_VERDICT_ANSWER);
}

static void put(const char *owner, uint16_t type, const void *rdata, uint16_t len)
{
	struct dns_name name = name_of(owner);
	dns_message_put(
	    &writer, DNS_ANSWER, name.wire, type, DNS_CLASS_IN, 60, rdata, len);
}

static void names_are_compressed_against_the_question_and_each_other(void **state)
{
	(void)state;
	struct dns_query q;
	uint8_t query[300], out[512];
	ask(&q, query, "www.Example.");
	dns_message_begin(&writer, out, sizeof(out), &q, DNS_FLAG_QR);
	put("www.example.", DNS_TYPE_CNAME, "\4host\7example", 14);
	put("host.EXAMPLE.", DNS_TYPE_A, "abcd", 4);
	put("x.host.example.", DNS_TYPE_A, "abcd", 4);
	put("example.", DNS_TYPE_MX, "\0\1\4mail\4host\7example", 21);
	put(".", DNS_TYPE_NS, "\0", 1);
	/* RFC 3597 s.4: names in the rdata of newer types stay whole */
	put("www.example.", DNS_TYPE_DNAME, "\7example", 9);
	dns_message_finish(&writer, 0, 0);
	static const char expected[] =
	    "\0\0\x80\0\0\1\0\6\0\0\0\0\3www\7Example\0\0\1\0\1"
	    "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\7\4host\xc0\x10"
	    "\xc0\x29\0\1\0\1\0\0\0\x3c\0\4"
	    "abcd"
	    "\1x\xc0\x29\0\1\0\1\0\0\0\x3c\0\4"
	    "abcd"
	    "\xc0\x10\0\x0f\0\1\0\0\0\x3c\0\x09\0\1\4mail\xc0\x29"
	    "\0\0\2\0\1\0\0\0\x3c\0\1\0"
	    "\xc0\x0c\0\x27\0\1\0\0\0\x3c\0\x09\7example";
	assert_octets(out, kt_writer_len(&writer.w), expected, sizeof(expected));
}

static void a_record_that_does_not_fit_leaves_nothing(void **state)
{
	(void)state;
	struct dns_query q;
	uint8_t query[300], out[64];
	ask(&q, query, "a.");
	dns_message_begin(&writer, out, sizeof(out), &q, 0);
	put("a.", DNS_TYPE_A, "abcd", 4);
	size_t before = kt_writer_len(&writer.w);
	struct dns_message_mark mark = dns_message_mark(&writer);
	put("a-long-name-that-has-no-room.here.", DNS_TYPE_A, "abcd", 4);
	assert_int_equal(writer.w.err, KT_E_SPACE);
	assert_int_equal(kt_writer_len(&writer.w), before);
	assert_int_equal(writer.counts[DNS_ANSWER], 1);
	/* sticky, until it is rewound */
	put("a.", DNS_TYPE_A, "abcd", 4);
	assert_int_equal(writer.counts[DNS_ANSWER], 1);
	dns_message_rewind(&writer, &mark);
	put("here.", DNS_TYPE_A, "abcd", 4);
	assert_int_equal(writer.w.err, 0);
	assert_int_equal(writer.counts[DNS_ANSWER], 2);
}

/* Whatever is written reads back to the same names. */
static void compressed_messages_read_back(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed() | 1;
	static uint8_t out[DNS_MESSAGE_MAX];
	for (int round = 0; round < 200; round++) {
		struct dns_name owners[200], targets[200];
		unsigned n = 0;
		dns_message_begin_bare(&writer, out, sizeof(out), 7, 0);
		for (; n < KT_COUNT(owners); n++) {
			struct dns_name *name[2] = { &owners[n], &targets[n] };
			for (int k = 0; k < 2; k++) {
				*name[k] = DNS_NAME_ROOT;
				for (unsigned i = kt_test_random(&seed) % 6; i; i--) {
					uint8_t label[8] = { (
					    uint8_t)(1 + kt_test_random(&seed) % 3) };
					for (unsigned j = 1; j <= label[0]; j++)
						label[j] = (uint8_t) "aAbB\xc0"
						    [kt_test_random(&seed) % 5];
					assert_int_equal(
					    dns_name_prepend(name[k], label), 0);
				}
			}
			dns_message_put(&writer, DNS_ANSWER, owners[n].wire,
			    DNS_TYPE_NS, DNS_CLASS_IN, 1, targets[n].wire,
			    targets[n].len);
			if (kt_test_random(&seed) % 8 == 0) {
				struct dns_message_mark mark = dns_message_mark(
				    &writer);
				dns_message_put(&writer, DNS_ANSWER, targets[n].wire,
				    DNS_TYPE_NS, DNS_CLASS_IN, 1, owners[n].wire,
				    owners[n].len);
				dns_message_rewind(&writer, &mark);
			}
		}
		struct kt_reader r = kt_reader_of(out, kt_writer_len(&writer.w));
		r.at += DNS_HEADER_LEN;
		for (unsigned i = 0; i < n; i++) {
			struct dns_message_record record;
			struct dns_name target;
			dns_message_read_record(&r, &record);
			struct kt_reader inner = r;
			inner.at = r.start + record.rdata_at;
			dns_name_read(&inner, &target);
			assert_int_equal(r.err | inner.err, 0);
			assert_true(dns_name_equal(&record.owner, &owners[i]));
			assert_true(dns_name_equal(&target, &targets[i]));
		}
		assert_ptr_equal(r.at, r.end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    names_are_compressed_against_the_question_and_each_other),
		cmocka_unit_test(a_record_that_does_not_fit_leaves_nothing),
		cmocka_unit_test(compressed_messages_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
