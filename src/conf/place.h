/*
 * conf/place.h -- where a thing stands in a file, for messages that come later.
 */
#pragma once

struct conf_place {
	const char *file;
	unsigned line, column;
};
