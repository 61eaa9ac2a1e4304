/*
 * fuzz/edns_fuzz.c -- dns/edns: the rdata of an OPT record.
 *
 * Input: 2 octets class, 4 octets TTL, rdata.
 */
#include "dns/edns.h"

#include "base/bytes.h"
#include "fuzz.h"

#include <string.h>

static void check_inside(
    const uint8_t *part, size_t part_len, const uint8_t *all, size_t len)
{
	fuzz_check(part >= all && part_len <= len && part <= all + (len - part_len));
}

static void check_ecs(const struct dns_ecs *ecs)
{
	fuzz_check(ecs->family == 0 || ecs->family == 4 || ecs->family == 6);
	if (!ecs->family)
		return;
	fuzz_check(ecs->source <= (ecs->family == 4 ? 32 : 128));
	for (unsigned bit = ecs->source; bit < 128; bit++)
		fuzz_check(!(ecs->octets[bit / 8] & (0x80 >> bit % 8)));
}

static void check_options(const struct dns_edns *e, const uint8_t *rdata, size_t len)
{
	if (e->cookie_len) {
		fuzz_check(
		    e->cookie_len == 8 || (e->cookie_len >= 16 && e->cookie_len <= 40));
		check_inside(e->cookie, e->cookie_len, rdata, len);
	}
	if (e->ecs_present) {
		check_inside(e->ecs_option, e->ecs_option_len, rdata, len);
		check_ecs(&e->ecs);
	}
	if (e->n_key_tags)
		check_inside(e->key_tags, (size_t)e->n_key_tags * 2, rdata, len);
}

/* What was understood, written as an OPT record, is understood again. */
static void check_again(const struct dns_edns *e)
{
	uint8_t buffer[70000];
	struct kt_writer w = kt_writer_of(buffer, sizeof(buffer));
	dns_opt_begin(&w, e->udp_size, e->extended_rcode * 16u, e->flags);
	if (e->cookie_len)
		dns_opt_add(&w, buffer, DNS_EDNS_COOKIE, e->cookie, e->cookie_len);
	if (e->ecs_present)
		dns_opt_add(&w, buffer, DNS_EDNS_ECS, e->ecs_option, e->ecs_option_len);
	if (e->nsid)
		dns_opt_add(&w, buffer, DNS_EDNS_NSID, "", 0);
	fuzz_check(!w.err);
	size_t rdlen = kt_get16(buffer + 9);
	fuzz_check(buffer[0] == 0 && kt_get16(buffer + 1) == 41);
	fuzz_check(rdlen + 11 == kt_writer_len(&w));

	struct dns_edns back;
	fuzz_check(dns_edns_read(kt_get16(buffer + 3), kt_get32(buffer + 5),
		       buffer + 11, rdlen, &back) == 0);
	fuzz_check(!back.malformed && back.version == 0);
	fuzz_check(back.udp_size == e->udp_size && back.flags == e->flags);
	fuzz_check(back.extended_rcode == e->extended_rcode && back.nsid == e->nsid);
	fuzz_check(back.cookie_len == e->cookie_len);
	fuzz_check(
	    !e->cookie_len || memcmp(back.cookie, e->cookie, e->cookie_len) == 0);
	fuzz_check(back.ecs_present == e->ecs_present);
	if (e->ecs_present)
		fuzz_check(memcmp(&back.ecs, &e->ecs, sizeof(e->ecs)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_edns e;
	if (size < 6 || size > 6 + 65535)
		return 0;
	const uint8_t *rdata = data + 6;
	size_t len = size - 6;
	if (dns_edns_read(kt_get16(data), kt_get32(data + 2), rdata, len, &e) < 0)
		return 0;
	fuzz_check(e.present && e.udp_size == kt_get16(data));
	fuzz_check(e.extended_rcode == data[2] && e.version == data[3]);
	check_options(&e, rdata, len);
	check_again(&e);
	return 0;
}
