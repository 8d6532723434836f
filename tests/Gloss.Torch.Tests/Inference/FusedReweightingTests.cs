using Gloss.Torch.Inference;

namespace Gloss.Torch.Tests.Inference;

/// <summary>The weighted means of texts against their formula; and matrices in narrower numbers.</summary>
public sealed class FusedReweightingTests
{
    private const int Tags = 23;
    private const int Texts = 5;
    private const float Factor = 14;

    [Theory]
    [InlineData(ScalarType.Float32, 512)]
    [InlineData(ScalarType.Float32, 7)]
    [InlineData(ScalarType.Float16, 512)]
    [InlineData(ScalarType.BFloat16, 512)]
    [InlineData(ScalarType.BFloat16, 37)]
    [InlineData(ScalarType.Int8, 512)]
    [InlineData(ScalarType.Int8, 37)]
    public void Means_EachStorage_EqualTheFormulaOnTheSameNumbers(ScalarType type, int width)
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        Engine.Seed(3);
        var (texts, pictures) = (Unit(Tags * Texts, width), Unit(3, width));
        using var stored = type == ScalarType.Int8 ? StoredTensor.Narrowed(texts, ConvolutionPrecision.Int8)!
            : new StoredTensor(texts.To(type));
        Tensor Means(Tensor of, Tensor? ids = null) =>
            FusedReweighting.Means(stored.Values, stored.Scales, Texts, of, Factor, ids);
        var wide = stored.ToFloat32().Reshape(Tags, Texts, width);
        var expected = Formula(wide, pictures);

        Assert.True(FusedReweighting.CanRead(stored.Values));
        Close(expected, Means(pictures));
        var ids = Tensor.FromData([22L, 0, 7, 7], 4);
        Close(expected.IndexSelect(1, ids), Means(pictures, ids));
        // Pictures that do not lie densely.
        Close(expected, Means(pictures.Transpose(0, 1).Contiguous().Transpose(0, 1)));
        Assert.Equal([0L, Tags, width], Means(Tensors.Empty([0, width])).Shape);
    }

    [Fact]
    public void Means_HalfPrecision_KeepsSmallAndNegativeNumbers()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var scope = TensorScope.Begin();
        // The smallest of float16, which is denormal, its largest, and zeros of both signs.
        var texts = Tensor.FromData([5.9604645e-8f, -5.9604645e-8f, 65504f, -1.5f, 0f, -0f], 1, 6);
        var means = FusedReweighting.Means(texts.To(ScalarType.Float16), null, 1, Tensors.Zeros([1, 6]), Factor);
        Assert.Equal(texts.ToArray<float>(), means.ToArray<float>());
    }

    [Fact]
    public void Means_WrongShapesAndIds_Throw()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var scope = TensorScope.Begin();
        var (texts, pictures) = (Unit(Tags * Texts, 8), Unit(2, 8));
        Tensor Means(Tensor of, int count, Tensor seen, Tensor? ids = null) =>
            FusedReweighting.Means(of, null, count, seen, Factor, ids);
        Assert.Throws<ArgumentException>(() => Means(texts, Texts + 1, pictures));
        Assert.Throws<ArgumentException>(() => Means(texts, Texts, Unit(2, 9)));
        Assert.Throws<ArgumentException>(() => Means(texts.To(ScalarType.Int8), Texts, pictures));
        var ids = Tensor.FromData([1L, Tags], 2);
        var error = Assert.Throws<NativeException>(() => Means(texts, Texts, pictures, ids));
        Assert.Contains("tag 23 of 23", error.Message, StringComparison.Ordinal);
        Assert.False(FusedReweighting.CanRead(texts.Transpose(0, 1)));
    }

    [Theory]
    [InlineData(ConvolutionPrecision.BFloat16, ScalarType.BFloat16, 1.0 / 256)]
    [InlineData(ConvolutionPrecision.Int8, ScalarType.Int8, 0.5 / 127)]
    public void Narrowed_MoreRowsThanGoTogether_AreNearInEveryRow(ConvolutionPrecision precision, ScalarType type,
        double relative)
    {
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        Engine.Seed(5);
        var matrix = Tensors.RandomNormal([4100, 6]) * Tensors.RandomNormal([4100, 1]);
        matrix.Narrow(0, 4099, 1).ZeroInPlace();
        using var narrowed = StoredTensor.Narrowed(matrix, precision);

        Assert.NotNull(narrowed);
        Assert.Equal(type, narrowed.Values.Type);
        var allowed = matrix.Abs().Max([-1], keep: true) * (relative * 1.001);
        var excess = (narrowed.ToFloat32() - matrix).Abs() - allowed;
        Assert.True(excess.Max([0, 1]).ToDouble() <= 0, "a row is further off");
        Assert.Null(StoredTensor.Narrowed(narrowed.Values, precision));
        Assert.Null(StoredTensor.Narrowed(matrix, ConvolutionPrecision.Float32));
    }

    private static Tensor Formula(Tensor texts, Tensor pictures)
    {
        using var scope = TensorScope.Begin();
        var (K, T, C) = (texts.Size(0), texts.Size(1), texts.Size(2));
        var products = pictures.MatMul(texts.Reshape(K * T, C).Transpose(0, 1)) * Factor;
        var weights = products.Reshape(-1, K, T).Softmax(-1); // (B, K, T)
        return scope.Return(weights.Transpose(0, 1).BatchMatMul(texts).Transpose(0, 1)); // (B, K, C)
    }

    private static Tensor Unit(int rows, int width)
    {
        using var scope = TensorScope.Begin();
        var x = Tensors.RandomNormal([rows, width]);
        return scope.Return(x / x.Norm([-1], keep: true));
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        using var scope = TensorScope.Begin();
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.InRange((expected - actual).Abs().Reshape(-1).Max([0]).ToDouble(), 0, 2e-6);
    }
}
