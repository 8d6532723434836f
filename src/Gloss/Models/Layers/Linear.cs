using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Layers;

/// <summary>
/// y = x · Wᵀ + b, with weight (out, in) and bias (out). Prepared for inference on the processor, it packs its weights when it
/// is first used in a precision.
/// </summary>
public sealed class Linear : Module
{
    private readonly Lock packing = new();
    private PackedLinear? packed;
    private PackedLinear? packedBFloat16;
    private bool isPrepared;

    /// <summary>A layer whose weight is drawn from N(0, <paramref name="standardDeviation"/>²) and whose bias is zero.</summary>
    public Linear(long inFeatures, long outFeatures, bool hasBias = true, double standardDeviation = 0.02)
    {
        Weight = AddParameter("weight", Initial.Normal([outFeatures, inFeatures], standardDeviation));
        Bias = hasBias ? AddParameter("bias", Tensors.Zeros([outFeatures])) : null;
    }

    /// <summary>(out, in).</summary>
    public Parameter Weight { get; }

    /// <summary>(out), or null.</summary>
    public Parameter? Bias { get; }

    /// <summary>(…, in) to (…, out).</summary>
    public Tensor Forward(Tensor x) => Forward(x, LinearActivation.None);

    /// <summary>activation(x · Wᵀ + b) + residual: (…, in) and a residual (…, out), or none, to (…, out).</summary>
    public Tensor Forward(Tensor x, LinearActivation activation, Tensor? residual = null)
    {
        if (isPrepared && x.Type == ScalarType.Float32 && x.Device.Type == DeviceType.Cpu && Packed() is { } layer
            && (residual is null || (residual.Type == ScalarType.Float32 && residual.Shape.AsSpan(0, residual.Rank - 1).SequenceEqual(x.Shape.AsSpan(0, x.Rank - 1)))))
            return layer.Forward(x, activation, residual);
        using var scope = TensorScope.Begin();
        var y = x.Linear(Weight.Value, Bias?.Value);
        y = activation switch
        {
            LinearActivation.Gelu => y.Gelu(),
            LinearActivation.Relu => y.Relu(),
            _ => y,
        };
        return scope.Return(residual is null ? y : y + residual);
    }

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        isPrepared = PackedLinear.CanPack(Weight.Value);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        packed?.Dispose();
        packedBFloat16?.Dispose();
        base.Dispose(disposing);
    }

    private PackedLinear? Packed()
    {
        var isBFloat16 = Precision.IsBFloat16;
        if ((isBFloat16 ? packedBFloat16 : packed) is { } known)
            return known;
        lock (packing)
        {
            // The model may have moved to another device meanwhile.
            if (!PackedLinear.CanPack(Weight.Value))
                return null;
            return isBFloat16 ? packedBFloat16 ??= new PackedLinear(Weight.Value, Bias?.Value, isBFloat16: true)
                : packed ??= new PackedLinear(Weight.Value, Bias?.Value);
        }
    }
}
