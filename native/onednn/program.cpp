#include "program.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string>

#include "convolution_plan.h"
#include "picture.h"

namespace gloss {

namespace {

using dnnl::algorithm;
using dnnl::memory;
using Tag = memory::format_tag;
using Type = memory::data_type;

constexpr size_t alignment = 64;

Type type_of(int32_t storage) {
    switch (storage) {
        case GLOSS_BF16: return Type::bf16;
        case GLOSS_U8: return Type::u8;
        case GLOSS_S8: return Type::s8;
        default: return Type::f32;
    }
}

Type type_of(const memory::desc& desc) { return static_cast<Type>(desc.data.data_type); }

bool is_quantised(Type type) { return type == Type::u8 || type == Type::s8; }

// Values that are not quantised have the scale 1.
float scale_of(Type type, float scale) { return is_quantised(type) ? scale : 1.0f; }

memory::dims dims_of(const gloss_node_shape& shape) { return {1, shape.channels, shape.height, shape.width}; }

memory::desc dense(const gloss_node_shape& shape, Type type) { return memory::desc(dims_of(shape), type, Tag::nhwc); }

// The same values in the same order, as another type.
memory::desc as_type(memory::desc desc, Type type) {
    desc.data.data_type = static_cast<dnnl_data_type_t>(type);
    return desc;
}

// A convolution's weights as oneDNN computes with them: numbers of the input's type, or, for quantised inputs, s8 with
// a scale for each output channel.
struct Weights {
    memory::desc plain;
    std::vector<int8_t> quantised;
    std::vector<float> scales;
};

Weights prepare_weights(const Node& node, bool quantise) {
    const auto& spec = node.spec;
    int32_t groups = spec.groups, in = node.in.channels / groups;
    auto type = quantise ? Type::s8 : Type::f32;
    Weights result;
    result.plain = groups == 1
        ? memory::desc({spec.out_channels, in, spec.kernel_height, spec.kernel_width}, type, Tag::oihw)
        : memory::desc({groups, spec.out_channels / groups, in, spec.kernel_height, spec.kernel_width}, type,
                       Tag::goihw);
    if (!quantise)
        return result;
    size_t count = node.weights.size() / spec.out_channels;
    result.quantised.resize(node.weights.size());
    result.scales.resize(spec.out_channels);
    for (int32_t c = 0; c < spec.out_channels; c++) {
        const float* w = node.weights.data() + c * count;
        float largest = 0;
        for (size_t i = 0; i < count; i++)
            largest = std::max(largest, std::fabs(w[i]));
        float scale = largest > 0 ? largest / 127.0f : 1.0f;
        result.scales[c] = scale;
        for (size_t i = 0; i < count; i++)
            result.quantised[c * count + i] = static_cast<int8_t>(std::lrint(w[i] / scale));
    }
    return result;
}

// The activation of a convolution, written after its residual. unit: what one step of the result stands for, where the
// accumulators are already in that unit; 0: they are real numbers.
void append_activation(dnnl::post_ops& ops, const gloss_node& spec, Type target, float unit) {
    float step = unit > 0 ? unit : 1.0f;
    switch (spec.activation) {
        case GLOSS_NONE: return;
        case GLOSS_CLIP:
            // Saturation does it where the range of the bytes is the range of the clip.
            if (target == Type::u8 && unit > 0 && spec.clip_low == 0 && spec.clip_high >= 254.5f * step)
                return;
            if (spec.clip_low == 0 && std::isinf(spec.clip_high))
                ops.append_eltwise(1.0f, algorithm::eltwise_relu, 0.0f, 0.0f);
            else
                ops.append_eltwise(1.0f, algorithm::eltwise_clip, spec.clip_low / step, spec.clip_high / step);
            return;
        case GLOSS_SILU: ops.append_eltwise(1.0f, algorithm::eltwise_swish, 1.0f, 0.0f); return;
        case GLOSS_GELU: ops.append_eltwise(1.0f, algorithm::eltwise_gelu_erf, 0.0f, 0.0f); return;
        default: throw std::invalid_argument("unknown activation " + std::to_string(spec.activation));
    }
}

float widen(float x) { return x; }
float widen(uint8_t x) { return x; }
float widen(int8_t x) { return x; }
float widen(uint16_t x) {
    uint32_t bits = static_cast<uint32_t>(x) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

template <typename T>
void average(const void* source, int64_t pixels, int64_t channels, float scale, float* target) {
    std::fill_n(target, channels, 0.0f);
    auto x = static_cast<const T*>(source);
    for (int64_t p = 0; p < pixels; p++, x += channels)
        for (int64_t c = 0; c < channels; c++)
            target[c] += widen(x[c]);
    for (int64_t c = 0; c < channels; c++)
        target[c] *= scale / static_cast<float>(pixels);
}

}  // namespace

// The memory of one run, with every primitive's arguments bound to it.
struct Program::Context {
    Context(const Program& program) : stream(program.engine_) {
        arena = static_cast<char*>(std::aligned_alloc(alignment, std::max(program.arena_size_, alignment)));
        if (!arena)
            throw std::bad_alloc();
        auto at = [&](size_t buffer) { return arena + program.buffers_[buffer].offset; };
        for (const auto& step : program.steps_) {
            std::unordered_map<int, memory> bound;
            for (const auto& argument : step.arguments)
                bound.emplace(argument.name, memory(argument.desc, program.engine_, at(argument.buffer)));
            for (const auto& constant : step.constants)
                bound.emplace(constant.first, constant.second);
            if (step.output >= 0)
                bound.emplace(DNNL_ARG_TO, memory(step.output_desc, program.engine_, nullptr));
            arguments.push_back(std::move(bound));
        }
    }
    ~Context() { std::free(arena); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    char* arena = nullptr;
    dnnl::stream stream;
    std::vector<std::unordered_map<int, memory>> arguments;
};

Program::Program(const Picture& picture, const std::vector<Node>& nodes)
    : picture_(picture), engine_(dnnl::engine::kind::cpu, 0) {
    std::vector<size_t> last(nodes.size(), 0);
    for (size_t i = 0; i < nodes.size(); i++) {
        if (nodes[i].spec.input >= 0)
            last[nodes[i].spec.input] = i;
        if (nodes[i].spec.kind == GLOSS_CONVOLUTION && nodes[i].spec.residual >= 0)
            last[nodes[i].spec.residual] = i;
    }
    // values[0] is the picture, values[i + 1] node i.
    auto storage = type_of(picture.spec.storage);
    gloss_node_shape shape{picture.spec.height, picture.spec.width, picture.spec.channels};
    std::vector<Value> values;
    values.push_back(add_value(dense(shape, storage), scale_of(storage, picture.spec.scale)));
    int32_t outputs = 0;
    for (size_t i = 0; i < nodes.size(); i++) {
        try {
            if (nodes[i].spec.kind == GLOSS_CONVOLUTION)
                add_convolution(nodes[i], i, values, last);
            else
                add_average(nodes[i], values);
            if (nodes[i].spec.is_output)
                add_output(nodes[i], values.back(), outputs++);
        } catch (const dnnl::error& error) {
            throw std::runtime_error("convolution plan: node " + std::to_string(i) + ": oneDNN refused it: " +
                                     error.what());
        }
    }
    scratchpad_ = add_buffer(scratchpad_size_);
    buffers_[scratchpad_].first = 0;
    buffers_[scratchpad_].last = steps_.size();
    for (auto& step : steps_)
        for (auto& argument : step.arguments)
            if (argument.name == DNNL_ARG_SCRATCHPAD)
                argument.buffer = scratchpad_;
    place();
}

Program::~Program() = default;

size_t Program::add_buffer(size_t size) {
    // A buffer is born in the step that is about to be added.
    buffers_.push_back({(size + alignment - 1) / alignment * alignment, steps_.size(), steps_.size(), 0});
    return buffers_.size() - 1;
}

void Program::use(size_t buffer) { buffers_[buffer].last = std::max(buffers_[buffer].last, steps_.size()); }

Program::Value Program::add_value(const memory::desc& desc, float scale) {
    return {desc, add_buffer(desc.get_size()), scale};
}

Program::Value Program::convert(const Value& value, const memory::desc& desc, float scale) {
    if (value.desc == desc && value.scale == scale)
        return value;
    use(value.buffer);
    auto result = add_value(desc, scale);
    dnnl::primitive_attr attributes;
    if (value.scale != scale)
        attributes.set_output_scales(0, {value.scale / scale});
    Step step;
    step.primitive =
        dnnl::reorder(dnnl::reorder::primitive_desc(engine_, value.desc, engine_, result.desc, attributes));
    step.arguments = {{DNNL_ARG_FROM, value.desc, value.buffer}, {DNNL_ARG_TO, result.desc, result.buffer}};
    steps_.push_back(std::move(step));
    return result;
}

void Program::add_convolution(const Node& node, size_t index, std::vector<Value>& values,
                              const std::vector<size_t>& last) {
    const auto& spec = node.spec;
    auto compute = type_of(spec.input_storage);
    auto storage = type_of(spec.storage);
    bool quantised = is_quantised(compute);
    // What a convolution can write itself depends on what it reads; the rest is converted afterwards.
    auto written = compute == Type::f32 ? Type::f32
        : compute == Type::bf16 && storage != Type::bf16 ? Type::f32
                                                         : storage;
    float in_scale = scale_of(compute, spec.input_scale);
    float out_scale = scale_of(written, spec.scale);

    auto weights = prepare_weights(node, quantised);
    auto weight_dims = weights.plain.dims();
    bool smooth = spec.activation == GLOSS_SILU || spec.activation == GLOSS_GELU;
    // A quantised result is computed in its own steps, unless a curve has to see real numbers first.
    float unit = quantised && !smooth ? out_scale : 1.0f;

    dnnl::convolution_forward::desc desc(
        dnnl::prop_kind::forward_inference, algorithm::convolution_direct,
        memory::desc(dims_of(node.in), compute, Tag::any),
        memory::desc(weight_dims, quantised ? Type::s8 : compute, Tag::any),
        memory::desc({spec.out_channels}, Type::f32, Tag::x), memory::desc(dims_of(node.out), written, Tag::any),
        {spec.stride_height, spec.stride_width}, {spec.dilation_height - 1, spec.dilation_width - 1},
        {spec.pad_top, spec.pad_left}, {spec.pad_bottom, spec.pad_right});

    const Value* residual = spec.residual >= 0 ? &values[spec.residual + 1] : nullptr;
    bool may_overwrite = residual && last[spec.residual] == index && spec.residual != spec.input &&
        type_of(residual->desc) == written;
    auto make = [&](float residual_scale) {
        dnnl::post_ops ops;
        if (residual)
            ops.append_sum(residual_scale);
        append_activation(ops, spec, written, quantised && !smooth && is_quantised(written) ? out_scale : 0.0f);
        if (quantised && smooth && is_quantised(written))
            ops.append_eltwise(1.0f, algorithm::eltwise_linear, 1.0f / out_scale, 0.0f);
        dnnl::primitive_attr attributes;
        attributes.set_post_ops(ops);
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        if (quantised) {
            std::vector<float> scales(spec.out_channels);
            for (int32_t c = 0; c < spec.out_channels; c++)
                scales[c] = in_scale * weights.scales[c] / unit;
            attributes.set_output_scales(1 << 1, scales);
        }
        return dnnl::convolution_forward::primitive_desc(desc, attributes, engine_);
    };
    auto primitive = make(residual ? residual->scale / unit : 0.0f);
    if (may_overwrite && residual->desc != primitive.dst_desc())
        may_overwrite = false;

    auto source = convert(values[spec.input + 1], primitive.src_desc(), in_scale);
    Value result;
    if (residual && may_overwrite) {
        use(residual->buffer);
        result = {residual->desc, residual->buffer, out_scale};
    } else if (residual) {
        // The sum is made in place, so the convolution gets a copy of what it adds to.
        use(residual->buffer);
        result = add_value(primitive.dst_desc(), out_scale);
        dnnl::primitive_attr attributes;
        if (residual->scale != out_scale)
            attributes.set_output_scales(0, {residual->scale / out_scale});
        Step copy;
        copy.primitive =
            dnnl::reorder(dnnl::reorder::primitive_desc(engine_, residual->desc, engine_, result.desc, attributes));
        copy.arguments = {{DNNL_ARG_FROM, residual->desc, residual->buffer}, {DNNL_ARG_TO, result.desc, result.buffer}};
        steps_.push_back(std::move(copy));
        primitive = make(out_scale / unit);
    } else {
        result = add_value(primitive.dst_desc(), out_scale);
    }

    memory packed(primitive.weights_desc(), engine_);
    void* plain = quantised ? static_cast<void*>(weights.quantised.data())
                            : const_cast<float*>(node.weights.data());
    memory user(weights.plain, engine_, plain);
    dnnl::stream stream(engine_);
    dnnl::reorder(user, packed).execute(stream, user, packed);
    memory bias(primitive.bias_desc(), engine_);
    auto b = static_cast<float*>(bias.get_data_handle());
    for (int32_t c = 0; c < spec.out_channels; c++)
        b[c] = quantised ? node.bias[c] / (in_scale * weights.scales[c]) : node.bias[c];
    stream.wait();

    use(source.buffer);
    use(result.buffer);
    scratchpad_size_ = std::max(scratchpad_size_, primitive.scratchpad_desc().get_size());
    Step step;
    step.primitive = dnnl::convolution_forward(primitive);
    step.arguments = {{DNNL_ARG_SRC, primitive.src_desc(), source.buffer},
                      {DNNL_ARG_DST, primitive.dst_desc(), result.buffer},
                      {DNNL_ARG_SCRATCHPAD, primitive.scratchpad_desc(), 0}};
    step.constants = {{DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_BIAS, bias}};
    steps_.push_back(std::move(step));
    values.push_back(written == storage
                         ? result
                         : convert(result, as_type(result.desc, storage), scale_of(storage, spec.scale)));
}

void Program::add_average(const Node& node, std::vector<Value>& values) {
    const auto& read = values[node.spec.input + 1];
    auto source = convert(read, dense(node.in, type_of(read.desc)), read.scale);
    use(source.buffer);
    auto result = add_value(dense(node.out, Type::f32), 1.0f);
    Step step;
    step.average = {source.desc, source.buffer, result.buffer, source.scale};
    steps_.push_back(std::move(step));
    values.push_back(result);
}

void Program::add_output(const Node& node, const Value& value, int32_t output) {
    use(value.buffer);
    auto target = dense(node.out, Type::f32);
    dnnl::primitive_attr attributes;
    if (value.scale != 1.0f)
        attributes.set_output_scales(0, {value.scale});
    Step step;
    step.output = output;
    step.output_desc = target;
    step.primitive = dnnl::reorder(dnnl::reorder::primitive_desc(engine_, value.desc, engine_, target, attributes));
    step.arguments = {{DNNL_ARG_FROM, value.desc, value.buffer}};
    steps_.push_back(std::move(step));
}
void Program::place() {
    std::vector<size_t> order(buffers_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return buffers_[a].size > buffers_[b].size; });
    std::vector<size_t> placed;
    for (size_t b : order) {
        // The lowest place that no buffer of the same time holds: their ends are the candidates.
        auto free_at = [&](size_t offset) {
            return std::none_of(placed.begin(), placed.end(), [&](size_t p) {
                const auto &mine = buffers_[b], &other = buffers_[p];
                return mine.first <= other.last && other.first <= mine.last && offset < other.offset + other.size &&
                    other.offset < offset + mine.size;
            });
        };
        size_t best = free_at(0) ? 0 : std::numeric_limits<size_t>::max();
        for (size_t p : placed) {
            size_t end = buffers_[p].offset + buffers_[p].size;
            if (end < best && free_at(end))
                best = end;
        }
        buffers_[b].offset = best;
        arena_size_ = std::max(arena_size_, best + buffers_[b].size);
        placed.push_back(b);
    }
}

void Program::run(const void* pixels, bool is_bytes, float* const* outputs) {
    std::unique_ptr<Context> context;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (!idle_.empty()) {
            context = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!context)
        context = std::make_unique<Context>(*this);
    normalise(picture_, pixels, is_bytes, context->arena + buffers_[0].offset);
    for (size_t s = 0; s < steps_.size(); s++) {
        const auto& step = steps_[s];
        if (!step.primitive) {
            const auto& average_of = step.average;
            auto dims = average_of.desc.dims();
            auto source = context->arena + buffers_[average_of.source].offset;
            auto target = reinterpret_cast<float*>(context->arena + buffers_[average_of.target].offset);
            int64_t pixels_count = dims[2] * dims[3];
            switch (type_of(average_of.desc)) {
                case Type::bf16: average<uint16_t>(source, pixels_count, dims[1], 1.0f, target); break;
                case Type::u8: average<uint8_t>(source, pixels_count, dims[1], average_of.scale, target); break;
                case Type::s8: average<int8_t>(source, pixels_count, dims[1], average_of.scale, target); break;
                default: average<float>(source, pixels_count, dims[1], 1.0f, target); break;
            }
            continue;
        }
        if (step.output >= 0)
            context->arguments[s].at(DNNL_ARG_TO).set_data_handle(outputs[step.output]);
        step.primitive.execute(context->stream, context->arguments[s]);
    }
    context->stream.wait();
    std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(context));
}

}  // namespace gloss
