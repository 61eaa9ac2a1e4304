#include "steering/match.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct conf_geo_match *const *x = a, *const *y = b;
	return strcmp((*x)->key, (*y)->key);
}

void steering_matcher_init(struct steering_matcher *matcher, const struct conf_geo *geo)
{
	matcher->n = geo->n_match;
	matcher->list = kt_calloc(geo->n_match, sizeof(const struct conf_geo_match *));
	for (size_t i = 0; i < geo->n_match; i++)
		matcher->list[i] = &geo->match[i];
	if (matcher->n)
		qsort(matcher->list, matcher->n, sizeof(*matcher->list), compare);
}

void steering_matcher_fini(struct steering_matcher *matcher)
{
	free(matcher->list);
	*matcher = (struct steering_matcher){ 0 };
}

static const struct conf_geo_match *find(
    const struct steering_matcher *matcher, const char *key)
{
	size_t from = 0, to = matcher->n;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int order = strcmp(key, matcher->list[mid]->key);
		if (!order)
			return matcher->list[mid];
		if (order < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

const struct conf_geo_match *steering_matcher_find(
    const struct steering_matcher *matcher, const struct steering_place *place)
{
	const struct conf_geo_match *m = NULL;
	char key[32];
	if (place->kinds & STEERING_PLACE_AS) {
		snprintf(key, sizeof(key), "AS%u", place->as);
		m = find(matcher, key);
	}
	if (place->kinds & STEERING_PLACE_SUBDIVISION)
		for (int i = 1; !m && i >= 0; i--)
			if (place->subdivision[i][0])
				m = find(matcher, place->subdivision[i]);
	if (!m && place->kinds & STEERING_PLACE_COUNTRY)
		m = find(matcher, place->country);
	if (!m && place->kinds & STEERING_PLACE_CONTINENT) {
		snprintf(key, sizeof(key), "continent %s", place->continent);
		m = find(matcher, key);
	}
	return m ? m : find(matcher, "*");
}

enum steering_place_kind steering_match_kind(const char *key)
{
	if (strcmp(key, "*") == 0)
		return STEERING_PLACE_ANY;
	if (strncmp(key, "continent ", 10) == 0)
		return STEERING_PLACE_CONTINENT;
	if (strncmp(key, "AS", 2) == 0 && isdigit((unsigned char)key[2]))
		return STEERING_PLACE_AS;
	return strchr(key, '-') ? STEERING_PLACE_SUBDIVISION : STEERING_PLACE_COUNTRY;
}

bool steering_code_take(char code[STEERING_CODE_MAX], const char *text, size_t len)
{
	if (!len || len >= STEERING_CODE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		code[i] = (char)toupper((unsigned char)text[i]);
	code[len] = 0;
	return true;
}
