#include "steering/networks.h"

#include "map_of.h"

#include "base/text.h"

#include <unistd.h>

/* What a list is understood as: "192.0.2.0/24 osaka 1:1" a line. */
struct listing {
	struct steering_names names;
	struct kt_text text;
	struct kt_errs errs;
	int rc;
};

static int take(
    void *ctx, const struct steering_net *net, unsigned family, unsigned column)
{
	struct listing *l = ctx;
	char text[KT_PREFIX_TEXT];
	struct kt_prefix prefix = { .addr = steering_key_addr(
					steering_net_key(net), family),
		.len = net->len };
	kt_text_addf(&l->text, "%s %s %u:%u\n", kt_prefix_print(&prefix, text),
	    l->names.list[net->region], net->line, column);
	return 0;
}

static void listing_init(struct listing *l, const char *text, size_t len, int region,
    const struct conf_geo *geo)
{
	static const char *const regions[] = { "tokyo", "osaka", "JP-13", "JP" };
	struct conf_map conf = { .regions = regions, .n_regions = geo ? 2 : 3 };
	struct steering_matcher matcher = { 0 };
	*l = (struct listing){ 0 };
	steering_names_init(&l->names, &conf);
	kt_errs_init(&l->errs, 0);
	if (geo)
		steering_matcher_init(&matcher, geo);
	struct steering_networks list = { .path = "isp.csv",
		.region = region,
		.matchers = &matcher,
		.n_matchers = geo ? 1 : 0,
		.names = &l->names,
		.errs = &l->errs,
		.take = take,
		.ctx = l };
	l->rc = steering_networks_read(&list, text, len);
	steering_matcher_fini(&matcher);
}

static void listing_fini(struct listing *l)
{
	steering_names_fini(&l->names);
	kt_text_fini(&l->text);
	kt_errs_fini(&l->errs);
}

static void check_list(
    const char *text, int region, const struct conf_geo *geo, const char *expected)
{
	struct listing l;
	listing_init(&l, text, strlen(text), region, geo);
	if (l.rc)
		kt_errs_print(&l.errs, stderr, false);
	assert_int_equal(l.rc, 0);
	assert_string_equal(kt_text_of(&l.text), expected);
	listing_fini(&l);
}

static void check_error(const char *text, int region, const char *expected)
{
	struct listing l;
	char found[300];
	listing_init(&l, text, strlen(text), region, NULL);
	assert_true(l.rc < 0);
	assert_int_equal(l.errs.n_errors, 1);
	const struct kt_err *e = &l.errs.list[0];
	snprintf(
	    found, sizeof(found), "%s:%u:%u: %s", e->file, e->line, e->column, e->text);
	assert_string_equal(found, expected);
	listing_fini(&l);
}

static void csv_has_a_prefix_and_a_region_a_line(void **state)
{
	(void)state;
	check_list("192.0.2.0/24,osaka\n2001:db8::/32,tokyo", -1, NULL,
	    "192.0.2.0/24 osaka 1:1\n2001:db8::/32 tokyo 2:1\n");
	check_list("\xef\xbb\xbf# head\r\n\r\n\t 192.0.2.0/24 ,\t osaka \r\n"
		   " 192.0.2.7,\"new one\" # host\r\n  # end",
	    -1, NULL, "192.0.2.0/24 osaka 3:3\n192.0.2.7/32 new one 4:2\n");
	check_list("", -1, NULL, "");
}

static void file_of_one_region_has_prefixes_alone(void **state)
{
	(void)state;
	check_list("192.0.2.0/24\n::/0,JP,,,\n10.0.0.0/8,osaka\n", 0, NULL,
	    "192.0.2.0/24 tokyo 1:1\n::/0 tokyo 2:1\n10.0.0.0/8 tokyo 3:1\n");
}

/* RFC 8805 s.2.1: prefix, country, region, city, postal code */
static void geofeed_codes_are_regions_where_no_match_is_configured(void **state)
{
	(void)state;
	check_list(
	    "192.0.2.0/24,JP,JP-13,Tokyo,\n192.0.2.0/25,jp,jp-27,\"Osaka, Kita\",\n"
	    "198.51.100.0/24,US,,,\n203.0.113.0/24,,,,\n",
	    -1, NULL,
	    "192.0.2.0/24 JP-13 1:1\n192.0.2.0/25 JP 2:1\n198.51.100.0/24 US 3:1\n");
}

static void geofeed_goes_through_geo_match(void **state)
{
	static const struct conf_place place = { 0 };
	const struct conf_geo_match match[] = { { "JP", 0, place },
		{ "JP-27", 1, place } };
	const struct conf_geo geo = { "x", match, 2, place };
	(void)state;
	check_list("192.0.2.0/24,JP,JP-13,Tokyo,\n192.0.2.0/25,JP,JP-27,,\n"
		   "198.51.100.0/24,US,,,\n",
	    -1, &geo, "192.0.2.0/24 tokyo 1:1\n192.0.2.0/25 osaka 2:1\n");
}

static void errors_have_their_place(void **state)
{
	(void)state;
	check_error("192.0.2.0/24,osaka\n 192.0.2.1/24,osaka\n", -1,
	    "isp.csv:2:2: 192.0.2.1/24: the length is too large, or bits are set "
	    "behind it");
	check_error("192.0.2.0/33,osaka", -1,
	    "isp.csv:1:1: 192.0.2.0/33: the length is too large, or bits are set "
	    "behind it");
	check_error("192.0.2/24,osaka", -1, "isp.csv:1:1: 192.0.2/24 is not a prefix");
	check_error("\n,osaka", -1, "isp.csv:2:1: no prefix");
	check_error(
	    "192.0.2.0/24", -1, "isp.csv:1:13: no region: expected PREFIX,REGION");
	check_error("192.0.2.0/24,", -1, "isp.csv:1:14: no region behind the comma");
	check_error("192.0.2.0/24 osaka", -1,
	    "isp.csv:1:14: expected a comma behind the prefix");
	check_error("192.0.2.0/24,Japan,,,", -1,
	    "isp.csv:1:14: expected a country (JP) and a subdivision (JP-13) or "
	    "nothing");
	check_error("192.0.2.0/24,a\1b", -1,
	    "isp.csv:1:14: a region's name has up to 255 characters, and none that "
	    "does "
	    "not print");
}

static void prefixes_in_v4_like_blocks_are_refused(void **state)
{
	static const char *const prefixes[] = { "::ffff:192.0.2.0/120",
		"::ffff:0:0:0/96", "64:ff9b::/96", "2002::/16", "2002:c000:200::/40",
		"2001::/32" };
	(void)state;
	for (size_t i = 0; i < KT_COUNT(prefixes); i++)
		check_error(prefixes[i], 0,
		    "isp.csv:1:1: the prefix holds IPv4 addresses: name the IPv4 "
		    "network, "
		    "which decides for it");
	check_list("2000::/3\n2001::/31\n::/0\n", 0, NULL,
	    "2000::/3 tokyo 1:1\n2001::/31 tokyo 2:1\n::/0 tokyo 3:1\n");
}

static void reading_ends_after_as_many_errors_as_are_kept(void **state)
{
	struct kt_text text = { 0 };
	struct listing l;
	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		kt_text_add(&text, "nonsense\n");
	listing_init(&l, text.at, text.len, 0, NULL);
	assert_int_equal(l.rc, KT_E_FORMAT);
	assert_int_equal(l.errs.n_errors, KT_ERRS_MAX_DEFAULT);
	listing_fini(&l);
	kt_text_fini(&text);
}

/* One form: what the quick scanner takes is what kt_prefix_scan() makes of it. */
static bool check_scan(const char *text)
{
	struct steering_net net = { 0 };
	struct kt_prefix prefix;
	unsigned family = 0;
	size_t used = steering_networks_scan(text, strlen(text), &net, &family);
	if (!used)
		return false;
	int rc = kt_prefix_scan(text, &prefix);
	if (rc || used != strlen(text) || family != prefix.addr.family ||
	    net.len != prefix.len ||
	    steering_net_key(&net) != steering_key_of(&prefix.addr))
		fail_msg("%s: taken, and kt_prefix_scan() says %d", text, rc);
	return true;
}

static void quick_scanner_agrees_with_the_exact_one(void **state)
{
	static const char *const taken[] = { "0.0.0.0/0", "192.0.2.0/24",
		"255.255.255.255", "::", "::/0", "::1", "1::", "2001:db8::/32",
		"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
		"1:2:3::5:6:7:8/128", "ABCD:ef01::/32" };
	static const char *const left[] = { "", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4",
		"256.1.1.1", "1.2.3.4/", "1.2.3.4/033", "1.2.3.4/08", "1.2.3.0/4x", ":",
		":::", "1:", ":1", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2::3",
		"12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1.2.3.4",
		"g::", "1::/129", "2001:db8::1/32" };
	(void)state;
	for (size_t i = 0; i < KT_COUNT(taken); i++)
		if (!check_scan(taken[i]))
			fail_msg("%s is not scanned quickly", taken[i]);
	for (size_t i = 0; i < KT_COUNT(left); i++)
		if (check_scan(left[i]))
			fail_msg("%s is scanned quickly", left[i]);
}

/* Valid prefixes, with a random octet changed in half of them. */
static void quick_scanner_agrees_at_random(void **state)
{
	static const char chars[] = "0123456789abcdefABCDEF:./ ,";
	uint64_t seed = kt_test_seed() | 1;
	unsigned n_taken = 0;
	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		struct kt_addr addr = { .family = kt_test_random(&seed) & 1 ? 4 : 6 };
		char text[KT_PREFIX_TEXT + 4];
		for (unsigned k = 0; k < (addr.family == 4 ? 4 : 16); k++)
			if (kt_test_random(&seed) & 3)
				addr.octets[k] = (uint8_t)kt_test_random(&seed);
		if (kt_test_random(&seed) & 1)
			memset(addr.octets + 2 + kt_test_random(&seed) % 10, 0, 4);
		if (addr.family == 4)
			memset(addr.octets + 4, 0, 12);
		kt_addr_print(&addr, text);
		if (kt_test_random(&seed) & 1)
			snprintf(text + strlen(text), 5, "/%u",
			    (unsigned)(kt_test_random(&seed) % 140));
		if (kt_test_random(&seed) & 1)
			text[kt_test_random(&seed) % strlen(text)] =
			    chars[kt_test_random(&seed) % (sizeof(chars) - 1)];
		if (!strpbrk(text, " ,"))
			n_taken += check_scan(text);
	}
	assert_true(n_taken > 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_has_a_prefix_and_a_region_a_line),
		cmocka_unit_test(file_of_one_region_has_prefixes_alone),
		cmocka_unit_test(
		    geofeed_codes_are_regions_where_no_match_is_configured),
		cmocka_unit_test(geofeed_goes_through_geo_match),
		cmocka_unit_test(errors_have_their_place),
		cmocka_unit_test(prefixes_in_v4_like_blocks_are_refused),
		cmocka_unit_test(reading_ends_after_as_many_errors_as_are_kept),
		cmocka_unit_test(quick_scanner_agrees_with_the_exact_one),
		cmocka_unit_test(quick_scanner_agrees_at_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
