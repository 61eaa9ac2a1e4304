#include "dns/type.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/text.h"
#include "dns/rdata_p.h"

#include <stdio.h>
#include <strings.h>

/* The longest mnemonic is NSEC3PARAM; TYPE65535 fits too. */
enum {
	NAME_MAX_LEN = 16,
	SLOTS = 512,
	NAMES_MAX = 128
};

/*
 * Mnemonics by hash, open addressing; made from the table before main() runs and
 * constant from then on.
 */
static struct {
	uint8_t len; /* 0: empty */
	char name[NAME_MAX_LEN];
	uint16_t type;
} slot[SLOTS];
static const char *names[NAMES_MAX];
static size_t n_names;

static uint32_t slot_of(const char *upper, size_t len)
{
	return kt_hash_slot(kt_hash_octets(len, upper, len), SLOTS);
}

static void upper_case(char *to, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (char)((uint8_t)(from[i] - 'a') < 26 ? from[i] - 32 : from[i]);
}

__attribute__((constructor)) static void index_names(void)
{
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		const char *name = dns_type_row((uint16_t)type)->name;
		if (!name || n_names == NAMES_MAX)
			continue;
		names[n_names++] = name;
		size_t len = strlen(name);
		uint32_t at = slot_of(name, len);
		while (slot[at].len)
			at = (at + 1) % SLOTS;
		slot[at].len = (uint8_t)len;
		memcpy(slot[at].name, name, len);
		slot[at].type = (uint16_t)type;
	}
}

/* "TYPE731", "CLASS3" (RFC 3597 s.5). */
static int scan_generic(
    const char *text, size_t len, const char *word, size_t word_len, uint16_t *out)
{
	uint64_t v;
	if (len <= word_len || len > word_len + 5 ||
	    strncasecmp(text, word, word_len) != 0)
		return KT_E_TYPE;
	if (kt_scan_number(text + word_len, len - word_len, UINT16_MAX, &v))
		return KT_E_TYPE;
	*out = (uint16_t)v;
	return 0;
}

int dns_type_scan(const char *text, size_t len, uint16_t *out)
{
	/* Most words that are no type are numbers: TTLs. */
	if (len == 0 || len > NAME_MAX_LEN || (uint8_t)(text[0] - '0') < 10)
		return KT_E_TYPE;
	char upper[NAME_MAX_LEN];
	upper_case(upper, text, len);
	for (uint32_t at = slot_of(upper, len); slot[at].len; at = (at + 1) % SLOTS) {
		if (slot[at].len == len && memcmp(slot[at].name, upper, len) == 0) {
			*out = slot[at].type;
			return 0;
		}
	}
	return scan_generic(text, len, "TYPE", 4, out);
}

char *dns_type_print(uint16_t type, char *out)
{
	const char *name = dns_type_row(type)->name;
	if (name)
		snprintf(out, DNS_TYPE_TEXT, "%s", name);
	else
		snprintf(out, DNS_TYPE_TEXT, "TYPE%u", type);
	return out;
}

static const struct {
	const char *name;
	uint16_t class;
} classes[] = {
	{ "IN", DNS_CLASS_IN },
	{ "CH", DNS_CLASS_CH },
	{ "HS", DNS_CLASS_HS },
	{ "NONE", DNS_CLASS_NONE },
	{ "ANY", DNS_CLASS_ANY },
};

int dns_class_scan(const char *text, size_t len, uint16_t *out)
{
	if (len < 2)
		return KT_E_TYPE;
	/* NONE and ANY stand in messages (RFC 2136) and never in a record's text. */
	for (size_t i = 0; i < 3; i++) {
		if (len == 2 && strncasecmp(text, classes[i].name, 2) == 0) {
			*out = classes[i].class;
			return 0;
		}
	}
	return scan_generic(text, len, "CLASS", 5, out);
}

char *dns_class_print(uint16_t class, char *out)
{
	for (size_t i = 0; i < KT_COUNT(classes); i++) {
		if (classes[i].class == class) {
			snprintf(out, DNS_TYPE_TEXT, "%s", classes[i].name);
			return out;
		}
	}
	snprintf(out, DNS_TYPE_TEXT, "CLASS%u", class);
	return out;
}

const char *dns_type_nearest(const char *text, size_t len)
{
	char word[NAME_MAX_LEN + 1];
	if (len > NAME_MAX_LEN)
		return NULL;
	memcpy(word, text, len);
	word[len] = 0;
	return kt_text_nearest(word, names, n_names);
}

bool dns_type_is_meta(uint16_t type)
{
	return type == DNS_TYPE_OPT || (type >= 128 && type <= 255);
}

struct dns_type_layout dns_type_layout(uint16_t type)
{
	struct dns_type_layout layout = { 0, 0 };
	/* MX is the last type of RFC 1035 that has a name. */
	if (type > DNS_TYPE_MX || !dns_type_row(type)->expand)
		return layout;
	const struct dns_field *f = dns_type_row(type)->fields;
	for (; f->name && !(f->flags & DNS_FIELD_COMPRESS); f++)
		layout.skip = (uint8_t)(layout.skip + f->kind->size);
	for (; f->name && f->flags & DNS_FIELD_COMPRESS; f++)
		layout.names++;
	return layout;
}
