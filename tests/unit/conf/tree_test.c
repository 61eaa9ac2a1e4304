#include "conf/tree.h"

#include "conf_test.h"

#include <unistd.h>

static void expect(const char *yaml, const char *expected)
{
	struct kt_errs errs;
	struct conf_tree tree;
	kt_errs_init(&errs, 0);
	conf_tree_init(&tree, &errs);
	int rc = conf_tree_read_text(&tree, yaml, strlen(yaml), "test.yaml");
	char *said = conf_test_say(&errs);
	if (strcmp(said, expected) != 0)
		fail_msg("of:\n%.200s\nfound:\n%sexpected:\n%s", yaml, said, expected);
	assert_int_equal(rc != 0, errs.n_errors != 0);
	free(said);
	conf_tree_fini(&tree);
	kt_errs_fini(&errs);
}

static void what_the_format_has_no_use_for_is_refused(void **state)
{
	(void)state;
	expect("a: &x 1\nb: *x\n", "E 1:4 anchors (&name) are not supported: write the "
				   "value where it is needed\n"
				   "E 2:4 aliases (*name) are not supported: write the "
				   "value where it is needed\n");
	expect("a: !!str 1\n", "E 1:4 tags (!name) are not supported\n");
	expect("a: 1\n---\nb: 1\n", "E 2:1 a second document (---) in one file\n");
	expect("[a]: 1\n", "E 1:1 a key must be a single word or text\n");
	expect("a: \"x\\0y\"\n", "E 1:4 a NUL character in a value\n");
}

static void a_bomb_of_aliases_does_nothing(void **state)
{
	(void)state;
	expect("a: &a [x, x]\nb: &b [*a, *a]\n",
	    "E 1:4 anchors (&name) are not supported: write the value where it is "
	    "needed\n"
	    "E 2:4 anchors (&name) are not supported: write the value where it is "
	    "needed\n"
	    "E 2:8 aliases (*name) are not supported: write the value where it is "
	    "needed\n"
	    "E 2:12 aliases (*name) are not supported: write the value where it is "
	    "needed\n");
}

static void a_key_twice_is_refused_and_the_first_is_shown(void **state)
{
	(void)state;
	expect("a: 1\nb: 2\na: 3\n",
	    "E 3:1 \"a\" is here twice\nN 1:1 the first is here\n");
	struct kt_text many = { 0 };
	for (int i = 0; i < 1000; i++)
		kt_text_addf(&many, "key%d: x\n", i);
	expect(kt_text_of(&many), "");
	kt_text_add(&many, "key500: y\n");
	expect(kt_text_of(&many),
	    "E 1001:1 \"key500\" is here twice\nN 501:1 the first is here\n");
	kt_text_fini(&many);
}

static void syntax_errors_have_a_place(void **state)
{
	(void)state;
	expect("a: [1, 2\nb: 3\n", "E 2:2 this is no YAML: did not find expected ',' "
				   "or ']', while parsing a flow "
				   "sequence that began in line 1\n");
	expect("\xff\xfe\xff",
	    "E 0:0 this is no YAML: incomplete UTF-16 character at octet 2\n");
}

static void nesting_is_bounded(void **state)
{
	(void)state;
	char deep[5001];
	memset(deep, '[', 5000);
	deep[5000] = 0;
	expect(deep,
	    "E 1:34 too many maps and lists inside each other: no more than 32\n");
}

static void positions_and_quotes_are_kept(void **state)
{
	(void)state;
	static const char yaml[] = "a:\n  - b: \"1\"\n    c: x y\n";
	struct kt_errs errs;
	struct conf_tree tree;
	kt_errs_init(&errs, 0);
	conf_tree_init(&tree, &errs);
	assert_int_equal(conf_tree_read_text(&tree, yaml, strlen(yaml), "t"), 0);
	const struct conf_node *a = conf_node_find(tree.root, "a");
	assert_non_null(a);
	assert_int_equal(a->kind, CONF_LIST);
	assert_int_equal(a->n, 1);
	const struct conf_node *b = conf_node_find(a->first, "b");
	const struct conf_node *c = conf_node_find(a->first, "c");
	assert_true(b->quoted && !c->quoted);
	assert_int_equal(b->key_line, 2);
	assert_int_equal(b->key_column, 5);
	assert_int_equal(b->column, 8);
	assert_string_equal(c->text, "x y");
	conf_tree_fini(&tree);
	kt_errs_fini(&errs);
}

static void a_long_or_hostile_line_is_not_shown_raw(void **state)
{
	(void)state;
	struct kt_errs errs;
	struct conf_tree tree;
	static const char yaml[] = "a: !x \"\x7f\"\n";
	kt_errs_init(&errs, 0);
	conf_tree_init(&tree, &errs);
	assert_int_not_equal(conf_tree_read_text(&tree, yaml, strlen(yaml), "t"), 0);
	assert_null(strchr(errs.list[0].source ? errs.list[0].source : "", 0x7f));
	conf_tree_fini(&tree);
	kt_errs_fini(&errs);
}

/* Files in a directory of their own. */
static char place[64];

static int make_place(void **state)
{
	(void)state;
	strcpy(place, "/tmp/kotae-tree-XXXXXX");
	return mkdtemp(place) ? 0 : -1;
}

static int remove_place(void **state)
{
	(void)state;
	static const char *const names[] = { "main.yaml", "a.yaml", "b.yaml",
		"list.yaml" };
	char path[128];
	for (size_t i = 0; i < KT_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", place, names[i]);
		unlink(path);
	}
	return rmdir(place);
}

static void put(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", place, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int read_main(struct conf_tree *tree, struct kt_errs *errs)
{
	char path[128];
	kt_errs_init(errs, 0);
	conf_tree_init(tree, errs);
	snprintf(path, sizeof(path), "%s/main.yaml", place);
	return conf_tree_read(tree, path);
}

static void an_include_stands_for_the_entries_of_its_file(void **state)
{
	(void)state;
	struct kt_errs errs;
	struct conf_tree tree;
	put("main.yaml", "x: 1\ninclude: [a.yaml, b.yaml]\ny:\n  - p\n  - include: "
			 "list.yaml\n  - s\n");
	put("a.yaml", "a: 1\n");
	put("b.yaml", "b: {include: a.yaml}\n");
	put("list.yaml", "- q\n- r\n");
	int rc = read_main(&tree, &errs);
	char *said = conf_test_say(&errs);
	assert_string_equal(said, "");
	assert_int_equal(rc, 0);
	assert_int_equal(tree.root->n, 4);
	assert_non_null(conf_node_find(tree.root, "a"));
	assert_non_null(conf_node_find(conf_node_find(tree.root, "b"), "a"));
	const struct conf_node *y = conf_node_find(tree.root, "y");
	assert_int_equal(y->n, 4);
	assert_string_equal(y->first->next->next->text, "r");
	assert_string_equal(y->first->next->next->next->text, "s");
	free(said);
	conf_tree_fini(&tree);
	kt_errs_fini(&errs);
}

static void expect_main(const char *expected_end)
{
	struct kt_errs errs;
	struct conf_tree tree;
	assert_int_not_equal(read_main(&tree, &errs), 0);
	char *said = conf_test_say(&errs);
	if (!strstr(said, expected_end))
		fail_msg("found: %sexpected: %s", said, expected_end);
	free(said);
	conf_tree_fini(&tree);
	kt_errs_fini(&errs);
}

static void loops_of_includes_are_refused(void **state)
{
	(void)state;
	put("main.yaml", "include: a.yaml\n");
	put("a.yaml", "a: 1\nb: {include: main.yaml}\n");
	expect_main("main.yaml\" includes itself\n");
	put("main.yaml", "include: main.yaml\n");
	expect_main("main.yaml\" includes itself\n");
}

static void wrong_includes_are_refused(void **state)
{
	(void)state;
	put("main.yaml", "include: list.yaml\n");
	put("list.yaml", "- q\n");
	expect_main("E 1:10 include: the file holds a list, expected a map\n");
	put("main.yaml", "include: none.yaml\n");
	expect_main("none.yaml\" cannot be read: No such file or directory\n");
	put("main.yaml", "include: {a: b}\n");
	expect_main(
	    "E 1:10 include: found a map, expected a file or a list of files\n");
	put("main.yaml", "a: 1\ninclude: a.yaml\n");
	put("a.yaml", "\na: 2\n");
	expect_main("E 2:1 \"a\" is here twice\nN 1:1 the first is here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_format_has_no_use_for_is_refused),
		cmocka_unit_test(a_bomb_of_aliases_does_nothing),
		cmocka_unit_test(a_key_twice_is_refused_and_the_first_is_shown),
		cmocka_unit_test(syntax_errors_have_a_place),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(positions_and_quotes_are_kept),
		cmocka_unit_test(a_long_or_hostile_line_is_not_shown_raw),
		cmocka_unit_test(an_include_stands_for_the_entries_of_its_file),
		cmocka_unit_test(loops_of_includes_are_refused),
		cmocka_unit_test(wrong_includes_are_refused),
	};
	return cmocka_run_group_tests(tests, make_place, remove_place);
}
