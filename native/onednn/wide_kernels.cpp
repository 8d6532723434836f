#include "wide_kernels.h"

#if defined(__GNUC__) && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#include <immintrin.h>

#include "gloss_onednn.h"

namespace gloss::wide {
namespace {

constexpr int64_t lanes = 16;
constexpr int64_t query_block = 12;

inline __mmask16 first(int64_t count) {
    return count >= lanes ? static_cast<__mmask16>(0xffff) : static_cast<__mmask16>((1u << count) - 1);
}

inline int64_t rounded(int64_t count) { return (count + lanes - 1) / lanes * lanes; }

// e^x by a polynomial on [-ln2/2, ln2/2]; the error is below 2e-7 of the value. Below e^-80 it is zero: a masked key must
// not leave denormal weights, with which the product after it takes seventy times as long.
inline __m512 exponential(__m512 x) {
    const __mmask16 counts = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-80.0f), _CMP_GE_OQ);
    const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
    r = _mm512_fmadd_ps(n, _mm512_set1_ps(2.12194440e-4f), r);
    __m512 p = _mm512_set1_ps(1.9875691500e-4f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
    p = _mm512_fmadd_ps(_mm512_mul_ps(p, r), r, _mm512_add_ps(r, _mm512_set1_ps(1.0f)));
    return _mm512_maskz_scalef_ps(counts, p, n);
}

// x * Phi(x); erf by Abramowitz and Stegun, formula 7.1.26, whose error is below 1.5e-7.
inline __m512 gelu(__m512 x) {
    const __m512 z = _mm512_mul_ps(x, _mm512_set1_ps(0.70710678f));
    const __m512 a = _mm512_abs_ps(z);
    const __m512 denominator = _mm512_fmadd_ps(a, _mm512_set1_ps(0.3275911f), _mm512_set1_ps(1.0f));
    // One step of Newton's method on the approximate inverse.
    __m512 t = _mm512_rcp14_ps(denominator);
    t = _mm512_mul_ps(t, _mm512_fnmadd_ps(denominator, t, _mm512_set1_ps(2.0f)));
    __m512 p = _mm512_set1_ps(1.061405429f);
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-1.453152027f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.421413741f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-0.284496736f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.254829592f));
    p = _mm512_mul_ps(p, t);
    const __m512 left = _mm512_mul_ps(p, exponential(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(a, a))));  // 1 - erf(a)
    const __m512 half = _mm512_mul_ps(x, _mm512_set1_ps(0.5f));
    const __m512 tail = _mm512_mul_ps(half, left);
    // x >= 0: x - tail; x < 0: tail.
    return _mm512_mask_sub_ps(tail, _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GE_OQ), x, tail);
}

// 16 rows of 16 numbers, columns behind each other: out[column * stride + row].
inline void transpose(const __m512* rows, float* out, int64_t stride) {
    __m512 a[16], b[16];
    for (int i = 0; i < 16; i += 2) {
        a[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
        a[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        for (int j = 0; j < 2; ++j) {
            b[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a[i + j]), _mm512_castps_pd(a[i + 2 + j])));
            b[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a[i + j]), _mm512_castps_pd(a[i + 2 + j])));
        }
    }
    // b[4g + c]: columns c, 4 + c, 8 + c, 12 + c of rows 4g .. 4g + 3.
    for (int c = 0; c < 4; ++c) {
        const __m512 even = _mm512_shuffle_f32x4(b[c], b[4 + c], 0x88), odd = _mm512_shuffle_f32x4(b[c], b[4 + c], 0xdd);
        const __m512 even2 = _mm512_shuffle_f32x4(b[8 + c], b[12 + c], 0x88), odd2 = _mm512_shuffle_f32x4(b[8 + c], b[12 + c], 0xdd);
        _mm512_store_ps(out + c * stride, _mm512_shuffle_f32x4(even, even2, 0x88));
        _mm512_store_ps(out + (4 + c) * stride, _mm512_shuffle_f32x4(odd, odd2, 0x88));
        _mm512_store_ps(out + (8 + c) * stride, _mm512_shuffle_f32x4(even, even2, 0xdd));
        _mm512_store_ps(out + (12 + c) * stride, _mm512_shuffle_f32x4(odd, odd2, 0xdd));
    }
}

// Scores lie in tiles: 16 keys of each of the block's queries, then the next 16 keys, so that all places are constants.
constexpr int64_t tile = query_block * lanes;

// Scores of R queries and 16 * N keys, whose numbers lie behind each other in kt (width, stride).
template <int R, int N>
__attribute__((noinline)) void scores_of(const float* const* q, const float* kt, int64_t stride, int64_t width, float* out) {
    __m512 sum[R][N];
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 12
        for (int n = 0; n < N; ++n)
            sum[r][n] = _mm512_setzero_ps();
    }
    for (int64_t d = 0; d < width; ++d) {
        __m512 a[R];
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r)
            a[r] = _mm512_set1_ps(q[r][d]);
#pragma GCC unroll 12
        for (int n = 0; n < N; ++n) {
            __m512 b = _mm512_load_ps(kt + n * lanes);
            __asm__("" : "+v"(b));  // once into a register, not once for each query
#pragma GCC unroll 12
            for (int r = 0; r < R; ++r)
                sum[r][n] = _mm512_fmadd_ps(a[r], b, sum[r][n]);
        }
        kt += stride;
    }
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 12
        for (int n = 0; n < N; ++n)
            _mm512_store_ps(out + r * lanes + n * tile, sum[r][n]);
    }
}

template <int R, int N>
void block_scores(const float* const* q, const float* kt, int64_t stride, int64_t width, float* out) {
    for (int64_t r = 0; r < query_block; r += R)
        scores_of<R, N>(q + r, kt, stride, width, out + r * lanes);
}

void chosen_scores(int64_t vectors, const float* const* q, const float* kt, int64_t stride, int64_t width, float* out) {
    switch (vectors) {
        case 1: block_scores<6, 1>(q, kt, stride, width, out); break;
        case 2: block_scores<6, 2>(q, kt, stride, width, out); break;
        case 3: block_scores<6, 3>(q, kt, stride, width, out); break;
        case 4: block_scores<6, 4>(q, kt, stride, width, out); break;
        case 5: block_scores<3, 5>(q, kt, stride, width, out); break;
        case 6: block_scores<3, 6>(q, kt, stride, width, out); break;
        case 7: block_scores<3, 7>(q, kt, stride, width, out); break;
        case 8: block_scores<3, 8>(q, kt, stride, width, out); break;
        default: block_scores<3, 9>(q, kt, stride, width, out); break;
    }
}

// Weights e^(s - max) in the place of scores; returns 1 / their sum.
__attribute__((noinline)) float soften(float* s, const Attention& a, int64_t query) {
    const float* bias = a.bias ? a.bias + query * a.bias_stride : nullptr;
    __m512 most = _mm512_set1_ps(-__builtin_inff());
    const __m512i region = _mm512_set1_epi32(a.regions ? a.regions[query] : 0);
    float* at = s;
    for (int64_t j = 0; j < a.keys; j += lanes, at += tile) {
        const __mmask16 inside = first(a.keys - j);
        __m512 x = _mm512_load_ps(at);
        if (bias)
            x = _mm512_add_ps(x, _mm512_maskz_loadu_ps(inside, bias + j));
        if (a.regions)
            x = _mm512_mask_sub_ps(x, _mm512_cmpneq_epi32_mask(region, _mm512_loadu_si512(a.regions + j)), x, _mm512_set1_ps(100.0f));
        x = _mm512_mask_blend_ps(inside, _mm512_set1_ps(-__builtin_inff()), x);
        _mm512_store_ps(at, x);
        most = _mm512_max_ps(most, x);
    }
    const __m512 largest = _mm512_set1_ps(_mm512_reduce_max_ps(most));
    __m512 sum = _mm512_setzero_ps();
    at = s;
    for (int64_t j = 0; j < a.keys; j += lanes, at += tile) {
        const __m512 x = exponential(_mm512_sub_ps(_mm512_load_ps(at), largest));
        _mm512_store_ps(at, x);
        sum = _mm512_add_ps(sum, x);
    }
    return 1 / _mm512_reduce_add_ps(sum);
}

// R rows of 16 * N numbers of the result, from offset on.
template <int R, int N>
__attribute__((noinline)) void mix(const Attention& a, const float* v, const float* weights, const float* inverse, float* const* output, int64_t offset) {
    __m512 sum[R][N];
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 12
        for (int n = 0; n < N; ++n)
            sum[r][n] = _mm512_setzero_ps();
    }
    const int64_t keys = a.keys, stride = rounded(a.width);
    for (int64_t j = 0; j < keys; ++j, ++weights, v += stride) {
        if (j > 0 && j % lanes == 0)
            weights += tile - lanes;
        __m512 b[N];
#pragma GCC unroll 12
        for (int n = 0; n < N; ++n) {
            b[n] = _mm512_load_ps(v + n * lanes);
            __asm__("" : "+v"(b[n]));
        }
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r) {
            const __m512 w = _mm512_set1_ps(weights[r * lanes]);
#pragma GCC unroll 12
            for (int n = 0; n < N; ++n)
                sum[r][n] = _mm512_fmadd_ps(w, b[n], sum[r][n]);
        }
    }
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
        if (!output[r])
            continue;
#pragma GCC unroll 12
        for (int n = 0; n < N; ++n)
            _mm512_mask_storeu_ps(output[r] + a.output_offset + offset + n * lanes, first(a.width - offset - n * lanes),
                                  _mm512_mul_ps(sum[r][n], _mm512_set1_ps(inverse[r])));
    }
}

}  // namespace

bool has_floats() {
    static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512vl");
    return has;
}

bool has_bytes() {
    static const bool has = has_floats() && __builtin_cpu_supports("avx512vnni");
    return has;
}

int64_t attention_scratch(int64_t keys, int64_t width) {
    return rounded(keys) * (2 * rounded(width) + query_block) + lanes;
}

void attend(const Attention& a) {
    const int64_t vectors = (a.keys + lanes - 1) / lanes, padded = vectors * lanes, width = rounded(a.width);
    float* kt = reinterpret_cast<float*>((reinterpret_cast<uintptr_t>(a.scratch) + 63) & ~static_cast<uintptr_t>(63));
    float* values = kt + padded * width;
    float* scores = values + padded * width;
    // Keys column by column and scaled, values row by row: where they were, rows may lie so that they put each other out of the
    // cache.
    const __m512 scale = _mm512_set1_ps(a.scale);
    for (int64_t j = 0; j < padded; j += lanes) {
        for (int64_t d = 0; d < a.width; d += lanes) {
            __m512 rows[lanes];
            for (int64_t i = 0; i < lanes; ++i)
                rows[i] = j + i < a.keys ? _mm512_mul_ps(_mm512_maskz_loadu_ps(first(a.width - d), a.k[j + i] + a.key_offset + d), scale) : _mm512_setzero_ps();
            transpose(rows, kt + d * padded + j, padded);
        }
    }
    for (int64_t j = 0; j < a.keys; ++j) {
        const float* row = a.v[j] + a.value_offset;
        for (int64_t d = 0; d < a.width; d += lanes)
            _mm512_store_ps(values + j * width + d, _mm512_maskz_loadu_ps(first(a.width - d), row + d));
    }
    const int64_t chunks = (vectors + 8) / 9;
    for (int64_t first_query = 0; first_query < a.queries; first_query += query_block) {
        const float* q[query_block];
        float* output[query_block];
        float inverse[query_block];
        bool is_wanted = false;
        for (int64_t r = 0; r < query_block; ++r) {
            const int64_t row = first_query + r;
            q[r] = a.q[row < a.queries ? row : a.queries - 1] + a.query_offset;
            output[r] = row < a.queries ? a.output[row] : nullptr;
            inverse[r] = 0;
            is_wanted |= output[r] != nullptr;
        }
        if (!is_wanted)
            continue;
        for (int64_t c = 0; c < chunks; ++c) {
            const int64_t begin = vectors * c / chunks, end = vectors * (c + 1) / chunks;
            chosen_scores(end - begin, q, kt + begin * lanes, padded, a.width, scores + begin * tile);
        }
        for (int64_t r = 0; r < query_block; ++r) {
            if (output[r])
                inverse[r] = soften(scores + r * lanes, a, first_query + r);
        }
        int64_t d = 0;
        for (; d + 4 * lanes <= width; d += 4 * lanes) {
            mix<6, 4>(a, values + d, scores, inverse, output, d);
            mix<6, 4>(a, values + d, scores + 6 * lanes, inverse + 6, output + 6, d);
        }
        for (; d + 2 * lanes <= width; d += 2 * lanes)
            mix<12, 2>(a, values + d, scores, inverse, output, d);
        for (; d < width; d += lanes)
            mix<12, 1>(a, values + d, scores, inverse, output, d);
    }
}

void to_bytes(const float* x, int64_t rows, int64_t width, int64_t stride, int64_t width4, const Norm& norm, uint8_t* bytes,
              float* steps, float* lows, float* temporary) {
    const int64_t whole = width / lanes * lanes;
    const __mmask16 tail = first(width - whole);
    for (int64_t r = 0; r < block_rows; ++r) {
        uint8_t* to = bytes + r * 4;
        if (r >= rows) {
            steps[r] = lows[r] = 0;
            for (int64_t i = 0; i < width4; i += 4)
                *reinterpret_cast<uint32_t*>(to + i * block_rows) = 0;
            continue;
        }
        const float* row = x + r * stride;
        if (norm.weight) {
            __m512 sum = _mm512_setzero_ps();
            for (int64_t i = 0; i < whole; i += lanes)
                sum = _mm512_add_ps(sum, _mm512_loadu_ps(row + i));
            if (tail)
                sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(tail, row + whole));
            const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / static_cast<float>(width));
            __m512 squares = _mm512_setzero_ps();
            for (int64_t i = 0; i < whole; i += lanes) {
                const __m512 d = _mm512_sub_ps(_mm512_loadu_ps(row + i), mean);
                squares = _mm512_fmadd_ps(d, d, squares);
            }
            if (tail) {
                const __m512 d = _mm512_maskz_sub_ps(tail, _mm512_maskz_loadu_ps(tail, row + whole), mean);
                squares = _mm512_fmadd_ps(d, d, squares);
            }
            const __m512 inverse = _mm512_set1_ps(1 / __builtin_sqrtf(_mm512_reduce_add_ps(squares) / static_cast<float>(width) + norm.epsilon));
            for (int64_t i = 0; i < width; i += lanes) {
                const __mmask16 inside = first(width - i);
                const __m512 d = _mm512_mul_ps(_mm512_sub_ps(_mm512_maskz_loadu_ps(inside, row + i), mean), inverse);
                _mm512_mask_storeu_ps(temporary + i, inside,
                                      _mm512_fmadd_ps(d, _mm512_maskz_loadu_ps(inside, norm.weight + i), _mm512_maskz_loadu_ps(inside, norm.bias + i)));
            }
            row = temporary;
        }
        __m512 least = _mm512_set1_ps(__builtin_inff()), most = _mm512_set1_ps(-__builtin_inff());
        for (int64_t i = 0; i < whole; i += lanes) {
            const __m512 v = _mm512_loadu_ps(row + i);
            least = _mm512_min_ps(least, v);
            most = _mm512_max_ps(most, v);
        }
        if (tail) {
            const __m512 v = _mm512_maskz_loadu_ps(tail, row + whole);
            least = _mm512_mask_min_ps(least, tail, least, v);
            most = _mm512_mask_max_ps(most, tail, most, v);
        }
        const float low = _mm512_reduce_min_ps(least), high = _mm512_reduce_max_ps(most);
        lows[r] = low;
        steps[r] = (high - low) / 255;
        const __m512 offset = _mm512_set1_ps(low), inverse = _mm512_set1_ps(high > low ? 255 / (high - low) : 0);
        for (int64_t i = 0; i < width4; i += lanes) {
            const __mmask16 inside = first(width - i);
            const __m512 v = _mm512_mul_ps(_mm512_sub_ps(_mm512_maskz_loadu_ps(inside, row + i), offset), inverse);
            const __m128i q = _mm512_maskz_cvtusepi32_epi8(inside, _mm512_maskz_cvtps_epu32(inside, v));
            uint8_t* at = to + i * block_rows;
            const int64_t left = width4 - i;
            *reinterpret_cast<int32_t*>(at) = _mm_extract_epi32(q, 0);
            if (left > 4)
                *reinterpret_cast<int32_t*>(at + 4 * block_rows) = _mm_extract_epi32(q, 1);
            if (left > 8)
                *reinterpret_cast<int32_t*>(at + 8 * block_rows) = _mm_extract_epi32(q, 2);
            if (left > 12)
                *reinterpret_cast<int32_t*>(at + 12 * block_rows) = _mm_extract_epi32(q, 3);
        }
    }
}

void multiply(const uint8_t* bytes, const float* steps, const float* lows, int64_t rows, const int8_t* panel, int64_t width4,
              const Columns& columns, int32_t activation, const float* residual, int64_t residual_stride, float* output,
              int64_t output_stride) {
    __m512i sum[block_rows][2];
#pragma GCC unroll 12
    for (int r = 0; r < block_rows; ++r)
        sum[r][0] = sum[r][1] = _mm512_setzero_si512();
    for (int64_t k = 0; k < width4; k += 4) {
        const __m512i b0 = _mm512_load_si512(panel), b1 = _mm512_load_si512(panel + 64);
        _mm_prefetch(reinterpret_cast<const char*>(panel + 1024), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(panel + 1088), _MM_HINT_T0);
#pragma GCC unroll 12
        for (int r = 0; r < block_rows; ++r) {
            const __m512i a = _mm512_set1_epi32(*reinterpret_cast<const int32_t*>(bytes + r * 4));
            sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], a, b0);
            sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], a, b1);
        }
        panel += 4 * panel_columns;
        bytes += 4 * block_rows;
    }
    alignas(64) int32_t sums[block_rows][panel_columns];
#pragma GCC unroll 12
    for (int r = 0; r < block_rows; ++r) {
        _mm512_store_si512(sums[r], sum[r][0]);
        _mm512_store_si512(sums[r] + lanes, sum[r][1]);
    }
    for (int64_t n = 0; n < panel_columns && n < columns.count; n += lanes) {
        const __mmask16 inside = first(columns.count - n);
        const __m512 scale = _mm512_loadu_ps(columns.scales + n), column_sum = _mm512_loadu_ps(columns.sums + n),
                     bias = _mm512_loadu_ps(columns.biases + n);
        for (int64_t r = 0; r < rows; ++r) {
            __m512 y = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_load_si512(sums[r] + n)), _mm512_set1_ps(steps[r]),
                                       _mm512_mul_ps(_mm512_set1_ps(lows[r]), column_sum));
            y = _mm512_fmadd_ps(y, scale, bias);
            if (activation == GLOSS_GELU)
                y = gelu(y);
            else if (activation == GLOSS_RELU)
                y = _mm512_max_ps(y, _mm512_setzero_ps());
            if (residual)
                y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(inside, residual + r * residual_stride + n));
            _mm512_mask_storeu_ps(output + r * output_stride + n, inside, y);
        }
    }
}

}  // namespace gloss::wide

#else

#include <stdexcept>

namespace gloss::wide {

bool has_floats() { return false; }
bool has_bytes() { return false; }
int64_t attention_scratch(int64_t, int64_t) { return 0; }
void attend(const Attention&) { throw std::runtime_error("this build has no AVX-512"); }
void to_bytes(const float*, int64_t, int64_t, int64_t, int64_t, const Norm&, uint8_t*, float*, float*, float*) {
    throw std::runtime_error("this build has no AVX-512");
}
void multiply(const uint8_t*, const float*, const float*, int64_t, const int8_t*, int64_t, const Columns&, int32_t, const float*,
              int64_t, float*, int64_t) {
    throw std::runtime_error("this build has no AVX-512");
}

}  // namespace gloss::wide

#endif
