/* kotae ecs simulate: can any order of arrival make a cache answer wrongly? */
#include "cli/ecs_open.h"
#include "cli/out.h"

#include "base/mem.h"
#include "control/text.h"
#include "ecs/simulate.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ORDERS_DEFAULT 10000
#define ORDERS_MAX     10000000
#define CLIENTS_MAX    65536
#define CLIENTS_SHOWN  8

/* Which scopes the server is taken to give. */
enum scopes {
	SCOPES_PARTITION, /* as kotae answers */
	SCOPES_MATCHED, /* the length of the network that matched, 0 for the default */
	SCOPES_SOURCE,  /* the source's length */
	SCOPES_ZERO,    /* always 0 */
	N_SCOPES,
};

static const char *const scopes_names[N_SCOPES] = { "partition", "matched", "source",
	"zero" };

struct question {
	enum scopes scopes;
	bool models[ECS_N_CACHES];
	uint64_t orders, seed, entries;
	struct ecs_prefixes clients;
	struct ecs_reply *replies;
	struct cli_progress progress;
};

static int find_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

static int read_words(
    const struct cli_args *args, struct question *q, struct kt_errs *errs)
{
	const char *scopes = cli_option_value(args, "server-scope"),
		   *cache = cli_option_value(args, "cache");
	int found = scopes ? find_word(scopes_names, N_SCOPES, scopes) : 0;
	if (found < 0)
		return kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL,
		    "--server-scope is partition, matched, source or zero, not \"%s\"",
		    scopes);
	q->scopes = (enum scopes)found;
	if (!cache || strcmp(cache, "all") == 0) {
		memset(q->models, true, sizeof(q->models));
		return 0;
	}
	found = find_word(ecs_cache_names, ECS_N_CACHES, cache);
	if (found < 0)
		return kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL,
		    "--cache is unbound, powerdns, rfc or all, not \"%s\"", cache);
	q->models[found] = true;
	return 0;
}

static int read_options(
    const struct cli_args *args, struct question *q, struct kt_errs *errs)
{
	int rc = read_words(args, q, errs);
	q->orders = ORDERS_DEFAULT;
	q->seed = 1;
	if (!rc)
		rc = cli_ecs_number(args, "orders", ORDERS_MAX, errs, &q->orders);
	if (!rc)
		rc = cli_ecs_number(args, "seed", UINT64_MAX, errs, &q->seed);
	if (!rc)
		rc = cli_ecs_number(args, "entries", 1000000, errs, &q->entries);
	if (!rc)
		rc = cli_ecs_prefixes(args, errs, &q->clients);
	if (!rc && q->clients.n > CLIENTS_MAX)
		rc = kt_errs_add(errs, KT_ERROR, KT_E_LIMIT, NULL, 0, 0, NULL,
		    "more than %d clients", CLIENTS_MAX);
	return rc;
}

/* A server that answers by the first address of the block, and tells what matched. */
static int answer_matched(
    const struct ecs_view *view, struct question *q, struct kt_errs *errs)
{
	for (size_t i = 0; i < q->clients.n; i++) {
		struct ecs_reply *r = &q->replies[i];
		struct steering_why why;
		if (!view->regions ||
		    steering_regions_why(view->regions, &r->asked.addr, &why))
			return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0,
			    NULL,
			    "what matched is known with a configuration only: not "
			    "with --running, nor without a map");
		r->answer = view->class_of && why.region < view->regions->n
				? view->class_of[why.region]
				: why.region;
		r->scope = why.prefix.addr.family == r->asked.addr.family
			       ? why.prefix.len
			       : 0;
	}
	return 0;
}

static int answer(const struct cli_args *args, const struct ecs_view *view,
    struct question *q, struct kt_errs *errs)
{
	struct kt_addr resolver;
	int rc = cli_ecs_resolver(args, errs, &resolver);
	if (rc)
		return rc;
	q->replies = kt_calloc(q->clients.n, sizeof(*q->replies));
	ecs_view_replies(view, &q->clients, &resolver, q->replies);
	if (q->scopes == SCOPES_MATCHED)
		return answer_matched(view, q, errs);
	for (size_t i = 0; i < q->clients.n && q->scopes != SCOPES_PARTITION; i++)
		q->replies[i].scope = q->scopes == SCOPES_ZERO
					  ? 0
					  : q->replies[i].asked.len;
	return 0;
}

static void show_progress(void *ctx, size_t done)
{
	struct question *q = ctx;
	cli_progress_show(&q->progress, done);
}

static const char *client_text(const struct question *q, uint32_t i, char *out)
{
	return kt_prefix_print(&q->replies[i].asked, out);
}

static void print_bad(const struct question *q, const struct ecs_view *view,
    const struct ecs_simulation_result *r)
{
	char culprit[KT_PREFIX_TEXT], victim[KT_PREFIX_TEXT], stored[KT_PREFIX_TEXT];
	const struct ecs_reply *c = &q->replies[r->culprit],
			       *v = &q->replies[r->victim];
	struct kt_prefix at = ecs_cut(&c->asked, c->scope);
	client_text(q, r->culprit, culprit);
	client_text(q, r->victim, victim);
	printf("  order %zu:", r->bad_order);
	for (size_t i = 0; i < q->clients.n && i < CLIENTS_SHOWN; i++) {
		char text[KT_PREFIX_TEXT];
		printf(" %s", client_text(q, r->order[i], text));
	}
	printf("%s\n", q->clients.n > CLIENTS_SHOWN ? " ..." : "");
	printf("  two are enough: %s asks and its answer (%s) is kept for %s; then %s "
	       "gets "
	       "it in place of its own (%s)\n",
	    culprit, ecs_parts_class_name(view->parts, (uint16_t)c->answer),
	    kt_prefix_print(&at, stored), victim,
	    ecs_parts_class_name(view->parts, (uint16_t)v->answer));
}

static void print_model(const struct question *q, const struct ecs_view *view,
    enum ecs_cache_model model, const struct ecs_simulation_result *r)
{
	bool colour = cli_colour(stdout);
	double orders = r->orders ? (double)r->orders : 1;
	printf("%-9s %s%zu of %zu orders with a wrong answer (%.1f %%)%s, %.1f of %zu "
	       "answers wrong in the mean; %.1f queries upstream, %zu entries\n",
	    ecs_cache_names[model],
	    !colour  ? ""
	    : r->bad ? "\033[1;31m"
		     : "\033[32m",
	    r->bad, r->orders, 100 * (double)r->bad / orders, colour ? "\033[0m" : "",
	    (double)r->wrong / orders, 2 * q->clients.n, (double)r->upstream / orders,
	    r->entries_max);
	if (r->order)
		print_bad(q, view, r);
}

static json_t *model_json(const struct question *q, enum ecs_cache_model model,
    const struct ecs_simulation_result *r)
{
	char text[KT_PREFIX_TEXT];
	double orders = r->orders ? (double)r->orders : 1;
	json_t *o = json_object();
	json_object_set_new(o, "cache", json_string(ecs_cache_names[model]));
	json_object_set_new(o, "all-orders", json_boolean(r->all));
	json_object_set_new(o, "orders", json_integer((json_int_t)r->orders));
	json_object_set_new(o, "orders-wrong", json_integer((json_int_t)r->bad));
	json_object_set_new(o, "wrong", json_integer((json_int_t)r->wrong));
	json_object_set_new(o, "wrong-mean", json_real((double)r->wrong / orders));
	json_object_set_new(o, "asked", json_integer((json_int_t)r->asked));
	json_object_set_new(
	    o, "upstream-mean", json_real((double)r->upstream / orders));
	json_object_set_new(o, "entries", json_integer((json_int_t)r->entries_max));
	if (!r->order)
		return o;
	json_t *order = json_array();
	for (size_t i = 0; i < q->clients.n; i++)
		json_array_append_new(
		    order, json_string(client_text(q, r->order[i], text)));
	json_object_set_new(o, "order", order);
	json_object_set_new(o, "first", json_string(client_text(q, r->culprit, text)));
	json_object_set_new(o, "then", json_string(client_text(q, r->victim, text)));
	return o;
}

static int simulate(const struct cli_args *args, const struct ecs_view *view,
    struct question *q, struct kt_errs *errs)
{
	json_t *list = json_array(), *result = NULL;
	int status = CLI_CLEAN;
	if (!args->json)
		printf(
		    "%zu clients, scopes: %s\n", q->clients.n, scopes_names[q->scopes]);
	for (unsigned m = 0; m < ECS_N_CACHES; m++) {
		struct ecs_simulation s = {
			.model = m,
			.limit = q->entries,
			.orders = q->orders,
			.seed = q->seed,
			.progress = show_progress,
			.ctx = q,
		};
		struct ecs_simulation_result r;
		if (!q->models[m])
			continue;
		cli_progress_begin(
		    &q->progress, "orders", ecs_simulation_orders(&s, q->clients.n));
		ecs_simulate(&s, q->replies, q->clients.n, &r);
		cli_progress_end(&q->progress);
		if (r.bad)
			status = CLI_FINDINGS;
		if (args->json)
			json_array_append_new(list, model_json(q, m, &r));
		else
			print_model(q, view, m, &r);
		ecs_simulation_fini(&r);
	}
	if (args->json) {
		result = json_object();
		json_object_set_new(result, "name", control_string(view->parts->name));
		json_object_set_new(
		    result, "clients", json_integer((json_int_t)q->clients.n));
		json_object_set_new(
		    result, "server-scope", json_string(scopes_names[q->scopes]));
		json_object_set(result, "caches", list);
	}
	json_decref(list);
	return cli_finish(args->json, status, result, errs);
}

int cli_ecs_simulate_run(const struct cli_args *args)
{
	struct kt_errs errs;
	struct cli_ecs ecs = { 0 };
	struct question q = { .scopes = SCOPES_PARTITION };
	int status = CLI_ERROR;
	kt_errs_init(&errs, 0);
	int rc = read_options(args, &q, &errs);
	if (!rc)
		rc = cli_ecs_open(args, args->operands[0], &errs, &ecs);
	if (!rc)
		rc = answer(args, ecs.view, &q, &errs);
	if (rc)
		cli_finish(args->json, CLI_ERROR, NULL, &errs);
	else
		status = simulate(args, ecs.view, &q, &errs);
	free(q.replies);
	ecs_prefixes_fini(&q.clients);
	cli_ecs_close(&ecs);
	kt_errs_fini(&errs);
	return status;
}
