// libpng between setjmp brackets. Reading always gives RGBA; writing always takes RGB.

#include "CMedia.h"
#include "message.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

static void fail(png_structp png, png_const_charp text)
{
    cmedia_fail(png_get_error_ptr(png), text);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

struct source {
    const uint8_t *bytes;
    size_t left;
};

static void take(png_structp png, png_bytep target, size_t count)
{
    struct source *source = png_get_io_ptr(png);
    if (count > source->left)
        png_error(png, "truncated: the file ends before its IEND chunk");
    memcpy(target, source->bytes, count);
    source->bytes += count;
    source->left -= count;
}

bool cmedia_png_read(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *rgba,
                     char *message)
{
    struct source source = {bytes, count};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return cmedia_fail(message, "libpng could not start");
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return false;
    }
    png_set_read_fn(png, &source, take);
    png_set_user_limits(png, width, height);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height)
        png_error(png, "the header changed while it was read");
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != (size_t)width * 4)
        png_error(png, "unexpected row size");
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t row = 0; row < height; row++)
            png_read_row(png, rgba + (size_t)row * width * 4, NULL);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return true;
}

struct sink {
    uint8_t *bytes;
    size_t count, capacity;
};

static void put(png_structp png, png_bytep source, size_t count)
{
    struct sink *sink = png_get_io_ptr(png);
    if (sink->capacity - sink->count < count) {
        size_t capacity = (sink->count + count) * 2;
        uint8_t *bytes = realloc(sink->bytes, capacity);
        if (!bytes)
            png_error(png, "out of memory");
        sink->bytes = bytes;
        sink->capacity = capacity;
    }
    memcpy(sink->bytes + sink->count, source, count);
    sink->count += count;
}

static void flush(png_structp png)
{
    (void)png;
}

bool cmedia_png_write(const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **bytes, size_t *count,
                      char *message)
{
    struct sink sink = {NULL, 0, 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return cmedia_fail(message, "libpng could not start");
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(sink.bytes);
        return false;
    }
    png_set_write_fn(png, &sink, put, flush);
    png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 4);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP);
    png_write_info(png, info);
    for (uint32_t row = 0; row < height; row++)
        png_write_row(png, rgb + (size_t)row * width * 3);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    *bytes = sink.bytes;
    *count = sink.count;
    return true;
}

void cmedia_free(void *memory)
{
    free(memory);
}
