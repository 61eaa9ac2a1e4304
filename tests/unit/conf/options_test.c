/*
 * The section of options in docs/man/kotae.yaml.5 is made from the tables.  When it
 * differs, KT_TEST_UPDATE=1 writes it anew.
 */
#include "conf/item.h"

#include "base/file.h"
#include "base/mem.h"
#include "conf_test.h"

static const char begin_mark[] =
    ".\\\" The options, from the tables in src/conf: begin\n";
static const char end_mark[] = ".\\\" The options: end\n";

static void add_wrapped(struct kt_text *out, const char *sentence, size_t len)
{
	size_t column = 0;
	for (size_t at = 0; at < len;) {
		size_t word = 0;
		while (at + word < len && sentence[at + word] != ' ')
			word++;
		if (column && column + 1 + word > 76) {
			kt_text_char(out, '\n');
			column = 0;
		} else if (column) {
			kt_text_char(out, ' ');
			column++;
		}
		kt_text_add_n(out, sentence + at, word);
		column += word;
		at += word;
		while (at < len && sentence[at] == ' ')
			at++;
	}
	kt_text_char(out, '\n');
}

/* A new sentence begins a new line, as mdoc(7) wants it. */
static void add_sentences(struct kt_text *out, const char *text)
{
	while (*text) {
		const char *stop = strstr(text, ". ");
		size_t len = stop ? (size_t)(stop - text) + 1 : strlen(text);
		add_wrapped(out, text, len);
		text += len;
		while (*text == ' ')
			text++;
	}
}

static void add_facts(struct kt_text *out, const struct conf_item *i)
{
	struct kt_text facts = { 0 };
	if (i->type == CONF_NUMBER || i->type == CONF_SPAN || i->type == CONF_SIZE ||
	    i->type == CONF_WORD || i->type == CONF_CHOICE || i->type == CONF_BOOL) {
		kt_text_add(&facts, "Expected: ");
		conf_value_expected(i, &facts);
		kt_text_add(&facts, ". ");
	}
	if (i->fallback && i->fallback[0])
		kt_text_addf(&facts, "Default: %s. ", i->fallback);
	if (i->required)
		kt_text_add(&facts, "Required. ");
	if (i->restart)
		kt_text_add(&facts, "A change needs a restart. ");
	add_sentences(out, kt_text_of(&facts));
	kt_text_fini(&facts);
}

static void add_table(struct kt_text *out, const struct conf_item *items)
{
	kt_text_add(out, ".Bl -tag -width Ds\n");
	for (const struct conf_item *i = items; i->name; i++) {
		if (i->type == CONF_PLANNED)
			continue;
		kt_text_addf(out, ".It Cm %s\n", i->name);
		add_sentences(out, i->help);
		add_facts(out, i);
		if (i->items)
			add_table(out, i->items);
	}
	kt_text_add(out, ".El\n");
}

static void add_planned(struct kt_text *out)
{
	kt_text_add(out, ".Pp\nKnown, and refused by this version:\n");
	bool first = true;
	for (const struct conf_item *i = conf_items; i->name; i++) {
		if (i->type != CONF_PLANNED)
			continue;
		kt_text_addf(out, "%s.Cm %s", first ? "" : " ,\n", i->name);
		first = false;
	}
	kt_text_add(out, " .\n");
}

static void make_section(struct kt_text *out)
{
	add_table(out, conf_items);
	kt_text_add(out, ".Pp\nThe entry\n.Qq *\nof\n.Cm zones\nhas:\n");
	add_table(out, conf_directory_items);
	add_planned(out);
}

/* tests/unit/conf/options_test.c -> docs/man/kotae.yaml.5 */
static char *page_path(void)
{
	static const char here[] = "tests/unit/conf/options_test.c";
	size_t root = strlen(__FILE__) - strlen(here);
	return kt_format("%.*sdocs/man/kotae.yaml.5", (int)root, __FILE__);
}

static void every_option_is_in_the_manual_page_as_its_row_says(void **state)
{
	(void)state;
	struct kt_file page = { 0 };
	struct kt_text section = { 0 };
	char *path = page_path();
	make_section(&section);
	if (kt_file_read(path, 1 << 20, &page))
		fail_msg("%s cannot be read; run from the build directory", path);
	char *begin = strstr(page.at, begin_mark), *end = strstr(page.at, end_mark);
	assert_true(begin && end && begin < end);
	begin += strlen(begin_mark);
	bool same = (size_t)(end - begin) == section.len &&
		    memcmp(begin, section.at, section.len) == 0;
	if (!same && getenv("KT_TEST_UPDATE")) {
		char *text = kt_format(
		    "%.*s%s%s", (int)(begin - page.at), page.at, section.at, end);
		assert_int_equal(kt_file_replace(path, text, strlen(text), 0644), 0);
		free(text);
		same = true;
	}
	if (!same)
		fail_msg(
		    "%s differs from the tables; KT_TEST_UPDATE=1 writes it", path);
	kt_text_fini(&section);
	kt_file_free(&page);
	free(path);
}

static void check_rows(const struct conf_item *items)
{
	for (const struct conf_item *i = items; i->name; i++) {
		if (i->type == CONF_PLANNED)
			continue;
		size_t len = i->help ? strlen(i->help) : 0;
		if (len < 2 || i->help[len - 1] != '.')
			fail_msg("the help of %s is no sentence", i->name);
		if (i->type == CONF_SPECIAL)
			assert_true(i->read && i->print);
		if (i->type == CONF_NUMBER || i->type == CONF_SPAN ||
		    i->type == CONF_SIZE)
			assert_true(i->min < i->max);
		if (i->items)
			check_rows(i->items);
	}
}

static void every_row_is_whole(void **state)
{
	(void)state;
	check_rows(conf_items);
	check_rows(conf_directory_items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_in_the_manual_page_as_its_row_says),
		cmocka_unit_test(every_row_is_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
