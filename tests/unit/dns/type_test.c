#include "dns/type.h"

#include "base/err.h"
#include "dns/rdata_p.h"

#include "kt_test.h"

static void every_row_is_found_by_its_name_in_any_letter_case(void **state)
{
	(void)state;
	unsigned known = 0;
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		const char *name = dns_type_row((uint16_t)type)->name;
		char text[DNS_TYPE_TEXT];
		uint16_t found = 0;
		dns_type_print((uint16_t)type, text);
		assert_int_equal(dns_type_scan(text, strlen(text), &found), 0);
		assert_int_equal(found, type);
		if (!name)
			continue;
		known++;
		assert_string_equal(text, name);
		for (char *p = text; *p; p += 2)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		assert_int_equal(dns_type_scan(text, strlen(text), &found), 0);
		assert_int_equal(found, type);
	}
	assert_true(known > 90);
}

static void an_unknown_type_is_written_with_its_number(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		uint16_t type;
	} cases[] = {
		{ "TYPE731", 0, 731 },
		{ "type1", 0, DNS_TYPE_A },
		{ "TYPE65535", 0, 65535 },
		{ "TYPE0", 0, 0 },
		{ "TYPE65536", KT_E_TYPE, 0 },
		{ "TYPE", KT_E_TYPE, 0 },
		{ "TYPE-1", KT_E_TYPE, 0 },
		{ "TYPE1x", KT_E_TYPE, 0 },
		{ "TYPE000000000001", KT_E_TYPE, 0 },
		{ "3600", KT_E_TYPE, 0 },
		{ "", KT_E_TYPE, 0 },
		{ "AAAAA", KT_E_TYPE, 0 },
		{ "NSEC3PARAMETERS0", KT_E_TYPE, 0 },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		uint16_t type = 0;
		assert_int_equal(
		    dns_type_scan(cases[i].text, strlen(cases[i].text), &type),
		    cases[i].rc);
		assert_int_equal(type, cases[i].type);
	}
	char text[DNS_TYPE_TEXT];
	assert_string_equal(dns_type_print(65280, text), "TYPE65280");
}

static void a_class_has_a_name_or_a_number(void **state)
{
	(void)state;
	uint16_t class = 0;
	char text[DNS_TYPE_TEXT];
	assert_int_equal(dns_class_scan("in", 2, &class), 0);
	assert_int_equal(class, DNS_CLASS_IN);
	assert_int_equal(dns_class_scan("CH", 2, &class), 0);
	assert_int_equal(class, DNS_CLASS_CH);
	assert_int_equal(dns_class_scan("CLASS32", 7, &class), 0);
	assert_int_equal(class, 32);
	assert_int_equal(dns_class_scan("CLASS65536", 10, &class), KT_E_TYPE);
	assert_int_equal(dns_class_scan("ANY", 3, &class), KT_E_TYPE);
	assert_int_equal(dns_class_scan("I", 1, &class), KT_E_TYPE);
	assert_string_equal(dns_class_print(DNS_CLASS_HS, text), "HS");
	assert_string_equal(dns_class_print(77, text), "CLASS77");
}

static void a_misspelt_type_has_a_neighbour(void **state)
{
	(void)state;
	assert_string_equal(dns_type_nearest("CNAM", 4), "CNAME");
	assert_string_equal(dns_type_nearest("HTPTS", 5), "HTTPS");
	assert_null(dns_type_nearest("QWRTZUIOPAS", 11));
	assert_null(dns_type_nearest("muchlongerthananytypecanbe", 26));
}

static void meta_types_are_no_data(void **state)
{
	(void)state;
	assert_true(dns_type_is_meta(DNS_TYPE_OPT));
	assert_true(dns_type_is_meta(DNS_TYPE_NXNAME));
	assert_true(dns_type_is_meta(DNS_TYPE_AXFR));
	assert_true(dns_type_is_meta(DNS_TYPE_ANY));
	assert_false(dns_type_is_meta(127));
	assert_false(dns_type_is_meta(256));
	assert_false(dns_type_is_meta(DNS_TYPE_NULL));
}

/* RFC 3597 s.4: only the types of RFC 1035. */
static void only_names_of_rfc_1035_are_compressed(void **state)
{
	(void)state;
	static const struct {
		uint16_t type;
		uint8_t skip, names;
	} has[] = {
		{ DNS_TYPE_NS, 0, 1 },
		{ DNS_TYPE_MD, 0, 1 },
		{ DNS_TYPE_MF, 0, 1 },
		{ DNS_TYPE_CNAME, 0, 1 },
		{ DNS_TYPE_SOA, 0, 2 },
		{ DNS_TYPE_MB, 0, 1 },
		{ DNS_TYPE_MG, 0, 1 },
		{ DNS_TYPE_MR, 0, 1 },
		{ DNS_TYPE_PTR, 0, 1 },
		{ DNS_TYPE_MINFO, 0, 2 },
		{ DNS_TYPE_MX, 2, 1 },
	};
	size_t found = 0;
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		struct dns_type_layout l = dns_type_layout((uint16_t)type);
		if (!l.names)
			continue;
		assert_true(found < KT_COUNT(has));
		assert_int_equal(type, has[found].type);
		assert_int_equal(l.skip, has[found].skip);
		assert_int_equal(l.names, has[found].names);
		found++;
	}
	assert_int_equal(found, KT_COUNT(has));
}

/* The marks of a row say what its fields say. */
static void a_row_agrees_with_its_fields(void **state)
{
	(void)state;
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		const struct dns_type_row *row = dns_type_row((uint16_t)type);
		bool names = false, lower = false, expand = false;
		for (const struct dns_field *f = row->fields; f && f->name; f++) {
			names |= f->kind == &dns_kind_name ||
				 f->kind == &dns_kind_names ||
				 f->kind == &dns_kind_gateway ||
				 f->kind == &dns_kind_relay || f->kind == &dns_kind_a6;
			lower |= (f->flags & DNS_FIELD_LOWER) != 0;
			expand |= (f->flags & DNS_FIELD_EXPAND) != 0;
			assert_true(f->kind->measure || f->kind->size);
		}
		assert_int_equal(row->names, names);
		assert_int_equal(row->lower, lower);
		assert_int_equal(row->expand, expand);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_by_its_name_in_any_letter_case),
		cmocka_unit_test(an_unknown_type_is_written_with_its_number),
		cmocka_unit_test(a_class_has_a_name_or_a_number),
		cmocka_unit_test(a_misspelt_type_has_a_neighbour),
		cmocka_unit_test(meta_types_are_no_data),
		cmocka_unit_test(only_names_of_rfc_1035_are_compressed),
		cmocka_unit_test(a_row_agrees_with_its_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
