#include "zone/check.h"

#include "zone/check_p.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void zone_check_report(struct zone_check *c, enum kt_grade grade, const char *word,
    const struct zone_node *node, uint16_t type, const char *format, ...)
{
	char line[2 * DNS_NAME_TEXT + 256];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (grade == KT_ERROR)
		c->errors++;
	const struct zone_finding finding = {
		.grade = grade,
		.word = word,
		.owner = node->name,
		.type = type,
		.text = line,
	};
	c->take(c->ctx, &finding);
}

const char *zone_check_name(struct zone_check *c, const uint8_t *wire)
{
	return dns_name_print(wire, c->name[c->turn++ & 1]);
}

const char *zone_check_type(struct zone_check *c, uint16_t type)
{
	return dns_type_print(type, c->type[c->turn++ & 1]);
}

static bool has_data(const struct zone_node *node)
{
	const struct zone_rrset *set = zone_rrsets(node);
	for (unsigned i = node->n_rrsets; i; i--, set = zone_rrset_next(set))
		if (set->type != DNS_TYPE_NSEC && set->type != DNS_TYPE_NSEC3 &&
		    set->type != DNS_TYPE_RRSIG)
			return true;
	return false;
}

enum zone_check_kind zone_check_kind(
    const struct zone_snapshot *zone, const struct zone_node *node)
{
	if (node->flags & ZONE_NODE_BELOW)
		return node->flags & ZONE_NODE_NSEC3_ONLY ? CHECK_NONE : CHECK_BELOW;
	if (node->flags & ZONE_NODE_CUT)
		return CHECK_CUT;
	if (has_data(node) || node->flags & ZONE_NODE_APEX)
		return CHECK_DATA;
	const struct zone_node *next = zone_node_next(zone, node);
	return next && dns_wire_under(next->name, node->name) ? CHECK_EMPTY
							      : CHECK_NONE;
}

static void check_node(struct zone_check *c, const struct zone_node *node)
{
	zone_check_data(c, node);
	zone_check_targets(c, node);
	zone_check_sig(c, node);
	if (c->options->signatures) {
		zone_check_nsec(c, node);
		zone_check_nsec3(c, node);
	}
}

unsigned zone_check(const struct zone_snapshot *zone,
    const struct zone_check_options *options, zone_finding_take *take, void *ctx)
{
	struct zone_check *c = kt_calloc(1, sizeof(*c));
	*c = (struct zone_check){
		.zone = zone, .options = options, .take = take, .ctx = ctx
	};
	zone_check_sig_begin(c);
	if (options->signatures) {
		zone_check_nsec_begin(c);
		zone_check_nsec3_begin(c);
		zone_check_zonemd(c, zone_apex(zone));
	}
	for (const struct zone_node *node = zone_apex(zone); node;
	     node = zone_node_next(zone, node), c->node_index++)
		check_node(c, node);
	zone_check_nsec3_end(c);
	zone_check_sig_end(c);
	unsigned errors = c->errors;
	free(c);
	return errors;
}
