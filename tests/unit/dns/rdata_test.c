#include "dns/rdata.h"

#include "base/err.h"
#include "dns/radix.h"
#include "dns/type.h"

#include "kt_test.h"

/* Text, the wire form in hex, the text it is printed as (NULL: as it came). */
struct sample {
	const char *type, *text, *hex, *printed;
};

#define EXAMPLE "076578616d706c6503636f6d00"
#define FOO_COM "03666f6f" EXAMPLE
#define FOO_ORG "03666f6f076578616d706c65036f726700"

static const struct sample samples[] = {
	{ "A", "192.0.2.1", "c0000201", NULL },
	{ "NS", "Ns1.Example.com.", "034e7331074578616d706c6503636f6d00", NULL },
	{ "NS", "ns1", "036e7331" EXAMPLE, "ns1.example.com." },
	{ "NS", "@", EXAMPLE, "example.com." },
	{ "CNAME", ".", "00", NULL },
	{ "SOA", "ns hostmaster 2026112201 1h 30M 2w1d 300",
	    "026e73" EXAMPLE "0a686f73746d6173746572" EXAMPLE "78c404c9"
	    "00000e10"
	    "00000708"
	    "0013c680"
	    "0000012c",
	    "ns.example.com. hostmaster.example.com. 2026112201 3600 1800 1296000 "
	    "300" },
	{ "MX", "10 mail", "000a046d61696c" EXAMPLE, "10 mail.example.com." },
	{ "TXT", "plain \"with space\" \"quo\\\"te\" \\200\\;",
	    "05706c61696e0a77697468207370616365"
	    "0671756f22746502c83b",
	    "\"plain\" \"with space\" \"quo\\\"te\" \"\\200;\"" },
	{ "AAAA", "2001:DB8::1", "20010db8000000000000000000000001", "2001:db8::1" },
	{ "SRV", "0 5 5060 .", "0000000513c400", NULL },
	{ "HINFO", "\"PC\" \"Linux\"", "025043054c696e7578", NULL },
	/* RFC 4034 s.5.4, s.3.3, s.4.3 */
	{ "DS", "60485 5 1 ( 2BB183AF5F22588179A53B0A\n 98631FAD1A292118 )",
	    "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
	    "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118" },
	{ "RRSIG",
	    "A 5 3 86400 20030322173103 ( 20030220173103 2642 example.com. oJB1 W6WN )",
	    "00010503000151803e7c9dd73e5510d70a52" EXAMPLE "a090755ba58d",
	    "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1W6WN" },
	{ "RRSIG", "A ECDSAP256SHA256 2 1h 4294967295 0 1 . AAAA",
	    "00010d0200000e10ffffffff00000000000100000000",
	    "A 13 2 3600 21060207062815 19700101000000 1 . AAAA" },
	{ "NSEC", "host.example.com. A MX RRSIG NSEC TYPE1234",
	    "04686f7374" EXAMPLE "000640010000000304"
	    "1b000000000000000000000000000000000000000000000000000020",
	    NULL },
	{ "DNSKEY", "256 3 RSASHA256 AQPS", "010003080103d2", "256 3 8 AQPS" },
	/* RFC 5155 appendix A */
	{ "NSEC3",
	    "1 1 12 aabbccdd 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX DNSKEY NS SOA "
	    "NSEC3PARAM RRSIG",
	    "0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b00072201000000"
	    "0290",
	    "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY "
	    "NSEC3PARAM" },
	{ "NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr",
	    "010000000014174eb2409fe28bcb4887a1836f957f0a8425e27b", NULL },
	{ "NSEC3PARAM", "1 0 12 aabbccdd", "0100000c04aabbccdd", NULL },
	{ "NSEC3PARAM", "1 0 0 -", "0100000000", NULL },
	/* RFC 7344 s.4, RFC 8078 s.4 */
	{ "CDS", "0 0 0 00", "0000000000", NULL },
	{ "CDNSKEY", "0 3 0 AA==", "0000030000", NULL },
	/* RFC 9460 appendix D */
	{ "SVCB", "0 foo.example.com.", "0000" FOO_COM, NULL },
	{ "SVCB", "1 .", "000100", NULL },
	{ "SVCB", "16 foo.example.com. port=53", "0010" FOO_COM "000300020035", NULL },
	{ "SVCB", "1 foo.example.com. key667=hello",
	    "0001" FOO_COM "029b000568656c6c6f",
	    "1 foo.example.com. key667=\"hello\"" },
	{ "SVCB", "1 foo.example.com. key667=\"hello\\210qoo\"",
	    "0001" FOO_COM "029b000968656c6c6fd2716f6f", NULL },
	{ "SVCB", "1 foo.example.com. ipv6hint=\"2001:db8::1,2001:db8::53:1\"",
	    "0001" FOO_COM
	    "0006002020010db800000000000000000000000120010db8000000000000000000530001",
	    "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1" },
	{ "SVCB", "1 example.com. ipv6hint=\"2001:db8:122:344::192.0.2.33\"",
	    "0001" EXAMPLE "0006001020010db8012203440000"
	    "0000c0000221",
	    "1 example.com. ipv6hint=2001:db8:122:344::c000:221" },
	{ "SVCB",
	    "16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn\n "
	    "ipv4hint=192.0.2.1 )",
	    "0010" FOO_ORG "0000000400010004000100090268320568332d313900040004c0000201",
	    "16 foo.example.org. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" "
	    "ipv4hint=192.0.2.1" },
	{ "SVCB", "16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"",
	    "0010" FOO_ORG "0001000c08665c6f6f2c626172026832", NULL },
	{ "SVCB", "16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2",
	    "0010" FOO_ORG "0001000c08665c6f6f2c626172026832",
	    "16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"" },
	{ "HTTPS", "1 . key1=\\002h2 no-default-alpn",
	    "000100"
	    "00010003026832"
	    "00020000",
	    "1 . alpn=\"h2\" no-default-alpn" },
	{ "HTTPS",
	    "1 . ohttp dohpath=/q{?dns} ech=\"AEX+DQ==\" tls-supported-groups=29,23 "
	    "docpath=a,b",
	    "000100"
	    "000500040045fe0d"
	    "000700082f717b3f646e737d"
	    "00080000"
	    "00090004001d0017"
	    "000a000401610162",
	    "1 . ech=AEX+DQ== dohpath=\"/q{?dns}\" ohttp tls-supported-groups=29,23 "
	    "docpath=\"a,b\"" },
	{ "HTTPS", "1 . key4=\\192\\000\\002\\001", "00010000040004c0000201",
	    "1 . ipv4hint=192.0.2.1" },
	/* RFC 1876 s.4, appendix */
	{ "LOC", "42 21 54 N 71 06 18 W -24m 30m", "0033161389172dd070be15f000988d20",
	    "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m" },
	{ "LOC", "90 N 180 E 42849672.95 0.05 0m 90000000m",
	    "00500099"
	    "934fd900"
	    "a69fb200"
	    "ffffffff",
	    "90 0 0.000 N 180 0 0.000 E 42849672.95m 0.05m 0m 90000000m" },
	/* RFC 3123 s.5 */
	{ "APL", "1:192.168.32.0/21 !1:192.168.38.0/28", "00011503c0a82000011c83c0a826",
	    NULL },
	{ "APL", "1:224.0.0.0/4 2:FF00:0:0:0:0:0:0:0/8", "00010401e000020801ff",
	    "1:224.0.0.0/4 2:ff00::/8" },
	{ "APL", "", "", "" },
	/* RFC 8777 s.4.4 */
	{ "AMTRELAY", "10 0 1 203.0.113.15", "0a01cb00710f", NULL },
	{ "AMTRELAY", "128 1 3 amtrelays.example.com.",
	    "808309616d7472656c617973" EXAMPLE, NULL },
	{ "AMTRELAY", "10 0 0 .", "0a00", NULL },
	/* RFC 4025 s.3.2 */
	{ "IPSECKEY", "10 1 2 192.0.2.38 AQNR", "0a0102c0000226010351", NULL },
	{ "IPSECKEY", "10 0 2 . AQNR", "0a0002010351", NULL },
	{ "IPSECKEY", "10 2 2 2001:db8::1 AQNR",
	    "0a020220010db8000000000000000000000001010351", NULL },
	{ "IPSECKEY", "10 3 2 gw AQNR", "0a0302026777" EXAMPLE "010351",
	    "10 3 2 gw.example.com. AQNR" },
	/* RFC 8005 s.6 */
	{ "HIP", "2 200100107B1A74DF365639CC39F1D578 AwEA rvs1 rvs2.example.com.",
	    "10020003200100107b1a74df365639cc39f1d5780301000472767331" EXAMPLE
	    "0472767332" EXAMPLE,
	    "2 200100107b1a74df365639cc39f1d578 AwEA rvs1.example.com. "
	    "rvs2.example.com." },
	/* RFC 6742 s.2 */
	{ "NID", "10 0014:4fff:ff20:ee64", "000a00144fffff20ee64", NULL },
	{ "L64", "10 2001:DB8:1140:0", "000a20010db811400000",
	    "10 2001:0db8:1140:0000" },
	{ "L32", "10 10.1.2.0", "000a0a010200", NULL },
	/* RFC 7043, RFC 7553, RFC 8659, RFC 8976, RFC 9859 */
	{ "EUI48", "00-00-5e-00-53-2a", "00005e00532a", NULL },
	{ "EUI64", "00-00-5E-EF-10-00-00-2a", "00005eef1000002a",
	    "00-00-5e-ef-10-00-00-2a" },
	{ "URI", "10 1 \"ftp://ftp.example\"",
	    "000a00016674703a2f2f6674702e6578616d706c65", NULL },
	{ "CAA", "0 issue ca.example.net", "0005697373756563612e6578616d706c652e6e6574",
	    "0 issue \"ca.example.net\"" },
	{ "CAA", "128 tbs \"\"", "8003746273", NULL },
	{ "ZONEMD", "2018031500 1 240 aabbccddeeff00112233445566",
	    "7848b7"
	    "8c01f0aabbccddeeff00112233445566",
	    NULL },
	{ "DSYNC", "CDS NOTIFY 5359 rr-endpoint",
	    "003b0114ef0b72722d656e64706f696e74" EXAMPLE,
	    "CDS NOTIFY 5359 rr-endpoint.example.com." },
	{ "DSYNC", "ANY 7 0 .", "00ff07000000", NULL },
	{ "CSYNC", "66 3 A NS AAAA",
	    "0000004200030004600000"
	    "08",
	    NULL },
	{ "CERT", "PKIX 1 RSASHA256 AAAA", "0001000108000000", "PKIX 1 8 AAAA" },
	{ "CERT", "65280 0 0 AAAA", "ff00000000000000", NULL },
	{ "NAPTR", "100 50 \"s\" \"http+I2L+I2C+I2R\" \"\" _http",
	    "006400320173"
	    "10687474702b49324c2b4932432b49325200"
	    "055f68747470" EXAMPLE,
	    "100 50 \"s\" \"http+I2L+I2C+I2R\" \"\" _http.example.com." },
	{ "KEY", "NOKEY 3 RSASHA1", "c0000305", "49152 3 5" },
	{ "KEY", "HOST|NOCONF|SIG3 DNSSEC 8 AAAA", "42030308000000", "16899 3 8 AAAA" },
	{ "NSAP", "0x47.0005.80", "47000580", "0x47000580" },
	{ "WKS", "192.0.2.1 TCP smtp 53 www",
	    "c00002010600000040000004000000"
	    "80",
	    "192.0.2.1 6 25 53 80" },
	{ "NXT", "a. A NS SIG",
	    "016100600000"
	    "80",
	    NULL },
	{ "A6", "64 ::1234:5678:9abc:def0 sub", "40123456789abcdef003737562" EXAMPLE,
	    "64 ::1234:5678:9abc:def0 sub.example.com." },
	{ "A6", "0 2001:db8::1", "0020010db8000000000000000000000001", NULL },
	{ "ATMA", "+31.20.1234567", "013331323031323334353637", "+31201234567" },
	{ "ISDN", "\"150862028003217\"", "0f313530383632303238303033323137", NULL },
	{ "ISDN", "\"150862028003217\" \"004\"",
	    "0f31353038363230323830303332313703303034", NULL },
	{ "DOA", "0 1 2 \"text/plain\" -", "0000000000000001020a746578742f706c61696e",
	    NULL },
	{ "IPN", "18446744073709551615", "ffffffffffffffff", NULL },
	/* RFC 3597 s.5 */
	{ "TYPE731", "\\# 6 abcd (\n ef 01 23 45 )", "abcdef012345",
	    "\\# 6 abcdef012345" },
	{ "TYPE62347", "\\# 0", "", NULL },
	{ "NULL", "\\# 3 010203", "010203", NULL },
	{ "A", "\\# 4 0A000001", "0a000001", "10.0.0.1" },
	{ "A", "( ; a remark\n \\# 4 0A000001 )", "0a000001", "10.0.0.1" },
	{ "MX", "\\# 15 000a" EXAMPLE, "000a" EXAMPLE, "10 example.com." },
};

static struct kt_errs errs;

static int scan(uint16_t type, const char *text, struct kt_writer *w)
{
	struct dns_scanner s;
	struct dns_name origin;
	char name[DNS_TYPE_TEXT];
	assert_int_equal(dns_name_scan("example.com.", 12, NULL, &origin), 0);
	kt_errs_fini(&errs);
	kt_errs_init(&errs, 0);
	dns_scanner_init(&s, text, strlen(text), &errs);
	s.type_name = dns_type_print(type, name);
	return dns_rdata_scan(&s, type, &origin, w);
}

static uint16_t type_of(const char *name)
{
	uint16_t type = 0;
	assert_int_equal(dns_type_scan(name, strlen(name), &type), 0);
	return type;
}

static size_t octets_of(const char *hex, uint8_t *out, size_t size)
{
	struct kt_writer w = kt_writer_of(out, size);
	int odd = -1;
	assert_int_equal(dns_hex_feed(&odd, hex, strlen(hex), &w), 0);
	assert_int_equal(odd, -1);
	assert_int_equal(w.err, 0);
	return kt_writer_len(&w);
}

static void text_becomes_the_wire_form_of_its_rfc_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(samples); i++) {
		const struct sample *x = &samples[i];
		uint16_t type = type_of(x->type);
		uint8_t expected[512], found[512];
		size_t n = octets_of(x->hex, expected, sizeof(expected));
		struct kt_writer w = kt_writer_of(found, sizeof(found));
		if (scan(type, x->text, &w))
			fail_msg("%s %s: %s", x->type, x->text, errs.list[0].text);
		assert_octets(found, kt_writer_len(&w), expected, n);
		assert_int_equal(dns_rdata_check(type, found, n), 0);
		struct kt_text text = { 0 };
		dns_rdata_print(&text, type, found, n);
		assert_string_equal(
		    kt_text_of(&text), x->printed ? x->printed : x->text);
		w = kt_writer_of(found, sizeof(found));
		assert_int_equal(scan(type, kt_text_of(&text), &w), 0);
		assert_octets(found, kt_writer_len(&w), expected, n);
		kt_text_fini(&text);
	}
}

static void an_error_names_the_field_and_what_it_wants(void **state)
{
	(void)state;
	static const struct {
		const char *type, *text, *sentence;
		int code;
	} cases[] = {
		{ "MX", "70000 a.",
		    "MX preference: found \"70000\", expected a number up to 65535",
		    KT_E_RANGE },
		{ "A", "192.0.2.256",
		    "A address: found \"192.0.2.256\", expected an IPv4 address",
		    KT_E_FORMAT },
		{ "A", "192.0.2.1 x", "A: found \"x\", expected the end of the record",
		    KT_E_FORMAT },
		{ "A", "\\# 3 010203",
		    "A: found 3 octets that are not well-formed for this type",
		    KT_E_FORMAT },
		{ "TYPE9999", "\\# 3 0102",
		    "TYPE9999 octets: found 2 octets, expected 3 as the length says",
		    KT_E_FORMAT },
		{ "DS", "1 8 2 abcd",
		    "DS digest: found 2 octets, expected 32 for digests of type 2",
		    KT_E_FORMAT },
		{ "RRSIG", "A 8 2 1 20260230000000 20260101000000 1 . AAAA",
		    "RRSIG expiration: found \"20260230000000\", expected "
		    "YYYYMMDDHHMMSS from "
		    "1970 to 2106, or seconds since 1970",
		    KT_E_RANGE },
		{ "HTTPS", "1 . port=1 port=2",
		    "HTTPS port: found the key a second time, expected each once",
		    KT_E_EXISTS },
		{ "HTTPS", "1 . mandatory=alpn port=2",
		    "HTTPS parameters: \"mandatory\" lists a key that is not there",
		    KT_E_CONFLICT },
		{ "HTTPS", "1 . no-default-alpn",
		    "HTTPS parameters: \"no-default-alpn\" needs \"alpn\"",
		    KT_E_CONFLICT },
		{ "LOC", "91 N 0 E 0m",
		    "LOC latitude: found \"91\", expected degrees up to 90, minutes, "
		    "seconds, N "
		    "or S",
		    KT_E_RANGE },
		{ "NULL", "abc",
		    "NULL: this type has no text of its own, expected \"\\# LENGTH "
		    "HEX\" (RFC "
		    "3597)",
		    KT_E_UNSUPPORTED },
	};
	uint8_t buffer[256];
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
		assert_int_equal(
		    scan(type_of(cases[i].type), cases[i].text, &w), cases[i].code);
		assert_int_equal(errs.n, 1);
		assert_string_equal(errs.list[0].text, cases[i].sentence);
	}
	char text[300] = "\"";
	struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
	memset(text + 1, 'x', 256);
	strcpy(text + 257, "\"");
	assert_int_equal(scan(DNS_TYPE_TXT, text, &w), KT_E_LONG);
	assert_non_null(strstr(errs.list[0].text, "longer than"));
	uint8_t large[512];
	w = kt_writer_of(large, sizeof(large));
	assert_int_equal(scan(DNS_TYPE_TXT, text, &w), KT_E_LONG);
	assert_string_equal(errs.list[0].text,
	    "TXT text: found a string of 256 octets, expected at most 255: split it "
	    "into several "
	    "quoted strings");
}

/* Text that is wrong in ways that peers let pass. */
static void text_that_would_be_stored_as_something_else_is_refused(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "A", "1.2.3" },
		{ "A", "1.2.3.04" },
		{ "A", "" },
		{ "AAAA", "1::2::3" },
		{ "AAAA", "1:2:3:4:5:6:7:8::" },
		{ "AAAA", "::1.2.3" },
		{ "AAAA", ":1::" },
		{ "NS", "\\# 3 0561ff" },
		{ "TXT", "" },
		{ "TXT", "\"a\\25\"" },
		{ "TXT", "\"a\\256\"" },
		{ "DNSKEY", "256 3 8 AAA" },
		{ "DNSKEY", "256 3 8 AB==" },
		{ "DNSKEY", "256 3 8 A===" },
		{ "DNSKEY", "256 3 8 \"\"" },
		{ "NSEC", "a." },
		{ "NSEC3", "1 0 1 abc 2t7b4g4v A" },
		{ "NSEC3", "1 0 1 - 2t7b4g4va A" },
		{ "LOC", "42 N 71" },
		{ "LOC", "90 0 0.001 N 0 E 0m" },
		{ "LOC", "0 0 0.0001 N 0 E 0m" },
		{ "LOC", "0 N 0 E -100000.01m" },
		{ "LOC", "0 N 0 E 0m 90000000.01m" },
		{ "APL", "1:1.2.3.4/33" },
		{ "APL", "3:1.2.3.4/3" },
		{ "APL", "1.2.3.4/3" },
		/* RFC 9460 s.D.3 */
		{ "SVCB", "1 foo.example.com. key123=abc key123=def" },
		{ "SVCB", "1 . mandatory" },
		{ "SVCB", "1 . alpn" },
		{ "SVCB", "1 . port" },
		{ "SVCB", "1 . ipv4hint" },
		{ "SVCB", "1 . ipv6hint" },
		{ "SVCB", "1 . no-default-alpn=abc" },
		{ "SVCB", "1 . mandatory=key123" },
		{ "SVCB", "1 . mandatory=mandatory" },
		{ "SVCB", "1 . mandatory=key123,key123 key123=abc" },
		{ "SVCB", "1 . alpn=\"h2,,h3\"" },
		{ "SVCB", "1 . alpn=\"h2,\"" },
		{ "SVCB", "1 . alpn=\"a\\\\x\"" },
		{ "SVCB", "1 . key03=a" },
		{ "SVCB", "1 . key65535" },
		{ "SVCB", "1 . key3=a" },
		{ "SVCB", "1 . port=80,81" },
		{ "SVCB", "1 . dohpath=/q" },
		{ "SVCB", "1 . dohpath=q{?dns}" },
		{ "SVCB", "1 . ipv4hint=1.2.3.4,1" },
		{ "SVCB", "1 . tls-supported-groups=1,1" },
		{ "SVCB", "1 . ohttp=1" },
		{ "CAA", "0 a-b x" },
		{ "CAA", "0 \"\" x" },
		{ "URI", "1 1 \"\"" },
		{ "IPSECKEY", "1 1 1 ::1 AAAA" },
		{ "IPSECKEY", "1 0 1 1.2.3.4 AAAA" },
		{ "AMTRELAY", "1 2 1 1.2.3.4" },
		{ "HIP", "1 ab AA A=" },
		{ "A6", "129 ::" },
		{ "NXT", "a. TYPE128" },
		{ "EUI48", "00-00-5e-00-53-2" },
		{ "NID", "1 1:2:3:45678" },
		{ "WKS", "1.2.3.4 6 65536" },
		{ "ZONEMD", "1 1 1 abcd" },
		{ "ZONEMD", "1 1 240 00112233445566778899aa" },
		{ "SSHFP", "1 2 abcd" },
		{ "SOA", ". . 1 2 3 4 5h3" },
		{ "SOA", ". . 1 2 3 4 5000000000" },
		{ "SOA", ". . 4294967296 2 3 4 5" },
		{ "TYPE1234", "\\# 1 abc" },
		{ "TYPE1234", "\\# 1 zz" },
	};
	uint8_t buffer[512];
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
		if (!scan(type_of(cases[i][0]), cases[i][1], &w))
			fail_msg("%s %s was taken", cases[i][0], cases[i][1]);
		assert_int_equal(errs.n, 1);
	}
}

/* Room that ends where the rdata ends, so that a sanitizer sees a step too far. */
static uint8_t *copy_of(const uint8_t *octets, size_t n)
{
	uint8_t *p = malloc(n ? n : 1);
	assert_non_null(p);
	memcpy(p, octets, n);
	return p;
}

static void visit_inside(void *ctx, size_t offset, const uint8_t *wire)
{
	const size_t *len = ctx;
	assert_true(offset + dns_wire_len(wire) <= *len);
}

/* Everything that takes octets, on these. */
static void survives(uint16_t type, const uint8_t *octets, size_t n)
{
	static uint8_t again[DNS_RDATA_MAX];
	uint8_t *p = copy_of(octets, n);
	struct kt_text text = { 0 };
	bool good = dns_rdata_check(type, p, n) == 0;
	dns_rdata_print(&text, type, p, n);
	struct kt_writer w = kt_writer_of(again, sizeof(again));
	int rc = scan(type, kt_text_of(&text), &w);
	if (good) {
		assert_int_equal(rc, 0);
		assert_octets(again, kt_writer_len(&w), p, n);
	} else {
		assert_int_equal(strncmp(kt_text_of(&text), "\\#", 2), 0);
		assert_true(rc < 0);
	}
	struct kt_reader r = kt_reader_of(p, n);
	w = kt_writer_of(again, sizeof(again));
	dns_rdata_read(&r, type, (uint16_t)n, &w);
	if (!r.err)
		assert_int_equal(dns_rdata_check(type, again, kt_writer_len(&w)), 0);
	dns_rdata_names(type, p, n, visit_inside, &n);
	assert_int_equal(dns_rdata_compare(type, p, n, octets, n), 0);
	dns_rdata_canonical(type, p, n);
	assert_int_equal(dns_rdata_compare(type, p, n, octets, n), 0);
	kt_text_fini(&text);
	free(p);
}

static void rdata_cut_short_anywhere_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < KT_COUNT(samples); i++) {
		uint8_t octets[512];
		size_t n = octets_of(samples[i].hex, octets, sizeof(octets));
		for (size_t len = 0; len <= n; len++)
			survives(type_of(samples[i].type), octets, len);
	}
}

static void mutated_rdata_is_survived(void **state)
{
	(void)state;
	uint64_t seed = kt_test_seed();
	for (size_t i = 0; i < KT_COUNT(samples); i++) {
		uint8_t octets[512];
		size_t n = octets_of(samples[i].hex, octets, sizeof(octets));
		for (int round = 0; n && round < 200; round++) {
			uint8_t mutant[512];
			memcpy(mutant, octets, n);
			for (uint64_t k = kt_test_random(&seed) % 3 + 1; k; k--)
				mutant[kt_test_random(&seed) % n] =
				    (uint8_t)kt_test_random(&seed);
			survives(type_of(samples[i].type), mutant, n);
		}
	}
}

static void a_prefix_of_text_is_read_or_refused(void **state)
{
	(void)state;
	uint8_t buffer[512];
	for (size_t i = 0; i < KT_COUNT(samples); i++) {
		char *text = strdup(samples[i].text);
		for (size_t len = strlen(text); len; len--) {
			text[len] = 0;
			struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
			uint16_t type = type_of(samples[i].type);
			if (scan(type, text, &w) == 0)
				assert_int_equal(
				    dns_rdata_check(type, buffer, kt_writer_len(&w)),
				    0);
			else
				assert_true(errs.n_errors > 0);
			/* Too little room is an error too, at any size. */
			w = kt_writer_of(buffer, len);
			assert_true(scan(type, text, &w) <= 0);
			assert_true(kt_writer_len(&w) <= len);
		}
		free(text);
	}
}

/* RFC 3597 s.4: expanded when read. */
static void names_that_may_be_compressed_are_expanded(void **state)
{
	(void)state;
	/* example.com at 0; rdata at 13 */
	static const struct {
		const char *type, *message, *rdata;
		int err;
	} cases[] = {
		{ "MX", EXAMPLE "000a046d61696cc000", "000a046d61696c" EXAMPLE, 0 },
		{ "SOA", EXAMPLE "c000c0000000000100000002000000030000000400000005",
		    EXAMPLE EXAMPLE "0000000100000002000000030000000400000005", 0 },
		{ "SRV", EXAMPLE "000000010002c000", "000000010002" EXAMPLE, 0 },
		{ "RP", EXAMPLE "c000c008", EXAMPLE "03636f6d00", 0 },
		{ "NAPTR", EXAMPLE "00010002000000c000", "00010002000000" EXAMPLE, 0 },
		/* Never compressed: RFC 4034, RFC 6672, RFC 9460. */
		{ "DNAME", EXAMPLE "c000", "", KT_E_FORMAT },
		{ "NSEC", EXAMPLE "c000000140", "", KT_E_FORMAT },
		{ "SVCB", EXAMPLE "0001c000", "", KT_E_FORMAT },
		{ "NS", EXAMPLE "c00d", "", KT_E_POINTER },
		{ "NS", EXAMPLE "c0", "", KT_E_SHORT },
		{ "NS", EXAMPLE "c00000", "", KT_E_FORMAT },
		{ "MX", EXAMPLE "00", "", KT_E_FORMAT },
		{ "NS", EXAMPLE "0361", "", KT_E_SHORT },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t message[256], expected[256], found[256];
		size_t len = octets_of(cases[i].message, message, sizeof(message));
		size_t n = octets_of(cases[i].rdata, expected, sizeof(expected));
		struct kt_reader r = kt_reader_of(message, len);
		struct kt_writer w = kt_writer_of(found, sizeof(found));
		r.at += 13;
		dns_rdata_read(&r, type_of(cases[i].type), (uint16_t)(len - 13), &w);
		assert_int_equal(r.err, cases[i].err);
		if (r.err)
			continue;
		assert_octets(found, kt_writer_len(&w), expected, n);
		assert_ptr_equal(r.at, r.end);
	}
	uint8_t one[1] = { 0 };
	struct kt_reader r = kt_reader_of(one, 1);
	struct kt_writer w = kt_writer_of(one, 1);
	dns_rdata_read(&r, DNS_TYPE_A, 4, &w);
	assert_int_equal(r.err, KT_E_SHORT);
}

/* RFC 4034 s.6.2 and RFC 6840 s.5.1: not in NSEC, and not in types that came later. */
static void canonical_form_lowers_the_names_that_it_should(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{ "NS", "A.B.", "a.b." },
		{ "MX", "1 A.B.", "1 a.b." },
		{ "SOA", "A. B. 1 2 3 4 5", "a. b. 1 2 3 4 5" },
		{ "SRV", "1 2 3 A.", "1 2 3 a." },
		{ "DNAME", "A.", "a." },
		{ "RP", "A. B.", "a. b." },
		{ "NAPTR", "1 2 \"U\" \"S\" \"R\" A.", "1 2 \"U\" \"S\" \"R\" a." },
		{ "RRSIG", "A 8 1 2 3 4 5 A. AAAA", "A 8 1 2 3 4 5 a. AAAA" },
		{ "KX", "1 A.", "1 a." },
		{ "A6", "64 ::1 A.", "64 ::1 a." },
		{ "NSEC", "A. A", NULL },
		{ "SVCB", "1 A. alpn=H2", NULL },
		{ "HIP", "1 ab QUJD A.", NULL },
		{ "LP", "1 A.", NULL },
		{ "TXT", "ABC", NULL },
		{ "IPSECKEY", "1 3 1 A. QUJD", NULL },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t a[128], b[128];
		uint16_t type = type_of(cases[i][0]);
		struct kt_writer wa = kt_writer_of(a, sizeof(a)),
				 wb = kt_writer_of(b, sizeof(b));
		assert_int_equal(scan(type, cases[i][1], &wa), 0);
		assert_int_equal(
		    scan(type, cases[i][2] ? cases[i][2] : cases[i][1], &wb), 0);
		assert_int_equal(dns_rdata_compare(type, a, kt_writer_len(&wa), b,
				     kt_writer_len(&wb)),
		    0);
		dns_rdata_canonical(type, a, kt_writer_len(&wa));
		assert_octets(a, kt_writer_len(&wa), b, kt_writer_len(&wb));
	}
}

static void rdata_is_ordered_as_left_justified_octets(void **state)
{
	(void)state;
	/* Each is smaller than the next of its type. */
	static const char *const order[][2] = {
		{ "MX", "1 z." },
		{ "MX", "2 a." },
		{ "MX", "2 B." },
		{ "MX", "2 ab." },
		{ "TXT", "A" },
		{ "TXT", "a" },
		{ "TXT", "a b" },
		{ "TXT", "aa" },
		{ "A", "9.0.0.1" },
		{ "A", "10.0.0.0" },
		{ "APL", "" },
		{ "APL", "1:10.0.0.0/8" },
		{ "SOA", "A. b. 1 1 1 1 1" },
		{ "SOA", "a. B. 2 1 1 1 1" },
		{ "SOA", "a. c. 1 1 1 1 1" },
	};
	for (size_t i = 0; i + 1 < KT_COUNT(order); i++) {
		uint8_t a[128], b[128];
		if (strcmp(order[i][0], order[i + 1][0]) != 0)
			continue;
		uint16_t type = type_of(order[i][0]);
		struct kt_writer wa = kt_writer_of(a, sizeof(a)),
				 wb = kt_writer_of(b, sizeof(b));
		assert_int_equal(scan(type, order[i][1], &wa), 0);
		assert_int_equal(scan(type, order[i + 1][1], &wb), 0);
		size_t na = kt_writer_len(&wa), nb = kt_writer_len(&wb);
		assert_true(dns_rdata_compare(type, a, na, b, nb) < 0);
		assert_true(dns_rdata_compare(type, b, nb, a, na) > 0);
	}
}

static void collect(void *ctx, size_t offset, const uint8_t *wire)
{
	(void)offset;
	struct kt_text *text = ctx;
	dns_name_add(text, wire);
	kt_text_char(text, ' ');
}

static void the_names_in_rdata_are_visited_in_order(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{ "SOA", "a. b. 1 2 3 4 5", "a. b. " },
		{ "MX", "1 m.", "m. " },
		{ "SRV", "1 2 3 s.", "s. " },
		{ "NSEC", "n. A", "n. " },
		{ "HTTPS", "1 t. port=1", "t. " },
		{ "A", "1.2.3.4", "" },
		{ "HIP", "1 ab QUJD r1. r2.", "r1. r2. " },
		{ "IPSECKEY", "1 3 1 g. QUJD", "g. " },
		{ "IPSECKEY", "1 1 1 1.2.3.4 QUJD", "" },
		{ "AMTRELAY", "1 1 3 g.", "g. " },
		{ "AMTRELAY", "1 0 1 1.2.3.4", "" },
		{ "A6", "64 ::1 p.", "p. " },
		{ "A6", "0 ::1", "" },
		{ "TALINK", "a. b.", "a. b. " },
		{ "RRSIG", "A 8 1 2 3 4 5 s. AAAA", "s. " },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t a[128];
		struct kt_text text = { 0 };
		uint16_t type = type_of(cases[i][0]);
		struct kt_writer w = kt_writer_of(a, sizeof(a));
		assert_int_equal(scan(type, cases[i][1], &w), 0);
		dns_rdata_names(type, a, kt_writer_len(&w), collect, &text);
		assert_string_equal(kt_text_of(&text), cases[i][2]);
		kt_text_fini(&text);
	}
}

/* Forms that a record may have and no text has: printed as octets, and taken back. */
static void what_no_text_says_is_printed_as_octets(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "APL", "00030801ff" },
		{ "LOC", "01ff" },
		{ "IPSECKEY", "010901ffff" },
		{ "AMTRELAY", "0109ff" },
		{ "ATMA", "0501" },
		{ "WKS", "01020304060100" },
		{ "SVCB", "000100ffff0000" },
		{ "A6", "41ff00000000000000"
			"00" },
		{ "LOC", "0005161380000000800000000098968000" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint8_t octets[64];
		struct kt_text text = { 0 };
		size_t n = octets_of(cases[i][1], octets, sizeof(octets));
		uint16_t type = type_of(cases[i][0]);
		dns_rdata_print(&text, type, octets, n);
		assert_int_equal(strncmp(kt_text_of(&text), "\\# ", 3), 0);
		kt_text_fini(&text);
		survives(type, octets, n);
	}
}

static void the_largest_rdata_goes_through_and_no_larger(void **state)
{
	(void)state;
	static uint8_t octets[DNS_RDATA_MAX + 10];
	struct kt_text text = { 0 };
	for (unsigned n = DNS_RDATA_MAX; n <= DNS_RDATA_MAX + 1; n++) {
		/* Base64 comes in threes: 4 octets and 65,531 or 65,532. */
		kt_text_clear(&text);
		kt_text_add(&text, "256 3 8 ");
		memset(octets, 7, n);
		dns_base64_print(&text, octets, n - 4);
		struct kt_writer w = kt_writer_of(octets, sizeof(octets));
		int rc = scan(DNS_TYPE_DNSKEY, kt_text_of(&text), &w);
		assert_int_equal(rc, n > DNS_RDATA_MAX ? KT_E_LONG : 0);
	}
	kt_text_fini(&text);
}

/* n parameters from the highest key down. */
static int scan_descending(unsigned n, struct kt_writer *w)
{
	struct kt_text text = { 0 };
	kt_text_add(&text, "1 .");
	for (unsigned i = n; i; i--)
		kt_text_addf(&text, " key%u=%u", 19 + i, i % 10);
	int rc = scan(DNS_TYPE_SVCB, kt_text_of(&text), w);
	kt_text_fini(&text);
	return rc;
}

static void parameters_are_sorted_up_to_a_limit(void **state)
{
	(void)state;
	uint8_t octets[4096];
	struct kt_writer w = kt_writer_of(octets, sizeof(octets));
	assert_int_equal(scan_descending(257, &w), 0);
	assert_int_equal(kt_writer_len(&w), 3 + 257 * 5);
	for (unsigned i = 0; i < 257; i++) {
		assert_int_equal(kt_get16(octets + 3 + 5 * i), 20 + i);
		assert_int_equal(octets[3 + 5 * i + 4], '0' + (i + 1) % 10);
	}
	w = kt_writer_of(octets, sizeof(octets));
	assert_int_equal(scan_descending(258, &w), KT_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_becomes_the_wire_form_of_its_rfc_and_back),
		cmocka_unit_test(an_error_names_the_field_and_what_it_wants),
		cmocka_unit_test(
		    text_that_would_be_stored_as_something_else_is_refused),
		cmocka_unit_test(rdata_cut_short_anywhere_is_survived),
		cmocka_unit_test(mutated_rdata_is_survived),
		cmocka_unit_test(a_prefix_of_text_is_read_or_refused),
		cmocka_unit_test(names_that_may_be_compressed_are_expanded),
		cmocka_unit_test(canonical_form_lowers_the_names_that_it_should),
		cmocka_unit_test(rdata_is_ordered_as_left_justified_octets),
		cmocka_unit_test(the_names_in_rdata_are_visited_in_order),
		cmocka_unit_test(what_no_text_says_is_printed_as_octets),
		cmocka_unit_test(the_largest_rdata_goes_through_and_no_larger),
		cmocka_unit_test(parameters_are_sorted_up_to_a_limit),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	kt_errs_fini(&errs);
	return failed;
}
