/* Directives: $ORIGIN and $TTL here, $INCLUDE and $GENERATE in files of their own. */
#include "base/mem.h"
#include "base/text.h"
#include "dns/zonetext_p.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int set_origin(struct zonetext *z, struct dns_scanner *s)
{
	struct dns_name origin;
	int rc = dns_scan_name(s, NULL, &z->origin, &origin);
	if (!rc)
		rc = dns_scan_end(s);
	if (rc)
		return rc;
	z->origin = origin;
	z->owner_text = NULL;
	return 0;
}

static int set_ttl(struct zonetext *z, struct dns_scanner *s)
{
	uint32_t ttl_s;
	int rc = dns_scan_ttl(s, NULL, &ttl_s);
	if (!rc)
		rc = dns_scan_end(s);
	if (rc)
		return rc;
	z->have_default = true;
	z->default_ttl_s = ttl_s;
	return 0;
}

static const char *const names[] = { "$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE" };
static int (*const readers[])(struct zonetext *, struct dns_scanner *) = {
	set_origin,
	set_ttl,
	zonetext_include,
	zonetext_generate,
};

KT_COLD static int unknown_directive(struct dns_scanner *s)
{
	char found[DNS_TOKEN_TEXT];
	char *word = kt_strndup(s->token.at, s->token.len);
	const char *near = kt_text_nearest(word, names, KT_COUNT(names));
	free(word);
	dns_token_print(s, found);
	if (near)
		return dns_scan_error(s, KT_E_UNSUPPORTED, NULL,
		    "unknown directive %s, did you mean %s?", found, near);
	return dns_scan_error(s, KT_E_UNSUPPORTED, NULL,
	    "unknown directive %s, expected $ORIGIN, $TTL, $INCLUDE or $GENERATE; an "
	    "owner that starts with a dollar sign is written \\$",
	    found);
}

int zonetext_directive(struct zonetext *z, struct dns_scanner *s)
{
	for (size_t i = 0; i < KT_COUNT(names); i++) {
		if (strlen(names[i]) != s->token.len ||
		    strncasecmp(names[i], s->token.at, s->token.len) != 0)
			continue;
		s->type_name = names[i];
		int rc = readers[i](z, s);
		s->type_name = NULL;
		return rc;
	}
	return unknown_directive(s);
}
