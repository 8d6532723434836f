using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Layers;

/// <summary>
/// y = x · Wᵀ + b, with weight (out, in) and bias (out). Prepared for inference on the processor, it packs its weights
/// when it is first used in a precision.
/// </summary>
public sealed class Linear : Module
{
    private const long LeastByteFeatures = 64;
    private readonly Lock packing = new();
    private readonly PackedLinear?[] packed = new PackedLinear?[3];
    private bool isPrepared;

    /// <summary>
    /// A layer whose weight is drawn from N(0, <paramref name="standardDeviation"/>²) and whose bias is zero.
    /// </summary>
    public Linear(long inFeatures, long outFeatures, bool hasBias = true, double standardDeviation = 0.02)
    {
        Weight = AddParameter("weight", Initial.Normal([outFeatures, inFeatures], standardDeviation));
        Weight.MayStayStored = true;
        Bias = hasBias ? AddParameter("bias", Tensors.Zeros([outFeatures])) : null;
    }

    /// <summary>(out, in).</summary>
    public Parameter Weight { get; }

    /// <summary>(out), or null.</summary>
    public Parameter? Bias { get; }

    /// <summary>(…, in) to (…, out).</summary>
    public Tensor Forward(Tensor x) => Forward(x, LinearActivation.None);

    /// <summary>
    /// activation(norm(x) · Wᵀ + b) + residual: (…, in) and a residual (…, out), or none, to (…, out); without a norm,
    /// of x itself.
    /// </summary>
    public Tensor Forward(Tensor x, LinearActivation activation, Tensor? residual = null, LayerNorm? norm = null)
    {
        if (PackedFor(x, residual, norm) is { } layer)
            return layer.Forward(x, activation, residual, norm?.ForLinear() ?? default);
        using var scope = TensorScope.Begin();
        var y = (norm?.Forward(x) ?? x).Linear(Weight.Value, Bias?.Value);
        y = activation switch
        {
            LinearActivation.Gelu => y.Gelu(),
            LinearActivation.Relu => y.Relu(),
            _ => y,
        };
        return scope.Return(residual is null ? y : y + residual);
    }

    /// <summary>second(activation(first(norm(x)))) + residual; prepared for inference, some rows at a time.</summary>
    public static Tensor ForwardPair(Linear first, Linear second, Tensor x, LinearActivation activation,
        Tensor? residual = null, LayerNorm? norm = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.PackedFor(x, residual, norm) is { } one && second.PackedFor(x, residual, norm) is { } two
            && first.PrecisionNow() == second.PrecisionNow())
            return PackedLinear.ForwardPair(one, two, x, activation, residual, norm?.ForLinear() ?? default);
        using var scope = TensorScope.Begin();
        return scope.Return(second.Forward(first.Forward(x, activation, null, norm), LinearActivation.None, residual));
    }

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        isPrepared = CanPack();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var layer in packed)
            layer?.Dispose();
        base.Dispose(disposing);
    }

    // Null where the layer is not prepared, or tensors are not such as it takes.
    private PackedLinear? PackedFor(Tensor x, Tensor? residual, LayerNorm? norm)
    {
        var canRun = isPrepared && x.Type == ScalarType.Float32 && x.Device.Type == DeviceType.Cpu
            && (residual is null || (residual.Type == ScalarType.Float32
                && residual.Shape.AsSpan(0, residual.Rank - 1).SequenceEqual(x.Shape.AsSpan(0, x.Rank - 1))))
            && (norm is null || norm.Weight.Value.Type == ScalarType.Float32);
        return canRun ? Packed(PrecisionNow()) : null;
    }

    // Small layers cost little in float32, and say much: classifiers, boxes.
    private ConvolutionPrecision PrecisionNow() => Precision.Products switch
    {
        ConvolutionPrecision.Int8 when !OneDnn.HasByteLinear || Weight.Shape.Min() < LeastByteFeatures
            => ConvolutionPrecision.Float32,
        var precision => precision,
    };

    private PackedLinear? Packed(ConvolutionPrecision precision)
    {
        if (packed[(int)precision] is { } known)
            return known;
        lock (packing)
        {
            // The model may have moved to another device meanwhile.
            if (!CanPack())
                return null;
            var (weight, scales) = Weight.Kept;
            return packed[(int)precision] ??= new PackedLinear(weight, scales, Bias?.Value, precision);
        }
    }

    // What is stored in few bits is widened when it is packed, and only then.
    private bool CanPack() => PackedLinear.CanPack(Weight);
}
