#include "picture.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "convolution_plan.h"

// One source, compiled for several instruction sets; the loader picks.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define GLOSS_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GLOSS_CLONES
#endif

namespace gloss {

namespace {

// x * factor[c] + shift[c] with the factors of several pixels written out, so that the loop vectorises.
template <typename Source>
inline void affine(const Source* x, const float* factor, const float* shift, int64_t period, int64_t count,
                   float* __restrict y) {
    int64_t i = 0;
    for (; i + period <= count; i += period)
        for (int64_t j = 0; j < period; j++)
            y[i + j] = static_cast<float>(x[i + j]) * factor[j] + shift[j];
    for (int64_t j = 0; i < count; i++, j++)
        y[i] = static_cast<float>(x[i]) * factor[j] + shift[j];
}

GLOSS_CLONES void affine_bytes(const uint8_t* x, const float* factor, const float* shift, int64_t period, int64_t count,
                               float* __restrict y) {
    affine(x, factor, shift, period, count, y);
}

GLOSS_CLONES void affine_floats(const float* x, const float* factor, const float* shift, int64_t period, int64_t count,
                                float* __restrict y) {
    affine(x, factor, shift, period, count, y);
}

// Rounds to the nearest bfloat16, ties to even.
GLOSS_CLONES void to_bf16(const float* x, int64_t count, uint16_t* __restrict y) {
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        std::memcpy(&bits, x + i, sizeof bits);
        y[i] = static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}

GLOSS_CLONES void to_s8(const float* x, int64_t count, int8_t* __restrict y) {
    for (int64_t i = 0; i < count; i++) {
        float value = std::min(std::max(x[i], -128.0f), 127.0f);
        y[i] = static_cast<int8_t>(static_cast<int32_t>(value + (value < 0 ? -0.5f : 0.5f)));
    }
}

GLOSS_CLONES void to_u8(const float* x, int64_t count, uint8_t* __restrict y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = static_cast<uint8_t>(static_cast<int32_t>(std::min(std::max(x[i], 0.0f), 255.0f) + 0.5f));
}

}  // namespace

void normalise(const Picture& picture, const void* pixels, bool is_bytes, void* target) {
    const auto& spec = picture.spec;
    int64_t channels = spec.channels;
    int64_t period = channels * 16;
    bool quantised = spec.storage == GLOSS_U8 || spec.storage == GLOSS_S8;
    float step = quantised ? spec.scale : 1.0f;
    std::vector<float> factor(period), shift(period);
    for (int64_t i = 0; i < period; i++) {
        factor[i] = 1.0f / (picture.deviation[i % channels] * step);
        shift[i] = -picture.mean[i % channels] * factor[i];
    }
    int64_t row = static_cast<int64_t>(spec.width) * channels;
    std::vector<float> buffer(spec.storage == GLOSS_F32 ? 0 : row);
    for (int64_t y = 0; y < spec.height; y++) {
        float* values = spec.storage == GLOSS_F32 ? static_cast<float*>(target) + y * row : buffer.data();
        if (is_bytes)
            affine_bytes(static_cast<const uint8_t*>(pixels) + y * row, factor.data(), shift.data(), period, row, values);
        else
            affine_floats(static_cast<const float*>(pixels) + y * row, factor.data(), shift.data(), period, row, values);
        if (spec.storage == GLOSS_BF16)
            to_bf16(values, row, static_cast<uint16_t*>(target) + y * row);
        else if (spec.storage == GLOSS_S8)
            to_s8(values, row, static_cast<int8_t*>(target) + y * row);
        else if (spec.storage == GLOSS_U8)
            to_u8(values, row, static_cast<uint8_t*>(target) + y * row);
    }
}

}  // namespace gloss
