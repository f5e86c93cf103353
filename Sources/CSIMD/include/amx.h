// AMX with BF16, for modules compiled with the flags that Package.swift gives KernelsAMX. The processor has eight tiles of
// up to 16 rows of 64 bytes; instructions name them by number, so each tile has functions of its own:
//
//     0 … 3  sums, float32
//     4 … 7  operands; a row of a left one holds 32 bfloat16 of its depth, a row of a right one a pair of the depth for
//            each of 16 columns
//
// A thread that used tiles releases them, or every switch of threads would carry them along.
#pragma once
#if defined(__x86_64__)
#include "avx512.h"

#define AMX                                                                                                            \
    static inline __attribute__((                                                                                      \
        always_inline, nodebug,                                                                                        \
        target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx512vbmi")))

/// Shapes of the eight tiles, as the processor reads them.
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} amx_shapes;

/// Sums and left operands (4, 5) of `rows` rows (1 … 16); right operands (6, 7) are whole.
AMX void amx_shape_products(long rows) {
    amx_shapes shapes = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) {
        shapes.row_bytes[tile] = 64;
        shapes.rows[tile] = tile < 6 ? (uint8_t)rows : 16;
    }
    _tile_loadconfig(&shapes);
}
/// Sums; 4 and 5 are a left and a right operand of whole depth, 6 and 7 of the last `pairs` (1 … 16) pairs.
AMX void amx_shape_strips(long pairs) {
    amx_shapes shapes = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) {
        shapes.row_bytes[tile] = tile == 6 ? (uint16_t)(pairs * 4) : 64;
        shapes.rows[tile] = tile == 7 ? (uint8_t)pairs : 16;
    }
    _tile_loadconfig(&shapes);
}
AMX void amx_release(void) { _tile_release(); }

#define AMX_TILE(tile)                                                                                                 \
    AMX void amx_zero_##tile(void) { _tile_zero(tile); }                                                               \
    /* Rows are `stride` bytes apart. */                                                                               \
    AMX void amx_load_##tile(const void *source, long stride) { _tile_loadd(tile, source, stride); }                   \
    AMX void amx_store_##tile(void *target, long stride) { _tile_stored(tile, target, stride); }
AMX_TILE(0)
AMX_TILE(1)
AMX_TILE(2)
AMX_TILE(3)
AMX_TILE(4)
AMX_TILE(5)
AMX_TILE(6)
AMX_TILE(7)
#undef AMX_TILE

/// Writes sums the other way round: `columns` rows of `rows` floats, `stride` bytes apart, or adds them to what is there.
#define AMX_PUT(tile)                                                                                                  \
    AMX void amx_put_##tile(long rows, long columns, void *target, long stride, long adds) {                           \
        float lines[256] __attribute__((aligned(64)));                                                                 \
        _tile_stored(tile, lines, 64);                                                                                 \
        avx512_put_transposed(lines, rows, columns, target, stride, adds);                                             \
    }
AMX_PUT(0)
AMX_PUT(1)
AMX_PUT(2)
AMX_PUT(3)
#undef AMX_PUT

/// `sums += left · right`
#define AMX_MULTIPLY(sums, left, right)                                                                                \
    AMX void amx_multiply_##sums##_##left##_##right(void) { _tile_dpbf16ps(sums, left, right); }
AMX_MULTIPLY(0, 4, 6)
AMX_MULTIPLY(1, 4, 7)
AMX_MULTIPLY(2, 5, 6)
AMX_MULTIPLY(3, 5, 7)
AMX_MULTIPLY(0, 4, 5)
AMX_MULTIPLY(1, 4, 5)
AMX_MULTIPLY(2, 4, 5)
AMX_MULTIPLY(3, 4, 5)
AMX_MULTIPLY(0, 6, 7)
AMX_MULTIPLY(1, 6, 7)
AMX_MULTIPLY(2, 6, 7)
AMX_MULTIPLY(3, 6, 7)
#undef AMX_MULTIPLY
#undef AMX
#endif
