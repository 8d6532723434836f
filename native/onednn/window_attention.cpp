// Attention inside windows or over tokens, read where the projection wrote it and written as the next one reads it:
// softmax(q * k^T * scale + bias) * v for each row of the batch and each head, scores in a buffer that stays in the cache. Where
// the processor has AVX-512, by kernels of our own; else by oneDNN's products.
#include <omp.h>

#include <cmath>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "gloss_onednn.h"
#include "status.h"
#include "thread_count.h"
#include "wide_kernels.h"

namespace gloss {
namespace {

using dnnl::memory;
using Type = memory::data_type;

// Heads, queries, keys, width of a head; strides of a row of queries, keys and values, and of the output.
using Key = std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, float>;

struct Products {
    dnnl::matmul::primitive_desc scores_descriptor, mixed_descriptor;
    dnnl::matmul scores, mixed;
};

const dnnl::engine& processor() {
    static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

// Made for one thread: each thread takes rows of the batch of its own.
const Products& products_for(const Key& key) {
    static thread_local std::map<Key, std::unique_ptr<Products>> made;
    auto& slot = made[key];
    if (!slot) {
        auto [heads, queries, keys, width, query_stride, key_stride, output_stride, scale] = key;
        memory::desc q({heads, queries, width}, Type::f32, {width, query_stride, 1});
        memory::desc k({heads, width, keys}, Type::f32, {width, 1, key_stride});
        memory::desc s({heads, queries, keys}, Type::f32, {queries * keys, keys, 1});
        memory::desc v({heads, keys, width}, Type::f32, {width, key_stride, 1});
        memory::desc o({heads, queries, width}, Type::f32, {width, output_stride, 1});
        dnnl::primitive_attr scaled;
        scaled.set_output_scales(0, {scale});
        dnnl::matmul::primitive_desc scores(dnnl::matmul::desc(q, k, s), scaled, processor());
        dnnl::matmul::primitive_desc mixed(dnnl::matmul::desc(s, v, o), processor());
        slot.reset(new Products{scores, mixed, dnnl::matmul(scores), dnnl::matmul(mixed)});
    }
    return *slot;
}

// e^x by a polynomial on [-ln2/2, ln2/2]; the error is below 2e-7 of the value. Below e^-80 it is zero: a masked key must
// not leave denormal weights, with which the product after it takes seventy times as long.
inline float exponential(float x) {
    const float lowest = -80.0f;
    bool is_nothing = x < lowest;
    x = is_nothing ? lowest : x;
    float n = std::nearbyint(x * 1.44269504f);
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    union {
        int32_t bits;
        float value;
    } power;
    power.bits = (static_cast<int32_t>(n) + 127) << 23;
    return is_nothing ? 0.0f : p * power.value;
}

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void softmax(float* row, const float* bias, int64_t count) {
    float largest = -INFINITY;
    if (bias) {
#pragma omp simd reduction(max : largest)
        for (int64_t i = 0; i < count; i++) {
            row[i] += bias[i];
            largest = row[i] > largest ? row[i] : largest;
        }
    } else {
#pragma omp simd reduction(max : largest)
        for (int64_t i = 0; i < count; i++)
            largest = row[i] > largest ? row[i] : largest;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) {
        row[i] = exponential(row[i] - largest);
        sum += row[i];
    }
    float inverse = 1 / sum;
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        row[i] *= inverse;
}

// The bias's row for a row of the batch, a head and a query; null: none.
const float* bias_of(const gloss_attention& a, int64_t row, int64_t head, int64_t query) {
    if (!a.bias)
        return nullptr;
    return a.bias + ((row % a.bias_batch * a.bias_heads + head % a.bias_heads) * a.bias_queries + query % a.bias_queries) * a.keys;
}

// Some queries of one head at a time, in kernels of our own.
void attend_wide(const gloss_attention& a, int32_t threads) {
    constexpr int64_t most_queries = 288;
    const int64_t parts = (a.queries + most_queries - 1) / most_queries;
    ThreadCount count(threads);
#pragma omp parallel
    {
        std::vector<const float*> q(most_queries), k(a.keys), v(a.keys);
        std::vector<float*> output(most_queries);
        std::vector<float> scratch(wide::attention_scratch(a.keys, a.width));
#pragma omp for schedule(dynamic, 1)
        for (int64_t item = 0; item < a.batch * a.heads * parts; item++) {
            const int64_t row = item / (a.heads * parts), head = item / parts % a.heads, first = item % parts * most_queries;
            const int64_t queries = std::min(most_queries, a.queries - first);
            for (int64_t i = 0; i < queries; i++) {
                q[i] = a.query + row * a.query_batch + (first + i) * a.query_stride;
                output[i] = a.output + (row * a.queries + first + i) * a.output_stride;
            }
            for (int64_t i = 0; i < a.keys; i++) {
                k[i] = a.key + row * a.key_batch + i * a.key_stride;
                v[i] = a.value + row * a.key_batch + i * a.key_stride;
            }
            const int64_t offset = head * a.width;
            wide::attend({q.data(), k.data(), v.data(), output.data(), offset, offset, offset, offset, queries, a.keys, a.width, a.scale,
                          bias_of(a, row, head, first), a.bias_queries == 1 ? 0 : a.keys, nullptr, scratch.data()});
        }
    }
}

// Where along a side of the shifted map the regions of the picture begin and end.
int32_t band(int64_t position, int64_t size, int64_t window, int64_t shift) {
    return position < size - window ? 0 : position < size - shift ? 1 : 2;
}

void attend_windows(const gloss_window_attention& a, int32_t threads) {
    if (a.batch < 1 || a.height < 1 || a.width < 1 || a.heads < 1 || a.head_width < 1 || a.window < 1 || a.shift < 0 ||
        a.shift >= a.window || threads < 1)
        throw std::invalid_argument("window attention: sizes and threads must be 1 or more, the shift less than the window");
    if (!wide::has_floats())
        throw std::invalid_argument("window attention: not on this processor");
    const int64_t down = (a.height + a.window - 1) / a.window, across = (a.width + a.window - 1) / a.window;
    const int64_t tokens = a.window * a.window, channels = a.heads * a.head_width, windows = a.batch * down * across;
    // So many heads at a time that there is work for all threads, and not more parts than needed.
    int64_t parts = 1;
    while (parts < a.heads && windows * parts < 6 * threads)
        parts++;
    ThreadCount count(threads);
#pragma omp parallel
    {
        std::vector<const float*> rows(tokens);
        std::vector<float*> output(tokens);
        std::vector<int32_t> regions(tokens + 16);
        std::vector<float> scratch(wide::attention_scratch(tokens, a.head_width));
#pragma omp for schedule(dynamic, 1)
        for (int64_t item = 0; item < windows * parts; item++) {
            const int64_t window = item / parts % (down * across), picture = item / parts / (down * across), part = item % parts;
            const int64_t top = window / across, left = window % across;
            const bool is_masked = a.shift > 0 && (top == down - 1 || left == across - 1);
            for (int64_t i = 0; i < tokens; i++) {
                const int64_t y = top * a.window + i / a.window, x = left * a.window + i % a.window;
                const int64_t row = (y + a.shift) % (down * a.window), column = (x + a.shift) % (across * a.window);
                const bool is_inside = row < a.height && column < a.width;
                const int64_t place = (picture * a.height + row) * a.width + column;
                rows[i] = is_inside ? a.projected + place * 3 * channels : a.padding;
                output[i] = is_inside ? a.output + place * channels : nullptr;
                regions[i] = 3 * band(y, down * a.window, a.window, a.shift) + band(x, across * a.window, a.window, a.shift);
            }
            for (int64_t h = a.heads * part / parts; h < a.heads * (part + 1) / parts; h++) {
                const int64_t offset = h * a.head_width;
                wide::attend({rows.data(), rows.data(), rows.data(), output.data(), offset, channels + offset, 2 * channels + offset,
                              offset, tokens, tokens, a.head_width, a.scale, a.bias + h * tokens * tokens, tokens,
                              is_masked ? regions.data() : nullptr, scratch.data()});
            }
        }
    }
}

void attend(const gloss_attention& a, int32_t threads) {
    if (a.batch < 1 || a.heads < 1 || a.queries < 1 || a.keys < 1 || a.width < 1 || threads < 1 ||
        (a.bias && (a.bias_batch < 1 || (a.bias_heads != 1 && a.bias_heads != a.heads) || (a.bias_queries != 1 && a.bias_queries != a.queries))))
        throw std::invalid_argument("attention: sizes and threads must be 1 or more, and the bias must fit");
    if (wide::has_floats())
        return attend_wide(a, threads);
    // Queries of a long list go in parts, so that their scores stay in the cache.
    const int64_t part = std::min<int64_t>(a.queries, 144);
    const int64_t parts = (a.queries + part - 1) / part;
    std::string fault;
    ThreadCount count(threads);
#pragma omp parallel
    {
        try {
            dnnl::stream stream(processor());
            std::vector<float> scores(a.heads * part * a.keys);
#pragma omp for schedule(dynamic, 1)
            for (int64_t item = 0; item < a.batch * parts; item++) {
                int64_t row = item / parts, first = item % parts * part;
                int64_t queries = std::min(part, a.queries - first);
                const auto& made = products_for(
                    Key{a.heads, queries, a.keys, a.width, a.query_stride, a.key_stride, a.output_stride, a.scale});
                auto* q = const_cast<float*>(a.query + row * a.query_batch + first * a.query_stride);
                auto* k = const_cast<float*>(a.key + row * a.key_batch);
                auto* v = const_cast<float*>(a.value + row * a.key_batch);
                auto* o = a.output + (row * a.queries + first) * a.output_stride;
                memory score(made.scores_descriptor.dst_desc(), processor(), scores.data());
                made.scores.execute(stream, {{DNNL_ARG_SRC, memory(made.scores_descriptor.src_desc(), processor(), q)},
                                             {DNNL_ARG_WEIGHTS, memory(made.scores_descriptor.weights_desc(), processor(), k)},
                                             {DNNL_ARG_DST, score}});
                for (int64_t h = 0; h < a.heads; h++) {
                    for (int64_t i = 0; i < queries; i++) {
                        softmax(scores.data() + (h * queries + i) * a.keys, bias_of(a, row, h, first + i), a.keys);
                    }
                }
                made.mixed.execute(stream, {{DNNL_ARG_SRC, score},
                                            {DNNL_ARG_WEIGHTS, memory(made.mixed_descriptor.weights_desc(), processor(), v)},
                                            {DNNL_ARG_DST, memory(made.mixed_descriptor.dst_desc(), processor(), o)}});
                stream.wait();
            }
        } catch (const std::exception& error) {
#pragma omp critical
            fault = error.what();
        }
    }
    if (!fault.empty())
        throw std::runtime_error("attention: " + fault);
}

}  // namespace
}  // namespace gloss

int32_t gloss_attend(const gloss_attention* attention, int32_t threads) {
    return gloss::guarded([&] { gloss::attend(*attention, threads); });
}

int32_t gloss_attend_windows(const gloss_window_attention* attention, int32_t threads) {
    return gloss::guarded([&] { gloss::attend_windows(*attention, threads); });
}

int32_t gloss_wide_kernels() { return (gloss::wide::has_floats() ? 1 : 0) | (gloss::wide::has_bytes() ? 2 : 0); }
