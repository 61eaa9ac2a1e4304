#include "authority/edns.h"

#include "base/bytes.h"
#include "dns/edns.h"

#include <string.h>

/* What is left of AUTHORITY_OPT_MAX when every other option has its largest size. */
#define EDE_TEXT_MAX 60

/* From this size of an answer on the largest record leaves room for any question. */
#define SMALL_LIMIT 720

#define ZONEVERSION_SOA_SERIAL 0 /* RFC 9660 s.2.2 */

static enum authority_cookie judge(
    const struct authority_config *config, const struct dns_query *q)
{
	const struct dns_edns *e = &q->edns;
	if (kt_likely(!e->cookie_len) || !config->cookies || !config->n_cookie_secrets)
		return AUTHORITY_COOKIE_NONE;
	return authority_cookie_judge(config->cookie_secret, config->n_cookie_secrets,
	    e->cookie, e->cookie_len, q->client->peer, q->client->unix_now);
}

enum authority_cookie authority_cookie_check(
    const struct authority_config *config, const struct dns_query *q)
{
	enum authority_cookie state = judge(config, q);
	return state == AUTHORITY_COOKIE_RENEW ? AUTHORITY_COOKIE_VALID : state;
}

/* An option that does not fit is left out: the answer is worth more. */
static void add(
    struct kt_writer *w, uint8_t *opt, uint16_t code, const void *data, size_t len)
{
	if (kt_writer_left(w) >= 4 + len)
		dns_opt_add(w, opt, code, data, len);
}

/* RFC 7873 s.5.2, RFC 9018 s.4.3: a fresh cookie goes back as it came. */
static void add_cookie(const struct authority_config *config, const struct dns_query *q,
    struct kt_writer *w, uint8_t *opt)
{
	enum authority_cookie state = judge(config, q);
	if (state == AUTHORITY_COOKIE_NONE)
		return;
	if (state == AUTHORITY_COOKIE_VALID) {
		add(w, opt, DNS_EDNS_COOKIE, q->edns.cookie, q->edns.cookie_len);
		return;
	}
	uint8_t cookie[AUTHORITY_COOKIE_LEN];
	authority_cookie_make(&config->cookie_secret[0], q->edns.cookie,
	    q->client->peer, q->client->unix_now, cookie);
	add(w, opt, DNS_EDNS_COOKIE, cookie, sizeof(cookie));
}

static void add_error(struct kt_writer *w, uint8_t *opt, int ede, const char *text)
{
	uint8_t data[2 + EDE_TEXT_MAX];
	size_t len = text ? strnlen(text, EDE_TEXT_MAX) : 0;
	kt_put16(data, (uint16_t)ede);
	if (len)
		memcpy(data + 2, text, len);
	add(w, opt, DNS_EDNS_ERROR, data, 2 + len);
}

static void add_zone_version(
    const struct zone_entry *zone, struct kt_writer *w, uint8_t *opt)
{
	uint8_t data[6] = { zone->labels, ZONEVERSION_SOA_SERIAL };
	kt_put32(data + 2, zone->zone->serial);
	add(w, opt, DNS_EDNS_ZONEVERSION, data, sizeof(data));
}

static void add_keepalive(
    const struct authority_config *config, struct kt_writer *w, uint8_t *opt)
{
	uint8_t data[2];
	kt_put16(data, config->tcp_keepalive);
	add(w, opt, DNS_EDNS_KEEPALIVE, data, sizeof(data));
}

/* RFC 9567 s.6.2: names of the agent are not reported to the agent, or reports would loop. */
static void add_report_channel(const struct authority_config *config,
    const struct dns_query *q, struct kt_writer *w, uint8_t *opt)
{
	if (q->question_len && dns_wire_under(q->qname.wire, config->report_agent))
		return;
	add(w, opt, DNS_EDNS_REPORT_CHANNEL, config->report_agent,
	    dns_wire_len(config->report_agent));
}

/* RFC 7871 s.11.1: what an untrusted resolver says of its clients is not listened to. */
static bool ecs_counts(const struct authority_config *config, const struct dns_query *q)
{
	if (!config->steering)
		return false;
	if (config->steering->n_trust_ecs == 0)
		return true;
	struct kt_addr resolver = kt_addr_of_socket(q->client->peer);
	kt_addr_unmap(&resolver);
	return steering_trusts(config->steering, &resolver);
}

/* RFC 7871 s.7.2.1: FAMILY, SOURCE PREFIX-LENGTH and ADDRESS go back as they came. */
static void add_client_subnet(
    const struct dns_edns *e, struct kt_writer *w, uint8_t *opt)
{
	if (kt_writer_left(w) < 4u + e->ecs_option_len)
		return;
	uint8_t *data = dns_opt_room(w, opt, DNS_EDNS_ECS, e->ecs_option_len);
	kt_copy_short(data, e->ecs_option, e->ecs_option_len);
	data[3] = 0; /* SCOPE PREFIX-LENGTH */
}

static void add_options(const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *zone, int ede,
    const char *ede_text, struct kt_writer *w, uint8_t *opt)
{
	const struct dns_edns *e = &q->edns;
	bool tcp = q->client->transport == DNS_OVER_TCP;
	if (e->ecs_present && ecs_counts(config, q))
		add_client_subnet(e, w, opt);
	if (e->cookie_len)
		add_cookie(config, q, w, opt);
	if (ede != DNS_EDE_NONE)
		add_error(w, opt, ede, ede_text);
	if (e->nsid && config->nsid[0])
		add(w, opt, DNS_EDNS_NSID, config->nsid, strlen(config->nsid));
	if (e->zoneversion && zone && zone->zone)
		add_zone_version(zone, w, opt);
	/* RFC 7828 s.3.2.2: never over UDP */
	if (e->keepalive && tcp && config->tcp_keepalive)
		add_keepalive(config, w, opt);
	if (config->report_agent[0])
		add_report_channel(config, q, w, opt);
}

static bool wants_small(
    const struct authority_config *config, const struct dns_query *q)
{
	if (q->client->transport != DNS_OVER_UDP)
		return false;
	return q->edns.udp_size < SMALL_LIMIT || config->udp_max < SMALL_LIMIT;
}

static KT_COLD void write_with_options(const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *zone, unsigned rcode, int ede,
    const char *ede_text, struct kt_writer *w)
{
	uint8_t *opt = w->at, *end = w->end;
	dns_opt_begin(w, config->udp_max, rcode, q->edns.flags & DNS_EDNS_FLAG_DO);
	if (w->err)
		return;
	if (wants_small(config, q) && w->end - opt > AUTHORITY_OPT_SMALL)
		w->end = opt + AUTHORITY_OPT_SMALL;
	add_options(config, q, zone, ede, ede_text, w, opt);
	w->end = end;
}

void authority_opt_write(const struct authority_config *config,
    const struct dns_query *q, const struct zone_entry *zone, unsigned rcode, int ede,
    const char *ede_text, struct kt_writer *w)
{
	if (!q->edns.present) /* RFC 6891 s.6.1.1 */
		return;
	/* RFC 3225 s.3: DO goes back as it came; all other flags are 0 (RFC 6891 s.6.1.4) */
	if (kt_likely(authority_opt_is_bare(config, q, ede)))
		dns_opt_begin(
		    w, config->udp_max, rcode, q->edns.flags & DNS_EDNS_FLAG_DO);
	else
		write_with_options(config, q, zone, rcode, ede, ede_text, w);
}
