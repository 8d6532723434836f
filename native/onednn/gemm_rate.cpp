// The machine's rate of matrix products, by which times of models are compared.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <dnnl.hpp>
#include <stdexcept>
#include <vector>

#include "gloss_onednn.h"
#include "status.h"
#include "thread_count.h"

int32_t gloss_gemm_rate(int32_t m, int32_t k, int32_t n, int32_t storage, int32_t threads, int32_t repetitions,
                        double* best, double* median) {
    using dnnl::memory;
    using Type = memory::data_type;
    using Tag = memory::format_tag;
    return gloss::guarded([&] {
        if (storage == GLOSS_S8)
            storage = GLOSS_U8;  // u8 times s8 is the product that processors have
        auto type = storage == GLOSS_F32 ? Type::f32 : storage == GLOSS_BF16 ? Type::bf16 : Type::u8;
        if (m < 1 || k < 1 || n < 1 || threads < 1 || repetitions < 1)
            throw std::invalid_argument("GEMM rate: sizes, threads and repetitions must be 1 or more");
        gloss::ThreadCount count(threads);
        dnnl::engine engine(dnnl::engine::kind::cpu, 0);
        dnnl::stream stream(engine);
        auto written = type == Type::u8 ? Type::f32 : type;
        dnnl::matmul::primitive_desc primitive(
            dnnl::matmul::desc(memory::desc({m, k}, type, Tag::ab),
                               memory::desc({k, n}, type == Type::u8 ? Type::s8 : type, Tag::any),
                               memory::desc({m, n}, written, Tag::ab)),
            engine);
        memory a(primitive.src_desc(), engine), b(primitive.weights_desc(), engine), c(primitive.dst_desc(), engine);
        std::memset(a.get_data_handle(), 0, a.get_desc().get_size());
        std::memset(b.get_data_handle(), 0, b.get_desc().get_size());
        dnnl::matmul product(primitive);
        std::vector<double> rates;
        for (int32_t i = -2; i < repetitions; i++) {
            auto start = std::chrono::steady_clock::now();
            product.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
            stream.wait();
            std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
            if (i >= 0)
                rates.push_back(2e-9 * m * k * n / time.count());
        }
        std::sort(rates.begin(), rates.end());
        *best = rates.back();
        *median = rates[rates.size() / 2];
    });
}
