/* kotae ecs cost: entries and octets that a resolver will hold. */
#include "cli/ecs_open.h"
#include "cli/out.h"

#include "ecs/cost.h"

#include <jansson.h>

struct question {
	unsigned source[2];
	uint64_t names, types;
	struct ecs_cost cost[2];
};

static void print_family(const struct question *q, unsigned f)
{
	char partition[32], source[32], all[32], octets[32];
	const struct ecs_cost *c = &q->cost[f];
	long double entries = (long double)c->entries * q->names * q->types;
	if (c->entries_source <= 0)
		return;
	printf("IPv%u, source /%u: %s entries a name and type (scope = source: %s)\n",
	    f ? 6u : 4u, q->source[f], cli_ecs_count(c->entries, partition),
	    cli_ecs_count(c->entries_source, source));
	if (c->blocks_short)
		printf(
		    "  of them %zu blocks of /%u hold several cells: their clients all "
		    "get one answer\n",
		    c->blocks_short, q->source[f]);
	printf("  names %llu, types %llu: %s entries, about %s octets\n",
	    (unsigned long long)q->names, (unsigned long long)q->types,
	    cli_ecs_count(entries, all),
	    cli_ecs_count(entries * ECS_COST_OCTETS, octets));
}

static json_t *family_json(const struct question *q, unsigned f)
{
	const struct ecs_cost *c = &q->cost[f];
	double all = c->entries * (double)q->names * (double)q->types;
	json_t *o = json_object();
	json_object_set_new(o, "source", json_integer(q->source[f]));
	json_object_set_new(o, "entries", json_real(c->entries));
	json_object_set_new(o, "entries-scope-source", json_real(c->entries_source));
	json_object_set_new(
	    o, "blocks-short", json_integer((json_int_t)c->blocks_short));
	json_object_set_new(o, "entries-all", json_real(all));
	json_object_set_new(o, "octets-all", json_real(all * ECS_COST_OCTETS));
	return o;
}

static void warn(const struct question *q, struct kt_errs *errs)
{
	for (unsigned f = 0; f < 2; f++) {
		char entries[32];
		if (q->cost[f].entries <= ECS_COST_LIMIT)
			continue;
		kt_errs_add(errs, KT_WARNING, KT_E_LIMIT, NULL, 0, 0, NULL,
		    "%s entries of IPv%u a name and type: Unbound keeps %d "
		    "(max-ecs-tree-size-ipv%u) and asks again for the others",
		    cli_ecs_count(q->cost[f].entries, entries), f ? 6 : 4,
		    ECS_COST_LIMIT, f ? 6 : 4);
	}
}

static int show(const struct cli_args *args, const struct question *q,
    const struct ecs_view *view, struct kt_errs *errs)
{
	json_t *result = NULL;
	size_t before = errs->n_warnings;
	warn(q, errs);
	int status = errs->n_warnings > before ? CLI_FINDINGS : CLI_CLEAN;
	if (args->json) {
		result = json_object();
		json_object_set_new(result, "name", json_string(view->parts->name));
		json_object_set_new(
		    result, "names", json_integer((json_int_t)q->names));
		json_object_set_new(
		    result, "types", json_integer((json_int_t)q->types));
		json_object_set_new(
		    result, "octets-an-entry", json_integer(ECS_COST_OCTETS));
		json_object_set_new(result, "ipv4", family_json(q, 0));
		json_object_set_new(result, "ipv6", family_json(q, 1));
	} else {
		print_family(q, 0);
		print_family(q, 1);
	}
	return cli_finish(args->json, status, result, errs);
}

int cli_ecs_cost_run(const struct cli_args *args)
{
	struct kt_errs errs;
	struct cli_ecs ecs = { 0 };
	struct ecs_prefixes prefixes = { 0 };
	struct question q = { .names = 1, .types = 1 };
	int status = CLI_ERROR;
	kt_errs_init(&errs, 0);
	int rc = cli_ecs_source_pair(args, &errs, q.source);
	if (!rc)
		rc = cli_ecs_number(args, "names", 1000000000, &errs, &q.names);
	if (!rc)
		rc = cli_ecs_number(args, "types", 65535, &errs, &q.types);
	if (!rc)
		rc = cli_ecs_prefixes(args, &errs, &prefixes);
	if (!rc)
		rc = cli_ecs_open(args, args->operands[0], &errs, &ecs);
	if (rc) {
		cli_finish(args->json, CLI_ERROR, NULL, &errs);
	} else {
		ecs_cost(ecs.view, &prefixes, q.source, q.cost);
		status = show(args, &q, ecs.view, &errs);
	}
	cli_ecs_close(&ecs);
	ecs_prefixes_fini(&prefixes);
	kt_errs_fini(&errs);
	return status;
}
