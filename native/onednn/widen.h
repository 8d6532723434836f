// Matrices as files store them: floats of any width, or bytes with a scale for each row.
#pragma once
#include <cstdint>

// The widest instructions of this processor, chosen when the library is loaded.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define GLOSS_WIDEST __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#else
#define GLOSS_WIDEST
#endif

namespace gloss {

struct Matrix {
    const void* values;
    const float* scales;  // one for each row, for GLOSS_S8 alone
    int32_t storage;      // GLOSS_F32, GLOSS_BF16, GLOSS_F16 or GLOSS_S8
};

// Throws where it is stored otherwise.
void check(const Matrix& matrix);

// One row of finite numbers as float32.
void widen(const Matrix& matrix, int64_t row, int64_t width, float* to);

}  // namespace gloss
