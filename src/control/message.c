#include "control/message.h"

#include "base/assert.h"
#include "base/mem.h"
#include "control/frame.h"
#include "control/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const grades[] = { "error", "warning", "note" };

/* More entries than a reader could want; both ends are bounded by the frame too. */
enum {
	ERRORS_MAX = 1000
};

KT_PRINTF(2, 3)
static int refuse(struct kt_errs *errs, const char *format, ...)
{
	va_list ap;
	char *text = NULL;
	va_start(ap, format);
	kt_require(vasprintf(&text, format, ap) >= 0);
	va_end(ap);
	kt_errs_add(
	    errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL, "control request: %s", text);
	free(text);
	return KT_E_FORMAT;
}

static int unknown_verb(struct kt_errs *errs, const char *name)
{
	const struct control_verb *near = control_verb_nearest(name);
	if (near)
		return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "control request: unknown verb \"%.60s\"; did you mean \"%s\"?",
		    name, near->name);
	return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
	    "control request: unknown verb \"%.60s\"", name);
}

/* A string without a NUL inside, or NULL. */
static const char *text_of(const json_t *value)
{
	const char *text = json_string_value(value);
	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

static bool is_argument(const struct control_verb *verb, const char *name)
{
	for (size_t i = 0; i < control_verb_n_arguments(verb); i++)
		if (strcmp(verb->arguments[i].name, name) == 0)
			return true;
	return false;
}

static int read_arguments(
    const json_t *arguments, struct kt_errs *errs, struct control_request *request)
{
	const struct control_verb *verb = request->verb;
	const char *key;
	json_t *value;
	if (arguments && !json_is_object(arguments))
		return refuse(errs, "\"arguments\" is no object");
	json_object_foreach((json_t *)arguments, key,
	    value) if (!is_argument(verb, key)) return refuse(errs,
	    "%s has no argument \"%.60s\"", verb->name, key);
	for (size_t i = 0; i < control_verb_n_arguments(verb); i++) {
		const char *name = verb->arguments[i].name;
		const json_t *given = json_object_get(arguments, name);
		bool absent = !given && verb->arguments[i].optional;
		request->arguments[i] = absent ? "" : text_of(given);
		if (!request->arguments[i])
			return refuse(errs, "%s needs the argument \"%s\", a text",
			    verb->name, name);
	}
	return 0;
}

static int read_request(
    const json_t *object, struct kt_errs *errs, struct control_request *request)
{
	if (!json_is_object(object))
		return refuse(errs, "it is no object");
	const char *name = text_of(json_object_get(object, "verb"));
	if (!name)
		return refuse(errs, "it has no \"verb\"");
	request->verb = control_verb_find(name);
	if (!request->verb)
		return unknown_verb(errs, name);
	return read_arguments(json_object_get(object, "arguments"), errs, request);
}

int control_request_read(
    const char *text, size_t len, struct kt_errs *errs, struct control_request *request)
{
	json_error_t why;
	json_t *object = json_loadb(
	    text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
	struct control_request r = { .memory = object };
	if (!object)
		return refuse(errs, "no JSON: %s at octet %d", why.text, why.position);
	int rc = read_request(object, errs, &r);
	if (rc)
		json_decref(object);
	else
		*request = r;
	return rc;
}

void control_request_fini(struct control_request *request)
{
	json_decref(request->memory);
	*request = (struct control_request){ 0 };
}

/* Appends object as a frame and lets go of it. */
static int write_frame(struct kt_text *frame, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	kt_require(text);
	int rc = control_frame_write(frame, text, strlen(text));
	free(text);
	json_decref(object);
	return rc;
}

static void set(json_t *object, const char *key, json_t *value)
{
	kt_require(json_object_set_new(object, key, value) == 0);
}

int control_request_write(struct kt_text *frame, const struct control_verb *verb,
    const char *const *arguments)
{
	json_t *object = json_object(), *values = json_object();
	for (size_t i = 0; i < control_verb_n_arguments(verb); i++)
		set(values, verb->arguments[i].name, control_string(arguments[i]));
	set(object, "verb", control_string(verb->name));
	set(object, "arguments", values);
	return write_frame(frame, object);
}

static json_t *write_error(const struct kt_err *e)
{
	json_t *object = json_object();
	set(object, "grade", control_string(grades[e->grade]));
	set(object, "code", json_integer(e->code));
	set(object, "text", control_string(e->text));
	if (e->file)
		set(object, "file", control_string(e->file));
	if (e->line)
		set(object, "line", json_integer(e->line));
	if (e->column)
		set(object, "column", json_integer(e->column));
	if (e->source)
		set(object, "source", control_string(e->source));
	return object;
}

json_t *control_reply_json(
    int status, const struct json_t *result, const struct kt_errs *errs)
{
	json_t *object = json_object(), *list = json_array();
	for (size_t i = 0; errs && i < errs->n; i++)
		kt_require(
		    json_array_append_new(list, write_error(&errs->list[i])) == 0);
	set(object, "status", json_integer(status));
	/* Only read, while the text is made. */
	set(object, "result", result ? json_incref((json_t *)result) : json_object());
	set(object, "errors", list);
	set(object, "errors-total",
	    json_integer(errs ? (json_int_t)errs->n_errors : 0));
	set(object, "warnings-total",
	    json_integer(errs ? (json_int_t)errs->n_warnings : 0));
	return object;
}

int control_reply_write(struct kt_text *frame, int status, const struct json_t *result,
    const struct kt_errs *errs)
{
	return write_frame(frame, control_reply_json(status, result, errs));
}

static unsigned place_of(const json_t *object, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(object, key));
	return v > 0 && v <= INT32_MAX ? (unsigned)v : 0;
}

static int read_grade(const json_t *object, enum kt_grade *grade)
{
	const char *text = text_of(json_object_get(object, "grade"));
	for (unsigned i = 0; text && i < KT_COUNT(grades); i++)
		if (strcmp(grades[i], text) == 0) {
			*grade = (enum kt_grade)i;
			return 0;
		}
	return KT_E_FORMAT;
}

static int read_error(const json_t *object, struct kt_errs *errs)
{
	enum kt_grade grade;
	const char *text = text_of(json_object_get(object, "text"));
	json_int_t code = json_integer_value(json_object_get(object, "code"));
	if (!text || read_grade(object, &grade))
		return KT_E_FORMAT;
	kt_errs_add(errs, grade,
	    code < 0 && code > KT_E_FIRST_ ? (int)code : KT_E_FORMAT,
	    text_of(json_object_get(object, "file")), place_of(object, "line"),
	    place_of(object, "column"), text_of(json_object_get(object, "source")),
	    "%s", text);
	return 0;
}

/* How many there were in all, which is never less than how many came. */
static size_t total(const json_t *object, const char *key, size_t came)
{
	json_int_t v = json_integer_value(json_object_get(object, key));
	return v > 0 && (uint64_t)v > came ? (size_t)v : came;
}

static int read_reply(const json_t *object, struct control_reply *reply)
{
	const json_t *status = json_object_get(object, "status");
	const json_t *result = json_object_get(object, "result");
	const json_t *errors = json_object_get(object, "errors");
	size_t i;
	json_t *error;
	if (!json_is_integer(status) || !json_is_object(result) ||
	    !json_is_array(errors))
		return KT_E_FORMAT;
	if (json_integer_value(status) < 0 || json_integer_value(status) > 2)
		return KT_E_FORMAT;
	json_array_foreach(
	    errors, i, error) if (read_error(error, &reply->errs)) return KT_E_FORMAT;
	reply->errs.n_errors = total(object, "errors-total", reply->errs.n_errors);
	reply->errs.n_warnings = total(
	    object, "warnings-total", reply->errs.n_warnings);
	reply->status = (int)json_integer_value(status);
	reply->result = json_incref((json_t *)result);
	return 0;
}

int control_reply_read(const char *text, size_t len, struct control_reply *reply)
{
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	struct control_reply r = { 0 };
	kt_errs_init(&r.errs, ERRORS_MAX);
	int rc = object ? read_reply(object, &r) : KT_E_FORMAT;
	json_decref(object);
	if (rc)
		kt_errs_fini(&r.errs);
	else
		*reply = r;
	return rc;
}

void control_reply_fini(struct control_reply *reply)
{
	json_decref(reply->result);
	kt_errs_fini(&reply->errs);
	*reply = (struct control_reply){ 0 };
}
