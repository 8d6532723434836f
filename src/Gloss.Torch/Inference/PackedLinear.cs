using Gloss.Torch.Inference.Native;

namespace Gloss.Torch.Inference;

/// <summary>
/// A linear layer for inference on the processor, over oneDNN: weights packed once in the order in which products read
/// them; bias, activation and residual sum are applied while a result is still in the processor's registers. Holds a copy of
/// the weights. Safe for several threads at once.
/// </summary>
public sealed unsafe class PackedLinear : IDisposable
{
    // A result of a few columns leaves most of the registers empty.
    private const long LeastColumns = 16;

    private readonly LinearHandle layer;
    private readonly long inFeatures;
    private readonly long outFeatures;

    /// <summary>Packs weights.</summary>
    /// <param name="weight">(out, in), float32, on the processor; not needed afterwards.</param>
    /// <param name="bias">(out), or null.</param>
    /// <param name="isBFloat16">Whether products are in bfloat16, with sums in float32; else all is float32.</param>
    /// <exception cref="NativeException">This processor cannot compute it.</exception>
    public PackedLinear(Tensor weight, Tensor? bias = null, bool isBFloat16 = false)
    {
        ArgumentNullException.ThrowIfNull(weight);
        (outFeatures, inFeatures) = (weight.Size(0), weight.Size(1));
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var (w, b) = (weight.Detach().Contiguous(), bias?.Detach().Contiguous());
        OneDnnMethods.Check(OneDnnMethods.gloss_linear_create((float*)w.DataPointer(), b is null ? null : (float*)b.DataPointer(),
            inFeatures, outFeatures, (int)(isBFloat16 ? Storage.BFloat16 : Storage.Float32), Engine.Threads, out layer));
        GC.KeepAlive(w);
        GC.KeepAlive(b);
        FileMapping.ReleaseIfMapped(weight);
    }

    /// <summary>Whether a weight (out, in) can be packed, and is worth it.</summary>
    public static bool CanPack(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return weight.Device.Type == DeviceType.Cpu && weight.Type == ScalarType.Float32 && weight.Size(0) >= LeastColumns && OneDnn.IsAvailable;
    }

    /// <summary>
    /// activation(x · Wᵀ + b) + residual for x (…, in), float32, on the processor; the residual has the result's shape
    /// (…, out). No gradient is recorded.
    /// </summary>
    public Tensor Forward(Tensor x, LinearActivation activation = LinearActivation.None, Tensor? residual = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = TensorScope.Begin();
        long[] shape = [.. x.Shape[..^1], outFeatures];
        if (x.Size(-1) != inFeatures || x.Type != ScalarType.Float32 || (residual is not null && !residual.Shape.AsSpan().SequenceEqual(shape)))
            throw new ArgumentException($"the layer takes (…, {inFeatures}) Float32 to (…, {outFeatures}), got {x}, residual {residual}", nameof(x));
        var result = Tensors.Empty(shape);
        var rows = result.ElementCount / outFeatures;
        if (rows == 0)
            return scope.Return(result);
        var (input, added) = (x.Contiguous(), residual?.Contiguous());
        OneDnnMethods.Check(OneDnnMethods.gloss_linear_run(layer, (float*)input.DataPointer(), rows, (int)activation,
            added is null ? null : (float*)added.DataPointer(), (float*)result.DataPointer(), Engine.Threads));
        GC.KeepAlive(input);
        GC.KeepAlive(added);
        return scope.Return(result);
    }

    /// <inheritdoc/>
    public void Dispose() => layer.Dispose();
}
