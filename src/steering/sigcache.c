#include "steering/sigcache.h"

#include "base/hash.h"
#include "base/mem.h"
#include "dns/name.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 64

/* When signing fails: not before this. */
#define RETRY_S 60

struct entry {
	struct entry *next;          /* in its slot */
	struct entry *older, *newer; /* by use */
	uint64_t hash, signer;
	kt_unix made, refresh_at, expiration;
	uint32_t ttl_s, data_size, sig_size;
	uint16_t type, n_sig;
	uint8_t owner_len;
	uint8_t octets[]; /* owner, records, signatures */
};

struct sigcache {
	atomic_uint users;
	struct entry **slots;
	uint32_t n_slots; /* a power of two */
	size_t n, limit;
	struct entry *oldest, *newest;
};

struct key {
	uint64_t hash, signer;
	uint8_t owner[DNS_NAME_MAX];
	uint8_t owner_len;
	uint32_t ttl_s;
	const struct dnssec_rrset *set;
};

struct sigcache *sigcache_new(size_t limit)
{
	struct sigcache *c = kt_calloc(1, sizeof(*c));
	atomic_init(&c->users, 1);
	c->limit = limit;
	c->n_slots = SLOTS_MIN;
	c->slots = kt_calloc(c->n_slots, sizeof(*c->slots));
	return c;
}

struct sigcache *sigcache_get(struct sigcache *cache)
{
	atomic_fetch_add(&cache->users, 1);
	return cache;
}

void sigcache_put(struct sigcache *cache)
{
	if (!cache || atomic_fetch_sub(&cache->users, 1) > 1)
		return;
	for (struct entry *e = cache->oldest, *newer; e; e = newer) {
		newer = e->newer;
		free(e);
	}
	free(cache->slots);
	free(cache);
}

void sigcache_limit(struct sigcache *cache, size_t limit)
{
	cache->limit = limit;
}

size_t sigcache_count(const struct sigcache *cache)
{
	return cache->n;
}

static void make_key(struct key *key, const struct dnssec_signer *signer,
    const struct dnssec_rrset *set, uint32_t ttl_s)
{
	key->owner_len = (uint8_t)dns_wire_len(set->owner);
	dns_copy_lower(key->owner, set->owner, key->owner_len);
	key->signer = dnssec_signer_sum(signer);
	key->ttl_s = ttl_s;
	key->set = set;
	uint64_t h = kt_hash_octets(key->signer, key->owner, key->owner_len);
	h = kt_hash_mix(h, (uint64_t)set->type << 32 | ttl_s);
	key->hash = kt_hash_octets(h, set->data, set->size);
}

static bool is_of(const struct entry *e, const struct key *key)
{
	return e->hash == key->hash && e->signer == key->signer &&
	       e->type == key->set->type && e->ttl_s == key->ttl_s &&
	       e->owner_len == key->owner_len && e->data_size == key->set->size &&
	       memcmp(e->octets, key->owner, e->owner_len) == 0 &&
	       memcmp(e->octets + e->owner_len, key->set->data, e->data_size) == 0;
}

static struct entry **find_place(struct sigcache *c, const struct key *key)
{
	struct entry **at = &c->slots[key->hash & (c->n_slots - 1)];
	while (*at && !is_of(*at, key))
		at = &(*at)->next;
	return at;
}

/* By use */

static void unlink_use(struct sigcache *c, struct entry *e)
{
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
}

static void link_newest(struct sigcache *c, struct entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void drop(struct sigcache *c, struct entry *e)
{
	struct entry **at = &c->slots[e->hash & (c->n_slots - 1)];
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	unlink_use(c, e);
	c->n--;
	free(e);
}

static void double_slots(struct sigcache *c)
{
	free(c->slots);
	c->n_slots *= 2;
	c->slots = kt_calloc(c->n_slots, sizeof(*c->slots));
	for (struct entry *e = c->oldest; e; e = e->newer) {
		struct entry **at = &c->slots[e->hash & (c->n_slots - 1)];
		e->next = *at;
		*at = e;
	}
}

static void insert(struct sigcache *c, struct entry *e)
{
	while (c->n && c->n >= c->limit)
		drop(c, c->oldest);
	if (c->n >= c->n_slots && c->n_slots < 1u << 30)
		double_slots(c);
	struct entry **at = &c->slots[e->hash & (c->n_slots - 1)];
	e->next = *at;
	*at = e;
	link_newest(c, e);
	c->n++;
}

/* Signing */

/* Between three eighths and a half of the validity, by owner: not all on one day. */
static kt_unix due_after(const struct key *key)
{
	uint64_t h = kt_hash_octets(0, key->owner, key->owner_len);
	const uint32_t spread = SIGCACHE_VALIDITY_S / 8;
	return SIGCACHE_VALIDITY_S / 2 - kt_hash_slot(h, spread);
}

static int make_entry(const struct key *key, const struct dnssec_signer *signer,
    kt_unix now, struct kt_arena *scratch, struct entry **out)
{
	const struct dnssec_rrset *set = key->set;
	size_t sig_size = dnssec_signer_size(signer);
	struct entry *e = kt_malloc(sizeof(*e) + key->owner_len + set->size + sig_size);
	*e = (struct entry){
		.hash = key->hash,
		.signer = key->signer,
		.made = now,
		.refresh_at = now + due_after(key),
		.expiration = now + SIGCACHE_VALIDITY_S,
		.ttl_s = key->ttl_s,
		.data_size = (uint32_t)set->size,
		.type = set->type,
		.n_sig = (uint16_t)dnssec_signer_count(signer),
		.owner_len = key->owner_len,
	};
	uint8_t *at = e->octets;
	memcpy(at, key->owner, key->owner_len);
	at += key->owner_len;
	memcpy(at, set->data, set->size);
	at += set->size;
	struct kt_writer w = kt_writer_of(at, sig_size);
	kt_arena_reset(scratch);
	int rc = dnssec_sign(signer, set, key->ttl_s, now - SIGCACHE_BEFORE_S,
	    e->expiration, scratch, &w);
	if (rc) {
		free(e);
		return rc;
	}
	e->sig_size = (uint32_t)kt_writer_len(&w);
	*out = e;
	return 0;
}

/* A clock that went back may have left them not yet valid. */
static bool is_due(const struct entry *e, kt_unix now)
{
	return now >= e->refresh_at || now < e->made - SIGCACHE_BEFORE_S / 2;
}

static bool is_valid(const struct entry *e, kt_unix now)
{
	return now >= e->made - SIGCACHE_BEFORE_S && now < e->expiration - RETRY_S;
}

int sigcache_sign(struct sigcache *cache, const struct dnssec_signer *signer,
    const struct dnssec_rrset *set, uint32_t ttl_s, kt_unix now,
    struct kt_arena *scratch, struct sigcache_result *out)
{
	struct key key;
	make_key(&key, signer, set, ttl_s);
	struct entry *e = *find_place(cache, &key);
	kt_unix refresh_at = e ? e->refresh_at : 0;
	bool made = false;
	if (!e || is_due(e, now)) {
		struct entry *fresh;
		int rc = make_entry(&key, signer, now, scratch, &fresh);
		if (rc && (!e || !is_valid(e, now)))
			return rc;
		if (rc) {
			refresh_at = now + RETRY_S;
		} else {
			if (e)
				drop(cache, e);
			insert(cache, fresh);
			e = fresh;
			refresh_at = e->refresh_at;
			made = true;
		}
	}
	unlink_use(cache, e);
	link_newest(cache, e);
	*out = (struct sigcache_result){
		.data = e->octets + e->owner_len + e->data_size,
		.size = e->sig_size,
		.n = e->n_sig,
		.made = made,
		.refresh_at = refresh_at,
	};
	return 0;
}
