#include "base/addr.h"
#include "base/text.h"
#include "migrate/gdnsd_p.h"

#include <stdlib.h>
#include <string.h>

const char *migrate_prefix(struct migrate_plan *plan, const char *text, bool *host_bits)
{
	char address[KT_ADDR_TEXT], out[KT_PREFIX_TEXT];
	struct kt_prefix prefix = { 0 };
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	*host_bits = false;
	if (len >= sizeof(address))
		return NULL;
	memcpy(address, text, len);
	address[len] = 0;
	if (kt_addr_scan(address, &prefix.addr))
		return NULL;
	uint64_t max = prefix.addr.family == 4 ? 32 : 128, bits = max;
	if (slash && kt_scan_number(slash + 1, strlen(slash + 1), max, &bits))
		return NULL;
	prefix.len = (uint8_t)bits;
	for (unsigned i = prefix.len; i < max; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);
		*host_bits |= (prefix.addr.octets[i / 8] & bit) != 0;
		prefix.addr.octets[i / 8] &= (uint8_t)~bit;
	}
	return migrate_format(plan, "%s", kt_prefix_print(&prefix, out));
}
