/* kotae ecs check: asks a live server for every row of a file of expectations. */
#include "cli/ask.h"
#include "cli/ecs_open.h"
#include "cli/out.h"
#include "cli/table.h"

#include "base/file.h"
#include "base/mem.h"
#include "control/text.h"
#include "dns/query.h"
#include "dns/type.h"
#include "ecs/expect.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT_FILE_MAX ((size_t)64 << 20)
#define TIMEOUT_MAX_MS  600000

struct check {
	const struct cli_args *args;
	struct ecs_expect expect;
	struct cli_asker asker;
	bool via;             /* the server is a resolver */
	struct dns_name name; /* of --name; len 0: not given */
	uint16_t type;        /* of --type; 0: not given */
	struct cli_table table;
	json_t *rows;
	size_t n_wrong, by_verdict[ECS_N_VERDICTS];
};

/* What an answer says, in a few words. */
static void describe(const struct ecs_answer *a, struct kt_text *out)
{
	char text[KT_ADDR_TEXT];
	static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED" };
	if (a->rcode != DNS_RCODE_NOERROR) {
		if (a->rcode < KT_COUNT(rcodes))
			kt_text_add(out, rcodes[a->rcode]);
		else
			kt_text_addf(out, "RCODE%u", a->rcode);
		return;
	}
	for (size_t i = 0; i < a->n_addresses; i++)
		kt_text_addf(
		    out, "%s%s", i ? "," : "", kt_addr_print(&a->addresses[i], text));
	if (!a->n_addresses && a->target.len)
		dns_name_add(out, a->target.wire);
	else if (!a->n_addresses)
		kt_text_add(out, "NODATA");
}

/* Network, source and scope, as operators write them. */
static void describe_ecs(const struct ecs_answer *a, char *out, size_t size)
{
	char text[KT_ADDR_TEXT];
	struct kt_addr addr = { .family = a->ecs.family };
	memcpy(addr.octets, a->ecs.octets, sizeof(addr.octets));
	if (a->bad_ecs)
		snprintf(out, size, "malformed");
	else if (!a->has_ecs)
		snprintf(out, size, "-");
	else
		snprintf(out, size, "%s/%u/%u", kt_addr_print(&addr, text),
		    a->ecs.source, a->ecs.scope);
}

struct outcome {
	enum ecs_verdict verdict;
	char answer[256], ecs[80], why[128];
	struct ecs_answer reply;
};

static void ask(struct check *c, const struct ecs_expect_row *row,
    const struct ecs_question *asked, struct outcome *out)
{
	struct ecs_question question = *asked;
	struct kt_text text = { 0 };
	*out = (struct outcome){ .answer = "-", .ecs = "-" };
	int rc = cli_asker_ask(&c->asker, &question, &out->reply);
	if (rc == KT_E_SYSTEM || rc == KT_E_AGAIN) {
		out->verdict = ECS_NO_REPLY;
		snprintf(out->why, sizeof(out->why), ": %s",
		    rc == KT_E_SYSTEM ? strerror(errno) : "timeout");
		return;
	}
	if (rc) {
		out->verdict = ECS_BAD_REPLY;
		return;
	}
	out->verdict = ecs_expect_judge(&c->expect, row, &out->reply);
	describe(&out->reply, &text);
	snprintf(out->answer, sizeof(out->answer), "%s", kt_text_of(&text));
	describe_ecs(&out->reply, out->ecs, sizeof(out->ecs));
	if (out->verdict == ECS_WRONG_SCOPE)
		snprintf(out->why, sizeof(out->why), ": expected %d", row->scope);
	kt_text_fini(&text);
}

static void add_row(struct check *c, size_t number, const struct ecs_expect_row *row,
    const struct outcome *o)
{
	char prefix[KT_PREFIX_TEXT] = "-", scope[16] = "";
	struct kt_text expected = { 0 };
	bool ok = o->verdict == ECS_OK;
	ecs_expect_print(&c->expect, row, &expected);
	if (row->prefix.addr.family)
		kt_prefix_print(&row->prefix, prefix);
	if (row->scope >= 0)
		snprintf(scope, sizeof(scope), " /%d", row->scope);
	cli_table_addf(&c->table, "%zu", number);
	cli_table_add(&c->table, prefix, NULL);
	cli_table_add(&c->table, o->answer, ok ? NULL : "\033[31m");
	cli_table_add(&c->table, o->ecs, NULL);
	cli_table_addf(&c->table, "%s%s", kt_text_of(&expected), scope);
	kt_text_clear(&expected);
	kt_text_addf(&expected, "%s%s", ecs_verdict_names[o->verdict], o->why);
	cli_table_add(&c->table, kt_text_of(&expected), ok ? "\033[32m" : "\033[1;31m");
	kt_text_fini(&expected);
}

static void add_json(struct check *c, const struct ecs_question *q,
    const struct ecs_expect_row *row, const struct outcome *o)
{
	char prefix[KT_PREFIX_TEXT] = "-", name[DNS_NAME_TEXT], type[DNS_TYPE_TEXT];
	struct kt_text expected = { 0 };
	json_t *object = json_object();
	ecs_expect_print(&c->expect, row, &expected);
	if (row->prefix.addr.family)
		kt_prefix_print(&row->prefix, prefix);
	json_object_set_new(object, "line", json_integer(row->line));
	json_object_set_new(
	    object, "name", control_string(dns_name_print(q->name.wire, name)));
	json_object_set_new(object, "type", json_string(dns_type_print(q->type, type)));
	json_object_set_new(object, "prefix", json_string(prefix));
	json_object_set_new(object, "answer", control_string(o->answer));
	json_object_set_new(object, "subnet", json_string(o->ecs));
	json_object_set_new(object, "expected", control_string(kt_text_of(&expected)));
	if (o->reply.has_ecs && !o->reply.bad_ecs)
		json_object_set_new(object, "scope", json_integer(o->reply.ecs.scope));
	if (row->scope >= 0)
		json_object_set_new(object, "expected-scope", json_integer(row->scope));
	json_object_set_new(object, "ok", json_boolean(o->verdict == ECS_OK));
	json_object_set_new(
	    object, "verdict", json_string(ecs_verdict_names[o->verdict]));
	json_array_append_new(c->rows, object);
	kt_text_fini(&expected);
}

static int check_row(struct check *c, size_t number, const struct ecs_expect_row *row,
    struct kt_errs *errs)
{
	struct ecs_question q = { .recursion = c->via, .subnet = row->prefix };
	struct outcome o;
	if (c->name.len)
		q.name = c->name;
	else if (row->name < c->expect.n_names)
		q.name = c->expect.names[row->name];
	else
		return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, c->args->operands[0],
		    row->line, 0, NULL,
		    "which name? Neither \"name\" stands before the row, nor was "
		    "--name "
		    "given");
	q.type = c->type ? c->type : row->type;
	ask(c, row, &q, &o);
	c->n_wrong += o.verdict != ECS_OK;
	c->by_verdict[o.verdict]++;
	if (c->rows)
		add_json(c, &q, row, &o);
	else
		add_row(c, number, row, &o);
	return 0;
}

static int check_rows(struct check *c, struct kt_errs *errs)
{
	static const char *const headings[] = { "No.", "prefix asked", "answer",
		"prefix/source/scope", "expected", "verdict" };
	struct cli_progress progress;
	int rc = 0;
	cli_table_init(&c->table, headings, KT_COUNT(headings));
	cli_progress_begin(&progress, "rows asked", c->expect.n);
	for (size_t i = 0; i < c->expect.n && !rc; i++) {
		rc = check_row(c, i + 1, &c->expect.rows[i], errs);
		cli_progress_show(&progress, i + 1);
	}
	cli_progress_end(&progress);
	if (!c->rows && !rc) {
		cli_table_print(&c->table);
		printf("%zu rows, %zu wrong\n", c->expect.n, c->n_wrong);
	}
	cli_table_fini(&c->table);
	return rc;
}

static int read_server(struct check *c, struct kt_errs *errs)
{
	const char *server = cli_option_value(c->args, "server"),
		   *via = cli_option_value(c->args, "via"),
		   *timeout = cli_option_value(c->args, "timeout");
	const char *text = via ? via : server;
	uint64_t ms, tries = 3;
	if (!text)
		return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "whom to ask? --server names an authoritative server, --via a "
		    "resolver");
	if (server && via)
		return kt_errs_add(errs, KT_ERROR, KT_E_CONFLICT, NULL, 0, 0, NULL,
		    "one at a time: --server asks the authoritative server, --via the "
		    "resolver");
	if (cli_asker_scan(text, &c->asker))
		return kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL,
		    "\"%s\" is no address with or without a port, as 192.0.2.1:5353 or "
		    "2001:db8::1@5353",
		    text);
	c->via = via;
	if (timeout && (kt_scan_duration(timeout, strlen(timeout), &ms) || !ms ||
			   ms > TIMEOUT_MAX_MS))
		return kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL,
		    "--timeout takes a time up to 10m, as 2s or 300ms, not \"%s\"",
		    timeout);
	if (timeout)
		c->asker.timeout_ms = (unsigned)ms;
	int rc = cli_ecs_number(c->args, "tries", 100, errs, &tries);
	c->asker.tries = tries ? (unsigned)tries : 1;
	return rc;
}

static int read_question(struct check *c, struct kt_errs *errs)
{
	const char *name = cli_option_value(c->args, "name"),
		   *type = cli_option_value(c->args, "type");
	if (name && dns_name_scan(name, strlen(name), NULL, &c->name))
		return kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL,
		    "\"%s\" is no domain name", name);
	if (type && dns_type_scan(type, strlen(type), &c->type))
		return kt_errs_add(errs, KT_ERROR, KT_E_TYPE, NULL, 0, 0, NULL,
		    "\"%s\" is no record type", type);
	return 0;
}

static int read_expect(struct check *c, struct kt_errs *errs)
{
	const char *path = c->args->operands[0];
	struct kt_file file;
	int rc = kt_file_read(path, EXPECT_FILE_MAX, &file);
	if (rc)
		return kt_errs_add(errs, KT_ERROR, rc, path, 0, 0, NULL,
		    rc == KT_E_SYSTEM ? "cannot be read: %m" : "is too large");
	rc = ecs_expect_read(file.at, file.len, path, errs, &c->expect);
	kt_file_free(&file);
	if (!rc && !c->expect.n)
		rc = kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, path, 0, 0, NULL,
		    "there is no row in it");
	return rc;
}

int cli_ecs_check_run(const struct cli_args *args)
{
	struct kt_errs errs;
	struct check c = { .args = args, .asker = { .fd = -1 } };
	json_t *result = NULL;
	kt_errs_init(&errs, 0);
	int rc = read_server(&c, &errs);
	if (!rc)
		rc = read_question(&c, &errs);
	if (!rc)
		rc = read_expect(&c, &errs);
	if (!rc && cli_asker_open(&c.asker))
		rc = kt_errs_add(&errs, KT_ERROR, KT_E_SYSTEM, NULL, 0, 0, NULL,
		    "the server cannot be asked: %m");
	if (args->json)
		c.rows = json_array();
	if (!rc)
		rc = check_rows(&c, &errs);
	if (args->json) {
		result = json_object();
		json_object_set_new(result, "rows", c.rows);
		json_object_set_new(
		    result, "wrong", json_integer((json_int_t)c.n_wrong));
	}
	int status = rc ? CLI_ERROR : c.n_wrong ? CLI_FINDINGS : CLI_CLEAN;
	cli_finish(args->json, status, result, &errs);
	cli_asker_close(&c.asker);
	ecs_expect_fini(&c.expect);
	kt_errs_fini(&errs);
	return status;
}
