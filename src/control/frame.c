#include "control/frame.h"

#include "base/bytes.h"
#include "base/err.h"

#include <string.h>

void control_frames_init(struct control_frames *frames, size_t max)
{
	*frames = (struct control_frames){ .max = max };
}

void control_frames_fini(struct control_frames *frames)
{
	kt_text_fini(&frames->held);
	*frames = (struct control_frames){ .max = frames->max };
}

/* The length that the frame at hand announces; KT_E_AGAIN while its head is not whole. */
static int frame_length(const struct control_frames *frames, size_t *len)
{
	if (frames->held.len - frames->done < CONTROL_FRAME_HEAD)
		return KT_E_AGAIN;
	size_t announced = kt_get32((const uint8_t *)frames->held.at + frames->done);
	if (announced == 0 || announced > frames->max)
		return KT_E_LIMIT;
	*len = announced;
	return 0;
}

static void drop_done(struct control_frames *frames)
{
	if (!frames->done)
		return;
	frames->held.len -= frames->done;
	memmove(frames->held.at, frames->held.at + frames->done, frames->held.len + 1);
	frames->done = 0;
}

int control_frames_add(struct control_frames *frames, const void *octets, size_t len)
{
	size_t announced;
	drop_done(frames);
	if (frame_length(frames, &announced) == KT_E_LIMIT)
		return KT_E_LIMIT;
	if (len)
		kt_text_add_n(&frames->held, octets, len);
	return frame_length(frames, &announced) == KT_E_LIMIT ? KT_E_LIMIT : 0;
}

int control_frames_next(struct control_frames *frames, const char **text, size_t *len)
{
	size_t announced = 0;
	int rc = frame_length(frames, &announced);
	if (rc)
		return rc;
	if (frames->held.len - frames->done - CONTROL_FRAME_HEAD < announced)
		return KT_E_AGAIN;
	*text = frames->held.at + frames->done + CONTROL_FRAME_HEAD;
	*len = announced;
	frames->done += CONTROL_FRAME_HEAD + announced;
	return 0;
}

int control_frame_write(struct kt_text *out, const char *text, size_t len)
{
	uint8_t head[CONTROL_FRAME_HEAD];
	if (len == 0 || len > CONTROL_REPLY_MAX)
		return KT_E_LIMIT;
	kt_put32(head, (uint32_t)len);
	kt_text_add_n(out, (const char *)head, sizeof(head));
	kt_text_add_n(out, text, len);
	return 0;
}
