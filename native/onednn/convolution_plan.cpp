#include "convolution_plan.h"

#include <exception>
#include <stdexcept>
#include <string>

#include "thread_count.h"

namespace gloss {

namespace {

[[noreturn]] void fail(int32_t node, const std::string& what) {
    throw std::invalid_argument("convolution plan: node " + std::to_string(node) + ": " + what);
}

int32_t extent(int32_t size, int32_t before, int32_t after, int32_t kernel, int32_t dilation, int32_t stride) {
    return (size + before + after - ((kernel - 1) * dilation + 1)) / stride + 1;
}

void check_storage(int32_t node, int32_t storage, float scale) {
    if (storage < GLOSS_F32 || storage > GLOSS_S8)
        fail(node, "storage " + std::to_string(storage) + " is none of 0 (f32), 1 (bf16), 2 (u8), 3 (s8)");
    if ((storage == GLOSS_U8 || storage == GLOSS_S8) && !(scale > 0))
        fail(node, "the scale of quantised values must be above 0, got " + std::to_string(scale));
}

Node make_node(const gloss_node& spec, int32_t index, const Picture& picture, const std::vector<Node>& earlier) {
    if (spec.input < -1 || spec.input >= index)
        fail(index, "reads node " + std::to_string(spec.input) + ", which does not come before it");
    Node node{spec, {}, {}, {}, {}};
    node.in = spec.input < 0
        ? gloss_node_shape{picture.spec.height, picture.spec.width, picture.spec.channels}
        : earlier[spec.input].out;
    check_storage(index, spec.storage, spec.scale);
    if (spec.kind == GLOSS_GLOBAL_AVERAGE) {
        if (spec.storage != GLOSS_F32)
            fail(index, "a global average is stored as f32");
        node.out = {1, 1, node.in.channels};
        return node;
    }
    if (spec.kind != GLOSS_CONVOLUTION)
        fail(index, "unknown kind " + std::to_string(spec.kind));
    check_storage(index, spec.input_storage, spec.input_scale);
    if (spec.groups < 1 || spec.out_channels < 1 || node.in.channels % spec.groups || spec.out_channels % spec.groups)
        fail(index, std::to_string(spec.groups) + " groups do not divide " + std::to_string(node.in.channels) +
                        " input and " + std::to_string(spec.out_channels) + " output channels");
    for (int32_t value : {spec.kernel_height, spec.kernel_width, spec.stride_height, spec.stride_width,
                          spec.dilation_height, spec.dilation_width})
        if (value < 1)
            fail(index, "kernel, stride and dilation must be 1 or more, got " + std::to_string(value));
    for (int32_t value : {spec.pad_top, spec.pad_left, spec.pad_bottom, spec.pad_right})
        if (value < 0)
            fail(index, "padding must be 0 or more, got " + std::to_string(value));
    node.out.height = extent(node.in.height, spec.pad_top, spec.pad_bottom, spec.kernel_height, spec.dilation_height,
                             spec.stride_height);
    node.out.width = extent(node.in.width, spec.pad_left, spec.pad_right, spec.kernel_width, spec.dilation_width,
                            spec.stride_width);
    node.out.channels = spec.out_channels;
    if (node.in.height + spec.pad_top + spec.pad_bottom < (spec.kernel_height - 1) * spec.dilation_height + 1 ||
        node.in.width + spec.pad_left + spec.pad_right < (spec.kernel_width - 1) * spec.dilation_width + 1)
        fail(index, "the kernel is larger than its padded input");
    if (spec.residual >= 0) {
        if (spec.residual >= index)
            fail(index, "adds node " + std::to_string(spec.residual) + ", which does not come before it");
        const auto& other = earlier[spec.residual].out;
        if (other.height != node.out.height || other.width != node.out.width || other.channels != node.out.channels)
            fail(index, "adds node " + std::to_string(spec.residual) + " of another shape");
    }
    size_t count = static_cast<size_t>(spec.out_channels) * (node.in.channels / spec.groups) * spec.kernel_height *
                   spec.kernel_width;
    node.weights.assign(spec.weights, spec.weights + count);
    if (spec.bias)
        node.bias.assign(spec.bias, spec.bias + spec.out_channels);
    else
        node.bias.assign(static_cast<size_t>(spec.out_channels), 0.0f);
    return node;
}

}  // namespace

ConvolutionPlan::ConvolutionPlan(const gloss_picture& picture, const gloss_node* nodes, int32_t count, int32_t threads)
    : picture_{picture, {}, {}}, threads_(threads) {
    if (picture.height < 1 || picture.width < 1 || picture.channels < 1)
        throw std::invalid_argument("convolution plan: the picture has no pixels");
    if (threads < 1)
        throw std::invalid_argument("convolution plan: threads must be 1 or more, got " + std::to_string(threads));
    check_storage(-1, picture.storage, picture.scale);
    picture_.mean.assign(picture.mean, picture.mean + picture.channels);
    picture_.deviation.assign(picture.deviation, picture.deviation + picture.channels);
    nodes_.reserve(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; i++) {
        nodes_.push_back(make_node(nodes[i], i, picture_, nodes_));
        if (nodes[i].is_output)
            outputs_.push_back(i);
    }
    if (outputs_.empty())
        throw std::invalid_argument("convolution plan: no node is an output");
}

gloss_node_shape ConvolutionPlan::shape(int32_t node) const {
    if (node < 0 || node >= static_cast<int32_t>(nodes_.size()))
        throw std::invalid_argument("convolution plan: there is no node " + std::to_string(node));
    return nodes_[node].out;
}

std::shared_ptr<Program> ConvolutionPlan::program(int32_t threads) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto& kept = threads == 1 ? alone_ : together_;
    if (!kept) {
        ThreadCount count(threads);
        kept = std::make_shared<Program>(picture_, nodes_);
    }
    return kept;
}

void ConvolutionPlan::run(const void* pictures, bool is_bytes, int32_t count, float* const* outputs,
                          int32_t output_count) {
    if (output_count != static_cast<int32_t>(outputs_.size()))
        throw std::invalid_argument("convolution plan: " + std::to_string(outputs_.size()) + " outputs expected, got " +
                                    std::to_string(output_count));
    size_t picture_size = static_cast<size_t>(picture_.spec.height) * picture_.spec.width * picture_.spec.channels *
                          (is_bytes ? 1 : sizeof(float));
    auto one = [&](Program& program, int32_t i) {
        std::vector<float*> into(outputs_.size());
        for (size_t o = 0; o < outputs_.size(); o++) {
            const auto& shape = nodes_[outputs_[o]].out;
            into[o] = outputs[o] + static_cast<size_t>(i) * shape.height * shape.width * shape.channels;
        }
        program.run(static_cast<const char*>(pictures) + static_cast<size_t>(i) * picture_size, is_bytes, into.data());
    };
    if (count == 1 || threads_ == 1) {
        auto shared = program(threads_);
        ThreadCount threads(threads_);
        for (int32_t i = 0; i < count; i++)
            one(*shared, i);
        return;
    }
    auto shared = program(1);
    std::exception_ptr failure;
    ThreadCount threads(threads_);
#pragma omp parallel for schedule(dynamic)
    for (int32_t i = 0; i < count; i++) {
        try {
            one(*shared, i);
        } catch (...) {
#pragma omp critical(gloss_plan_failure)
            failure = std::current_exception();
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace gloss
