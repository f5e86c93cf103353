// AVX-512 with VBMI and BF16, for modules compiled with the flags that Package.swift gives KernelsAVX512.
// "pairs" are 32 bfloat16 in memory order, or 16 pairs of two that one instruction multiplies and adds.
#pragma once
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#define AVX512                                                                                                         \
    static inline __attribute__((always_inline, nodebug,                                                               \
                                 target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx512vbmi")))

/// The lowest `count` of 16 lanes; any `count`.
AVX512 __mmask16 avx512_lanes16(long count) {
    return count >= 16 ? (__mmask16)0xFFFF : count <= 0 ? (__mmask16)0 : (__mmask16)((1u << count) - 1);
}
/// The lowest `count` of 32 lanes; any `count`.
AVX512 __mmask32 avx512_lanes32(long count) {
    return count >= 32 ? 0xFFFFFFFFu : count <= 0 ? 0u : (1u << count) - 1;
}

AVX512 __m512 avx512_zero(void) { return _mm512_setzero_ps(); }
AVX512 __m512 avx512_fill(float value) { return _mm512_set1_ps(value); }
AVX512 __m512 avx512_load(const void *source) { return _mm512_loadu_ps(source); }
/// The first `count` floats, `rest` behind; touches nothing else.
AVX512 __m512 avx512_load_first(const void *source, long count, float rest) {
    return _mm512_mask_loadu_ps(_mm512_set1_ps(rest), avx512_lanes16(count), source);
}
/// Asks for a line that will be written.
AVX512 void avx512_prefetch_written(const void *line) { __builtin_prefetch(line, 1, 3); }
AVX512 void avx512_store(void *target, __m512 values) { _mm512_storeu_ps(target, values); }
AVX512 __m512 avx512_multiply_add(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
AVX512 __m512 avx512_larger(__m512 a, __m512 b) { return _mm512_max_ps(a, b); }
AVX512 float avx512_largest(__m512 a) { return _mm512_reduce_max_ps(a); }
/// The nearest whole number.
AVX512 __m512 avx512_round(__m512 a) { return _mm512_roundscale_ps(a, 8); }
/// `a · 2^⌊power⌋`
AVX512 __m512 avx512_scale(__m512 a, __m512 power) { return _mm512_scalef_ps(a, power); }

/// Four sums of 16 lanes each, always in the same order: neighbours, pairs, then quarters.
AVX512 __m128 avx512_sums(__m512 a, __m512 b, __m512 c, __m512 d) {
    __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    __m512 abcd = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
    __m256 halves = _mm256_add_ps(_mm512_castps512_ps256(abcd), _mm512_extractf32x8_ps(abcd, 1));
    return _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps(halves, 1));
}
AVX512 float avx512_sum(__m512 a) { return _mm_cvtss_f32(avx512_sums(a, a, a, a)); }

AVX512 __m512i avx512_zero_words(void) { return _mm512_setzero_si512(); }
AVX512 __m512i avx512_load_words(const void *source) { return _mm512_loadu_si512(source); }
/// The first `count` 16-bit words, zeros behind; touches nothing else.
AVX512 __m512i avx512_load_first_words(const void *source, long count) {
    return _mm512_maskz_loadu_epi16(avx512_lanes32(count), source);
}
AVX512 void avx512_store_words(void *target, __m512i words) { _mm512_storeu_si512(target, words); }
/// The first `count` words; touches nothing else.
AVX512 void avx512_store_first_words(void *target, long count, __m512i words) {
    _mm512_mask_storeu_epi16(target, avx512_lanes32(count), words);
}
/// One 32-bit value (a pair) in all lanes.
AVX512 __m512i avx512_broadcast_pair(const void *source) {
    int32_t pair;
    __builtin_memcpy(&pair, source, 4);
    return _mm512_set1_epi32(pair);
}

/// `sums + a.even · b.even + a.odd · b.odd` for 16 pairs.
AVX512 __m512 avx512_multiply_pairs(__m512 sums, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sums, (__m512bh)a, (__m512bh)b);
}
/// 32 floats as bfloat16, to nearest, ties to even; subnormals become zero.
AVX512 __m512i avx512_to_bfloat16(__m512 low, __m512 high) { return (__m512i)_mm512_cvtne2ps_pbh(high, low); }
/// The lower (`half` 0) or upper (1) 16 bfloat16 as floats.
AVX512 __m512 avx512_from_bfloat16(__m512i words, long half) {
    __m256i part = half ? _mm512_extracti64x4_epi64(words, 1) : _mm512_castsi512_si256(words);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(part), 16));
}
/// Two rows of 16 floats as 16 pairs: lane `i` holds `even[i]` and `odd[i]`.
AVX512 __m512i avx512_interleave(__m512 even, __m512 odd) {
    __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5,
                                     20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, avx512_to_bfloat16(even, odd));
}
/// Two rows of 32 bfloat16 as 32 pairs: the first (`half` 0) or the last (1) 16 of them.
AVX512 __m512i avx512_interleave_words(__m512i even, __m512i odd, long half) {
    __m512i order = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37, 5,
                                     36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    if (half) order = _mm512_add_epi16(order, _mm512_set1_epi16(16));
    return _mm512_permutex2var_epi16(even, order, odd);
}

/// 32 e4m3 codes as bfloat16, exactly: normal numbers move their exponent's bias from 7 to 127, the eight magnitudes
/// below are looked up.
AVX512 __m512i avx512_from_float8(__m256i codes) {
    __m512i words = _mm512_cvtepu8_epi16(codes);
    __m512i magnitude = _mm512_and_si512(words, _mm512_set1_epi16(0x7F));
    __m512i sign = _mm512_slli_epi16(_mm512_andnot_si512(_mm512_set1_epi16(0x7F), words), 8);
    __m512i value = _mm512_add_epi16(_mm512_slli_epi16(magnitude, 4), _mm512_set1_epi16(0x3C00));
    __m512i small = _mm512_castsi128_si512(
        _mm_setr_epi16(0, 0x3B00, 0x3B80, 0x3BC0, 0x3C00, 0x3C20, 0x3C40, 0x3C60));
    __mmask32 is_small = _mm512_testn_epi16_mask(words, _mm512_set1_epi16(0x78));
    value = _mm512_mask_permutexvar_epi16(value, is_small, magnitude, small);
    __mmask32 is_nan = _mm512_cmpeq_epi16_mask(magnitude, _mm512_set1_epi16(0x7F));
    value = _mm512_mask_mov_epi16(value, is_nan, _mm512_set1_epi16(0x7FC0));
    return _mm512_or_si512(value, sign);
}
AVX512 __m512i avx512_load_float8(const void *source) {
    return avx512_from_float8(_mm256_loadu_si256((const __m256i *)source));
}
/// The first `count` codes, zeros behind; touches nothing else.
AVX512 __m512i avx512_load_first_float8(const void *source, long count) {
    return avx512_from_float8(_mm256_maskz_loadu_epi8(avx512_lanes32(count), source));
}

// 64 bytes of int4 codes are 32 words of four codes, so 128 columns: word w holds columns 4w … 4w+3. Nothing is moved
// to its natural place; activations lie in the order in which the codes come out (see avx512_int4_order).

/// −8 … 7 as floats.
AVX512 __m512 avx512_int4_floats(void) {
    return _mm512_setr_ps(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
}
/// The four code vectors of 64 bytes, unmasked above their lowest four bits.
AVX512 __m512i avx512_shift4(__m512i words) { return _mm512_srli_epi16(words, 4); }
AVX512 __m512i avx512_shift8(__m512i words) { return _mm512_srli_epi16(words, 8); }
AVX512 __m512i avx512_shift12(__m512i words) { return _mm512_srli_epi16(words, 12); }
/// Looks up the lowest five bits of every word.
AVX512 __m512i avx512_look_up(__m512i table, __m512i words) { return _mm512_permutexvar_epi16(words, table); }
/// For each word, its lowest four bits plus 16 times its quarter of the vector: the index into a table of 16 per group.
AVX512 __m512i avx512_group_index(__m512i words) {
    __m512i quarters = _mm512_setr_epi32(0, 0, 0, 0, 0x100010, 0x100010, 0x100010, 0x100010, 0x200020, 0x200020,
                                         0x200020, 0x200020, 0x300030, 0x300030, 0x300030, 0x300030);
    return _mm512_ternarylogic_epi32(words, _mm512_set1_epi16(15), quarters, 0xEA);
}
/// Looks up six bits of every word in two tables of 32.
AVX512 __m512i avx512_look_up_two(__m512i low, __m512i high, __m512i words) {
    return _mm512_permutex2var_epi16(low, words, high);
}
/// The bfloat16 scales of up to four groups as floats, each in its group's four lanes, zeros where there is no group.
AVX512 __m512 avx512_group_scales(const void *source, long groups) {
    int64_t scales = 0;
    if (groups >= 4) {
        __builtin_memcpy(&scales, source, 8);
    } else {
        __builtin_memcpy(&scales, source, (unsigned long)(2 * groups));
    }
    __m512i order = _mm512_setr_epi32(0x0100FFFF, 0x0100FFFF, 0x0100FFFF, 0x0100FFFF, 0x0302FFFF, 0x0302FFFF,
                                      0x0302FFFF, 0x0302FFFF, 0x0504FFFF, 0x0504FFFF, 0x0504FFFF, 0x0504FFFF,
                                      0x0706FFFF, 0x0706FFFF, 0x0706FFFF, 0x0706FFFF);
    return _mm512_castsi512_ps(_mm512_shuffle_epi8(_mm512_set1_epi64(scales), order));
}
/// One bfloat16 in all lanes.
AVX512 __m512 avx512_broadcast_bfloat16(const void *source) {
    return _mm512_castsi512_ps(_mm512_set1_epi32((int)((uint32_t)*(const uint16_t *)source << 16)));
}
/// Stores 128 words (four vectors of 32 in natural order) in the order of int4 codes: vector t of the result holds the
/// columns 4w + t.
AVX512 void avx512_int4_order(void *target, __m512i a, __m512i b, __m512i c, __m512i d) {
    __m512i order = _mm512_set_epi16(31, 27, 23, 19, 15, 11, 7, 3, 30, 26, 22, 18, 14, 10, 6, 2, 29, 25, 21, 17, 13, 9,
                                     5, 1, 28, 24, 20, 16, 12, 8, 4, 0);
    a = _mm512_permutexvar_epi16(order, a);
    b = _mm512_permutexvar_epi16(order, b);
    c = _mm512_permutexvar_epi16(order, c);
    d = _mm512_permutexvar_epi16(order, d);
    __m512i ab01 = _mm512_shuffle_i32x4(a, b, 0x44), ab23 = _mm512_shuffle_i32x4(a, b, 0xEE);
    __m512i cd01 = _mm512_shuffle_i32x4(c, d, 0x44), cd23 = _mm512_shuffle_i32x4(c, d, 0xEE);
    _mm512_storeu_si512(target, _mm512_shuffle_i32x4(ab01, cd01, 0x88));
    _mm512_storeu_si512((char *)target + 64, _mm512_shuffle_i32x4(ab01, cd01, 0xDD));
    _mm512_storeu_si512((char *)target + 128, _mm512_shuffle_i32x4(ab23, cd23, 0x88));
    _mm512_storeu_si512((char *)target + 192, _mm512_shuffle_i32x4(ab23, cd23, 0xDD));
}

/// The lowest four bits of every word: int4 codes, 8 more than their values.
AVX512 __m512i avx512_low_codes(__m512i words) { return _mm512_and_si512(words, _mm512_set1_epi16(15)); }
/// `sums + a.even · b.even + a.odd · b.odd` for 16 pairs of words. Compilers that tune for no processor in particular make
/// two instructions of it.
AVX512 __m512i avx512_multiply_words(__m512i sums, __m512i a, __m512i b) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(a), "v"(b));
    return sums;
}
/// The sums of 16 and 16 whole numbers as floats.
AVX512 __m512 avx512_add_whole(__m512i a, __m512i b) { return _mm512_cvtepi32_ps(_mm512_add_epi32(a, b)); }
/// Rounds up to 32 floats (missing ones are zeros) to words of at most `most`, and returns their scale: the largest magnitude
/// / `most`, zero below 2^-100, NaN where there are infinities or NaN.
AVX512 float avx512_group_words(const float *source, long count, float most, __m512i *words) {
    __m512 low = _mm512_maskz_loadu_ps(avx512_lanes16(count), source);
    __m512 high = _mm512_maskz_loadu_ps(avx512_lanes16(count - 16), source + 16);
    float largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
    __m512 factor = _mm512_set1_ps(largest > 0x1p-100f ? most / largest : 0);
    __m512i first = _mm512_cvtps_epi32(_mm512_mul_ps(low, factor));
    __m512i second = _mm512_cvtps_epi32(_mm512_mul_ps(high, factor));
    *words = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi32_epi16(first)), _mm512_cvtepi32_epi16(second), 1);
    // Infinity and NaN less themselves are NaN; everything else is zero.
    __m512 nothing = _mm512_add_ps(_mm512_sub_ps(low, low), _mm512_sub_ps(high, high));
    return largest * (1.0f / most) + _mm512_reduce_add_ps(nothing);
}
/// Packs up to 128 floats (missing ones are zeros) for int4 codes: 256 bytes of words in the order of the codes, then for
/// each lane of their products a float32 scale and where its sum begins, −8 times the words: codes are 8 too large. A group of 32 shares its scale, the largest magnitude / 32767; a group
/// of less than 2^-100 counts as zeros, one with infinities or NaN has the scale NaN.
AVX512 void avx512_pack_words(const float *source, long count, void *target) {
    __m512i words[4];
    __m512 scales = _mm512_setzero_ps();
    for (int group = 0; group < 4; group++) {
        float scale = avx512_group_words(source + 32 * group, count - 32 * group, 32767, &words[group]);
        scales = _mm512_mask_mov_ps(scales, (__mmask16)(15 << 4 * group), _mm512_set1_ps(scale));
    }
    avx512_int4_order(target, words[0], words[1], words[2], words[3]);
    _mm512_storeu_ps((char *)target + 256, scales);
    __m512i sums = _mm512_setzero_si512();
    for (int part = 0; part < 4; part++) {
        __m512i packed = _mm512_loadu_si512((const char *)target + 64 * part);
        sums = _mm512_dpwssd_epi32(sums, packed, _mm512_set1_epi16(-8));
    }
    _mm512_storeu_si512((char *)target + 320, sums);
}

// 64 bytes of int8 codes are 32 words of two codes, the columns 2w and 2w + 1. Each becomes 2^8 times its value where it
// stands.

AVX512 __m512i avx512_int8_even(__m512i codes) { return _mm512_slli_epi16(codes, 8); }
AVX512 __m512i avx512_int8_odd(__m512i codes) { return _mm512_and_si512(codes, _mm512_set1_epi16((short)0xFF00)); }
/// Whole numbers as floats.
AVX512 __m512 avx512_to_floats(__m512i whole) { return _mm512_cvtepi32_ps(whole); }
/// Packs up to 64 floats (missing ones are zeros) for int8 codes: the even columns and the odd ones as words, then a float32
/// scale for each lane of their products with codes of 2^8 times their value. A group of 32 shares its scale, the largest
/// magnitude / 2^14 / 2^8, so that a lane's four products fit; a group of less than 2^-100 counts as zeros, one with
/// infinities or NaN has the scale NaN.
AVX512 void avx512_pack_half_words(const float *source, long count, void *target) {
    __m512i words[2];
    __m512 scales = _mm512_setzero_ps();
    for (int group = 0; group < 2; group++) {
        float scale = avx512_group_words(source + 32 * group, count - 32 * group, 0x1p14f, &words[group]);
        scales = _mm512_mask_mov_ps(scales, (__mmask16)(255 << 8 * group), _mm512_set1_ps(scale * 0x1p-8f));
    }
    __m512i even = _mm512_set_epi16(62, 60, 58, 56, 54, 52, 50, 48, 46, 44, 42, 40, 38, 36, 34, 32, 30, 28, 26, 24, 22,
                                    20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    __m512i odd = _mm512_add_epi16(even, _mm512_set1_epi16(1));
    _mm512_storeu_si512(target, _mm512_permutex2var_epi16(words[0], even, words[1]));
    _mm512_storeu_si512((char *)target + 64, _mm512_permutex2var_epi16(words[0], odd, words[1]));
    _mm512_storeu_ps((char *)target + 128, scales);
}
/// The bfloat16 scales of two groups, or of one, as floats, each in its group's eight lanes, zeros where there is no group.
AVX512 __m512 avx512_two_scales(const void *source, long groups) {
    int32_t scales = 0;
    if (groups >= 2) {
        __builtin_memcpy(&scales, source, 4);
    } else {
        __builtin_memcpy(&scales, source, 2);
    }
    __m512i order = _mm512_setr_epi32(0x0100FFFF, 0x0100FFFF, 0x0100FFFF, 0x0100FFFF, 0x0100FFFF, 0x0100FFFF,
                                      0x0100FFFF, 0x0100FFFF, 0x0302FFFF, 0x0302FFFF, 0x0302FFFF, 0x0302FFFF,
                                      0x0302FFFF, 0x0302FFFF, 0x0302FFFF, 0x0302FFFF);
    return _mm512_castsi512_ps(_mm512_shuffle_epi8(_mm512_set1_epi32(scales), order));
}
/// 16 int8 codes in natural order.
AVX512 __m512 avx512_load_int8(const void *source) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)source)));
}
/// Transposes 16 rows of 16 values of 32 bits in place.
AVX512 void avx512_transpose(__m512i r[16]) {
    __m512i t[16];
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 4; i++) {
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xDD);
        t[8 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xDD);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
        r[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xDD);
        r[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
        r[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xDD);
    }
}
/// Packs up to 16 keys of up to 32 floats as pairs and transposes them: line `l` (64 bytes, `target_stride` bytes from
/// line to line) holds the entries 2l and 2l + 1 of 16 keys. Missing keys and entries are zero.
AVX512 void avx512_pack_keys(const float *source, long source_stride, long keys, long entries, void *target,
                             long target_stride) {
    __m512i r[16];
    __mmask16 low = avx512_lanes16(entries), high = avx512_lanes16(entries - 16);
    for (int i = 0; i < 16; i++) {
        __mmask16 present = i < keys ? (__mmask16)0xFFFF : (__mmask16)0;
        const float *key = source + (i < keys ? i : 0) * source_stride;
        r[i] = avx512_to_bfloat16(_mm512_maskz_loadu_ps(low & present, key),
                                  _mm512_maskz_loadu_ps(high & present, key + 16));
    }
    avx512_transpose(r);
    long lines = (entries + 1) / 2;
    for (int i = 0; i < (lines < 16 ? lines : 16); i++)
        _mm512_storeu_si512((char *)target + i * target_stride, r[i]);
}
/// Transposes the 16 pairs of each of up to 16 rows (`stride` bytes apart; missing ones are zero) to 16 lines of 64
/// bytes: line `l` holds pair `l` of 16 rows.
AVX512 void avx512_transpose_pairs(const void *source, long stride, long rows, void *target) {
    __m512i r[16];
    for (int i = 0; i < 16; i++)
        r[i] = i < rows ? _mm512_loadu_si512((const char *)source + i * stride) : _mm512_setzero_si512();
    avx512_transpose(r);
    for (int i = 0; i < 16; i++) _mm512_storeu_si512((char *)target + i * 64, r[i]);
}
/// Writes 16 lines of 16 floats (64 bytes apart) the other way round: `columns` rows of `rows` floats each, `stride`
/// bytes apart, or adds them to what is there.
AVX512 void avx512_put_transposed(const void *lines, long rows, long columns, void *target, long stride, long adds) {
    __m512i r[16];
    for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_si512((const char *)lines + i * 64);
    avx512_transpose(r);
    __mmask16 lanes = avx512_lanes16(rows);
    for (int i = 0; i < (columns < 16 ? columns : 16); i++) {
        char *to = (char *)target + i * stride;
        __m512 values = _mm512_castsi512_ps(r[i]);
        if (adds) values = _mm512_add_ps(_mm512_maskz_loadu_ps(lanes, to), values);
        _mm512_mask_storeu_ps(to, lanes, values);
    }
}
#undef AVX512
#endif
