#include "control/frame.h"

#include "base/err.h"

#include "kt_test.h"

static void frames_come_out_whole_however_they_are_cut(void **state)
{
	(void)state;
	struct kt_text wire = { 0 };
	assert_int_equal(control_frame_write(&wire, "{\"a\":1}", 7), 0);
	assert_int_equal(control_frame_write(&wire, "x", 1), 0);
	assert_octets(wire.at, wire.len, "\0\0\0\7{\"a\":1}\0\0\0\1x", 16);
	for (size_t slice = 1; slice <= wire.len; slice++) {
		struct control_frames frames;
		struct kt_text seen = { 0 };
		const char *text;
		size_t len;
		control_frames_init(&frames, 100);
		for (size_t at = 0; at < wire.len; at += slice) {
			size_t n = wire.len - at < slice ? wire.len - at : slice;
			assert_int_equal(
			    control_frames_add(&frames, wire.at + at, n), 0);
			while (control_frames_next(&frames, &text, &len) == 0) {
				kt_text_add_n(&seen, text, len);
				kt_text_char(&seen, ';');
			}
		}
		assert_string_equal(kt_text_of(&seen), "{\"a\":1};x;");
		kt_text_fini(&seen);
		control_frames_fini(&frames);
	}
	kt_text_fini(&wire);
}

static void a_length_past_the_limit_or_zero_ends_the_connection(void **state)
{
	(void)state;
	static const char *const heads[] = { "\0\0\0\13", "\377\377\377\377",
		"\0\0\0\0" };
	for (size_t i = 0; i < KT_COUNT(heads); i++) {
		struct control_frames frames;
		const char *text;
		size_t len;
		control_frames_init(&frames, 10);
		assert_int_equal(control_frames_add(&frames, heads[i], 3), 0);
		assert_int_equal(
		    control_frames_add(&frames, heads[i] + 3, 1), KT_E_LIMIT);
		assert_int_equal(control_frames_next(&frames, &text, &len), KT_E_LIMIT);
		assert_int_equal(control_frames_add(&frames, "x", 1), KT_E_LIMIT);
		control_frames_fini(&frames);
	}
}

static void nothing_is_reserved_for_a_length_that_was_only_announced(void **state)
{
	(void)state;
	struct control_frames frames;
	control_frames_init(&frames, CONTROL_REPLY_MAX);
	assert_int_equal(control_frames_add(&frames, "\17\0\0\0", 4), 0);
	assert_true(frames.held.size < 4096);
	control_frames_fini(&frames);
}

static void an_empty_text_is_no_frame(void **state)
{
	(void)state;
	struct kt_text wire = { 0 };
	assert_int_equal(control_frame_write(&wire, "", 0), KT_E_LIMIT);
	assert_int_equal(wire.len, 0);
	kt_text_fini(&wire);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_out_whole_however_they_are_cut),
		cmocka_unit_test(a_length_past_the_limit_or_zero_ends_the_connection),
		cmocka_unit_test(
		    nothing_is_reserved_for_a_length_that_was_only_announced),
		cmocka_unit_test(an_empty_text_is_no_frame),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
