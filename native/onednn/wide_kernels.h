// Inner loops in AVX-512 and, for products of bytes, VNNI: what oneDNN's primitives cannot do in one pass. Called only where
// the processor has these instructions; nothing else may live in their source file, which is compiled for them.
#pragma once
#include <cstdint>

namespace gloss::wide {

// Whether this processor, and this build, can run attend; and the products of bytes.
bool has_floats();
bool has_bytes();

// Rows of a block of bytes, and columns of a panel of weights.
constexpr int64_t block_rows = 12;
constexpr int64_t panel_columns = 32;

// softmax(q * k^T * scale + bias) * v for one head. Rows are given by pointers, to which the offsets are added, so that they
// may lie anywhere.
struct Attention {
    const float* const* q;
    const float* const* k;
    const float* const* v;
    float* const* output;  // null: that row is not wanted
    int64_t query_offset, key_offset, value_offset, output_offset;
    int64_t queries, keys, width;
    float scale;
    const float* bias;  // (queries, keys); bias_stride 0: one row for all queries; null: none
    int64_t bias_stride;
    // Keys of another region than the query's get -100; null: none. With room for 15 more than keys.
    const int32_t* regions;
    float* scratch;  // attention_scratch(keys, width) floats
};

int64_t attention_scratch(int64_t keys, int64_t width);
void attend(const Attention& a);

// (x - mean) / sqrt(variance + epsilon) * weight + bias before anything else; weight null: none.
struct Norm {
    const float* weight;
    const float* bias;
    float epsilon;
};

// Up to block_rows rows of x (rows, width) as bytes, x = low + step * byte, each row with its own range: four of a row side
// by side, then the next row's. width4: width rounded up to fours. temporary: width4 + 16 floats.
void to_bytes(const float* x, int64_t rows, int64_t width, int64_t stride, int64_t width4, const Norm& norm, uint8_t* bytes,
              float* steps, float* lows, float* temporary);

// What a panel's products become: activation((step * sum + low * column_sum) * column_scale + bias) + residual.
struct Columns {
    const float* scales;
    const float* sums;  // of a column's integers
    const float* biases;
    int64_t count;  // of columns from the first of these; above panel_columns: a whole panel
};

// One block of rows times one panel of weights. activation as gloss_activation.
void multiply(const uint8_t* bytes, const float* steps, const float* lows, int64_t rows, const int8_t* panel, int64_t width4,
              const Columns& columns, int32_t activation, const float* residual, int64_t residual_stride, float* output,
              int64_t output_stride);

}  // namespace gloss::wide
