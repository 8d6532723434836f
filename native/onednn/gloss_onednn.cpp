#include "gloss_onednn.h"

#include <dnnl.hpp>

#include "convolution_plan.h"
#include "status.h"

using gloss::ConvolutionPlan;
using gloss::guarded;

namespace {

constexpr int32_t interface_version = 4;

ConvolutionPlan& plan_of(const gloss_plan* plan) {
    if (!plan)
        throw std::invalid_argument("a convolution plan that was already disposed");
    return *reinterpret_cast<ConvolutionPlan*>(const_cast<gloss_plan*>(plan));
}

const char* instruction_set() {
    switch (dnnl::get_effective_cpu_isa()) {
        case dnnl::cpu_isa::sse41: return "sse41";
        case dnnl::cpu_isa::avx: return "avx";
        case dnnl::cpu_isa::avx2: return "avx2";
        case dnnl::cpu_isa::avx2_vnni: return "avx2_vnni";
        case dnnl::cpu_isa::avx512_core: return "avx512_core";
        case dnnl::cpu_isa::avx512_core_vnni: return "avx512_core_vnni";
        case dnnl::cpu_isa::avx512_core_bf16: return "avx512_core_bf16";
        case dnnl::cpu_isa::avx512_core_amx: return "avx512_core_amx";
        default: return "other";
    }
}

}  // namespace

int32_t gloss_onednn_interface_version() { return interface_version; }

int32_t gloss_onednn_error(char* buffer, int32_t capacity) {
    return gloss::copy_text(gloss::last_error(), buffer, capacity);
}

int32_t gloss_onednn_describe(char* buffer, int32_t capacity, int32_t* length) {
    return guarded([&] {
        auto version = dnnl::version();
        *length = gloss::copy_text(std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                                       std::to_string(version->patch) + " " + instruction_set(),
                                   buffer, capacity);
    });
}

int32_t gloss_plan_create(const gloss_picture* picture, const gloss_node* nodes, int32_t count, int32_t threads,
                          gloss_plan** result) {
    return guarded([&] {
        *result = reinterpret_cast<gloss_plan*>(new ConvolutionPlan(*picture, nodes, count, threads));
    });
}

int32_t gloss_plan_free(gloss_plan* plan) {
    return guarded([&] { delete reinterpret_cast<ConvolutionPlan*>(plan); });
}

int32_t gloss_plan_shape(const gloss_plan* plan, int32_t node, gloss_node_shape* shape) {
    return guarded([&] { *shape = plan_of(plan).shape(node); });
}

int32_t gloss_plan_run(gloss_plan* plan, const void* pictures, int32_t is_bytes, int32_t count, float* const* outputs,
                       int32_t output_count) {
    return guarded([&] { plan_of(plan).run(pictures, is_bytes != 0, count, outputs, output_count); });
}
