using Gloss.Torch.Inference;
using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>
/// Values as a file stores them: floats of any width, or 8-bit integers with a scale for each row. The owner
/// disposes it.
/// </summary>
internal sealed class StoredTensor : IDisposable
{
    private static readonly Operator round = new("aten::round");

    // Some megabytes of a matrix are converted at a time.
    private const long RowsTogether = 2048;
    private const double LargestByte = 127;
    private const double SmallestRow = 1e-30;

    /// <summary>Takes over values and scales.</summary>
    /// <param name="values">(rows…, columns…): float32, float16, bfloat16; or int8, which a scale multiplies.</param>
    /// <param name="scales">(rows…), float32, for int8 alone.</param>
    public StoredTensor(Tensor values, Tensor? scales = null)
    {
        Values = TensorScope.Detach(values);
        Scales = scales is null ? null : TensorScope.Detach(scales);
        Shape = values.Shape;
    }

    /// <summary>The numbers, without the scales.</summary>
    public Tensor Values { get; }

    /// <summary>What the numbers of a row are multiplied by, of the leading sizes of the values; null: 1.</summary>
    public Tensor? Scales { get; }

    /// <summary>Sizes of the dimensions.</summary>
    public long[] Shape { get; }

    /// <summary>The values as float32; the scope around owns them. Memory of a file's pages is given back.</summary>
    public Tensor ToFloat32()
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var numbers = Values.To(ScalarType.Float32);
        if (Scales is not null)
        {
            long[] shape = [.. Scales.Shape, .. Enumerable.Repeat(1L, numbers.Rank - Scales.Rank)];
            numbers = numbers * Scales.Reshape(shape);
        }
        if (Values.Type != ScalarType.Float32)
            FileMapping.ReleaseIfMapped(Values);
        return scope.Return(numbers);
    }

    /// <summary>
    /// A copy of a matrix (rows, columns) of floats in the numbers of a precision, 8-bit ones with a scale for each
    /// row; null where these are no narrower. Made some rows at a time; a file's pages are given back meanwhile.
    /// </summary>
    public static StoredTensor? Narrowed(Tensor matrix, ConvolutionPrecision precision)
    {
        var type = precision switch
        {
            ConvolutionPrecision.Int8 => ScalarType.Int8,
            ConvolutionPrecision.BFloat16 => ScalarType.BFloat16,
            _ => ScalarType.Float32,
        };
        if (matrix.Type.SizeInBytes() <= type.SizeInBytes())
            return null;
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var rows = matrix.Size(0);
        var values = Tensors.Empty(matrix.Shape, type);
        var scales = type == ScalarType.Int8 ? Tensors.Empty([rows]) : null;
        for (long first = 0; first < rows; first += RowsTogether)
        {
            using var part = TensorScope.Begin();
            var count = Math.Min(RowsTogether, rows - first);
            var (from, to) = (matrix.Narrow(0, first, count), values.Narrow(0, first, count));
            if (scales is null)
                to.CopyInPlace(from);
            else
                ToBytes(from.To(ScalarType.Float32), to, scales.Narrow(0, first, count));
            FileMapping.ReleaseIfMapped(from);
        }
        return new StoredTensor(values, scales);
    }

    // A row of zeros has a scale too.
    private static void ToBytes(Tensor rows, Tensor bytes, Tensor scales)
    {
        scales.CopyInPlace(rows.Abs().Max([-1]).Clamp(min: SmallestRow) / LargestByte);
        bytes.CopyInPlace(round.Call(rows / scales.Unsqueeze(-1)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        Scales?.Dispose();
    }
}
