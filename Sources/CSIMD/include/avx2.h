// AVX2 with FMA, for modules compiled with -march=x86-64-v3 or above.
#pragma once
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#define AVX2 static inline __attribute__((always_inline, nodebug, target("avx2,fma")))

/// All ones in the lowest `count` of eight lanes; any `count`.
AVX2 __m256i avx2_lanes_below(long count) {
    int limit = count > 8 ? 8 : count < 0 ? 0 : (int)count;
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(limit), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

AVX2 __m256 avx2_zero(void) { return _mm256_setzero_ps(); }
AVX2 __m256 avx2_fill(float value) { return _mm256_set1_ps(value); }
AVX2 __m256 avx2_broadcast(const void *source) { return _mm256_broadcast_ss((const float *)source); }
AVX2 __m256 avx2_load(const void *source) { return _mm256_loadu_ps((const float *)source); }
/// The first `count` floats, zeros behind; touches nothing else.
AVX2 __m256 avx2_load_first(const void *source, long count) {
    return _mm256_maskload_ps((const float *)source, avx2_lanes_below(count));
}
AVX2 void avx2_store(void *target, __m256 values) { _mm256_storeu_ps((float *)target, values); }
AVX2 __m256 avx2_multiply_add(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }

/// Four sums of eight lanes each, always in the same order: halves, then neighbours, then the two pairs.
AVX2 __m128 avx2_sums(__m256 a, __m256 b, __m256 c, __m256 d) {
    __m128 a4 = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 b4 = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    __m128 c4 = _mm_add_ps(_mm256_castps256_ps128(c), _mm256_extractf128_ps(c, 1));
    __m128 d4 = _mm_add_ps(_mm256_castps256_ps128(d), _mm256_extractf128_ps(d, 1));
    return _mm_hadd_ps(_mm_hadd_ps(a4, b4), _mm_hadd_ps(c4, d4));
}
AVX2 float avx2_sum(__m256 a) { return _mm_cvtss_f32(avx2_sums(a, a, a, a)); }

/// To the nearest bfloat16, ties to even, as a float32; NaN stays NaN.
AVX2 __m256 avx2_round_bfloat16(__m256 values) {
    __m256i bits = _mm256_castps_si256(values);
    __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i moved = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7FFF)), odd);
    __m256i rounded = _mm256_and_si256(moved, _mm256_set1_epi32((int)0xFFFF0000));
    __m256 quiet = _mm256_or_ps(values, _mm256_castsi256_ps(_mm256_set1_epi32(0x00400000)));
    return _mm256_blendv_ps(_mm256_castsi256_ps(rounded), quiet, _mm256_cmp_ps(values, values, _CMP_UNORD_Q));
}

/// Eight bfloat16.
AVX2 __m256 avx2_load_bfloat16(const void *source) {
    __m128i halves = _mm_loadu_si128((const __m128i *)source);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

/// The first `count` < 8 bfloat16, zeros behind; touches nothing else.
AVX2 __m256 avx2_load_bfloat16_first(const void *source, long count) {
    uint16_t halves[8] = {0};
    for (long i = 0; i < count; i++) halves[i] = ((const uint16_t *)source)[i];
    return avx2_load_bfloat16(halves);
}

/// One bfloat16 in all lanes.
AVX2 __m256 avx2_broadcast_bfloat16(const void *source) {
    return _mm256_castsi256_ps(_mm256_set1_epi32((int)((uint32_t)*(const uint16_t *)source << 16)));
}

/// Eight e4m3 codes: the exponent's bias moves from 7 to 127 by an exact multiplication.
AVX2 __m256 avx2_load_float8(const void *source) {
    __m256i codes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)source));
    __m256i magnitude = _mm256_and_si256(codes, _mm256_set1_epi32(0x7F));
    __m256i sign = _mm256_slli_epi32(_mm256_andnot_si256(_mm256_set1_epi32(0x7F), codes), 24);
    __m256 value = _mm256_mul_ps(_mm256_castsi256_ps(_mm256_slli_epi32(magnitude, 20)), _mm256_set1_ps(0x1p120f));
    __m256i nan = _mm256_cmpeq_epi32(magnitude, _mm256_set1_epi32(0x7F));
    return _mm256_or_ps(value, _mm256_castsi256_ps(_mm256_or_si256(sign, nan)));
}

/// The first `count` < 8 codes, zeros behind; touches nothing else.
AVX2 __m256 avx2_load_float8_first(const void *source, long count) {
    uint8_t codes[8] = {0};
    for (long i = 0; i < count; i++) codes[i] = ((const uint8_t *)source)[i];
    return avx2_load_float8(codes);
}

/// Eight int4 codes (four bytes, lowest half first) as −8 … 7.
AVX2 __m256 avx2_load_int4(const void *source) {
    int32_t word;
    __builtin_memcpy(&word, source, 4);
    __m256i shifts = _mm256_setr_epi32(28, 24, 20, 16, 12, 8, 4, 0);
    __m256i signed_codes = _mm256_set1_epi32(word ^ (int32_t)0x88888888);
    return _mm256_cvtepi32_ps(_mm256_srai_epi32(_mm256_sllv_epi32(signed_codes, shifts), 28));
}

/// 32 bytes of int4 codes as 64 signed nibbles: offset-binary codes become two's complement. Lane `l` then holds the
/// columns 8l … 8l + 7, lowest half first.
AVX2 __m256i avx2_load_int4_words(const void *source) {
    return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)source), _mm256_set1_epi8((char)0x88));
}
/// The same for the first 16 bytes, zeros (as codes: the value 0) behind; touches nothing else.
AVX2 __m256i avx2_load_int4_half(const void *source) {
    __m128i half = _mm_xor_si128(_mm_loadu_si128((const __m128i *)source), _mm_set1_epi8((char)0x88));
    return _mm256_inserti128_si256(_mm256_setzero_si256(), half, 0);
}
/// Nibble 7 of every lane as −8 … 7; the others follow after shifts to the left by four bits each.
AVX2 __m256 avx2_highest_int4(__m256i words) { return _mm256_cvtepi32_ps(_mm256_srai_epi32(words, 28)); }
AVX2 __m256i avx2_next_int4(__m256i words) { return _mm256_slli_epi32(words, 4); }
/// Two bfloat16 scales as floats, each in its group's four lanes; `groups` 1 leaves zeros in the upper half.
AVX2 __m256 avx2_group_scales(const void *source, long groups) {
    const uint16_t *scales = (const uint16_t *)source;
    __m128i low = _mm_set1_epi32((int)((uint32_t)scales[0] << 16));
    __m128i high = groups > 1 ? _mm_set1_epi32((int)((uint32_t)scales[1] << 16)) : _mm_setzero_si128();
    return _mm256_castsi256_ps(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1));
}

/// Eight int8 codes.
AVX2 __m256 avx2_load_int8(const void *source) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)source)));
}

/// Transposes eight rows of eight floats: `target` row `i` is column `i` of the source; strides count floats.
AVX2 void avx2_transpose(const float *source, long source_stride, float *target, long target_stride) {
    __m256 r[8], t[8];
#define AVX2_EIGHT _Pragma("clang loop unroll(full)") for (int i = 0; i < 8; i++)
    AVX2_EIGHT r[i] = _mm256_loadu_ps(source + i * source_stride);
    for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        r[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
        r[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xEE);
        r[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
        r[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xEE);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
        t[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
    AVX2_EIGHT _mm256_storeu_ps(target + i * target_stride, t[i]);
#undef AVX2_EIGHT
}
#undef AVX2
#endif
