using Gloss.Torch.Inference.Native;

namespace Gloss.Torch.Inference;

/// <summary>
/// A linear layer for inference on the processor, over oneDNN: weights packed once in the order in which products read
/// them; bias, activation and residual sum are applied while a result is still in the processor's registers. Holds a
/// copy of the weights. Safe for several threads at once.
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
    /// <param name="precision">
    /// In what products are computed, with wider sums: float32; bfloat16; or 8 bits, where each output's weights have a
    /// scale of their own and each row of an input its range.
    /// </param>
    /// <exception cref="NativeException">This processor cannot compute it.</exception>
    public PackedLinear(Tensor weight, Tensor? bias = null,
        ConvolutionPrecision precision = ConvolutionPrecision.Float32)
        : this(weight, null, bias, precision)
    {
    }

    /// <summary>
    /// As above, of weights as a file stores them, which are widened on the way: (out, in), with scales (out) of 8-bit
    /// numbers.
    /// </summary>
    internal PackedLinear(Tensor weight, Tensor? scales, Tensor? bias, ConvolutionPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(weight);
        (outFeatures, inFeatures) = (weight.Size(0), weight.Size(1));
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var given = weight.Detach();
        var stored = Storages.Of(weight.Type);
        if (stored is null || (stored == Storage.SignedByte && scales?.ElementCount != outFeatures))
            (given, stored) = (given.To(ScalarType.Float32), Storage.Float32);
        var (w, s, b) = (given.Contiguous(), scales?.Contiguous(), bias?.Detach().To(ScalarType.Float32).Contiguous());
        var storage = precision switch
        {
            ConvolutionPrecision.BFloat16 => Storage.BFloat16,
            ConvolutionPrecision.Int8 => Storage.SignedByte,
            _ => Storage.Float32,
        };
        var scale = s is null ? null : (float*)s.DataPointer();
        var offset = b is null ? null : (float*)b.DataPointer();
        OneDnnMethods.Check(OneDnnMethods.gloss_linear_create(w.DataPointer(), scale, (int)stored, offset, inFeatures,
            outFeatures, (int)storage, Engine.Threads, out layer));
        GC.KeepAlive(w);
        GC.KeepAlive(s);
        GC.KeepAlive(b);
        FileMapping.ReleaseIfMapped(weight);
    }

    /// <summary>Whether a weight (out, in) can be packed, and is worth it.</summary>
    public static bool CanPack(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return weight.Device.Type == DeviceType.Cpu && weight.Type is ScalarType.Float32 or ScalarType.BFloat16
            or ScalarType.Float16
            && weight.Size(0) >= LeastColumns && OneDnn.IsAvailable;
    }

    /// <summary>As above; a parameter that is as a file stores it stays so.</summary>
    internal static bool CanPack(Parameter weight) => weight.IsStored
        ? weight.Shape[0] >= LeastColumns && OneDnn.IsAvailable
        : CanPack(weight.Value);

    /// <summary>
    /// activation(norm(x) · Wᵀ + b) + residual for x (…, in), float32, on the processor; the residual has the result's
    /// shape (…, out). No gradient is recorded.
    /// </summary>
    public Tensor Forward(Tensor x, LinearActivation activation = LinearActivation.None, Tensor? residual = null,
        LinearNorm norm = default) =>
        Run(this, null, x, activation, residual, norm);

    /// <summary>
    /// second(activation(first(norm(x)))) + residual, some rows at a time, so that what is between stays in the
    /// processor's cache. Both layers were packed for one precision. Shapes as in <see cref="Forward"/>.
    /// </summary>
    public static Tensor ForwardPair(PackedLinear first, PackedLinear second, Tensor x, LinearActivation activation,
        Tensor? residual = null,
        LinearNorm norm = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Run(first, second, x, activation, residual, norm);
    }

    private static Tensor Run(PackedLinear first, PackedLinear? second, Tensor x, LinearActivation activation,
        Tensor? residual, LinearNorm norm)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = TensorScope.Begin();
        var outFeatures = (second ?? first).outFeatures;
        long[] shape = [.. x.Shape[..^1], outFeatures];
        if (x.Size(-1) != first.inFeatures || x.Type != ScalarType.Float32
            || (residual is not null && !residual.Shape.AsSpan().SequenceEqual(shape)))
            throw new ArgumentException(
                $"the layer takes (…, {first.inFeatures}) Float32 to (…, {outFeatures}), got {x}, residual {residual}",
                nameof(x));
        var result = Tensors.Empty(shape);
        var rows = result.ElementCount / outFeatures;
        if (rows == 0)
            return scope.Return(result);
        var (input, added) = (x.Contiguous(), residual?.Contiguous());
        var (weight, bias) = (norm.Weight?.Contiguous(), norm.Bias?.Contiguous());
        if (weight is not null && (weight.ElementCount != first.inFeatures || weight.Type != ScalarType.Float32
            || bias is null || bias.ElementCount != first.inFeatures || bias.Type != ScalarType.Float32))
            throw new ArgumentException(
                $"the norm has weight {weight} and bias {bias}, expected ({first.inFeatures}) Float32", nameof(norm));
        var native = new NativeNorm
        {
            Weight = weight is null ? null : (float*)weight.DataPointer(), Bias = weight is null
                ? null : (float*)bias!.DataPointer(), Epsilon = (float)norm.Epsilon,
        };
        var from = (float*)input.DataPointer();
        var to = (float*)result.DataPointer();
        var plus = added is null ? null : (float*)added.DataPointer();
        OneDnnMethods.Check(second is null
            ? OneDnnMethods.gloss_linear_run(first.layer, weight is null ? null : &native, from, rows, (int)activation,
                plus, to, Engine.Threads)
            : OneDnnMethods.gloss_linear_run_pair(first.layer, second.layer, weight is null ? null : &native, from,
                rows, (int)activation, plus, to, Engine.Threads));
        GC.KeepAlive(input);
        GC.KeepAlive(added);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return scope.Return(result);
    }

    /// <inheritdoc/>
    public void Dispose() => layer.Dispose();
}
