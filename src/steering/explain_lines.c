/* The lines of configuration behind a decision. */
#include "steering/explain_p.h"

#include <string.h>

static void add_line(
    const struct steering_regions *regions, const struct kt_addr *addr, json_t *lines)
{
	struct steering_why why;
	char text[KT_ADDR_TEXT];
	json_t *line = json_object();
	explain_set(line, "address", json_string(kt_addr_print(addr, text)));
	if (steering_regions_why(regions, addr, &why)) {
		explain_set(line, "text",
		    json_string("a file of the map cannot be read any more"));
		explain_set(line, "file", json_null());
	} else {
		explain_set(line, "text", explain_text(why.text));
		explain_set(line, "file", explain_text(why.file));
		explain_set(line, "line", json_integer(why.line));
	}
	json_array_append_new(lines, line);
}

void steering_explain_lines(const struct steering *steering,
    const struct steering_question *question, json_t *object)
{
	const struct steering_service *service = question->service;
	json_t *decision = json_object_get(object, "decision"), *lines = json_array();
	const char *address = json_string_value(json_object_get(decision, "address"));
	const char *reason = json_string_value(json_object_get(decision, "reason"));
	struct kt_addr decided;
	if (service->conf->map && address && reason &&
	    kt_addr_scan(address, &decided) == 0) {
		const struct steering_regions *regions =
		    steering->regions[service->map_index];
		if (question->ecs && strcmp(reason, "special") == 0) {
			struct kt_addr special = { .family = question->ecs->family };
			memcpy(special.octets, question->ecs->octets,
			    sizeof(special.octets));
			add_line(regions, &special, lines);
		}
		add_line(regions, &decided, lines);
	}
	explain_set(decision, "lines", lines);
}
