// libjpeg between setjmp brackets. Errors and warnings that lose picture data leave through the same jump.

#include "CMedia.h"
#include "message.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

// A progressive file repeats whole-picture passes; encoders use about ten, hostile files thousands.
enum { SCAN_LIMIT = 100 };

struct fault {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
    char *message;
};

static void escape(j_common_ptr info)
{
    struct fault *fault = (struct fault *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    cmedia_fail(fault->message, text);
    longjmp(fault->escape, 1);
}

static void weigh(j_common_ptr info, int level)
{
    if (level >= 0)
        return;
    switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
        escape(info);
    }
}

static void quiet(j_common_ptr info)
{
    (void)info;
}

static void count_scans(j_common_ptr info)
{
    if (((j_decompress_ptr)info)->input_scan_number > SCAN_LIMIT) {
        struct fault *fault = (struct fault *)info->err;
        cmedia_fail(fault->message, "more than 100 progressive scans");
        longjmp(fault->escape, 1);
    }
}

static void arm(struct jpeg_decompress_struct *info, struct fault *fault, char *message)
{
    info->err = jpeg_std_error(&fault->manager);
    fault->manager.error_exit = escape;
    fault->manager.emit_message = weigh;
    fault->manager.output_message = quiet;
    fault->message = message;
}

bool cmedia_jpeg_header(const uint8_t *bytes, size_t count, struct cmedia_jpeg_header *header, char *message)
{
    struct jpeg_decompress_struct info = {0};
    struct fault fault;
    arm(&info, &fault, message);
    if (setjmp(fault.escape)) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    header->width = info.image_width;
    header->height = info.image_height;
    header->four_inks = info.out_color_space == JCS_CMYK;
    jpeg_destroy_decompress(&info);
    return true;
}

bool cmedia_jpeg_read(const uint8_t *bytes, size_t count, const struct cmedia_jpeg_header *header, uint8_t *pixels,
                      char *message)
{
    struct jpeg_decompress_struct info = {0};
    struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
    struct fault fault;
    arm(&info, &fault, message);
    if (setjmp(fault.escape)) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_create_decompress(&info);
    info.progress = &progress;
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    info.out_color_space = header->four_inks ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&info);
    size_t stride = (size_t)header->width * (header->four_inks ? 4 : 3);
    if (info.output_width != header->width || info.output_height != header->height ||
        (size_t)info.output_components * info.output_width != stride) {
        jpeg_destroy_decompress(&info);
        return cmedia_fail(message, "the header changed while it was read");
    }
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = pixels + info.output_scanline * stride;
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    return true;
}
