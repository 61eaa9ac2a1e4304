/* $INCLUDE file [origin] (RFC 1035 s.5.1). */
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "dns/zonetext_p.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* "a -> b -> path", the zone file first. */
static void add_chain(struct kt_text *text, const struct zonetext_source *source)
{
	if (source->parent)
		add_chain(text, source->parent);
	kt_text_addf(text, "%s -> ", source->file ? source->file : "the text");
}

KT_COLD static int refuse_chain(struct zonetext *z, struct dns_scanner *s, int code,
    const char *why, const char *path)
{
	struct kt_text chain = { 0 };
	add_chain(&chain, z->source);
	kt_text_add(&chain, path);
	dns_scan_error(s, code, "file", "%s: %s", why, kt_text_of(&chain));
	kt_text_fini(&chain);
	return code;
}

static void identify(struct zonetext_source *source)
{
	struct stat st;
	if (source->known || !source->file || stat(source->file, &st) < 0)
		return;
	source->known = true;
	source->device = st.st_dev;
	source->inode = st.st_ino;
}

static bool is_open(const struct zonetext_source *source, const struct stat *st)
{
	for (; source; source = source->parent)
		if (source->known && source->device == st->st_dev &&
		    source->inode == st->st_ino)
			return true;
	return false;
}

/* Reads the file into *file and fills *source, or says why not. */
static int open_file(struct zonetext *z, struct dns_scanner *s, const char *path,
    struct zonetext_source *source, struct kt_file *file)
{
	struct stat st;
	int rc = 0;
	if (source->depth > DNS_INCLUDE_DEPTH)
		return refuse_chain(
		    z, s, KT_E_LIMIT, "included more than 10 levels deep", path);
	if (stat(path, &st) < 0)
		rc = KT_E_SYSTEM;
	else if (is_open(z->source, &st))
		return refuse_chain(
		    z, s, KT_E_CONFLICT, "the file includes itself", path);
	/* A pipe or device might never end. */
	else if (!S_ISREG(st.st_mode))
		return dns_scan_error(
		    s, KT_E_REFUSED, "file", "%s is not a regular file", path);
	else
		rc = kt_file_read(path, DNS_ZONE_FILE_MAX, file);
	if (rc)
		return dns_scan_error(s, rc, "file", "cannot read %s: %s", path,
		    rc == KT_E_SYSTEM ? strerror(errno) : "too large");
	source->known = true;
	source->device = st.st_dev;
	source->inode = st.st_ino;
	return 0;
}

static int include(struct zonetext *z, struct dns_scanner *at,
    struct zonetext_source *source, const struct dns_name *origin)
{
	struct kt_file file;
	identify(z->source);
	int rc = open_file(z, at, source->file, source, &file);
	if (rc)
		return rc;
	/* The owner is carried in; both come back as they were (RFC 1035 s.5.1). */
	struct zonetext_saved saved;
	zonetext_save(z, &saved);
	z->origin = *origin;
	zonetext_read(z, source, file.at, file.len);
	zonetext_restore(z, &saved);
	kt_file_free(&file);
	return 0;
}

int zonetext_include(struct zonetext *z, struct dns_scanner *s)
{
	if (z->options->no_include)
		return dns_scan_error(s, KT_E_REFUSED, NULL, "not allowed here");
	int rc = dns_scan_word(s, "a file name");
	if (rc)
		return rc;
	struct dns_scanner at = *s; /* for errors about the file */
	struct dns_name origin = z->origin;
	if (!dns_scan_at_end(s))
		rc = dns_scan_name(s, "origin", &z->origin, &origin);
	if (!rc)
		rc = dns_scan_end(s);
	if (rc)
		return rc;
	if (at.token.len == 0 || memchr(at.token.at, 0, at.token.len))
		return dns_scan_error(&at, KT_E_FORMAT, "file", "found no file name");
	char *name = kt_strndup(at.token.at, at.token.len);
	char *path = z->source->file ? kt_path_beside(z->source->file, name)
				     : kt_strdup(name);
	struct zonetext_source source = {
		.file = path,
		.parent = z->source,
		.line = at.token_line,
		.depth = z->source->depth + 1,
	};
	rc = include(z, &at, &source, &origin);
	free(path);
	free(name);
	return rc;
}
