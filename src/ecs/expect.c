#include "ecs/expect.h"

#include "ecs/block.h"

#include "base/mem.h"
#include "dns/query.h"
#include "dns/type.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NO_NAME UINT32_MAX

const char *const ecs_verdict_names[ECS_N_VERDICTS] = {
	[ECS_OK] = "ok",
	[ECS_WRONG_ANSWER] = "wrong answer",
	[ECS_WRONG_SCOPE] = "wrong scope",
	[ECS_WRONG_RCODE] = "wrong rcode",
	[ECS_NO_ECS] = "no client subnet in the reply",
	[ECS_BAD_ECHO] = "another client subnet in the reply",
	[ECS_BAD_REPLY] = "malformed reply",
	[ECS_NO_REPLY] = "no reply",
};

struct reading {
	const char *file;
	struct kt_errs *errs;
	struct ecs_expect *to;
	unsigned line;
	bool csv, decided;
	uint32_t name; /* of the directive before */
	uint16_t type; /* 0: by the answer */
};

KT_PRINTF(3, 4)
static int fail(struct reading *r, int code, const char *format, ...)
{
	va_list ap;
	char text[256];
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return kt_errs_add(
	    r->errs, KT_ERROR, code, r->file, r->line, 1, NULL, "%s", text);
}

static uint32_t add_name(struct ecs_expect *e, const struct dns_name *name)
{
	kt_grow(e->names, e->n_names, e->names_cap);
	e->names[e->n_names] = *name;
	return (uint32_t)e->n_names++;
}

/* Cuts *at at the next of the separators (several count as one); NULL: nothing is left. */
static char *next_word(char **at, const char *separators)
{
	char *word = *at + strspn(*at, separators);
	if (!*word)
		return NULL;
	char *end = word + strcspn(word, separators);
	*at = end + (*end != 0);
	*end = 0;
	return word;
}

static char *next_field(struct reading *r, char **at)
{
	static const char blanks[] = " \t";
	if (!r->csv)
		return next_word(at, blanks);
	if (!*at)
		return NULL;
	char *field = *at + strspn(*at, blanks), *comma = strchr(field, ',');
	*at = comma ? comma + 1 : NULL;
	if (comma)
		*comma = 0;
	size_t len = strlen(field);
	while (len && strchr(blanks, field[len - 1]))
		field[--len] = 0;
	if (len > 1 && field[0] == '"' && field[len - 1] == '"') {
		field[len - 1] = 0;
		field++;
	}
	return *field ? field : NULL;
}

static int read_directive(struct reading *r, char *rest)
{
	char *name = next_field(r, &rest), *type = name ? next_field(r, &rest) : NULL;
	struct dns_name scanned;
	uint16_t number = 0;
	if (!name || dns_name_scan(name, strlen(name), NULL, &scanned))
		return fail(r, KT_E_FORMAT, "expected: name NAME [TYPE]");
	if (type && dns_type_scan(type, strlen(type), &number))
		return fail(r, KT_E_TYPE, "\"%.40s\" is no record type", type);
	if (type && next_field(r, &rest))
		return fail(r, KT_E_FORMAT, "there is more behind the type");
	r->name = add_name(r->to, &scanned);
	r->type = number;
	return 0;
}

static int read_answer(struct reading *r, const char *word)
{
	struct ecs_expect *e = r->to;
	struct ecs_expect_answer a = { .kind = ECS_EXPECT_ADDRESS };
	struct dns_name name;
	if (strcasecmp(word, "NODATA") == 0) {
		a.kind = ECS_EXPECT_NODATA;
	} else if (strcasecmp(word, "NXDOMAIN") == 0) {
		a.kind = ECS_EXPECT_NXDOMAIN;
	} else if (strcmp(word, "*") == 0) {
		a.kind = ECS_EXPECT_ANY;
	} else if (kt_addr_scan(word, &a.address)) {
		/* "192.0.2.300" is a mistyped address, not a name. */
		if (!strchr(word, '.') || word[strlen(word) - 1] != '.' ||
		    dns_name_scan(word, strlen(word), NULL, &name))
			return fail(r, KT_E_FORMAT,
			    "\"%.60s\" is no address, no name that ends in a dot, and "
			    "not "
			    "NODATA, NXDOMAIN or *",
			    word);
		a.kind = ECS_EXPECT_NAME;
		a.name = add_name(e, &name);
	}
	kt_grow(e->answers, e->n_answers, e->answers_cap);
	e->answers[e->n_answers++] = a;
	return 0;
}

static int read_answers(struct reading *r, struct ecs_expect_row *row, char *text)
{
	char *word;
	row->first = r->to->n_answers;
	while ((word = next_word(&text, r->csv ? "; \t" : ","))) {
		int rc = row->n == ECS_EXPECT_ANSWERS
			     ? fail(r, KT_E_LIMIT, "more than %d answers",
				   ECS_EXPECT_ANSWERS)
			     : read_answer(r, word);
		if (rc)
			return rc;
		row->n++;
	}
	return row->n ? 0 : fail(r, KT_E_FORMAT, "no answer is expected");
}

static uint16_t type_of(const struct reading *r, const struct ecs_expect_row *row)
{
	const struct ecs_expect_answer *a = &r->to->answers[row->first];
	if (r->type)
		return r->type;
	if (a->kind == ECS_EXPECT_NAME)
		return DNS_TYPE_CNAME;
	return a->kind == ECS_EXPECT_ADDRESS && a->address.family == 4 ? DNS_TYPE_A
								       : DNS_TYPE_AAAA;
}

static int read_row(struct reading *r, const char *prefix, char *rest)
{
	struct ecs_expect *e = r->to;
	struct ecs_expect_row row = { .scope = -1, .name = r->name, .line = r->line };
	uint64_t scope;
	int rc = 0;
	if (strcmp(prefix, "-") != 0)
		rc = kt_prefix_scan(prefix, &row.prefix);
	if (rc == KT_E_RANGE)
		return fail(r, rc,
		    "\"%.60s\": the length is too large, or bits behind it "
		    "are set",
		    prefix);
	if (rc)
		return fail(r, rc, "\"%.60s\" is no prefix, and not \"name\"", prefix);
	char *answers = next_field(r, &rest);
	if (!answers)
		return fail(r, KT_E_FORMAT, "expected: PREFIX ANSWER[,ANSWER] [SCOPE]");
	char *text = next_field(r, &rest);
	if (text && strcmp(text, "-") != 0) {
		if (kt_scan_number(text, strlen(text), 128, &scope))
			return fail(r, KT_E_FORMAT, "\"%.40s\" is no scope", text);
		row.scope = (int)scope;
	}
	if (text && next_field(r, &rest))
		return fail(r, KT_E_FORMAT,
		    "there is more behind the scope (answers are separated by %s)",
		    r->csv ? "\";\"" : "commas, without blanks");
	rc = read_answers(r, &row, answers);
	if (rc)
		return rc;
	row.type = type_of(r, &row);
	if (e->n == ECS_EXPECT_MAX)
		return fail(r, KT_E_LIMIT, "more than %d rows", ECS_EXPECT_MAX);
	kt_grow(e->rows, e->n, e->rows_cap);
	e->rows[e->n++] = row;
	return 0;
}

/* CSV when a comma stands before any blank. */
static bool looks_like_csv(const char *line)
{
	return line[strcspn(line, ", \t")] == ',';
}

static int read_line(struct reading *r, char *line)
{
	line[strcspn(line, "#\r")] = 0;
	line += strspn(line, " \t");
	if (!*line)
		return 0;
	bool first = !r->decided;
	if (first)
		r->csv = looks_like_csv(line);
	r->decided = true;
	char *rest = line, *word = next_field(r, &rest);
	if (!word)
		return fail(r, KT_E_FORMAT, "the first field is empty");
	if (first && r->csv && strcasecmp(word, "prefix") == 0)
		return 0;
	if (strcasecmp(word, "name") == 0)
		return read_directive(r, rest ? rest : word + strlen(word));
	return read_row(r, word, rest ? rest : word + strlen(word));
}

int ecs_expect_read(const char *text, size_t len, const char *file,
    struct kt_errs *errs, struct ecs_expect *out)
{
	struct ecs_expect e = { 0 };
	struct reading r = { .file = file, .errs = errs, .to = &e, .name = NO_NAME };
	char *copy = kt_strndup(text, len), *next;
	int rc = 0;
	for (char *line = copy; line && !kt_errs_full(errs); line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		r.line++;
		int found = read_line(&r, line);
		if (!rc)
			rc = found;
	}
	free(copy);
	if (rc) {
		ecs_expect_fini(&e);
		return rc;
	}
	*out = e;
	return 0;
}

void ecs_expect_fini(struct ecs_expect *expect)
{
	free(expect->rows);
	free(expect->answers);
	free(expect->names);
	*expect = (struct ecs_expect){ 0 };
}

static void print_answer(
    const struct ecs_expect *e, const struct ecs_expect_answer *a, struct kt_text *out)
{
	char addr[KT_ADDR_TEXT];
	switch (a->kind) {
	case ECS_EXPECT_ADDRESS:
		kt_text_add(out, kt_addr_print(&a->address, addr));
		break;
	case ECS_EXPECT_NAME:
		dns_name_add(out, e->names[a->name].wire);
		break;
	case ECS_EXPECT_NODATA:
		kt_text_add(out, "NODATA");
		break;
	case ECS_EXPECT_NXDOMAIN:
		kt_text_add(out, "NXDOMAIN");
		break;
	case ECS_EXPECT_ANY:
		kt_text_char(out, '*');
		break;
	}
}

void ecs_expect_print(const struct ecs_expect *expect, const struct ecs_expect_row *row,
    struct kt_text *out)
{
	for (size_t i = 0; i < row->n; i++) {
		if (i)
			kt_text_char(out, ',');
		print_answer(expect, &expect->answers[row->first + i], out);
	}
}

/* Verdicts */

static bool expects(const struct ecs_expect *e, const struct ecs_expect_row *row,
    enum ecs_expect_kind kind)
{
	for (size_t i = 0; i < row->n; i++)
		if (e->answers[row->first + i].kind == kind)
			return true;
	return false;
}

static bool lists_address(const struct ecs_expect *e, const struct ecs_expect_row *row,
    const struct kt_addr *address)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct ecs_expect_answer *a = &e->answers[row->first + i];
		if (a->kind == ECS_EXPECT_ADDRESS &&
		    kt_addr_equal(&a->address, address))
			return true;
	}
	return false;
}

static bool lists_name(const struct ecs_expect *e, const struct ecs_expect_row *row,
    const struct dns_name *name)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct ecs_expect_answer *a = &e->answers[row->first + i];
		if (a->kind == ECS_EXPECT_NAME &&
		    dns_name_equal(&e->names[a->name], name))
			return true;
	}
	return false;
}

static bool is_right(const struct ecs_expect *e, const struct ecs_expect_row *row,
    const struct ecs_answer *answer)
{
	if (expects(e, row, ECS_EXPECT_ANY))
		return true;
	if (!answer->n_addresses && !answer->target.len)
		return expects(e, row, ECS_EXPECT_NODATA);
	if (answer->target.len && lists_name(e, row, &answer->target))
		return true;
	for (size_t i = 0; i < answer->n_addresses; i++)
		if (!lists_address(e, row, &answer->addresses[i]))
			return false;
	return answer->n_addresses > 0;
}

/* RFC 7871 s.7.2.1: family, source and address MUST be echoed. */
static bool is_echo(const struct dns_ecs *ecs, const struct kt_prefix *sent)
{
	return ecs->family == sent->addr.family && ecs->source == sent->len &&
	       memcmp(ecs->octets, sent->addr.octets, 16) == 0;
}

enum ecs_verdict ecs_expect_judge(const struct ecs_expect *expect,
    const struct ecs_expect_row *row, const struct ecs_answer *answer)
{
	bool nxdomain = answer->rcode == DNS_RCODE_NXDOMAIN;
	if (answer->rcode != DNS_RCODE_NOERROR && !nxdomain)
		return ECS_WRONG_RCODE;
	if (nxdomain) {
		if (!expects(expect, row, ECS_EXPECT_NXDOMAIN) &&
		    !expects(expect, row, ECS_EXPECT_ANY))
			return ECS_WRONG_RCODE;
	} else if (!is_right(expect, row, answer)) {
		return ECS_WRONG_ANSWER;
	}
	if (answer->bad_ecs)
		return ECS_BAD_ECHO;
	if (!row->prefix.addr.family)
		return answer->has_ecs ? ECS_BAD_ECHO : ECS_OK;
	if (answer->has_ecs && !is_echo(&answer->ecs, &row->prefix))
		return ECS_BAD_ECHO;
	if (row->scope >= 0 && !answer->has_ecs)
		return ECS_NO_ECS;
	if (row->scope >= 0 && answer->ecs.scope != row->scope)
		return ECS_WRONG_SCOPE;
	return ECS_OK;
}
