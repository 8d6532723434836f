#include "widen.h"

#include <cstring>
#include <stdexcept>

#include "gloss_onednn.h"

namespace gloss {
namespace {

template <typename To, typename From>
inline To bits_as(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof(To));
    return to;
}

GLOSS_WIDEST
void widen_bf16(const uint16_t* from, int64_t count, float* to) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        to[i] = bits_as<float>(static_cast<uint32_t>(from[i]) << 16);
}

// The exponent and the fraction where float32 has them, then the exponents' difference as a factor: also right where
// float16 is denormal.
GLOSS_WIDEST
void widen_f16(const uint16_t* from, int64_t count, float* to) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        const uint32_t bits = from[i], sign = (bits & 0x8000u) << 16;
        const float size = bits_as<float>((bits & 0x7fffu) << 13) * 0x1p112f;
        to[i] = bits_as<float>(bits_as<uint32_t>(size) | sign);
    }
}

GLOSS_WIDEST
void widen_s8(const int8_t* from, float scale, int64_t count, float* to) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        to[i] = static_cast<float>(from[i]) * scale;
}

}  // namespace

void check(const Matrix& matrix) {
    if (matrix.storage != GLOSS_F32 && matrix.storage != GLOSS_BF16 && matrix.storage != GLOSS_F16 &&
        !(matrix.storage == GLOSS_S8 && matrix.scales))
        throw std::invalid_argument("a matrix is of float32, bfloat16, float16, or int8 with scales");
}

void widen(const Matrix& matrix, int64_t row, int64_t width, float* to) {
    const int64_t first = row * width;
    if (matrix.storage == GLOSS_F32)
        std::memcpy(to, static_cast<const float*>(matrix.values) + first, sizeof(float) * width);
    else if (matrix.storage == GLOSS_BF16)
        widen_bf16(static_cast<const uint16_t*>(matrix.values) + first, width, to);
    else if (matrix.storage == GLOSS_F16)
        widen_f16(static_cast<const uint16_t*>(matrix.values) + first, width, to);
    else
        widen_s8(static_cast<const int8_t*>(matrix.values) + first, matrix.scales[row], width, to);
}

}  // namespace gloss
