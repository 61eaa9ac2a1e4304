#include "base/file.h"
#include "base/mem.h"
#include "conf/item.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_number(const struct conf_item *item, void *base, uint64_t v)
{
	uint8_t *at = (uint8_t *)base + item->offset;
	switch (item->size) {
	case 1:
		*at = (uint8_t)v;
		break;
	case 2:
		*(uint16_t *)(void *)at = (uint16_t)v;
		break;
	case 4:
		*(uint32_t *)(void *)at = (uint32_t)v;
		break;
	default:
		*(uint64_t *)(void *)at = v;
	}
}

static uint64_t get_number(const struct conf_item *item, const void *base)
{
	const uint8_t *at = (const uint8_t *)base + item->offset;
	switch (item->size) {
	case 1:
		return *at;
	case 2:
		return *(const uint16_t *)(const void *)at;
	case 4:
		return *(const uint32_t *)(const void *)at;
	default:
		return *(const uint64_t *)(const void *)at;
	}
}

/* 1000 in a row that counts in "s", 1 in one that counts in "ms". */
static uint64_t span_scale(const struct conf_item *item)
{
	return item->unit && strcmp(item->unit, "s") == 0 ? 1000 : 1;
}

static void print_span(struct kt_text *out, uint64_t ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "w", 604800000 }, { "d", 86400000 }, { "h", 3600000 },
		{ "m", 60000 }, { "s", 1000 }, { "ms", 1 } };
	size_t i = 0;
	while (units[i].ms > 1 && (ms == 0 || ms % units[i].ms != 0))
		i++;
	kt_text_addf(out, "%" PRIu64 "%s", ms / units[i].ms, units[i].unit);
}

static void print_size(struct kt_text *out, uint64_t octets)
{
	static const char *const units[] = { "", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;
	for (; i < 4 && octets && octets % 1024 == 0; i++)
		octets /= 1024;
	kt_text_addf(out, "%" PRIu64 "%s", octets, units[i]);
}

static void print_number(const struct conf_item *item, struct kt_text *out, uint64_t v)
{
	if (item->type == CONF_SPAN)
		print_span(out, v * span_scale(item));
	else if (item->type == CONF_SIZE)
		print_size(out, v);
	else
		kt_text_addf(out, "%" PRIu64, v);
}

static void expect_words(const struct conf_item *item, struct kt_text *out)
{
	for (const char *const *w = item->words; *w; w++)
		kt_text_addf(out, "%s%s",
		    w == item->words ? ""
		    : w[1]           ? ", "
				     : " or ",
		    *w);
}

static void expect_range(const struct conf_item *item, struct kt_text *out)
{
	kt_text_add(out, item->type == CONF_SPAN   ? "a duration"
			 : item->type == CONF_SIZE ? "a size"
						   : "a number");
	kt_text_add(out, " between ");
	print_number(item, out, item->min);
	kt_text_add(out, " and ");
	print_number(item, out, item->max);
	if (item->type == CONF_NUMBER && item->unit)
		kt_text_addf(out, " %s", item->unit);
	if (item->zero)
		kt_text_addf(out, ", or %s", item->zero);
}

void conf_value_expected(const struct conf_item *item, struct kt_text *out)
{
	switch (item->type) {
	case CONF_TEXT:
		kt_text_addf(out, "a text of at most %" PRIu64 " octets", item->max);
		break;
	case CONF_PATH:
		kt_text_add(out, "a path");
		break;
	case CONF_WORD:
	case CONF_CHOICE:
		expect_words(item, out);
		break;
	case CONF_NUMBER:
	case CONF_SPAN:
	case CONF_SIZE:
		expect_range(item, out);
		break;
	case CONF_BOOL:
		kt_text_add(out, "true or false");
		break;
	case CONF_ADDRESS:
		kt_text_add(out, "an IPv4 or IPv6 address");
		break;
	case CONF_PREFIX:
		kt_text_add(out, "a prefix such as 192.0.2.0/24, without host bits");
		break;
	case CONF_NAME:
		kt_text_add(out, "a domain name");
		break;
	default:
		kt_text_add(out, "a map");
	}
}

/* The word that was probably meant, or NULL. */
static const char *nearest_word(const struct conf_item *item, const char *text)
{
	size_t n = 0;
	if (!item->words)
		return NULL;
	while (item->words[n])
		n++;
	return kt_text_nearest(text, item->words, n);
}

void conf_bad_value(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, int code)
{
	struct kt_text expected = { 0 };
	conf_value_expected(item, &expected);
	const char *near = node->kind == CONF_SCALAR ? nearest_word(item, node->text)
						     : NULL;
	if (near)
		conf_error(r->tree, node, code,
		    "%s: found %s, expected %s; did you mean \"%s\"?", item->name,
		    conf_show(r->tree, node), kt_text_of(&expected), near);
	else
		conf_error(r->tree, node, code, "%s: found %s, expected %s", item->name,
		    conf_show(r->tree, node), kt_text_of(&expected));
	kt_text_fini(&expected);
}

static int read_number(const struct conf_item *item, const char *text, void *base)
{
	uint64_t v = 0;
	int rc;
	if (item->zero && strcmp(text, item->zero) == 0) {
		put_number(item, base, 0);
		return 0;
	}
	if (item->type == CONF_SPAN)
		rc = kt_scan_duration(text, strlen(text), &v);
	else if (item->type == CONF_SIZE)
		rc = kt_scan_size(text, strlen(text), &v);
	else
		rc = kt_scan_number(text, strlen(text), UINT64_MAX, &v);
	if (rc)
		return rc;
	uint64_t scale = item->type == CONF_SPAN ? span_scale(item) : 1;
	if (v % scale || v / scale < item->min || v / scale > item->max)
		return KT_E_RANGE;
	put_number(item, base, v / scale);
	return 0;
}

static int read_word(const struct conf_item *item, const char *text, const char **out)
{
	for (const char *const *w = item->words; *w; w++)
		if (strcmp(*w, text) == 0) {
			*out = *w;
			return 0;
		}
	return KT_E_FORMAT;
}

static int read_choice(const struct conf_item *item, const char *text, void *base)
{
	const char *word = NULL;
	if (read_word(item, text, &word))
		return KT_E_FORMAT;
	for (uint64_t i = 0; item->words[i]; i++)
		if (item->words[i] == word)
			put_number(item, base, i);
	return 0;
}

static int read_text(struct conf_reader *r, const struct conf_item *item,
    const char *text, const char **out)
{
	if (strlen(text) > item->max)
		return KT_E_RANGE;
	*out = conf_strdup(r, text);
	return 0;
}

static int read_path(
    struct conf_reader *r, const struct conf_node *node, const char **out)
{
	if (!node->text[0])
		return KT_E_FORMAT;
	char *path = node->file ? kt_path_beside(node->file->name, node->text)
				: kt_strdup(node->text);
	/* "zones/" and "zones" are one directory, and what is in it gets one path. */
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = 0;
	*out = conf_strdup(r, path);
	free(path);
	return 0;
}

static int read_bool(const char *text, bool *out)
{
	bool yes = strcmp(text, "true") == 0;
	if (!yes && strcmp(text, "false") != 0)
		return KT_E_FORMAT;
	*out = yes;
	return 0;
}

static int read_name(const char *text, struct dns_name *out)
{
	struct dns_name name;
	int rc = strcmp(text, "@") == 0
		     ? KT_E_FORMAT
		     : dns_name_scan(text, strlen(text), NULL, &name);
	if (rc)
		return rc;
	dns_name_lower(&name);
	*out = name;
	return 0;
}

static int read_value(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	void *at = (uint8_t *)base + item->offset;
	switch (item->type) {
	case CONF_TEXT:
		return read_text(r, item, node->text, at);
	case CONF_PATH:
		return read_path(r, node, at);
	case CONF_WORD:
		return read_word(item, node->text, at);
	case CONF_CHOICE:
		return read_choice(item, node->text, base);
	case CONF_NUMBER:
	case CONF_SPAN:
	case CONF_SIZE:
		return read_number(item, node->text, base);
	case CONF_BOOL:
		return read_bool(node->text, at);
	case CONF_ADDRESS:
		return kt_addr_scan(node->text, at);
	case CONF_PREFIX:
		return kt_prefix_scan(node->text, at);
	case CONF_NAME:
		return read_name(node->text, at);
	default:
		return KT_E_FORMAT;
	}
}

void conf_value_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	int rc = KT_E_FORMAT;
	if (node->kind == CONF_SCALAR && !conf_node_is_empty(node))
		rc = read_value(r, item, node, base);
	if (rc)
		conf_bad_value(r, item, node, rc);
}

static bool print_pointer(const char *text, struct kt_text *out)
{
	if (text)
		kt_text_add(out, text);
	return text;
}

static void print_addr(
    const struct conf_item *item, const void *at, struct kt_text *out)
{
	char text[KT_PREFIX_TEXT];
	if (item->type == CONF_PREFIX)
		kt_prefix_print(at, text);
	else
		kt_addr_print(at, text);
	kt_text_add(out, text);
}

bool conf_value_print(
    const struct conf_item *item, const void *base, struct kt_text *out)
{
	const void *at = (const uint8_t *)base + item->offset;
	switch (item->type) {
	case CONF_TEXT:
	case CONF_PATH:
	case CONF_WORD:
		return print_pointer(*(const char *const *)at, out);
	case CONF_CHOICE:
		kt_text_add(out, item->words[get_number(item, base)]);
		return true;
	case CONF_NUMBER:
	case CONF_SPAN:
	case CONF_SIZE:
		if (item->zero && get_number(item, base) == 0)
			kt_text_add(out, item->zero);
		else
			print_number(item, out, get_number(item, base));
		return true;
	case CONF_BOOL:
		kt_text_add(out, *(const bool *)at ? "true" : "false");
		return true;
	case CONF_ADDRESS:
	case CONF_PREFIX:
		if (!((const struct kt_addr *)at)->family)
			return false;
		print_addr(item, at, out);
		return true;
	case CONF_NAME:
		if (((const struct dns_name *)at)->labels == 0)
			return false;
		dns_name_add(out, ((const struct dns_name *)at)->wire);
		return true;
	default:
		return false;
	}
}
