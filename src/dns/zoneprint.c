#include "base/text.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/type.h"
#include "dns/zonetext.h"

void dns_record_print(struct kt_text *text, const struct dns_record *record)
{
	char word[DNS_TYPE_TEXT];
	dns_name_add(text, record->owner);
	kt_text_addf(text, "\t%u\t", record->ttl_s);
	kt_text_add(text, dns_class_print(record->class, word));
	kt_text_char(text, '\t');
	kt_text_add(text, dns_type_print(record->type, word));
	kt_text_char(text, '\t');
	dns_rdata_print(text, record->type, record->rdata, record->rdlen);
	kt_text_char(text, '\n');
}
