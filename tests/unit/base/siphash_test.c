#include "base/hash.h"

#include "kt_test.h"

/* The vectors of the SipHash paper, appendix A, and its reference tables. */
static void siphash_gives_the_published_vectors(void **state)
{
	(void)state;
	struct kt_sip_key key;
	uint8_t in[64];
	for (int i = 0; i < 16; i++)
		key.octets[i] = (uint8_t)i;
	for (int i = 0; i < 64; i++)
		in[i] = (uint8_t)i;
	assert_true(kt_siphash24(&key, in, 15) == 0xa129ca6149be45e5u);
	assert_true(kt_siphash24(&key, in, 0) == 0x726fdb47dd0e0e31u);
	assert_true(kt_siphash24(&key, in, 8) == 0x93f5f5799a932462u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_gives_the_published_vectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
