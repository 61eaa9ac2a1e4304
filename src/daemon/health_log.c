#include "base/log.h"
#include "base/mem.h"
#include "daemon/health_p.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	LINES_MAX = 50, /* at once; a dead uplink takes all down */
};

void health_log_begin(struct health *h)
{
	free(h->last);
	h->last = kt_calloc(h->steering->n_targets, sizeof(*h->last));
	for (size_t i = 0; i < h->steering->n_targets; i++) {
		struct monitor_view v;
		monitor_see(h->monitor, (uint32_t)i, &v);
		h->last[i] = (struct health_told){ v.known, v.up, v.since };
	}
}

static void tell(const struct monitor_view *v, const struct health_told *was)
{
	char after[48] = "", why[STEERING_ERROR_MAX + 32] = "";
	if (was->since > 0 && v->since >= was->since)
		snprintf(after, sizeof(after), " after=%" PRId64 "s",
		    (int64_t)(v->since - was->since));
	if (v->pattern)
		snprintf(why, sizeof(why), " override=\"%.100s\"", v->pattern);
	else if (!v->up && *v->error)
		snprintf(why, sizeof(why), " error=\"%s\"", v->error);
	log_info("steering: target=%s %s%s%s", v->target->key, v->up ? "up" : "down",
	    after, why);
}

size_t health_log_changes(struct health *h)
{
	size_t n = 0, lines = 0;
	for (size_t i = 0; i < h->steering->n_targets; i++) {
		struct monitor_view v;
		struct health_told was = h->last[i];
		monitor_see(h->monitor, (uint32_t)i, &v);
		/* That something was found up at the first look is no news. */
		bool first = v.known && !was.known && !was.up;
		if (v.up == was.up && (!first || v.up)) {
			h->last[i].known = v.known;
			continue;
		}
		n += !first;
		h->last[i] = (struct health_told){ v.known, v.up, v.since };
		if (first && v.up && !v.pattern)
			continue;
		if (lines++ < LINES_MAX)
			tell(&v, &was);
	}
	if (lines > LINES_MAX)
		log_info("steering: and %zu targets more", lines - LINES_MAX);
	return n;
}
