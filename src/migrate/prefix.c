#include "base/addr.h"
#include "migrate/gdnsd_p.h"

const char *migrate_prefix(struct migrate_plan *plan, const char *text, bool *host_bits)
{
	char out[KT_PREFIX_TEXT];
	struct kt_prefix prefix;
	*host_bits = false;
	if (kt_prefix_scan_loose(text, &prefix, host_bits))
		return NULL;
	return migrate_format(plan, "%s", kt_prefix_print(&prefix, out));
}
