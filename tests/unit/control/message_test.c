#include "control/message.h"

#include "control/frame.h"

#include "kt_test.h"

#include <jansson.h>

static void every_verb_of_the_table_survives_the_wire(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONTROL_N_VERBS; i++) {
		const struct control_verb *verb = &control_verbs[i];
		const char *arguments[CONTROL_ARGUMENTS_MAX] = { "exämple.com.", "b",
			"c", "d" };
		struct kt_text frame = { 0 };
		struct kt_errs errs;
		struct control_request request;
		kt_errs_init(&errs, 0);
		assert_int_equal(verb->id, i);
		assert_ptr_equal(control_verb_find(verb->name), verb);
		assert_int_equal(control_request_write(&frame, verb, arguments), 0);
		assert_int_equal(control_request_read(frame.at + CONTROL_FRAME_HEAD,
				     frame.len - CONTROL_FRAME_HEAD, &errs, &request),
		    0);
		assert_ptr_equal(request.verb, verb);
		for (size_t k = 0; k < control_verb_n_arguments(verb); k++)
			assert_string_equal(request.arguments[k], arguments[k]);
		control_request_fini(&request);
		kt_errs_fini(&errs);
		kt_text_fini(&frame);
	}
}

static void a_wrong_request_is_told_why(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		const char *why;
	} cases[] = {
		{ "", KT_E_FORMAT,
		    "control request: no JSON: '[' or '{' expected near end of file at "
		    "octet 0" },
		{ "[]", KT_E_FORMAT, "control request: it is no object" },
		{ "{}", KT_E_FORMAT, "control request: it has no \"verb\"" },
		{ "{\"verb\":1}", KT_E_FORMAT, "control request: it has no \"verb\"" },
		{ "{\"verb\":\"st\\u0000op\"}", KT_E_FORMAT,
		    "control request: it has no \"verb\"" },
		{ "{\"verb\":\"sotp\"}", KT_E_NOT_FOUND,
		    "control request: unknown verb \"sotp\"; did you mean \"stop\"?" },
		{ "{\"verb\":\"dance wildly\"}", KT_E_NOT_FOUND,
		    "control request: unknown verb \"dance wildly\"" },
		{ "{\"verb\":\"stop\",\"arguments\":[]}", KT_E_FORMAT,
		    "control request: \"arguments\" is no object" },
		{ "{\"verb\":\"stop\",\"arguments\":{\"now\":\"x\"}}", KT_E_FORMAT,
		    "control request: stop has no argument \"now\"" },
		{ "{\"verb\":\"zone show\"}", KT_E_FORMAT,
		    "control request: zone show needs the argument \"name\", a text" },
		{ "{\"verb\":\"zone show\",\"arguments\":{\"name\":7}}", KT_E_FORMAT,
		    "control request: zone show needs the argument \"name\", a text" },
		{ "{\"verb\":\"stop\",\"verb\":\"stop\"}", KT_E_FORMAT,
		    "control request: no JSON: duplicate object key near '\"verb\"' at "
		    "octet 21" },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_errs errs;
		struct control_request request;
		kt_errs_init(&errs, 0);
		assert_int_equal(control_request_read(cases[i].text,
				     strlen(cases[i].text), &errs, &request),
		    cases[i].rc);
		assert_int_equal(errs.n, 1);
		assert_string_equal(errs.list[0].text, cases[i].why);
		kt_errs_fini(&errs);
	}
}

static void an_optional_argument_may_be_absent_but_no_other(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		const char *arguments[3];
	} cases[] = {
		{ "{\"verb\":\"steer down\",\"arguments\":{\"pattern\":\"*\"}}", 0,
		    { "*", "", "" } },
		{ "{\"verb\":\"steer "
		  "down\",\"arguments\":{\"pattern\":\"*\",\"reason\":"
		  "\"x\"}}",
		    0, { "*", "", "x" } },
		{ "{\"verb\":\"steer down\",\"arguments\":{\"for\":\"2h\"}}",
		    KT_E_FORMAT, { NULL } },
		{ "{\"verb\":\"steer "
		  "down\",\"arguments\":{\"pattern\":\"*\",\"for\":2}}",
		    KT_E_FORMAT, { NULL } },
	};
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct kt_errs errs;
		struct control_request request;
		kt_errs_init(&errs, 0);
		assert_int_equal(control_request_read(cases[i].text,
				     strlen(cases[i].text), &errs, &request),
		    cases[i].rc);
		kt_errs_fini(&errs);
		if (cases[i].rc)
			continue;
		for (size_t k = 0; k < 3; k++)
			assert_string_equal(
			    request.arguments[k], cases[i].arguments[k]);
		control_request_fini(&request);
	}
}

static void deep_json_is_refused_and_not_followed(void **state)
{
	(void)state;
	size_t len = CONTROL_REQUEST_MAX;
	char *text = malloc(len);
	struct kt_errs errs;
	struct control_request request;
	memset(text, '[', len);
	kt_errs_init(&errs, 0);
	assert_int_equal(control_request_read(text, len, &errs, &request), KT_E_FORMAT);
	kt_errs_fini(&errs);
	free(text);
}

static void a_reply_carries_result_and_errors(void **state)
{
	(void)state;
	struct kt_errs errs;
	struct kt_text frame = { 0 };
	struct control_reply reply;
	json_t *result = json_pack("{s:i}", "n", 7);
	kt_errs_init(&errs, 2);
	kt_errs_add(&errs, KT_ERROR, KT_E_RANGE, "a.zone", 3, 9, "x \xff y",
	    "bad \"%s\"", "\xc3\x28");
	kt_errs_add(&errs, KT_NOTE, KT_E_EXISTS, NULL, 0, 0, NULL, "see there");
	kt_errs_add(&errs, KT_WARNING, KT_E_LIMIT, NULL, 0, 0, NULL, "not kept");
	assert_int_equal(control_reply_write(&frame, 2, result, &errs), 0);
	json_decref(result);
	kt_errs_fini(&errs);
	assert_int_equal(control_reply_read(frame.at + CONTROL_FRAME_HEAD,
			     frame.len - CONTROL_FRAME_HEAD, &reply),
	    0);
	assert_int_equal(reply.status, 2);
	assert_int_equal(json_integer_value(json_object_get(reply.result, "n")), 7);
	assert_int_equal(reply.errs.n, 2);
	assert_int_equal(reply.errs.n_errors, 1);
	assert_int_equal(reply.errs.n_warnings, 1);
	const struct kt_err *e = &reply.errs.list[0];
	assert_int_equal(e->code, KT_E_RANGE);
	assert_string_equal(e->file, "a.zone");
	assert_int_equal(e->line, 3);
	assert_int_equal(e->column, 9);
	assert_string_equal(e->text, "bad \"\xef\xbf\xbd(\"");
	assert_string_equal(e->source, "x \xef\xbf\xbd y");
	assert_int_equal(reply.errs.list[1].grade, KT_NOTE);
	assert_null(reply.errs.list[1].file);
	control_reply_fini(&reply);
	kt_text_fini(&frame);
}

static void what_is_no_reply_is_refused(void **state)
{
	(void)state;
	static const char *const cases[] = { "", "null", "{}",
		"{\"status\":0,\"result\":{}}",
		"{\"status\":3,\"result\":{},\"errors\":[]}",
		"{\"status\":-1,\"result\":{},\"errors\":[]}",
		"{\"status\":0,\"result\":[],\"errors\":[]}",
		"{\"status\":0,\"result\":{},\"errors\":{}}",
		"{\"status\":0,\"result\":{},\"errors\":[1]}",
		"{\"status\":0,\"result\":{},\"errors\":[{\"grade\":\"error\"}]}",
		("{\"status\":0,\"result\":{},\"errors\":[{\"grade\":\"bad\",\"text\":"
		 "\"x\"}]}"),
		"{\"status\":0,\"result\":{},\"errors\":[]} x" };
	for (size_t i = 0; i < KT_COUNT(cases); i++) {
		struct control_reply reply;
		assert_int_equal(control_reply_read(cases[i], strlen(cases[i]), &reply),
		    KT_E_FORMAT);
	}
}

static void numbers_of_a_reply_are_not_believed(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"status\":0,\"result\":{},\"errors\":[{\"grade\":\"error\",\"text\":"
	    "\"x\",\"line\":-5,"
	    "\"column\":99999999999,\"code\":12}],\"errors-total\":-1}";
	struct control_reply reply;
	assert_int_equal(control_reply_read(text, strlen(text), &reply), 0);
	assert_int_equal(reply.errs.list[0].line, 0);
	assert_int_equal(reply.errs.list[0].column, 0);
	assert_int_equal(reply.errs.list[0].code, KT_E_FORMAT);
	assert_int_equal(reply.errs.n_errors, 1);
	control_reply_fini(&reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb_of_the_table_survives_the_wire),
		cmocka_unit_test(a_wrong_request_is_told_why),
		cmocka_unit_test(an_optional_argument_may_be_absent_but_no_other),
		cmocka_unit_test(deep_json_is_refused_and_not_followed),
		cmocka_unit_test(a_reply_carries_result_and_errors),
		cmocka_unit_test(what_is_no_reply_is_refused),
		cmocka_unit_test(numbers_of_a_reply_are_not_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
