// Convolution plans over oneDNN: a C interface, mirrored by src/Gloss.Torch/Inference/Native/OneDnnMethods.cs.
//
// Every function returns 0 when it succeeded and 1 when it failed; gloss_onednn_error then copies this thread's message.
// Pictures and outputs are (count, height, width, channels), dense. All memory that is handed in is borrowed.
#pragma once
#include <cstdint>

#if defined(_WIN32)
#define GLOSS_EXPORT extern "C" __declspec(dllexport)
#else
#define GLOSS_EXPORT extern "C" __attribute__((visibility("default")))
#endif

struct gloss_plan;
struct gloss_linear;

// How values are stored. A quantised value q stands for the number q * scale.
enum gloss_storage : int32_t { GLOSS_F32 = 0, GLOSS_BF16 = 1, GLOSS_U8 = 2, GLOSS_S8 = 3, GLOSS_F16 = 4 };

enum gloss_node_kind : int32_t { GLOSS_CONVOLUTION = 0, GLOSS_GLOBAL_AVERAGE = 1 };

// GLOSS_CLIP: min(max(x, clip_low), clip_high). GLOSS_SILU: x * sigmoid(x). GLOSS_GELU: x * Phi(x).
enum gloss_activation : int32_t { GLOSS_NONE = 0, GLOSS_CLIP = 1, GLOSS_SILU = 2, GLOSS_GELU = 3, GLOSS_RELU = 4 };

// What the plan's pictures become before the first node reads them: (x - mean[c]) / deviation[c], then stored.
struct gloss_picture {
    int32_t height, width, channels;
    int32_t storage;
    float scale;
    int32_t reserved;
    const float* mean;
    const float* deviation;
};
static_assert(sizeof(gloss_picture) == 40, "mirrored by NativePicture");

// A node reads an earlier node, or the picture (-1). A convolution computes in the storage in which it reads its input
// (which is converted where the earlier node stored it otherwise), adds the bias, then the residual node's values, then
// applies its activation. Padding has the value 0 after normalisation. Weights are (out, in / groups, height, width).
struct gloss_node {
    int32_t kind;
    int32_t input;
    int32_t residual;  // -1: none
    int32_t activation;
    int32_t out_channels, groups;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
    int32_t dilation_height, dilation_width;  // 1: dense
    int32_t pad_top, pad_left, pad_bottom, pad_right;
    int32_t is_output;
    int32_t input_storage;
    int32_t storage;
    float input_scale;
    float scale;
    float clip_low, clip_high;
    int32_t reserved;
    const float* weights;
    const float* bias;  // null: zeros
};
static_assert(sizeof(gloss_node) == 112, "mirrored by NativeNode");

struct gloss_node_shape {
    int32_t height, width, channels;
};

GLOSS_EXPORT int32_t gloss_onednn_interface_version();
GLOSS_EXPORT int32_t gloss_onednn_error(char* buffer, int32_t capacity);
// One line: oneDNN's version and the instruction set that it uses, for example "2.6.3 avx512_core_bf16".
GLOSS_EXPORT int32_t gloss_onednn_describe(char* buffer, int32_t capacity, int32_t* length);

// Copies the weights. threads: how many one run may use.
GLOSS_EXPORT int32_t gloss_plan_create(const gloss_picture* picture, const gloss_node* nodes, int32_t count,
                                       int32_t threads, gloss_plan** result);
GLOSS_EXPORT int32_t gloss_plan_free(gloss_plan* plan);
GLOSS_EXPORT int32_t gloss_plan_shape(const gloss_plan* plan, int32_t node, gloss_node_shape* shape);
// pictures: uint8_t (is_bytes 1) or float. outputs: one buffer for each output node, in the order of the nodes. May be
// called on several threads at once.
GLOSS_EXPORT int32_t gloss_plan_run(gloss_plan* plan, const void* pictures, int32_t is_bytes, int32_t count,
                                    float* const* outputs, int32_t output_count);

// The best rate (GFLOP/s) of repetitions products (m, k) x (k, n) with packed weights; storage as gloss_storage.
GLOSS_EXPORT int32_t gloss_gemm_rate(int32_t m, int32_t k, int32_t n, int32_t storage, int32_t threads,
                                     int32_t repetitions, double* best, double* median);

// Which kernels of our own this processor and this build can run, as bits: 1: attention inside windows of a map (AVX-512),
// 2: linear layers in 8 bits (VNNI).
GLOSS_EXPORT int32_t gloss_wide_kernels();

// Layer normalisation of each row before a product: (x - mean) / sqrt(variance + epsilon) * weight + bias.
struct gloss_norm {
    const float* weight;
    const float* bias;
    float epsilon;
    int32_t reserved;
};
static_assert(sizeof(gloss_norm) == 24, "mirrored by NativeNorm");

// One linear layer, float32 in and out; storage (GLOSS_F32, GLOSS_BF16, GLOSS_S8): in what the product computes. In 8
// bits a weight has the scale of its output, an input the range of its row. Packs a copy of the weights (out, in),
// which may be stored as GLOSS_F32, GLOSS_BF16, GLOSS_F16, or GLOSS_S8 with scales (out); no wider copy stays. norm:
// null: none. activation: GLOSS_NONE, GLOSS_GELU or GLOSS_RELU, before the residual (rows, out) is added; null: none.
GLOSS_EXPORT int32_t gloss_linear_create(const void* weights, const float* scales, int32_t weights_storage,
                                         const float* bias, int64_t in, int64_t out, int32_t storage, int32_t threads,
                                         gloss_linear** result);
GLOSS_EXPORT int32_t gloss_linear_free(gloss_linear* layer);
// May be called on several threads at once.
GLOSS_EXPORT int32_t gloss_linear_run(gloss_linear* layer, const gloss_norm* norm, const float* input, int64_t rows,
                                      int32_t activation, const float* residual, float* output, int32_t threads);
// Two layers, an activation between them, some rows at a time, so that what is between stays in the cache:
// second(activation(first(norm(x)))) + residual.
GLOSS_EXPORT int32_t gloss_linear_run_pair(gloss_linear* first, gloss_linear* second, const gloss_norm* norm, const float* input,
                                           int64_t rows, int32_t activation, const float* residual, float* output,
                                           int32_t threads);

// softmax(q * k^T * scale + bias) * v, float32. A head's numbers stand side by side, the heads of a token too; strides are
// counted in floats. The output is (batch, queries, output_stride), dense but for the stride. bias: (bias_batch, bias_heads,
// bias_queries, keys), dense, taken in turn by the rows of the batch, where heads and queries are all or 1; null: none.
struct gloss_attention {
    const float* query;
    const float* key;
    const float* value;
    const float* bias;
    float* output;
    int64_t batch, heads, queries, keys, width;
    int64_t query_batch, query_stride;  // from one row of the batch, one token, to the next
    int64_t key_batch, key_stride;      // those of values are the same
    int64_t output_stride;
    int64_t bias_batch, bias_heads, bias_queries;
    float scale;
    int32_t reserved;
};
static_assert(sizeof(gloss_attention) == 152, "mirrored by NativeAttention");

GLOSS_EXPORT int32_t gloss_attend(const gloss_attention* attention, int32_t threads);

// Attention inside the windows of a map, shifted cyclically by shift places, read from a map and written to one: projected
// (batch, height, width, 3 * heads * head_width): queries, keys, values; output (batch, height, width, heads * head_width).
// Where the map is no multiple of the window, the places that fill it up have the numbers of padding (3 * heads * head_width).
// bias: (heads, window^2, window^2). Places that the shift made neighbours get -100.
struct gloss_window_attention {
    const float* projected;
    const float* padding;
    const float* bias;
    float* output;
    int64_t batch, height, width, heads, head_width, window, shift;
    float scale;
    int32_t reserved;
};
static_assert(sizeof(gloss_window_attention) == 96, "mirrored by NativeWindowAttention");

GLOSS_EXPORT int32_t gloss_attend_windows(const gloss_window_attention* attention, int32_t threads);

// One vector for each tag and picture: the mean of the tag's texts, weighed by softmax(factor * <picture, text>) over
// them. values: (tags, texts, width) in storage: GLOSS_F32, GLOSS_BF16, GLOSS_F16, or GLOSS_S8 with scales (tags,
// texts). ids: which tags are asked for; null: all. pictures: (batch, width); output: (batch, asked, width).
struct gloss_reweighting {
    const void* values;
    const float* scales;
    const int64_t* ids;
    const float* pictures;
    float* output;
    int64_t tags, texts, width, asked, batch;
    int32_t storage;
    float factor;
};
static_assert(sizeof(gloss_reweighting) == 88, "mirrored by NativeReweighting");

GLOSS_EXPORT int32_t gloss_reweight(const gloss_reweighting* reweighting, int32_t threads);
