#include "authority/chaos.h"

#include "dns/type.h"

#include <string.h>

static const char *text_of(const struct authority_config *config, const uint8_t *qname)
{
	static const struct {
		const char *wire;
		bool version;
	} names[] = {
		{ "\2id\6server", false },
		{ "\10hostname\4bind", false },
		{ "\7version\4bind", true },
		{ "\7version\6server", true },
	};
	for (size_t i = 0; i < KT_COUNT(names); i++)
		if (dns_wire_equal(qname, (const uint8_t *)names[i].wire))
			return names[i].version ? config->version : config->nsid;
	return "";
}

int authority_chaos(const struct authority_config *config, const struct dns_query *q,
    struct dns_message_writer *m)
{
	_Static_assert(sizeof(config->nsid) <= 256 && sizeof(config->version) <= 256,
	    "a text is one character-string");
	if (q->qtype != DNS_TYPE_TXT && q->qtype != DNS_TYPE_ANY)
		return DNS_RCODE_REFUSED;
	const char *text = text_of(config, q->qname.wire);
	size_t len = strlen(text);
	if (!len)
		return DNS_RCODE_REFUSED;
	uint8_t rdata[256];
	rdata[0] = (uint8_t)len;
	memcpy(rdata + 1, text, len);
	/* RFC 4892 s.3: the record is not to be cached */
	dns_message_put(m, DNS_ANSWER, q->qname.wire, DNS_TYPE_TXT, DNS_CLASS_CH, 0,
	    rdata, (uint16_t)(len + 1));
	return DNS_RCODE_NOERROR;
}
