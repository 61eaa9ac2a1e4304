#include "probe/echo.h"

#include "kt_test.h"

static const struct probe_echo echo = { 0x01020304, 0x1122334455667788 };

static size_t reply_to(unsigned family, bool raw, uint8_t *out)
{
	size_t head = raw && family == 4 ? 24 : 0; /* a header with options */
	memset(out, 0, head);
	if (head)
		out[0] = 0x46;
	probe_echo_write(family, 7, &echo, out + head);
	out[head] = family == 6 ? 129 : 0;
	return head + PROBE_ECHO_LEN;
}

static void a_reply_brings_back_what_was_sent(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		uint8_t octets[PROBE_ECHO_MAX];
		struct probe_echo found;
		unsigned family = i & 1 ? 6 : 4;
		bool raw = i & 2;
		size_t len = reply_to(family, raw, octets);
		assert_true(probe_echo_read(family, raw, octets, len, &found));
		assert_int_equal(found.target, echo.target);
		assert_int_equal(found.nonce, echo.nonce);
		for (size_t n = 0; n < len; n++)
			assert_false(probe_echo_read(family, raw, octets, n, &found));
	}
}

static void a_request_or_another_s_reply_is_none_of_ours(void **state)
{
	(void)state;
	uint8_t octets[PROBE_ECHO_MAX];
	struct probe_echo found;
	probe_echo_write(4, 7, &echo, octets);
	assert_false(probe_echo_read(4, false, octets, PROBE_ECHO_LEN, &found));
	size_t len = reply_to(4, false, octets);
	octets[8] ^= 1;
	assert_false(probe_echo_read(4, false, octets, len, &found));
	len = reply_to(4, true, octets);
	octets[0] = 0x4f; /* a header of 60 octets, longer than what came */
	assert_false(probe_echo_read(4, true, octets, len, &found));
}

/* RFC 1071: the sum over all words, checksum included, is all ones. */
static void rfc1071_the_checksum_of_ipv4_is_right(void **state)
{
	(void)state;
	uint8_t octets[PROBE_ECHO_LEN];
	uint32_t sum = 0;
	probe_echo_write(4, 0xfffe, &echo, octets);
	for (size_t i = 0; i < sizeof(octets); i += 2)
		sum += (uint32_t)(octets[i] << 8 | octets[i + 1]);
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	assert_int_equal(sum, 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_brings_back_what_was_sent),
		cmocka_unit_test(a_request_or_another_s_reply_is_none_of_ours),
		cmocka_unit_test(rfc1071_the_checksum_of_ipv4_is_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
