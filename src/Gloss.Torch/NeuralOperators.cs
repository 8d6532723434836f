using Gloss.Torch.Inference;
using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Products, normalisations, activations and losses.</summary>
public static class NeuralOperators
{
    private static readonly Operator matmul = new("aten::matmul");
    private static readonly Operator linear = new("aten::linear");
    private static readonly Operator bmm = new("aten::bmm");
    private static readonly Operator conv2d = new("aten::conv2d");
    private static readonly Operator embedding = new("aten::embedding");
    private static readonly Operator layerNorm = new("aten::layer_norm");
    private static readonly Operator groupNorm = new("aten::group_norm");
    private static readonly Operator batchNorm = new("aten::batch_norm");
    private static readonly Operator softmax = new("aten::softmax", "int");
    private static readonly Operator logSoftmax = new("aten::log_softmax", "int");
    private static readonly Operator gelu = new("aten::gelu");
    private static readonly Operator relu = new("aten::relu");
    private static readonly Operator reluInPlace = new("aten::relu_");
    private static readonly Operator hardtanh = new("aten::hardtanh");
    private static readonly Operator sigmoid = new("aten::sigmoid");
    private static readonly Operator logSigmoid = new("aten::log_sigmoid");
    private static readonly Operator tanh = new("aten::tanh");
    private static readonly Operator dropout = new("aten::dropout");
    private static readonly Operator crossEntropy = new("aten::cross_entropy_loss");
    private static readonly Operator adaptivePool = new("aten::adaptive_avg_pool2d");
    private static readonly Operator einsum = new("aten::einsum");
    private static readonly Operator interpolate = new("aten::upsample_bilinear2d");
    private static readonly Operator deformableAttention = new("gloss::deformable_attention");
    private static readonly Operator plainDeformableAttention = new("gloss::deformable_attention_plain");

    /// <summary>Matrix product of the last two dimensions, broadcast over the rest.</summary>
    public static Tensor MatMul(this Tensor self, Tensor other) => matmul.Call(self, other);
    /// <summary>Batched matrix product (B, N, K) × (B, K, M).</summary>
    public static Tensor BatchMatMul(this Tensor self, Tensor other) => bmm.Call(self, other);
    /// <summary>self · weightᵀ + bias; self (…, in), weight (out, in), bias (out).</summary>
    public static Tensor Linear(this Tensor self, Tensor weight, Tensor? bias = null) =>
        linear.Call(self, weight, bias);
    /// <summary>Sum of products by the Einstein convention, for example <c>bkd,kd-&gt;bk</c>.</summary>
    public static Tensor Einsum(string equation, params Tensor[] operands) => einsum.Call(equation, operands);

    /// <summary>Convolution of (B, C, H, W) with weight (out, C / groups, kh, kw).</summary>
    public static Tensor Conv2d(this Tensor self, Tensor weight, Tensor? bias, long[] stride, long[] padding,
        long[]? dilation = null, long groups = 1) =>
        conv2d.Call(self, weight, bias, stride, padding, dilation ?? [1, 1], groups);

    /// <summary>Rows of <paramref name="weight"/> (V, C) by ids (int64).</summary>
    public static Tensor Embedding(Tensor weight, Tensor ids, long paddingId = -1) =>
        embedding.Call(weight, ids, paddingId);

    /// <summary>Normalised over the last dimensions, which have <paramref name="shape"/>.</summary>
    public static Tensor LayerNorm(this Tensor self, long[] shape, Tensor? weight, Tensor? bias, double epsilon) =>
        layerNorm.Call(self, shape, weight, bias, epsilon);
    /// <summary>Normalised over groups of channels of (B, C, …).</summary>
    public static Tensor GroupNorm(this Tensor self, long groups, Tensor? weight, Tensor? bias, double epsilon) =>
        groupNorm.Call(self, groups, weight, bias, epsilon);
    /// <summary>
    /// Normalised over the batch (training; running figures are updated in place) or by the running figures.
    /// </summary>
    public static Tensor BatchNorm(this Tensor self, Tensor weight, Tensor bias, Tensor runningMean,
        Tensor runningVariance,
        bool training, double momentum, double epsilon) =>
        batchNorm.Call(self, weight, bias, runningMean, runningVariance, training, momentum, epsilon, false);

    /// <summary>Softmax along a dimension.</summary>
    public static Tensor Softmax(this Tensor self, long dimension) => softmax.Call(self, dimension, Argument.None);
    /// <summary>Logarithm of the softmax along a dimension.</summary>
    public static Tensor LogSoftmax(this Tensor self, long dimension) =>
        logSoftmax.Call(self, dimension, Argument.None);
    /// <summary>GELU; by the error function, or by its tanh approximation.</summary>
    public static Tensor Gelu(this Tensor self, bool tanhApproximation = false) =>
        gelu.Call(self, tanhApproximation ? "tanh" : "none");
    /// <summary>max(0, x).</summary>
    public static Tensor Relu(this Tensor self) => relu.Call(self);
    /// <summary>max(0, x) in the place of x.</summary>
    public static Tensor ReluInPlace(this Tensor self)
    {
        reluInPlace.CallVoid(self);
        return self;
    }
    /// <summary>min(max(0, x), 6).</summary>
    /// <remarks>The gradient of libtorch 1.13's own operator knows no 16-bit floats.</remarks>
    public static Tensor Relu6(this Tensor self) =>
        Precision.Products == ConvolutionPrecision.Float32 ? hardtanh.Call(self, 0.0, 6.0) : self.Clamp(0, 6);
    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static Tensor Sigmoid(this Tensor self) => sigmoid.Call(self);
    /// <summary>log(1 / (1 + e⁻ˣ)).</summary>
    public static Tensor LogSigmoid(this Tensor self) => logSigmoid.Call(self);
    /// <summary>Hyperbolic tangent.</summary>
    public static Tensor Tanh(this Tensor self) => tanh.Call(self);
    /// <summary>Zeroes elements with the given probability and scales the others, when training.</summary>
    public static Tensor Dropout(this Tensor self, double probability, bool training) =>
        dropout.Call(self, probability, training);

    /// <summary>
    /// Cross entropy of logits (N, V) with target ids (N, int64); the mean over targets other than
    /// <paramref name="ignoreId"/>.
    /// </summary>
    public static Tensor CrossEntropy(this Tensor logits, Tensor targets, long ignoreId = -100,
        double labelSmoothing = 0,
        Tensor? weight = null) =>
        crossEntropy.Call(logits, targets, weight, 1, ignoreId, labelSmoothing);

    /// <summary>Means over a grid of cells of (B, C, H, W).</summary>
    public static Tensor AdaptiveAveragePool2d(this Tensor self, long height, long width) =>
        adaptivePool.Call(self, new[] { height, width });
    /// <summary>Bilinear interpolation of (B, C, H, W) to another size.</summary>
    public static Tensor InterpolateBilinear(this Tensor self, long height, long width, bool alignCorners = false) =>
        interpolate.Call(self, new[] { height, width }, alignCorners, Argument.None, Argument.None);

    /// <summary>
    /// Multi-scale deformable attention (Zhu et al., 2021, eq. 3): every query looks bilinearly at a few points of each
    /// map, zero outside; on the processor an own kernel, elsewhere <see cref="PlainDeformableAttention"/>.
    /// </summary>
    /// <param name="value">(B, S, heads, D): the maps' places, level by level, row by row.</param>
    /// <param name="shapes">Height and width of each level: H₀, W₀, H₁, W₁ …</param>
    /// <param name="locations">(B, Q, heads, levels, points, 2): x and y as fractions of the level's width and
    /// height.</param>
    /// <param name="weights">(B, Q, heads, levels, points).</param>
    /// <returns>(B, Q, heads · D).</returns>
    public static Tensor DeformableAttention(Tensor value, long[] shapes, Tensor locations, Tensor weights) =>
        deformableAttention.Call(value, shapes, locations, weights);

    /// <summary>
    /// As <see cref="DeformableAttention"/>, by libtorch's sampling of each level's grid: works on every device.
    /// </summary>
    public static Tensor PlainDeformableAttention(Tensor value, long[] shapes, Tensor locations, Tensor weights) =>
        plainDeformableAttention.Call(value, shapes, locations, weights);

    /// <summary>Divided by its 2-norm along a dimension (at least <paramref name="epsilon"/>).</summary>
    public static Tensor Normalize(this Tensor self, long dimension = -1, double epsilon = 1e-12)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(self / self.Norm([dimension], keep: true).Clamp(min: epsilon));
    }
}
