// libav's varargs log, its error macro, the one call whose plane arrays Swift cannot spell, and the one that moved
// between libav's versions.

#include "CMedia.h"
#include "message.h"

#include <string.h>

#include <libavutil/error.h>
#include <libavutil/log.h>

static _Thread_local char first_error[CMEDIA_MESSAGE_BYTES];

static void capture(void *context, int level, const char *format, va_list arguments)
{
    (void)context;
    if (level < 0 || (level & 0xff) > AV_LOG_ERROR || first_error[0])
        return;
    vsnprintf(first_error, sizeof first_error, format, arguments);
    first_error[strcspn(first_error, "\n")] = 0;
}

void cmedia_log_capture(void)
{
    av_log_set_callback(capture);
}

void cmedia_log_clear(void)
{
    first_error[0] = 0;
}

const char *cmedia_log_first_error(void)
{
    return first_error;
}

void cmedia_av_describe(int code, char *message)
{
    if (av_strerror(code, message, CMEDIA_MESSAGE_BYTES) < 0)
        cmedia_fail(message, "unknown libav error");
}

int cmedia_sws_convert(struct SwsContext *context, const AVFrame *source, AVFrame *target)
{
    return sws_scale(context, (const uint8_t *const *)source->data, source->linesize, 0, source->height,
                     target->data, target->linesize);
}

const int32_t *cmedia_display_matrix(const AVStream *stream)
{
#if LIBAVFORMAT_VERSION_MAJOR >= 61
    const AVCodecParameters *codec = stream->codecpar;
    const AVPacketSideData *found = av_packet_side_data_get(codec->coded_side_data, codec->nb_coded_side_data,
                                                            AV_PKT_DATA_DISPLAYMATRIX);
    return found && found->size >= 9 * sizeof(int32_t) ? (const int32_t *)found->data : NULL;
#else
    size_t size = 0;
    const uint8_t *found = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return found && size >= 9 * sizeof(int32_t) ? (const int32_t *)found : NULL;
#endif
}
