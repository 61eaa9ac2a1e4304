/*
 * The text:
 *
 *   {"version": 1, "saved": UNIX,
 *    "targets": [{"key", "up": BOOL, "streak", "since", "probed", "ok", "failed", "changes",
 *                 "error": TEXT}],
 *    "overrides": [{"pattern", "up": BOOL, "reason", "from": UNIX, "for": SECONDS,
 *                   "until": UNIX}]}
 *
 * Targets that nobody knows are left out, as are those without a monitor.  "for" 0: for good.
 */
#include "base/mem.h"
#include "steering/monitor_p.h"
#include "steering/pattern.h"

#include <jansson.h>
#include <stdlib.h>

enum {
	VERSION = 1
};

/* Saving */

static void add_line(struct kt_text *out, json_t *object, const char *end)
{
	char *line = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII)
			    : NULL;
	kt_require(line); /* all texts are UTF-8: only memory can be short */
	kt_text_add(out, line);
	kt_text_add(out, end);
	free(line);
	json_decref(object);
}

static json_t *target_json(const struct monitor *m, size_t i)
{
	const struct monitor_target *t = &m->targets[i];
	return json_pack("{s:s, s:b, s:i, s:I, s:I, s:I, s:I, s:I, s:s}", "key",
	    m->steering->targets[i].key, "up", t->found_up, "streak", (int)t->streak,
	    "since", (json_int_t)t->since, "probed", (json_int_t)t->last, "ok",
	    (json_int_t)t->n_ok, "failed", (json_int_t)t->n_failed, "changes",
	    (json_int_t)t->n_changes, "error", t->error ? t->error : "");
}

static json_t *override_json(
    const struct monitor *m, const struct override *o, kt_unix unix_now)
{
	int64_t left = o->for_s ? monitor_override_left_s(m, o) : 0;
	return json_pack("{s:s, s:b, s:s, s:I, s:I, s:I}", "pattern", o->pattern, "up",
	    o->up, "reason", o->reason, "from", (json_int_t)o->from, "for",
	    (json_int_t)o->for_s, "until",
	    (json_int_t)(o->for_s ? unix_now + left : 0));
}

void monitor_save(const struct monitor *m, kt_unix unix_now, struct kt_text *out)
{
	const char *between = "";
	kt_text_addf(out, "{\"version\":%d,\"saved\":%lld,\n\"targets\":[", VERSION,
	    (long long)unix_now);
	for (size_t i = 0; i < m->steering->n_targets; i++) {
		if (!m->targets[i].known || !m->steering->targets[i].monitor)
			continue;
		kt_text_add(out, between);
		add_line(out, target_json(m, i), "");
		between = ",\n";
	}
	kt_text_add(out, "],\n\"overrides\":[");
	between = "";
	for (size_t i = 0; i < m->n_overrides; i++) {
		kt_text_add(out, between);
		add_line(out, override_json(m, m->overrides[i], unix_now), "");
		between = ",\n";
	}
	kt_text_add(out, "]}\n");
}

/* Restoring */

/* 0 for what is negative or no number. */
static int64_t count_of(const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));
	return n > 0 ? n : 0;
}

static bool is_target(const json_t *t)
{
	return json_is_string(json_object_get(t, "key")) &&
	       json_is_boolean(json_object_get(t, "up"));
}

static bool is_override(const json_t *o)
{
	return json_is_string(json_object_get(o, "pattern")) &&
	       json_is_boolean(json_object_get(o, "up")) &&
	       json_is_integer(json_object_get(o, "for")) &&
	       json_is_integer(json_object_get(o, "until"));
}

static bool all_are(const json_t *list, bool (*is)(const json_t *entry))
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!is(json_array_get(list, i)))
			return false;
	return json_is_array(list);
}

static bool is_state(const json_t *root)
{
	return json_integer_value(json_object_get(root, "version")) == VERSION &&
	       json_is_integer(json_object_get(root, "saved")) &&
	       all_are(json_object_get(root, "targets"), is_target) &&
	       all_are(json_object_get(root, "overrides"), is_override);
}

/* A clock that was put back says nothing of age. */
static bool too_old(kt_unix at, kt_unix unix_now, uint32_t max_age_s)
{
	return at > unix_now || unix_now - at > (int64_t)max_age_s;
}

static void restore_target(
    struct monitor *m, const json_t *entry, uint32_t max_age_s, kt_unix unix_now)
{
	uint32_t i;
	kt_unix probed = count_of(entry, "probed");
	const char *error = json_string_value(json_object_get(entry, "error"));
	if (!steering_key_find(
		m->steering, json_string_value(json_object_get(entry, "key")), &i) ||
	    !m->steering->targets[i].monitor)
		return;
	struct monitor_target *t = &m->targets[i];
	/* What was pushed holds until the next word. */
	if (t->probed && too_old(probed, unix_now, max_age_s))
		return;
	monitor_adopt(m, i, json_is_true(json_object_get(entry, "up")));
	if (t->probed) {
		int64_t streak = count_of(entry, "streak"),
			most = monitor_needed(m, i) - 1;
		t->streak = (unsigned)(streak < most ? streak : most);
	}
	t->since = count_of(entry, "since");
	t->last = probed;
	t->n_ok = (uint64_t)count_of(entry, "ok");
	t->n_failed = (uint64_t)count_of(entry, "failed");
	t->n_changes = (uint64_t)count_of(entry, "changes");
	free(t->error);
	t->error = error && *error ? monitor_text(error, STEERING_ERROR_MAX) : NULL;
	monitor_update(m, i);
}

/* Its end is as far as the calendar says, but never farther than it was set for. */
static void restore_override(struct monitor *m, const json_t *entry, kt_unix unix_now)
{
	int64_t for_s = count_of(entry, "for"), until = count_of(entry, "until");
	struct override o = {
		.pattern = (char *)json_string_value(json_object_get(entry, "pattern")),
		.reason = (char *)json_string_value(json_object_get(entry, "reason")),
		.up = json_is_true(json_object_get(entry, "up")),
		.for_s = for_s < UINT32_MAX ? (uint32_t)for_s : UINT32_MAX,
		.end = MONITOR_NEVER,
		.from = count_of(entry, "from"),
	};
	if (o.for_s) {
		int64_t left = until - unix_now;
		if (left <= 0)
			return;
		left = left < o.for_s ? left : o.for_s;
		o.end = kt_instant_add(m->now, kt_span_ms(left * 1000));
	}
	int rc = monitor_override_put(m, &o);
	(void)rc; /* its targets are gone, or there are too many */
}

/* The present `up` has been so since then, where the override is as old as that. */
static void restore_since(struct monitor *m, const json_t *targets)
{
	for (size_t k = 0; k < json_array_size(targets); k++) {
		uint32_t i;
		const json_t *entry = json_array_get(targets, k);
		if (steering_key_find(m->steering,
			json_string_value(json_object_get(entry, "key")), &i) &&
		    m->targets[i].known && m->targets[i].forced) {
			m->targets[i].since = count_of(entry, "since");
			m->targets[i].n_changes = (uint64_t)count_of(entry, "changes");
		}
	}
}

int monitor_restore(struct monitor *m, const char *text, size_t len, uint32_t max_age_s,
    struct kt_instant now, kt_unix unix_now)
{
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!root || !is_state(root)) {
		json_decref(root);
		return KT_E_FORMAT;
	}
	const json_t *targets = json_object_get(root, "targets"),
		     *overrides = json_object_get(root, "overrides");
	if (now.ns > m->now.ns)
		m->now = now;
	m->unix_now = unix_now;
	for (size_t i = 0; i < json_array_size(targets); i++)
		restore_target(m, json_array_get(targets, i), max_age_s, unix_now);
	for (size_t i = 0; i < json_array_size(overrides); i++)
		restore_override(m, json_array_get(overrides, i), unix_now);
	restore_since(m, targets);
	json_decref(root);
	return 0;
}
