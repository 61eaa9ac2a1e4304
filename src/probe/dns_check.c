#include "probe/dns_check.h"

#include "base/err.h"
#include "base/reader.h"
#include "base/writer.h"
#include "dns/query.h"
#include "dns/type.h"

#include <stdio.h>

size_t probe_dns_ask(const struct probe_dns_question *q, uint8_t *out)
{
	struct kt_writer w = kt_writer_of(out, PROBE_DNS_MAX);
	kt_write16(&w, q->id);
	/* a resolver wants it to answer at all; others ignore it (RFC 1035 s.4.1.1) */
	kt_write16(&w, DNS_FLAG_RD);
	kt_write16(&w, 1);
	kt_write16(&w, 0);
	kt_write32(&w, 0);
	kt_write(&w, q->name->wire, q->name->len);
	kt_write16(&w, q->type);
	kt_write16(&w, DNS_CLASS_IN);
	return kt_writer_len(&w);
}

/* The question must be the one that was asked (RFC 5452 s.9.1). */
static bool same_question(struct kt_reader *r, const struct probe_dns_question *q)
{
	struct dns_name name;
	dns_name_read(r, &name);
	uint16_t type = kt_read16(r), class = kt_read16(r);
	return !r->err && type == q->type && class == DNS_CLASS_IN &&
	       dns_name_equal(&name, q->name);
}

int probe_dns_check(
    const struct probe_dns_question *q, const uint8_t *octets, size_t len)
{
	struct kt_reader r = kt_reader_of(octets, len);
	uint16_t id = kt_read16(&r), flags = kt_read16(&r), n_questions = kt_read16(&r);
	(void)kt_read(&r, 6); /* counts of records: not needed */
	int rcode = flags & 0xf;
	if (r.err || id != q->id || !(flags & DNS_FLAG_QR) ||
	    (flags >> 11 & 0xf) != DNS_OPCODE_QUERY)
		return KT_E_REFUSED;
	if (n_questions == 0 &&
	    (rcode == DNS_RCODE_FORMERR || rcode == DNS_RCODE_NOTIMP))
		return rcode;
	if (n_questions != 1 || !same_question(&r, q))
		return KT_E_REFUSED;
	return rcode;
}

const char *probe_dns_rcode(unsigned rcode, char out[16])
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
		"NOTAUTH", "NOTZONE" };
	if (rcode < KT_COUNT(names))
		return names[rcode];
	snprintf(out, 16, "rcode %u", rcode & 0xffffu);
	return out;
}
