#include "steering/geo.h"

#include "base/hash.h"
#include "base/mem.h"
#include "steering/mmdb.h"
#include "steering/networks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DATABASE_MAX ((size_t)2 << 30)

static int tell(const struct conf_geo *conf, struct kt_errs *errs, int code,
    const char *what, const char *why)
{
	return kt_errs_add(errs, KT_ERROR, code, conf->place.file, conf->place.line,
	    conf->place.column, NULL, "database %s: %s%s%s", conf->database, what,
	    *why ? ": " : "", why);
}

/* Opening: the library wants a path, and gets that of a copy which nobody else can reach. */

static int write_copy(int fd, const struct kt_file *file)
{
	for (size_t done = 0; done < file->len;) {
		ssize_t n = write(fd, file->at + done, file->len - done);
		if (n < 0 && errno != EINTR)
			return KT_E_SYSTEM;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int open_copy(const struct conf_geo *conf, const struct kt_file *file,
    struct kt_errs *errs, MMDB_s *db)
{
	char path[40];
	int fd = memfd_create("database", MFD_CLOEXEC);
	if (fd < 0 || write_copy(fd, file)) {
		int rc = tell(
		    conf, errs, KT_E_SYSTEM, "cannot be copied", strerror(errno));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int status = MMDB_open(path, MMDB_MODE_MMAP, db);
	close(fd); /* the mapping stays */
	if (status == MMDB_SUCCESS)
		return 0;
	*db = (MMDB_s){ 0 };
	return tell(conf, errs, KT_E_FORMAT, "is not a MaxMind DB that can be read",
	    MMDB_strerror(status));
}

int steering_geo_open(
    struct steering_geo *geo, const struct conf_geo *conf, struct kt_errs *errs)
{
	struct kt_file file;
	*geo = (struct steering_geo){ .conf = conf };
	int rc = steering_file_copy(conf->database, DATABASE_MAX, &file);
	if (rc)
		return tell(conf, errs, rc, "cannot be read",
		    rc == KT_E_SYSTEM ? strerror(errno) : kt_strerror(rc));
	if (!file.len)
		rc = tell(conf, errs, KT_E_FORMAT, "is empty", "");
	else if (steering_mmdb_check((const uint8_t *)file.at, file.len))
		rc = tell(conf, errs, KT_E_FORMAT,
		    "is not a MaxMind DB, or is cut short or damaged", "");
	else
		rc = open_copy(conf, &file, errs, &geo->db);
	kt_file_free(&file);
	if (!rc)
		steering_matcher_init(&geo->matcher, conf);
	return rc;
}

void steering_geo_close(struct steering_geo *geo)
{
	if (geo->db.file_content)
		MMDB_close(&geo->db);
	steering_matcher_fini(&geo->matcher);
	*geo = (struct steering_geo){ 0 };
}

/* Records.  A value that is not there is no error; one that cannot be decoded is. */

static int get_value(
    MMDB_entry_s *entry, MMDB_entry_data_s *out, uint32_t type, const char *const *path)
{
	int status = MMDB_aget_value(entry, out, path);
	if (status == MMDB_SUCCESS && out->has_data && out->type == type)
		return 0;
	out->has_data = false;
	if (status == MMDB_SUCCESS ||
	    status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
		return 0;
	return KT_E_FORMAT;
}

static bool take_code(const MMDB_entry_data_s *value, char code[STEERING_CODE_MAX])
{
	return value->has_data &&
	       steering_code_take(code, value->utf8_string, value->data_size);
}

static int read_country(MMDB_entry_s *entry, struct steering_place *place)
{
	static const char *const paths[][3] = { { "country", "iso_code", NULL },
		{ "registered_country", "iso_code", NULL } };
	MMDB_entry_data_s value;
	for (unsigned i = 0; i < KT_COUNT(paths); i++) {
		int rc = get_value(entry, &value, MMDB_DATA_TYPE_UTF8_STRING, paths[i]);
		if (rc)
			return rc;
		if (take_code(&value, place->country)) {
			place->kinds |= STEERING_PLACE_COUNTRY;
			break;
		}
	}
	return 0;
}

static int read_subdivisions(MMDB_entry_s *entry, struct steering_place *place)
{
	static const char *const paths[][4] = { { "subdivisions", "0", "iso_code",
						    NULL },
		{ "subdivisions", "1", "iso_code", NULL } };
	MMDB_entry_data_s value;
	char code[STEERING_CODE_MAX];
	for (unsigned i = 0; i < KT_COUNT(paths); i++) {
		int rc = get_value(entry, &value, MMDB_DATA_TYPE_UTF8_STRING, paths[i]);
		if (rc)
			return rc;
		if (!take_code(&value, code) || strlen(place->country) != 2 ||
		    strlen(code) > 3)
			break;
		snprintf(place->subdivision[i], STEERING_CODE_MAX, "%.2s-%.3s",
		    place->country, code);
		place->kinds |= STEERING_PLACE_SUBDIVISION;
	}
	return 0;
}

static int read_place(MMDB_entry_s *entry, struct steering_place *place)
{
	static const char *const continent[] = { "continent", "code", NULL };
	static const char *const as[] = { "autonomous_system_number", NULL };
	MMDB_entry_data_s value;
	*place = (struct steering_place){ .kinds = STEERING_PLACE_ANY };
	int rc = read_country(entry, place);
	if (!rc && place->kinds & STEERING_PLACE_COUNTRY)
		rc = read_subdivisions(entry, place);
	if (!rc)
		rc = get_value(entry, &value, MMDB_DATA_TYPE_UTF8_STRING, continent);
	if (!rc && take_code(&value, place->continent))
		place->kinds |= STEERING_PLACE_CONTINENT;
	if (!rc)
		rc = get_value(entry, &value, MMDB_DATA_TYPE_UINT32, as);
	if (!rc && value.has_data) {
		place->as = value.uint32;
		place->kinds |= STEERING_PLACE_AS;
	}
	return rc;
}

/* The tree */

struct walk {
	struct steering_geo *geo;
	struct steering_spans *out;
	unsigned bits;   /* of the family */
	uint64_t budget; /* nodes that may still be seen: in a tree each is seen once */
	size_t n;
	unsigned seen;
	/* Records read before: offset and one, region.  Of many networks few differ. */
	struct remembered {
		uint32_t offset;
		uint16_t region;
	} * table;
	size_t n_table, table_size;
};

static struct remembered *slot_of(const struct walk *w, uint32_t offset)
{
	size_t at = kt_hash_mix(offset, 0) & (w->table_size - 1);
	while (w->table[at].offset && w->table[at].offset != offset)
		at = (at + 1) & (w->table_size - 1);
	return &w->table[at];
}

static void remember(struct walk *w, uint32_t offset, uint16_t region)
{
	if (w->n_table * 2 >= w->table_size) {
		struct remembered *old = w->table;
		size_t size = w->table_size;
		w->table_size = size ? size * 2 : 256;
		w->table = kt_calloc(w->table_size, sizeof(*w->table));
		for (size_t i = 0; i < size; i++)
			if (old[i].offset)
				*slot_of(w, old[i].offset) = old[i];
		free(old);
	}
	*slot_of(w, offset) = (struct remembered){ offset, region };
	w->n_table++;
}

static int region_of(struct walk *w, MMDB_entry_s *entry, uint16_t *region)
{
	struct steering_place place;
	if (entry->offset == UINT32_MAX)
		return KT_E_FORMAT;
	if (w->table_size) {
		const struct remembered *known = slot_of(w, entry->offset + 1);
		*region = known->region;
		if (known->offset)
			return 0;
	}
	int rc = read_place(entry, &place);
	if (rc)
		return rc;
	const struct conf_geo_match *m = steering_matcher_find(
	    &w->geo->matcher, &place);
	*region = m ? m->region : STEERING_NOWHERE;
	w->seen |= place.kinds;
	remember(w, entry->offset + 1, *region);
	return 0;
}

static int walk_node(struct walk *w, uint32_t node, steering_key key, unsigned len);

static int walk_record(struct walk *w, uint8_t type, uint64_t record,
    MMDB_entry_s *entry, steering_key key, unsigned len)
{
	uint16_t region = STEERING_NOWHERE;
	if (type == MMDB_RECORD_TYPE_SEARCH_NODE)
		return len < w->bits ? walk_node(w, (uint32_t)record, key, len)
				     : KT_E_FORMAT;
	if (type == MMDB_RECORD_TYPE_DATA) {
		int rc = region_of(w, entry, &region);
		if (rc)
			return rc;
		w->n++;
	} else if (type != MMDB_RECORD_TYPE_EMPTY) {
		return KT_E_FORMAT;
	}
	return steering_spans_add(w->out, key, region);
}

/* No deeper than the family has bits. */
static int walk_node(struct walk *w, uint32_t node, steering_key key, unsigned len)
{
	const MMDB_s *db = &w->geo->db;
	MMDB_search_node_s n;
	/* IPv6: where IPv4 hangs, and its aliases, which decide nothing here */
	if (w->bits == 128 && len && node == db->ipv4_start_node.node_value)
		return steering_spans_add(w->out, key, STEERING_NOWHERE);
	if (!w->budget-- || MMDB_read_node(db, node, &n) != MMDB_SUCCESS)
		return KT_E_FORMAT;
	int rc = walk_record(
	    w, n.left_record_type, n.left_record, &n.left_record_entry, key, len + 1);
	if (rc)
		return rc;
	return walk_record(w, n.right_record_type, n.right_record,
	    &n.right_record_entry, key | (steering_key)1 << (127 - len), len + 1);
}

/* Has the file a tree for the family, and where? */
static bool start_of(const MMDB_s *db, unsigned family, uint32_t *node)
{
	*node = 0;
	if (family == 6)
		return db->metadata.ip_version == 6;
	if (db->metadata.ip_version == 6)
		*node = db->ipv4_start_node.node_value;
	return *node < db->metadata.node_count;
}

int steering_geo_read(struct steering_geo *geo, unsigned family, struct kt_errs *errs,
    struct steering_spans *out, size_t *n, unsigned *seen)
{
	struct walk w = { .geo = geo,
		.out = out,
		.bits = family == 4 ? 32 : 128,
		.budget = geo->db.metadata.node_count };
	uint32_t node;
	int rc = start_of(&geo->db, family, &node)
		     ? walk_node(&w, node, 0, 0)
		     : steering_spans_add(out, 0, STEERING_NOWHERE);
	free(w.table);
	*n += w.n;
	*seen |= w.seen;
	if (rc == KT_E_FORMAT)
		return tell(
		    geo->conf, errs, rc, "its tree or its data are damaged", "");
	return rc ? tell(geo->conf, errs, rc, "too many networks", "") : 0;
}

int steering_geo_check(
    const struct steering_geo *geo, unsigned seen, struct kt_errs *errs)
{
	static const struct {
		enum steering_place_kind kind;
		const char *text;
	} kinds[] = { { STEERING_PLACE_CONTINENT, "continent" },
		{ STEERING_PLACE_COUNTRY, "country" },
		{ STEERING_PLACE_SUBDIVISION, "subdivision" },
		{ STEERING_PLACE_AS, "AS" }, { STEERING_PLACE_ANY, "network" } };
	for (size_t i = 0; i < geo->conf->n_match; i++) {
		const struct conf_geo_match *m = &geo->conf->match[i];
		for (size_t k = 0; k < KT_COUNT(kinds); k++)
			if (kinds[k].kind == steering_match_kind(m->key) &&
			    !(seen & kinds[k].kind))
				return kt_errs_add(errs, KT_ERROR, KT_E_TYPE,
				    m->place.file, m->place.line, m->place.column, NULL,
				    "%s matches nothing: database %s (%s) has no %s in "
				    "any record",
				    m->key, geo->conf->database,
				    geo->db.metadata.database_type, kinds[k].text);
	}
	return 0;
}

int steering_geo_find(struct steering_geo *geo, unsigned family, steering_key key,
    const struct conf_geo_match **match, unsigned *len)
{
	unsigned bits = family == 4 ? 32 : 128;
	uint32_t node;
	struct steering_place place;
	*match = NULL;
	*len = 0;
	if (!start_of(&geo->db, family, &node))
		return 0;
	while (*len < bits) {
		MMDB_search_node_s n;
		bool right = key >> (127 - *len) & 1;
		if (bits == 128 && *len && node == geo->db.ipv4_start_node.node_value)
			return 0;
		if (MMDB_read_node(&geo->db, node, &n) != MMDB_SUCCESS)
			return KT_E_FORMAT;
		++*len;
		uint8_t type = right ? n.right_record_type : n.left_record_type;
		node = (uint32_t)(right ? n.right_record : n.left_record);
		if (type == MMDB_RECORD_TYPE_SEARCH_NODE)
			continue;
		if (type != MMDB_RECORD_TYPE_DATA)
			return type == MMDB_RECORD_TYPE_EMPTY ? 0 : KT_E_FORMAT;
		int rc = read_place(
		    right ? &n.right_record_entry : &n.left_record_entry, &place);
		if (!rc)
			*match = steering_matcher_find(&geo->matcher, &place);
		return rc;
	}
	return KT_E_FORMAT;
}
