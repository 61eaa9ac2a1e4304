/*
 * fuzz/expect_fuzz.c -- ecs: files of expectations, lists of prefixes, exports, and replies.
 *
 * Input: any text, read as each of them; and as a reply.  A list that is accepted parts the
 * address space, and what it makes prints as CSV and JSON that reads back to the same cells.
 */
#include "ecs/diff.h"
#include "ecs/expect.h"
#include "ecs/parts.h"

#include "fuzz.h"

#include <jansson.h>
#include <string.h>

static void check_same(const struct ecs_parts *a, const struct ecs_parts *b)
{
	struct ecs_diff d;
	ecs_diff(a, b, 3, &d);
	for (unsigned f = 0; f < 2; f++)
		fuzz_check(!d.families[f].changes && !d.families[f].cells_added &&
			   !d.families[f].cells_removed);
	ecs_diff_fini(&d);
}

static void check_csv(const struct ecs_parts *parts)
{
	struct kt_text text = { 0 };
	struct kt_errs errs;
	struct ecs_parts *again;
	kt_errs_init(&errs, 0);
	ecs_parts_print_csv(parts, &text);
	int rc = ecs_parts_read_csv(kt_text_of(&text), text.len, "x", &errs, &again);
	fuzz_check(rc == 0);
	check_same(parts, again);
	ecs_parts_free(again);
	kt_errs_fini(&errs);
	kt_text_fini(&text);
}

/* Names that are no UTF-8 do not come back as they were. */
static void check_json(const struct ecs_parts *parts)
{
	for (int compact = 0; compact < 2; compact++) {
		struct kt_errs errs;
		struct ecs_parts *again;
		json_t *json;
		kt_errs_init(&errs, 0);
		fuzz_check(!ecs_parts_json(parts, compact, SIZE_MAX, &json));
		if (!ecs_parts_of_json(json, "x", &errs, &again))
			ecs_parts_free(again);
		json_decref(json);
		kt_errs_fini(&errs);
	}
}

static void read_list(const char *text, size_t len)
{
	struct kt_errs errs;
	struct ecs_prefixes list;
	struct ecs_parts *parts;
	kt_errs_init(&errs, 0);
	int rc = ecs_prefixes_read(text, len, "x", &errs, &list);
	fuzz_check((rc != 0) == (errs.n_errors != 0));
	if (!rc) {
		if (!ecs_parts_of_prefixes(&list, "x", &errs, &parts)) {
			check_csv(parts);
			check_json(parts);
			ecs_parts_free(parts);
		}
		ecs_prefixes_fini(&list);
	}
	kt_errs_fini(&errs);
}

static void read_export(const char *text, size_t len)
{
	struct kt_errs errs;
	struct ecs_parts *parts;
	kt_errs_init(&errs, 0);
	(void)!ecs_parts_is_csv(text, len);
	int rc = ecs_parts_read_csv(text, len, "x", &errs, &parts);
	fuzz_check((rc != 0) == (errs.n_errors != 0));
	if (!rc) {
		check_csv(parts);
		ecs_parts_free(parts);
	}
	json_t *json = json_loadb(text, len, 0, NULL);
	if (json && !ecs_parts_of_json(json, "x", &errs, &parts))
		ecs_parts_free(parts);
	json_decref(json);
	kt_errs_fini(&errs);
}

static void read_expect(const char *text, size_t len, const struct ecs_answer *answer)
{
	struct kt_errs errs;
	struct ecs_expect e;
	kt_errs_init(&errs, 0);
	int rc = ecs_expect_read(text, len, "x", &errs, &e);
	fuzz_check((rc != 0) == (errs.n_errors != 0));
	for (size_t i = 0; !rc && i < e.n; i++) {
		struct kt_text shown = { 0 };
		fuzz_check(e.rows[i].n > 0 && e.rows[i].type != 0);
		ecs_expect_print(&e, &e.rows[i], &shown);
		fuzz_check(ecs_expect_judge(&e, &e.rows[i], answer) < ECS_N_VERDICTS);
		kt_text_fini(&shown);
	}
	if (!rc)
		ecs_expect_fini(&e);
	kt_errs_fini(&errs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ecs_question question = { .name = { .len = 1 },
		.type = 28 };
	struct ecs_question own = question;
	struct ecs_answer answer;
	if (size >= 2)
		own.id = (uint16_t)(data[0] << 8 | data[1]);
	int rc = ecs_answer_read(&own, data, size, &answer);
	fuzz_check(rc == 0 || rc == KT_E_FORMAT || rc == KT_E_CONFLICT);
	fuzz_check(answer.n_addresses <= ECS_ANSWERS_MAX);
	read_expect((const char *)data, size, &answer);
	read_list((const char *)data, size);
	read_export((const char *)data, size);
	return 0;
}
