/* A partition as CSV. */
#include "ecs/parts.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char heading[] = "family,prefix,class";
static const char comment_no_ecs[] = "# ecs ignored";
static const char comment_default[] = "# default ";
static const char comment_short[] = "# short-source ";

/* RFC 4180 s.2: quotes where they are needed, doubled inside. */
static void add_field(struct kt_text *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		kt_text_add(out, text);
		return;
	}
	kt_text_char(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			kt_text_char(out, '"');
		kt_text_char(out, *text);
	}
	kt_text_char(out, '"');
}

void ecs_parts_print_csv(const struct ecs_parts *parts, struct kt_text *out)
{
	char text[KT_PREFIX_TEXT];
	kt_text_addf(out, "# kotae partition of %s %s\n",
	    parts->service ? "service" : "map", parts->name);
	if (parts->ignores_ecs)
		kt_text_addf(out, "%s\n", comment_no_ecs);
	if (parts->fallback < parts->n_classes)
		kt_text_addf(out, "%s%s\n", comment_default,
		    ecs_parts_class_name(parts, parts->fallback));
	for (size_t i = 0; i < parts->n_shorts; i++)
		kt_text_addf(out, "%s%s %s\n", comment_short,
		    kt_prefix_print(&parts->shorts[i].prefix, text),
		    ecs_parts_class_name(parts, parts->shorts[i].class));
	kt_text_addf(out, "%s\n", heading);
	for (unsigned family = 4; family <= 6; family += 2) {
		struct ecs_cells cells = { .parts = parts, .family = family };
		struct kt_prefix cell;
		uint16_t class;
		while (ecs_cells_next(&cells, &cell, &class)) {
			kt_text_addf(
			    out, "%u,%s,", family, kt_prefix_print(&cell, text));
			add_field(out, ecs_parts_class_name(parts, class));
			kt_text_char(out, '\n');
		}
	}
}

/* The first line that is no comment is the heading. */
bool ecs_parts_is_csv(const char *text, size_t len)
{
	const char *end = text + len;
	while (text < end && (*text == '#' || *text == '\n' || *text == '\r')) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			return false;
		text = next + 1;
	}
	return (size_t)(end - text) >= sizeof(heading) - 1 &&
	       memcmp(text, heading, sizeof(heading) - 1) == 0;
}

struct reading {
	const char *file;
	struct kt_errs *errs;
	struct ecs_parts *parts;
	unsigned line;
	unsigned family; /* of the cell before; 0: none yet */
	ecs_bits next;   /* where the next cell must begin */
	bool whole;      /* the family at hand has been covered to its end */
	size_t n;
};

static int bad(struct reading *r, int code, const char *what)
{
	return kt_errs_add(
	    r->errs, KT_ERROR, code, r->file, r->line, 1, NULL, "%s", what);
}

/* Takes the quotes of a field away, in place. */
static char *unquote(char *field)
{
	char *to = field;
	if (*field != '"')
		return field;
	for (char *at = field + 1; *at; at++) {
		if (*at == '"' && *++at != '"')
			break;
		*to++ = *at;
	}
	*to = 0;
	return field;
}

static int end_family(struct reading *r)
{
	if (r->family && !r->whole)
		return bad(
		    r, KT_E_FORMAT, "the cells before end too early: there is a hole");
	return 0;
}

/* Cells come in order, each where the one before ended. */
static int take_cell(struct reading *r, const struct kt_prefix *cell, const char *name)
{
	uint16_t class;
	unsigned family = cell->addr.family;
	if (family != r->family) {
		int rc = end_family(r);
		if (rc)
			return rc;
		if (family < r->family)
			return bad(r, KT_E_FORMAT, "IPv4 stands before IPv6");
		r->family = family;
		r->next = 0;
		r->whole = false;
	}
	ecs_bits first = ecs_bits_of(&cell->addr);
	if (r->whole || first < r->next)
		return bad(r, KT_E_CONFLICT, "the cell overlaps one before it");
	if (first > r->next)
		return bad(r, KT_E_FORMAT, "there is a hole before this cell");
	if (++r->n > ECS_RUNS_MAX)
		return bad(r, KT_E_LIMIT, "too many cells");
	int rc = ecs_parts_class(r->parts, name, &class);
	if (rc)
		return bad(r, rc, "too many classes");
	ecs_parts_add_run(r->parts, family, first, class);
	r->next = ecs_last(cell) + 1;
	r->whole = r->next == 0;
	return 0;
}

static int read_cell(struct reading *r, char *line)
{
	char *prefix = strchr(line, ','),
	     *class = prefix ? strchr(prefix + 1, ',') : NULL;
	struct kt_prefix cell;
	if (!class)
		return bad(r, KT_E_FORMAT, "expected FAMILY,PREFIX,CLASS");
	*prefix++ = 0;
	*class ++ = 0;
	if (kt_prefix_scan(prefix, &cell))
		return bad(r, KT_E_FORMAT, "the second field is no prefix");
	if (line[0] != '0' + cell.addr.family || line[1])
		return bad(
		    r, KT_E_FORMAT, "the first field is not the prefix's family");
	class = unquote(class);
	if (!*class)
		return bad(r, KT_E_FORMAT, "the third field, the class, is empty");
	return take_cell(r, &cell, class);
}

/* "PREFIX CLASS" behind the words of the comment. */
static int read_short(struct reading *r, char *text)
{
	char *class = strchr(text, ' ');
	struct kt_prefix prefix;
	uint16_t number;
	if (!class)
		return 0;
	*class ++ = 0;
	if (kt_prefix_scan(text, &prefix) || !*class)
		return 0;
	int rc = ecs_parts_class(r->parts, class, &number);
	if (rc)
		return bad(r, rc, "too many classes");
	ecs_parts_add_short(r->parts, &prefix, number);
	return 0;
}

static int read_default(struct reading *r, const char *name)
{
	int rc = *name ? ecs_parts_class(r->parts, name, &r->parts->fallback) : 0;
	return rc ? bad(r, rc, "too many classes") : 0;
}

/* "# kotae partition of map japan" */
static void read_name(struct reading *r, const char *line)
{
	static const char begin[] = "# kotae partition of ";
	if (strncmp(line, begin, sizeof(begin) - 1) != 0)
		return;
	const char *kind = line + sizeof(begin) - 1, *name = strchr(kind, ' ');
	if (!name || !name[1])
		return;
	r->parts->service = strncmp(kind, "service ", 8) == 0;
	free(r->parts->name);
	r->parts->name = kt_strdup(name + 1);
}

static int read_line(struct reading *r, char *line)
{
	size_t len = strlen(line);
	if (len && line[len - 1] == '\r')
		line[len - 1] = 0;
	if (strncmp(line, comment_short, sizeof(comment_short) - 1) == 0)
		return read_short(r, line + sizeof(comment_short) - 1);
	if (strncmp(line, comment_default, sizeof(comment_default) - 1) == 0)
		return read_default(r, line + sizeof(comment_default) - 1);
	if (strcmp(line, comment_no_ecs) == 0)
		r->parts->ignores_ecs = true;
	if (*line == '#')
		read_name(r, line);
	if (!*line || *line == '#' || strcmp(line, heading) == 0)
		return 0;
	return read_cell(r, line);
}

int ecs_parts_read_csv(const char *text, size_t len, const char *file,
    struct kt_errs *errs, struct ecs_parts **out)
{
	struct reading r = { .file = file, .errs = errs };
	char *copy = kt_strndup(text, len), *next;
	int rc = 0;
	r.parts = ecs_parts_new(file, false);
	for (char *line = copy; line && !rc; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		r.line++;
		rc = read_line(&r, line);
	}
	if (!rc)
		rc = end_family(&r);
	if (!rc && (!r.parts->n_runs[0] || !r.parts->n_runs[1]))
		rc = bad(&r, KT_E_FORMAT, "a partition has cells of both families");
	free(copy);
	if (rc) {
		ecs_parts_free(r.parts);
		return rc;
	}
	*out = r.parts;
	return 0;
}
