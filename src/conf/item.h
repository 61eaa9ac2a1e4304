/*
 * conf/item.h -- options as rows of tables, and what reads and prints them.
 *
 * An option is one row in one file.  From the row come reading, the check of its range, its
 * default, `kotae check --print`, `kotae config diff`, the text of errors; a test holds
 * the manual page against it.
 *
 * What a table cannot say (keys, listeners, zones) is a CONF_SPECIAL row with three
 * functions; the entries inside have tables again.
 *
 * Threads:  tables are constant.
 */
#pragma once

#include "base/attr.h"
#include "base/text.h"
#include "conf/config.h"
#include "conf/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option is, and the C type at its offset. */
enum conf_type {
	CONF_TEXT,   /* const char *: any text but an empty one */
	CONF_PATH,   /* const char *: relative to the file that names it */
	CONF_WORD,   /* const char *: one of `words` */
	CONF_CHOICE, /* unsigned integer of `size` octets: which of `words` */
	CONF_NUMBER, /* unsigned integer of `size` octets */
	CONF_SPAN, /* a duration, in an unsigned integer; min, max and it count `unit` ("ms", "s") */
	CONF_SIZE,    /* octets, in an unsigned integer */
	CONF_BOOL,    /* bool */
	CONF_ADDRESS, /* struct kt_addr */
	CONF_PREFIX,  /* struct kt_prefix */
	CONF_NAME,    /* struct dns_name, lower case */
	CONF_SECTION, /* a map of the options in `items`, in the same struct */
	CONF_SPECIAL, /* read, print */
	CONF_PLANNED, /* a known word that this version refuses */
};

struct conf_reader;
struct conf_sink;
struct conf_item;
struct conf_steer;

typedef void conf_item_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base);
typedef void conf_item_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base);

struct conf_item {
	const char *name; /* NULL ends a table */
	enum conf_type type;
	uint16_t size; /* octets of an integer */
	bool required;
	bool restart; /* a change needs a restart; else a reload does */
	uint32_t offset;
	const char *fallback;     /* the default as it would be written; NULL: none */
	uint64_t min, max;        /* of numbers; of a text the longest length */
	const char *unit;         /* "octets", "ms"; NULL: none */
	const char *zero;         /* a number's word for 0 ("auto"); NULL: none */
	const char *const *words; /* of CONF_WORD and CONF_CHOICE; NULL ends */
	const struct conf_item
	    *items; /* of a section, and of the entries of a special */
	conf_item_read *read;
	conf_item_print *print;
	const char *help; /* a sentence */
};

#define CONF_AT(type, field) \
 .offset = offsetof(struct type, field), .size = sizeof(((struct type *)0)->field)

/* What is at hand while a file is read. */
struct conf_reader {
	struct conf_tree *tree;
	struct conf_config *config;
	const struct conf_file
	    *last_file; /* conf_place_of(): many things stand in one file */
	const char *last_name;
	bool keys_read;
	struct conf_steer *steer; /* while the steering section is read */
};

/* The table of the whole file. */
extern const struct conf_item conf_items[];

/*
 * Reads a map by its table into base, which has the defaults already.  Unknown
 * options, missing ones and bad values are reported.  `what` names the map in messages
 * ("a zone").  False: node is no map (reported).
 */
KT_NONNULL bool conf_items_read(struct conf_reader *r, const struct conf_item *items,
    const char *what, const struct conf_node *node, void *base);
KT_NONNULL void conf_items_default(
    struct conf_reader *r, const struct conf_item *items, void *base);
/* True for a map (or list), or nothing at all, which is an empty one; else reported. */
KT_NONNULL bool conf_expect(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, enum conf_kind kind);

/* conf/value.c: one scalar by its row.  Reported when it is bad; base then stays as it was. */
KT_NONNULL void conf_value_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base);
/* The text of a row's value; false: it has none (no such option was given). */
KT_NONNULL bool conf_value_print(
    const struct conf_item *item, const void *base, struct kt_text *out);
/* "a number between 1 and 65535", "a duration between 1s and 1h", ... */
KT_NONNULL void conf_value_expected(const struct conf_item *item, struct kt_text *out);
KT_NONNULL void conf_bad_value(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, int code);

/* Memory of the configuration. */
KT_NONNULL void *conf_alloc(struct conf_reader *r, size_t n, size_t size);
KT_NONNULL char *conf_strdup(struct conf_reader *r, const char *text);
/* Where node (its key, if it has one) stands, in memory of the configuration. */
KT_NONNULL struct conf_place conf_place_of(
    struct conf_reader *r, const struct conf_node *node);
/* Reports an error at an earlier place. */
KT_PRINTF(4, 5)
void conf_error_place(struct conf_reader *r, const struct conf_place *place, int code,
    const char *format, ...);
/* Reports "the first is here" at an earlier place. */
KT_NONNULL void conf_note_first(struct conf_reader *r, const struct conf_place *place);

/*
 * Where printed options go.  Keys of a map; NULL in a list.  close ends what the open
 * before began.
 */
struct conf_sink {
	void (*open)(struct conf_sink *sink, const char *key, enum conf_kind kind);
	void (*value)(struct conf_sink *sink, const struct conf_item *item,
	    const char *key, const char *text);
	void (*close)(struct conf_sink *sink);
	bool secrets; /* show the octets of secrets that files hold */
};

/* Prints base by its table, with the defaults. */
KT_NONNULL void conf_items_print(
    struct conf_sink *sink, const struct conf_item *items, const void *base);

/* The specials: each in the file of its name. */
conf_item_read conf_keys_read, conf_listen_read, conf_zones_read, conf_templates_read,
    conf_http_read, conf_cookie_read, conf_secret_read, conf_secret_file_read,
    conf_peers_read, conf_synth_read, conf_nothing_read, conf_paths_read,
    conf_steering_read;
conf_item_print conf_keys_print, conf_listen_print, conf_zones_print,
    conf_templates_print, conf_http_print, conf_cookie_print, conf_secret_print,
    conf_secret_file_print, conf_peers_print, conf_synth_print, conf_nothing_print,
    conf_paths_print, conf_steering_print, conf_maps_print, conf_monitors_print,
    conf_pools_print, conf_services_print;
extern const struct conf_item conf_key_items[], conf_listen_items[], conf_zone_items[],
    conf_directory_items[], conf_peer_items[], conf_synth_items[],
    conf_steering_items[], conf_map_items[], conf_monitor_items[], conf_pool_items[],
    conf_service_items[];
/* What a monitor's type may be: the words of enum conf_monitor_type. */
extern const char *const conf_monitor_types[];
/* Does the section steer anything? */
KT_NONNULL bool conf_steers(const struct conf_steering *steering);
/* The key of that name, or NULL (reported at node). */
KT_NONNULL const struct conf_key *conf_key_get(
    struct conf_reader *r, const struct conf_node *node, const char *name);
