/* SVCB and HTTPS records without address hints. */
#include "zone/steer_p.h"

#include "base/reader.h"
#include "base/writer.h"

enum {
	MANDATORY = 0, /* RFC 9460 s.14.3.2 */
	IPV4HINT = 4,
	IPV6HINT = 6,
};

static bool is_hint(uint16_t key)
{
	return key == IPV4HINT || key == IPV6HINT;
}

static bool has_hint(struct kt_reader r)
{
	bool found = false;
	while (!r.err && kt_reader_left(&r)) {
		found |= is_hint(kt_read16(&r));
		kt_read(&r, kt_read16(&r));
	}
	return found && !r.err;
}

/* RFC 9460 s.8: what is mandatory is there; without one of them the key goes too. */
static void write_mandatory(struct kt_writer *w, const uint8_t *keys, size_t len)
{
	uint8_t *head = kt_write_room(w, 4);
	for (size_t i = 0; i + 2 <= len; i += 2)
		if (!is_hint(kt_get16(keys + i)))
			kt_write(w, keys + i, 2);
	if (w->err)
		return;
	size_t left = (size_t)(w->at - head) - 4;
	kt_put16(head, MANDATORY);
	kt_put16(head + 2, (uint16_t)left);
	if (!left)
		w->at = head;
}

bool zone_steer_strip(const uint8_t *rdata, size_t len, struct kt_writer *out)
{
	struct kt_reader r = kt_reader_of(rdata, len);
	kt_read(&r, 2); /* SvcPriority */
	int name = r.err ? r.err : dns_name_measure(r.at, kt_reader_left(&r));
	if (name < 0)
		return false;
	kt_read(&r, (size_t)name);
	if (!has_hint(r))
		return false;
	kt_write(out, rdata, kt_reader_offset(&r));
	while (kt_reader_left(&r)) {
		uint16_t key = kt_read16(&r), n = kt_read16(&r);
		const uint8_t *value = kt_read(&r, n);
		if (key == MANDATORY) {
			write_mandatory(out, value, n);
		} else if (!is_hint(key)) {
			kt_write16(out, key);
			kt_write16(out, n);
			kt_write(out, value, n);
		}
	}
	return true;
}
