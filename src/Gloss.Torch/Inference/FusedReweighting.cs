using Gloss.Torch.Inference.Native;

namespace Gloss.Torch.Inference;

/// <summary>
/// One vector for each tag and picture of the texts that describe the tag (RAM++, Huang et al., 2023, section 3.2), for
/// inference on the processor: the texts are read once, in the numbers in which they are kept. No gradient is recorded.
/// </summary>
internal static unsafe class FusedReweighting
{
    /// <summary>Whether pictures' vectors can go through it.</summary>
    public static bool CanRun(Tensor pictures) =>
        pictures.Device.Type == DeviceType.Cpu && pictures.Type == ScalarType.Float32 && OneDnn.IsAvailable;

    /// <summary>Whether texts can be kept so.</summary>
    public static bool CanRead(Tensor values) =>
        values.Device.Type == DeviceType.Cpu && values.IsContiguous && values.ElementCount > 0
        && Storages.Of(values.Type) is not null;

    /// <summary>
    /// The means of the tags' texts, weighed by softmax(factor · ⟨picture, text⟩) over the texts of a tag.
    /// </summary>
    /// <param name="values">(tags · texts, C), tag by tag: float32, float16, bfloat16, or int8 with scales.</param>
    /// <param name="scales">(tags · texts), float32: what the numbers of a text are multiplied by; null: 1.</param>
    /// <param name="texts">Texts of a tag.</param>
    /// <param name="pictures">(B, C), float32.</param>
    /// <param name="factor">What the products are multiplied by.</param>
    /// <param name="ids">Which tags are asked for, int64 (K); null: all.</param>
    /// <returns>(B, K, C), float32.</returns>
    public static Tensor Means(Tensor values, Tensor? scales, long texts, Tensor pictures, float factor,
        Tensor? ids = null)
    {
        var (rows, width) = (values.Size(0), values.Size(1));
        if (!CanRead(values) || Storages.Of(values.Type) is not { } storage || rows % texts != 0
            || pictures.Rank != 2 || pictures.Size(1) != width
            || (storage == Storage.SignedByte) != (scales is not null)
            || (scales is not null && (scales.Type != ScalarType.Float32 || scales.ElementCount != rows)))
        {
            throw new ArgumentException(
                $"texts {values} with scales {scales} and pictures {pictures} do not fit: expected " +
                $"(tags · {texts}, C), a scale for each row of int8, and (B, C)", nameof(values));
        }
        using var scope = TensorScope.Begin();
        var asked = ids?.To(ScalarType.Int64).Contiguous();
        var (given, multiplied) = (pictures.Contiguous(), scales?.Contiguous());
        var count = asked?.ElementCount ?? rows / texts;
        var result = Tensors.Empty([given.Size(0), count, width]);
        if (result.ElementCount == 0)
            return scope.Return(result);
        var native = new NativeReweighting
        {
            Values = values.DataPointer(), Scales = multiplied is null ? null : (float*)multiplied.DataPointer(),
            Ids = asked is null ? null : (long*)asked.DataPointer(), Pictures = (float*)given.DataPointer(),
            Output = (float*)result.DataPointer(), Tags = rows / texts, Texts = texts, Width = width, Asked = count,
            Batch = given.Size(0), Storage = (int)storage, Factor = factor,
        };
        OneDnnMethods.Check(OneDnnMethods.gloss_reweight(&native, Engine.Threads));
        GC.KeepAlive(values);
        GC.KeepAlive(multiplied);
        GC.KeepAlive(asked);
        GC.KeepAlive(given);
        return scope.Return(result);
    }
}
