#include "base/err.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

const char *kt_strerror(int code)
{
	switch (code) {
	case KT_OK:
		return "no error";
#define X(c, sentence) \
 case c:               \
  return sentence;
		KT_ERR_LIST(X)
#undef X
	default:
		return "unknown error";
	}
}

void kt_errs_init(struct kt_errs *errs, size_t max)
{
	*errs = (struct kt_errs){ .max = max ? max : KT_ERRS_MAX_DEFAULT };
}

void kt_errs_fini(struct kt_errs *errs)
{
	for (size_t i = 0; i < errs->n; i++) {
		free(errs->list[i].file);
		free(errs->list[i].text);
		free(errs->list[i].source);
	}
	free(errs->list);
	*errs = (struct kt_errs){ .max = errs->max };
}

int kt_errs_add(struct kt_errs *errs, enum kt_grade grade, int code, const char *file,
    unsigned line, unsigned column, const char *source, const char *format, ...)
{
	if (grade == KT_ERROR)
		errs->n_errors++;
	else if (grade == KT_WARNING)
		errs->n_warnings++;
	if (errs->n >= errs->max)
		return code;
	if ((errs->n & (errs->n - 1)) == 0)
		errs->list = kt_realloc(
		    errs->list, (errs->n ? errs->n * 2 : 1) * sizeof(*errs->list));
	char *text = NULL;
	va_list ap;
	va_start(ap, format);
	kt_require(vasprintf(&text, format, ap) >= 0);
	va_end(ap);
	errs->list[errs->n++] = (struct kt_err){
		.grade = grade,
		.code = code,
		.file = file ? kt_strdup(file) : NULL,
		.line = line,
		.column = column,
		.text = text,
		.source = source ? kt_strdup(source) : NULL,
	};
	return code;
}

bool kt_errs_full(const struct kt_errs *errs)
{
	return errs->n >= errs->max;
}

static void print_place(const struct kt_err *e, FILE *out)
{
	if (!e->file)
		return;
	fputs(e->file, out);
	if (e->line)
		fprintf(out, ":%u", e->line);
	if (e->line && e->column)
		fprintf(out, ":%u", e->column);
	fputs(": ", out);
}

static void print_source(const struct kt_err *e, FILE *out)
{
	if (!e->source)
		return;
	fprintf(out, "    %s\n", e->source);
	if (!e->column)
		return;
	fputs("    ", out);
	/* Tabs stay tabs, so that the caret stands where the eye looks. */
	for (size_t i = 0; i + 1 < e->column && e->source[i]; i++)
		fputc(e->source[i] == '\t' ? '\t' : ' ', out);
	fputs("^\n", out);
}

void kt_errs_print(const struct kt_errs *errs, FILE *out, bool colour)
{
	static const char *const word[] = { "error", "warning", "note" };
	static const char *const paint[] = { "\033[1;31m", "\033[1;33m", "\033[36m" };
	for (size_t i = 0; i < errs->n; i++) {
		const struct kt_err *e = &errs->list[i];
		print_place(e, out);
		fprintf(out, "%s%s:%s %s\n", colour ? paint[e->grade] : "",
		    word[e->grade], colour ? "\033[0m" : "", e->text);
		print_source(e, out);
	}
	size_t seen = errs->n_errors + errs->n_warnings, shown = 0;
	for (size_t i = 0; i < errs->n; i++)
		shown += errs->list[i].grade != KT_NOTE;
	if (seen > shown)
		fprintf(out, "... and %zu more\n", seen - shown);
}
