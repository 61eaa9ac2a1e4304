#include "cli/table.h"

#include "cli/out.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void cli_table_init(struct cli_table *t, const char *const *headings, size_t n_columns)
{
	kt_require(n_columns <= CLI_COLUMNS_MAX);
	*t = (struct cli_table){ .headings = headings, .n_columns = n_columns };
	for (size_t i = 0; i < n_columns; i++)
		t->width[i] = (int)strlen(headings[i]);
}

void cli_table_fini(struct cli_table *t)
{
	kt_text_fini(&t->text);
	free(t->at);
	free(t->paint);
}

void cli_table_add(struct cli_table *t, const char *text, const char *paint)
{
	size_t column = t->n % t->n_columns, len = strlen(text);
	kt_grow(t->at, t->n, t->cap);
	kt_grow(t->paint, t->n, t->paint_cap);
	t->at[t->n] = t->text.len;
	t->paint[t->n++] = paint;
	kt_text_add_n(&t->text, text, len);
	kt_text_char(&t->text, 0);
	if ((int)len > t->width[column])
		t->width[column] = (int)len;
}

void cli_table_addf(struct cli_table *t, const char *format, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	cli_table_add(t, text, NULL);
}

static void print_cell(
    const struct cli_table *t, size_t column, const char *text, const char *paint)
{
	bool last = column + 1 == t->n_columns;
	int pad = last ? 0 : t->width[column] - (int)strlen(text) + 2;
	printf("%s%s%s%*s%s", paint ? paint : "", text, paint ? "\033[0m" : "", pad, "",
	    last ? "\n" : "");
}

void cli_table_print(const struct cli_table *t)
{
	bool colour = cli_colour(stdout);
	for (size_t i = 0; i < t->n_columns; i++)
		print_cell(t, i, t->headings[i], colour ? "\033[1m" : NULL);
	for (size_t i = 0; i < t->n; i++)
		print_cell(t, i % t->n_columns, t->text.at + t->at[i],
		    colour ? t->paint[i] : NULL);
}
