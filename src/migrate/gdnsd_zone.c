/*
 * A gdnsd zone file as a zone file for everybody: DYNA and DYNC lines become services, owners
 * that a line takes from the one before are written out, @Z and @F and includes are resolved,
 * everything else stays as it is.
 */
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "migrate/gdnsd_p.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct zone {
	struct gdnsd *g;
	const char *zone; /* without its last dot */
	struct kt_text *out;
	const char *file, *file_origin; /* @F */
	const char *origin;             /* with its last dot */
	const char *owner;              /* as it was written last */
	unsigned line, depth, n_files, ttl_s;
};

/* Fields of a line, up to a comment; quotes stay as they are. */
enum {
	FIELDS_MAX = 6
};

struct fields {
	char *list[FIELDS_MAX];
	unsigned n;
	bool blank; /* the line begins with white space */
};

static void split(char *line, struct fields *f)
{
	char *at = line;
	*f = (struct fields){ .blank = isspace((unsigned char)*line) != 0 };
	while (f->n < FIELDS_MAX) {
		at += strspn(at, " \t\r");
		if (!*at || *at == ';' || *at == '\n')
			return;
		f->list[f->n++] = at;
		at += strcspn(at, " \t\r;\n");
		char end = *at;
		*at = 0;
		if (!end || end == ';' || end == '\n')
			return;
		at++;
	}
}

/* How much deeper in parentheses, and whether a quote is open, behind the line. */
static int parentheses(const char *line, bool *quoted)
{
	int depth = 0;
	for (; *line; line++) {
		if (*line == '\\' && line[1])
			line++;
		else if (*line == '"')
			*quoted = !*quoted;
		else if (!*quoted && *line == ';')
			break;
		else if (!*quoted)
			depth += (*line == '(') - (*line == ')');
	}
	return depth;
}

/* A name with its last dot. */
static const char *absolute(struct zone *z, const char *name)
{
	struct migrate_plan *plan = z->g->plan;
	const char *origin = strcmp(z->origin, ".") == 0 ? "" : z->origin;
	size_t len = strlen(name);
	if (strcmp(name, "@") == 0)
		return z->origin;
	if (len >= 2 && name[len - 2] == '@' && (len == 2 || name[len - 3] == '.')) {
		const char *top = name[len - 1] == 'Z'
				      ? migrate_format(plan, "%s.", z->zone)
				      : z->file_origin;
		return migrate_format(plan, "%.*s%s", (int)len - 2, name, top);
	}
	if (len && name[len - 1] == '.')
		return migrate_format(plan, "%s", name);
	return migrate_format(plan, "%s.%s", name, origin);
}

/* "600/30", "1H": seconds.  False: it is no time. */
static bool scan_ttl(const char *text, unsigned *max, unsigned *min)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t ms[2];
	if (!isdigit((unsigned char)*text) || kt_scan_duration(text, len, &ms[0]))
		return false;
	*max = (unsigned)(ms[0] / 1000);
	*min = *max / 2; /* gdnsd.zonefile(5) */
	if (!slash)
		return true;
	if (kt_scan_duration(slash + 1, strlen(slash + 1), &ms[1]))
		return false;
	*min = (unsigned)(ms[1] / 1000);
	return true;
}

/* False: nothing is left of it, which is told. */
static bool add_service(struct zone *z, const char *owner, const char *resource,
    unsigned ttl_s, unsigned ttl_min_s)
{
	struct gdnsd_target target;
	struct migrate_plan *plan = z->g->plan;
	size_t len = strlen(owner);
	z->g->origin = z->origin;
	if (!gdnsd_resolve(z->g, resource, z->file, z->line, &target))
		return false;
	for (size_t i = target.n_regions; i > 0; i--)
		if (!target.regions[i - 1].pools.n) {
			migrate_lost(plan, z->file, z->line,
			    "%s: nothing is left of %s", owner, resource);
			return false;
		}
	struct migrate_service *s = migrate_add_service(
	    plan, migrate_format(plan, "%.*s", (int)len - 1, owner));
	s->map = target.map;
	s->regions = target.regions;
	s->n_regions = target.n_regions;
	s->regions_size = target.regions_size;
	s->ttl_s = ttl_s ? ttl_s : 1;
	s->ttl_min_s = ttl_min_s ? ttl_min_s : 1;
	return true;
}

/* The field that says DYNA or DYNC; 0: none. */
static unsigned find_dyn(const struct fields *f)
{
	for (unsigned i = f->blank ? 0 : 1; i < f->n; i++)
		if (strcasecmp(f->list[i], "DYNA") == 0 ||
		    strcasecmp(f->list[i], "DYNC") == 0)
			return i + 1;
	return 0;
}

static void take_dyn(struct zone *z, const struct fields *f, unsigned at)
{
	unsigned ttl = z->ttl_s, ttl_min = z->ttl_s / 2;
	const char *owner = absolute(z, f->blank ? z->owner : f->list[0]);
	for (unsigned i = f->blank ? 0 : 1; i + 1 < at; i++)
		if (!scan_ttl(f->list[i], &ttl, &ttl_min) &&
		    strcasecmp(f->list[i], "IN") != 0)
			migrate_lost(z->g->plan, z->file, z->line,
			    "%s: not understood before %s", f->list[i],
			    f->list[at - 1]);
	if (at >= f->n) {
		migrate_lost(z->g->plan, z->file, z->line, "%s without a resource",
		    f->list[at - 1]);
		return;
	}
	kt_text_addf(z->out, "; %s %s: %s\n", owner, f->list[at],
	    add_service(z, owner, f->list[at], ttl, ttl_min)
		? "steered, see kotae.yaml"
		: "left out, it has no equal");
}

static int read_file(struct zone *z, const char *path);

static int take_include(struct zone *z, const struct fields *f)
{
	struct zone inner = *z;
	if (f->n < 2)
		return kt_errs_add(z->g->plan->errs, KT_ERROR, KT_E_FORMAT, z->file,
		    z->line, 0, NULL, "$INCLUDE without a file");
	char *path = kt_path_beside(z->file, f->list[1]);
	if (f->n > 2)
		inner.origin = absolute(z, f->list[2]);
	inner.file_origin = inner.origin;
	kt_text_addf(z->out, "$ORIGIN %s\n", inner.origin);
	int rc = read_file(&inner, path);
	z->n_files = inner.n_files;
	kt_text_addf(z->out, "$ORIGIN %s\n", z->origin);
	kt_text_addf(z->out, "$TTL %u\n", z->ttl_s);
	free(path);
	return rc;
}

static int take_directive(struct zone *z, const struct fields *f, const char *whole)
{
	unsigned ignored;
	if (strcasecmp(f->list[0], "$INCLUDE") == 0)
		return take_include(z, f);
	if (strcasecmp(f->list[0], "$ORIGIN") == 0 && f->n > 1) {
		z->origin = absolute(z, f->list[1]);
		kt_text_addf(z->out, "$ORIGIN %s\n", z->origin);
		return 0;
	}
	if (strcasecmp(f->list[0], "$TTL") == 0 && f->n > 1)
		scan_ttl(f->list[1], &z->ttl_s, &ignored);
	kt_text_add(z->out, whole);
	return 0;
}

/* The line with an owner of its own, and without @Z and @F in it. */
static void put_record(struct zone *z, const struct fields *f, const char *whole)
{
	const char *rest = whole;
	if (!f->blank) {
		rest += strlen(f->list[0]);
		kt_text_add(z->out, strstr(f->list[0], "@Z") || strstr(f->list[0], "@F")
					? absolute(z, f->list[0])
					: f->list[0]);
	} else {
		kt_text_add(z->out, z->owner);
	}
	for (const char *at; (at = strstr(rest, "@Z")) || (at = strstr(rest, "@F"));
	     rest = at + 2) {
		kt_text_add_n(z->out, rest, (size_t)(at - rest));
		if (at[1] == 'Z')
			kt_text_addf(z->out, "%s.", z->zone);
		else
			kt_text_add(z->out, z->file_origin);
	}
	kt_text_add(z->out, rest);
}

/* A line that begins a record or a directive. */
static int take_line(struct zone *z, const char *whole)
{
	struct fields f;
	char *line = kt_strdup(whole);
	int rc = 0;
	split(line, &f);
	if (!f.n) {
		kt_text_add(z->out, whole);
	} else if (!f.blank && *f.list[0] == '$') {
		rc = take_directive(z, &f, whole);
	} else {
		unsigned dyn = find_dyn(&f);
		if (!f.blank)
			z->owner = migrate_format(z->g->plan, "%s", f.list[0]);
		if (dyn)
			take_dyn(z, &f, dyn);
		else
			put_record(z, &f, whole);
	}
	free(line);
	return rc;
}

static int read_lines(struct zone *z, const struct kt_file *file)
{
	const char *at = file->at, *end = file->at + file->len;
	int depth = 0, rc = 0;
	bool quoted = false;
	for (z->line = 1; at < end && !rc; z->line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop + 1 : end;
		char *line = kt_strndup(at, (size_t)(stop - at));
		if (depth > 0 || quoted)
			kt_text_add(z->out, line);
		else
			rc = take_line(z, line);
		depth += parentheses(line, &quoted);
		free(line);
		at = stop;
	}
	if (z->out->len && z->out->at[z->out->len - 1] != '\n')
		kt_text_char(z->out, '\n');
	return rc;
}

static int read_file(struct zone *z, const char *path)
{
	struct kt_file file;
	if (++z->n_files > MIGRATE_FILES_MAX || ++z->depth > MIGRATE_DEPTH_MAX)
		return kt_errs_add(z->g->plan->errs, KT_ERROR, KT_E_LIMIT, path, 0, 0,
		    NULL, "too many included files");
	if (kt_file_read(path, MIGRATE_FILE_MAX, &file))
		return kt_errs_add(z->g->plan->errs, KT_ERROR, KT_E_SYSTEM, path, 0, 0,
		    NULL, "cannot read the zone file: %s", strerror(errno));
	z->file = migrate_format(z->g->plan, "%s", path);
	int rc = read_lines(z, &file);
	kt_file_free(&file);
	return rc;
}

int gdnsd_read_zone(
    struct gdnsd *g, const char *path, const char *zone, struct kt_text *out)
{
	struct migrate_node *options = migrate_child(g->root, "options");
	const char *ttl = migrate_child_text(options, "zones_default_ttl");
	uint64_t seconds;
	struct zone z = { .g = g,
		.zone = zone,
		.out = out,
		.owner = "@",
		.ttl_s = 86400 /* gdnsd.config(5) */ };
	if (ttl && kt_scan_number(ttl, strlen(ttl), UINT32_MAX, &seconds) == 0)
		z.ttl_s = (unsigned)seconds;
	z.origin = z.file_origin = migrate_format(g->plan, "%s.", zone);
	kt_text_addf(out, "$ORIGIN %s\n$TTL %u\n", z.origin, z.ttl_s);
	return read_file(&z, path);
}
