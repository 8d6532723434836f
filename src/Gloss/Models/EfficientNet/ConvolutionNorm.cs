using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.EfficientNet;

/// <summary>
/// A convolution without bias and its batch normalisation, padded as TensorFlow's SAME: by the input's size, the odd
/// pixel at the right and bottom. With frozen statistics the normalisation is folded into the weight on the way, so
/// that no pass over the picture is spent on it; gradients flow to all parameters all the same.
/// </summary>
internal sealed class ConvolutionNorm(Convolution convolution, BatchNorm norm)
{
    public Convolution Convolution { get; } = convolution;

    public BatchNorm Norm { get; } = norm;

    /// <summary>(B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride)).</summary>
    public Tensor Forward(Tensor x, bool hasActivation)
    {
        using var scope = TensorScope.Begin();
        long[] stride = [Convolution.Stride, Convolution.Stride];
        var (top, bottom) = SamePadding(x.Size(2));
        var (left, right) = SamePadding(x.Size(3));
        var isSymmetric = top == bottom && left == right;
        if (!isSymmetric)
            x = x.Pad([left, right, top, bottom], 0);
        long[] padding = isSymmetric ? [top, left] : [0, 0];

        Tensor y;
        if (Norm.IsTraining && !Norm.IsFrozen)
        {
            y = Norm.Forward(x.Conv2d(Convolution.Weight.Value, null, stride, padding, groups: Convolution.Groups));
        }
        else
        {
            var (weight, bias) = Folded();
            y = x.Conv2d(weight, bias, stride, padding, groups: Convolution.Groups);
        }
        return scope.Return(hasActivation ? y.Relu6() : y);
    }

    /// <summary>Weight and bias of the one convolution that equals both steps.</summary>
    public (Tensor Weight, Tensor Bias) Folded()
    {
        using var scope = TensorScope.Begin();
        var scale = Norm.Weight.Value / (Norm.RunningVariance.Value + Norm.Epsilon).Sqrt();
        return (scope.Return(Convolution.Weight.Value * scale.Reshape(-1, 1, 1, 1)),
            scope.Return(Norm.Bias.Value - Norm.RunningMean.Value * scale));
    }

    private (long Before, long After) SamePadding(long size)
    {
        var (kernel, stride) = (Convolution.Kernel, Convolution.Stride);
        var total = Math.Max(((size + stride - 1) / stride - 1) * stride + kernel - size, 0);
        return (total / 2, total - total / 2);
    }
}
