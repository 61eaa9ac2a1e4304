/*
 * control/verb.h -- what kotae can ask kotaed: one table.
 *
 * The table is read by both ends: kotaed looks the verb up, checks the arguments and
 * whether the peer may write; kotae makes its help and shell completion from it.
 *
 * The results, as JSON objects (times are seconds since 1970, names end in a dot, a null
 * member may be left out):
 *
 *   status       {"name", "version", "pid", "started": UNIX, "config": FILE, "config-loaded": UNIX,
 *                 "workers": N, "ready": BOOL, "queries": N,
 *                 "zones": {"serving": N, "stale": N, "failed": N},
 *                 "listen": [{"address", "port", "serve", "transports": ["udp", ...]}],
 *                 "problems": [SENTENCE, ...]}
 *                status 2 when there are problems
 *   reload       {"config-changed": BOOL, "zones": {"loaded": N, "unchanged": N, "removed": N, "failed": N},
 *                 "restart-needed": [OPTION, ...]}
 *                errors hold what failed; status 1 when anything did
 *   stop         {}: the reply is sent when answering has stopped
 *   config diff  {"changes": [{"option": PATH, "running": TEXT or null, "file": TEXT or null,
 *                 "reload": BOOL (else it needs a restart)}]}
 *                status 2 when there are changes, 1 with errors when the file is wrong
 *   zone list    {"zones": [{"name", "state", "serial", "loaded": UNIX}]} in canonical order
 *   zone show    {"name", "state", "serial", "loaded": UNIX, "file", "records": N, "names": N,
 *                 "size": OCTETS, "signed": BOOL, "denial": "nsec" | "nsec3" | "none",
 *                 "steered": [NAME, ...], "error": SENTENCE or null}
 *                status 2 when state is not "serving", 1 when there is no such zone
 *
 *   ecs export   {"name", "kind": "map" | "service", "classes": [{"name", "pools", "targets"}], "default": CLASS,
 *                 "ecs": BOOL, "short-source": [{"prefix", "class"}], "hash-bits": [N, N],
 *                 "runs4": LINES, "runs6": LINES}: ecs/parts.h; status 1 when there is no such map or
 *                service, or it is too large for a reply
 *   ecs short    {"short": [{"resolver", "map", "family": N, "source": N, "needed": N, "count": N}],
 *                 "services": [{"name", "map"}]}: client subnets that were too short
 *                status 2 when there are any
 *
 * A zone's state: "serving"; "stale": the newest file was refused and the version before is
 * served; "failed": there is nothing to serve.
 *
 *   steer list   {"targets": [TARGET, ...]} in order of their keys, those that match the pattern
 *                status 2 when one is down that nobody forced down, 1 when none matches
 *   steer show   {"kind": "target", ...members of TARGET},
 *                {"kind": "pool", "name", "up": BOOL (not forced down), "method", "monitors": [NAME],
 *                 "need": N (0: all), "min-up": N, "slow-start": SECONDS, "override": OVERRIDE,
 *                 "members": [{"member": ADDRESS, NAME or "pool/NAME", "weight": N,
 *                 "targets": [TARGET]}]},
 *                {"kind": "service", "name", "map": NAME or null, "ttl", "ttl-min", "signed": BOOL,
 *                 "pools": [pools as above],
 *                 "classes": [{"class": N, "regions": [NAME], "pools": [NAME],
 *                 "answers": [{"type", "ttl", "pool", "pick": "one" | "random" | "turn" | "hash",
 *                 "failed": BOOL, "total": N, "variants": [{"weight": N, "records": [TEXT],
 *                 "signatures": N}]}]}]}
 *                status 2 when something shown is down that nobody forced down, 1 when there is no
 *                such thing
 *   steer explain
 *                as steering/explain.h has it; status 1 when no service has the name
 *   steer down, steer up, steer auto, steer push
 *                {"targets": [TARGET, ...]}: those meant, as they are now; answers have changed
 *                status 1 when there is none
 *
 * TARGET: {"target": KEY, "monitor": NAME or null, "type" or null,
 * "state": "up" | "down", "found": "up" | "down" | "unknown", "streak": N (results in a row
 * against found), "since": UNIX, "probed": UNIX, "ok": N, "failed": N, "changes": N, "error": the
 * last one's TEXT or null, "override": OVERRIDE}.  OVERRIDE: null or {"pattern", "state",
 * "reason", "until": UNIX or null}.  status has "steering": {"targets": N, "down": N, "forced": N}
 * where anything is steered.
 *
 * Threads:  constant data.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

enum control_verb_id {
	CONTROL_STATUS,
	CONTROL_RELOAD,
	CONTROL_STOP,
	CONTROL_CONFIG_DIFF,
	CONTROL_ZONE_LIST,
	CONTROL_ZONE_SHOW,
	CONTROL_ECS_EXPORT,
	CONTROL_ECS_SHORT,
	CONTROL_STEER_LIST,
	CONTROL_STEER_SHOW,
	CONTROL_STEER_EXPLAIN,
	CONTROL_STEER_DOWN,
	CONTROL_STEER_UP,
	CONTROL_STEER_AUTO,
	CONTROL_STEER_PUSH,
	CONTROL_N_VERBS,
};

#define CONTROL_ARGUMENTS_MAX 4

struct control_argument {
	const char *name; /* the key in "arguments"; its value is a string */
	const char *help;
	bool optional; /* "" when it is absent */
};

struct control_verb {
	enum control_verb_id id;
	const char *name; /* "zone show": as typed and as sent */
	bool writes;      /* changes the running state: not for everybody */
	struct control_argument arguments[CONTROL_ARGUMENTS_MAX]; /* name NULL ends */
	const char *help; /* a sentence without its dot */
};

extern const struct control_verb control_verbs[CONTROL_N_VERBS];

/* NULL: there is none. */
KT_NONNULL const struct control_verb *control_verb_find(const char *name);
/* The verb that was probably meant, or NULL. */
KT_NONNULL const struct control_verb *control_verb_nearest(const char *name);
KT_NONNULL size_t control_verb_n_arguments(const struct control_verb *verb);
