#include "authority/short.h"

#include "kt_test.h"

#include <pthread.h>

static struct authority_short_source source_of(uint32_t n)
{
	struct authority_short_source s = { .resolver = { .family = 6 },
		.map = (uint16_t)(n % 7),
		.family = 6,
		.source = (uint8_t)(n % 5 + 30),
		.needed = 41 };
	/* the same number in two places, so that halves of two sources do not go together */
	memcpy(s.resolver.octets, &n, 4);
	memcpy(s.resolver.octets + 12, &n, 4);
	return s;
}

static void count(struct authority_shorts *shorts, uint32_t n, unsigned times)
{
	struct authority_short_source s = source_of(n);
	while (times--)
		authority_shorts_count(shorts, &s);
}

static void each_source_is_counted_by_itself(void **state)
{
	(void)state;
	struct authority_shorts *shorts = calloc(1, sizeof(*shorts));
	struct authority_short_source all[AUTHORITY_SHORT_MAX], s;
	assert_int_equal(authority_shorts_read(shorts, all, AUTHORITY_SHORT_MAX), 0);
	count(shorts, 1, 3);
	count(shorts, 2, 5);
	s = source_of(1);
	s.source++;
	authority_shorts_count(shorts, &s);
	s.source--;
	s.map++;
	authority_shorts_count(shorts, &s);
	assert_int_equal(authority_shorts_read(shorts, all, AUTHORITY_SHORT_MAX), 4);
	assert_int_equal(all[0].n, 5);
	s = source_of(2);
	assert_memory_equal(&all[0].resolver, &s.resolver, sizeof(s.resolver));
	assert_int_equal(all[0].map, s.map);
	assert_int_equal(all[0].family, 6);
	assert_int_equal(all[0].source, s.source);
	assert_int_equal(all[0].needed, 41);
	assert_int_equal(all[1].n, 3);
	assert_int_equal(all[2].n + all[3].n, 2);
	/* what was needed last is told, and it is no other source */
	s = source_of(2);
	s.needed = 48;
	authority_shorts_count(shorts, &s);
	assert_int_equal(authority_shorts_read(shorts, all, 1), 1);
	assert_int_equal(all[0].n, 6);
	assert_int_equal(all[0].needed, 48);
	free(shorts);
}

static void the_busiest_stay_however_many_come(void **state)
{
	(void)state;
	struct authority_shorts *shorts = calloc(1, sizeof(*shorts));
	struct authority_short_source all[AUTHORITY_SHORT_MAX];
	for (uint32_t i = 0; i < 10; i++)
		count(shorts, i, 10000 + i);
	for (uint32_t i = 0; i < 20000; i++)
		count(shorts, 1000 + i, 1);
	size_t n = authority_shorts_read(shorts, all, AUTHORITY_SHORT_MAX);
	assert_int_equal(n, AUTHORITY_SHORT_MAX);
	for (uint32_t i = 0; i < 10; i++) {
		struct authority_short_source s = source_of(9 - i);
		assert_memory_equal(&all[i].resolver, &s.resolver, sizeof(s.resolver));
		assert_int_equal(all[i].n, 10009 - i);
	}
	assert_int_equal(authority_shorts_read(shorts, all, 3), 3);
	assert_int_equal(all[2].n, 10007);
	free(shorts);
}

struct shared {
	struct authority_shorts shorts;
	_Atomic bool stop;
};

static void *write_on(void *arg)
{
	struct shared *shared = arg;
	for (uint32_t i = 0; !atomic_load(&shared->stop); i++)
		count(&shared->shorts, i % 3 ? i : i % 100, 1);
	return NULL;
}

static void who_reads_meanwhile_sees_whole_sources(void **state)
{
	(void)state;
	struct shared *shared = calloc(1, sizeof(*shared));
	struct authority_short_source all[AUTHORITY_SHORT_MAX];
	pthread_t writer;
	assert_int_equal(pthread_create(&writer, NULL, write_on, shared), 0);
	for (int round = 0; round < 3000; round++) {
		size_t n = authority_shorts_read(
		    &shared->shorts, all, AUTHORITY_SHORT_MAX);
		for (size_t i = 0; i < n; i++) {
			uint32_t number;
			memcpy(&number, all[i].resolver.octets, 4);
			struct authority_short_source s = source_of(number);
			assert_memory_equal(
			    &all[i].resolver, &s.resolver, sizeof(s.resolver));
			assert_int_equal(all[i].map, s.map);
			assert_int_equal(all[i].source, s.source);
			assert_true(all[i].n > 0);
		}
	}
	atomic_store(&shared->stop, true);
	pthread_join(writer, NULL);
	free(shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_source_is_counted_by_itself),
		cmocka_unit_test(the_busiest_stay_however_many_come),
		cmocka_unit_test(who_reads_meanwhile_sees_whole_sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
