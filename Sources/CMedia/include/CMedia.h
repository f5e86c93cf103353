// What Media needs from C and Swift cannot reach: libpng and libjpeg report faults by longjmp, libav speaks through
// varargs and macros. Each call here is one whole piece of work, so no jump ever crosses a Swift frame.
//
// Calls return false on failure and leave one line in `message` (CMEDIA_MESSAGE_BYTES, zero-terminated).
// No decision about a picture is made here: sizes, limits, orientation, colours and compositing belong to Media.

#ifndef CMEDIA_H
#define CMEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libavutil/frame.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

enum { CMEDIA_MESSAGE_BYTES = 256 };

/// Reads a whole PNG into `rgba` (width * height * 4 bytes, 8 bits a channel, rows without padding).
/// 16-bit samples keep their high byte; gamma and colour profiles change nothing.
/// `width` and `height` must be those of the header: anything larger is refused before memory is taken.
bool cmedia_png_read(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *rgba,
                     char *message);

/// Writes 8-bit RGB rows without padding as PNG. On success `*bytes` holds `*count` bytes for cmedia_free.
bool cmedia_png_write(const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **bytes, size_t *count,
                      char *message);

struct cmedia_jpeg_header {
    uint32_t width, height;
    bool four_inks; // CMYK or YCCK; else grey or a three-channel space
};

/// Reads a JPEG's header alone.
bool cmedia_jpeg_header(const uint8_t *bytes, size_t count, struct cmedia_jpeg_header *header, char *message);

/// Reads a whole JPEG into `pixels`: RGB, or the four inks as stored when `header` says so, rows without padding.
/// `header` is what cmedia_jpeg_header found in the same bytes.
/// A warning that means lost picture data (premature end, bad code, lost restart marker) is a failure.
bool cmedia_jpeg_read(const uint8_t *bytes, size_t count, const struct cmedia_jpeg_header *header, uint8_t *pixels,
                      char *message);

void cmedia_free(void *memory);

/// Buffers of so many bytes and more are mapped one by one, and so go back to the system when they are freed. Without
/// an effect where the C library offers no choice.
void cmedia_map_large_buffers(size_t bytes);

/// Routes libav's log away from stderr, for the whole process: each thread keeps the first error since its last
/// cmedia_log_clear, and everything else is dropped.
void cmedia_log_capture(void);
void cmedia_log_clear(void);
/// The calling thread's first error since cmedia_log_clear, or an empty string. Valid until the next libav call.
const char *cmedia_log_first_error(void);

/// libav's words for one of its error codes.
void cmedia_av_describe(int code, char *message);

/// libav's error codes that say what to do next, whose macros Swift cannot spell.
enum {
    CMEDIA_AV_END = AVERROR_EOF,
    CMEDIA_AV_AGAIN = AVERROR(EAGAIN),
    CMEDIA_AV_NO_MEMORY = AVERROR(ENOMEM),
    CMEDIA_AV_REFUSED = AVERROR(EACCES),
    CMEDIA_AV_STOPPED = AVERROR_EXIT,
};

/// The nine numbers of a track's display matrix, or null where it has none. They live as long as the stream.
const int32_t *cmedia_display_matrix(const AVStream *stream);

/// Scales or converts all of `source` into `target`, whose buffers exist. Negative on failure.
int cmedia_sws_convert(struct SwsContext *context, const AVFrame *source, AVFrame *target);

#endif
