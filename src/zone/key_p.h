/*
 * zone/key_p.h -- the order-preserving prefix of a name, for sorting and searching.
 *
 * The labels above the apex, from the right, each octet in lower case and each label
 * ended by 0, as the first eight octets of a big-endian number.  Octets 0 and 1 are
 * escaped (1 1 and 1 2), so that a label end sorts before every octet: for two names of
 * one zone, key(a) < key(b) implies a < b in canonical order (RFC 4034 s.6.1); equal
 * keys say nothing.
 */
#pragma once

#include "dns/name.h"

#include <stdint.h>

/*
 * wire in lower case, below or at an apex of apex_labels labels; at[i] is where label i of
 * its `labels` labels starts.
 */
static inline uint64_t zone_labels_key(
    const uint8_t *wire, const uint8_t *at, unsigned labels, unsigned apex_labels)
{
	uint64_t key = 0;
	unsigned room = 8;
	unsigned n = labels > apex_labels ? labels - apex_labels : 0;
	while (n-- && room) {
		const uint8_t *label = wire + at[n];
		for (unsigned i = 1; i <= label[0] && room; i++) {
			uint8_t c = label[i];
			if (kt_unlikely(c <= 1)) {
				key = key << 8 | 1;
				if (--room == 0)
					return key;
				c++;
			}
			key = key << 8 | c;
			room--;
		}
		if (room) {
			key <<= 8;
			room--;
		}
	}
	return room == 8 ? 0 : key << (8 * room);
}

static inline uint64_t zone_name_key(const uint8_t *wire, unsigned apex_labels)
{
	uint8_t at[DNS_LABELS_MAX + 1];
	unsigned n = 0;
	for (unsigned i = 0; wire[i]; i += wire[i] + 1u)
		at[n++] = (uint8_t)i;
	return zone_labels_key(wire, at, n, apex_labels);
}
