#include "ecs/client.h"

#include "base/reader.h"
#include "dns/message.h"
#include "dns/query.h"

#include <string.h>

#define FAMILY_IPV4 1 /* address family numbers, RFC 7871 s.6 */
#define FAMILY_IPV6 2

static void add_subnet(
    struct kt_writer *w, uint8_t *opt, const struct kt_prefix *subnet)
{
	size_t n = (subnet->len + 7u) / 8;
	uint8_t *p = dns_opt_room(w, opt, DNS_EDNS_ECS, 4 + n);
	if (!p)
		return;
	kt_put16(p, subnet->addr.family == 4 ? FAMILY_IPV4 : FAMILY_IPV6);
	p[2] = subnet->len;
	p[3] = 0; /* RFC 7871 s.6: the scope MUST be 0 in queries */
	/* Bits behind the prefix are zero, as they MUST be: prefixes have none. */
	memcpy(p + 4, subnet->addr.octets, n);
}

void ecs_question_write(const struct ecs_question *question, struct kt_writer *w)
{
	kt_write16(w, question->id);
	kt_write16(w, question->recursion ? DNS_FLAG_RD : 0);
	kt_write16(w, 1);
	kt_write16(w, 0);
	kt_write16(w, 0);
	kt_write16(w, 1);
	kt_write(w, question->name.wire, question->name.len);
	kt_write16(w, question->type);
	kt_write16(w, DNS_CLASS_IN);
	uint8_t *opt = w->at;
	dns_opt_begin(w, ECS_UDP_SIZE, 0, 0);
	if (question->subnet.addr.family)
		add_subnet(w, opt, &question->subnet);
}

/* Octets past the prefix are no business of the echo: it MUST be as it was sent. */
static void read_subnet(const uint8_t *p, size_t len, struct ecs_answer *out)
{
	out->has_ecs = out->bad_ecs = true;
	if (len < 4)
		return;
	unsigned family = kt_get16(p), width;
	out->ecs.source = p[2];
	out->ecs.scope = p[3];
	width = family == FAMILY_IPV4 ? 32 : 128;
	if ((family != FAMILY_IPV4 && family != FAMILY_IPV6) || p[2] > width ||
	    p[3] > width || len - 4 != (p[2] + 7u) / 8)
		return;
	out->ecs.family = family == FAMILY_IPV4 ? 4 : 6;
	memcpy(out->ecs.octets, p + 4, len - 4);
	out->bad_ecs = false;
}

static void read_options(const uint8_t *rdata, size_t len, struct ecs_answer *out)
{
	struct kt_reader r = kt_reader_of(rdata, len);
	while (kt_reader_left(&r) && !r.err) {
		uint16_t code = kt_read16(&r), n = kt_read16(&r);
		const uint8_t *data = kt_read(&r, n);
		if (data && code == DNS_EDNS_ECS && !out->has_ecs)
			read_subnet(data, n, out);
	}
	if (r.err)
		out->has_ecs = out->bad_ecs = true;
}

/* A record of the answer section, if it belongs to the chain that begins at the question. */
static void take_answer(const uint8_t *wire, size_t len,
    const struct dns_message_record *rr, struct dns_name *owner, struct ecs_answer *out)
{
	if (rr->class != DNS_CLASS_IN || !dns_name_equal(&rr->owner, owner))
		return;
	if (rr->type == DNS_TYPE_CNAME) {
		struct kt_reader r = kt_reader_of(wire, len);
		r.at = wire + rr->rdata_at;
		dns_name_read(&r, owner);
		out->target = *owner;
	} else if ((rr->type == DNS_TYPE_A && rr->rdlen == 4) ||
		   (rr->type == DNS_TYPE_AAAA && rr->rdlen == 16)) {
		if (out->n_addresses == ECS_ANSWERS_MAX)
			return;
		struct kt_addr *a = &out->addresses[out->n_addresses++];
		*a = (struct kt_addr){ .family = rr->rdlen == 4 ? 4 : 6 };
		memcpy(a->octets, wire + rr->rdata_at, rr->rdlen);
	} else {
		return;
	}
	if (rr->ttl_s < out->ttl_s)
		out->ttl_s = rr->ttl_s;
}

static int read_records(struct kt_reader *r, const uint16_t counts[3],
    const struct ecs_question *question, struct ecs_answer *out)
{
	struct dns_name owner = question->name;
	for (unsigned section = 0; section < 3; section++) {
		for (unsigned i = 0; i < counts[section]; i++) {
			struct dns_message_record rr;
			dns_message_read_record(r, &rr);
			if (r->err)
				return KT_E_FORMAT;
			if (section == 0) {
				take_answer(r->start, (size_t)(r->end - r->start), &rr,
				    &owner, out);
			} else if (section == 2 && rr.type == DNS_TYPE_OPT) {
				/* RFC 6891 s.6.1.3: the upper bits of the rcode */
				out->rcode |= rr.ttl_s >> 24 << 4;
				read_options(r->start + rr.rdata_at, rr.rdlen, out);
			}
		}
	}
	return 0;
}

int ecs_answer_read(const struct ecs_question *question, const uint8_t *wire,
    size_t len, struct ecs_answer *out)
{
	struct kt_reader r = kt_reader_of(wire, len);
	struct dns_name name;
	uint16_t id = kt_read16(&r), flags = kt_read16(&r), questions = kt_read16(&r);
	uint16_t counts[3] = { kt_read16(&r), kt_read16(&r), kt_read16(&r) };
	*out = (struct ecs_answer){
		.rcode = flags & 0xf,
		.truncated = flags & DNS_FLAG_TC,
		.authoritative = flags & DNS_FLAG_AA,
		.ttl_s = UINT32_MAX,
	};
	if (r.err || id != question->id || !(flags & DNS_FLAG_QR))
		return KT_E_CONFLICT;
	/* A server that could not read the query may leave the question out. */
	if (questions == 0)
		return read_records(&r, counts, question, out);
	dns_name_read(&r, &name);
	uint16_t type = kt_read16(&r), class = kt_read16(&r);
	if (questions != 1 || r.err)
		return KT_E_FORMAT;
	if (type != question->type || class != DNS_CLASS_IN ||
	    !dns_name_equal(&name, &question->name))
		return KT_E_CONFLICT;
	return out->truncated ? 0 : read_records(&r, counts, question, out);
}
