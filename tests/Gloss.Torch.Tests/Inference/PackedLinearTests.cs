using Gloss.Torch.Inference;

namespace Gloss.Torch.Tests.Inference;

public sealed class PackedLinearTests
{
    [Theory]
    [InlineData(1, 7, 16)]
    [InlineData(3, 96, 48)]
    [InlineData(577, 96, 200)]
    [InlineData(145, 512, 768)]
    public void Forward_EachActivationAndResidual_EqualsLibtorch(int rows, int width, int outWidth)
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        Engine.Seed((ulong)rows);
        var (x, w, b) = (Tensors.RandomNormal([2, rows, width]), Tensors.RandomNormal([outWidth, width]) * 0.1,
            Tensors.RandomNormal([outWidth]));
        var residual = Tensors.RandomNormal([2, rows, outWidth]);
        using var packed = new PackedLinear(w, b);
        using var plain = new PackedLinear(w);
        var product = x.Linear(w, b);
        Close(product, packed.Forward(x), 1e-4);
        Close(x.Linear(w, null), plain.Forward(x), 1e-4);
        Close(product.Gelu() + residual, packed.Forward(x, LinearActivation.Gelu, residual), 1e-4);
        Close(product.Relu(), packed.Forward(x, LinearActivation.Relu), 1e-4);
        // A tensor that is not dense.
        Close(product.Transpose(0, 1), packed.Forward(x.Transpose(0, 1)), 1e-4);
        using var half = new PackedLinear(w, b, ConvolutionPrecision.BFloat16);
        Close(product, half.Forward(x), 0.02 * Math.Sqrt(width));
        Assert.Equal([0L, 2, outWidth], packed.Forward(Tensors.Empty([0, 2, width])).Shape);
        Assert.Throws<ArgumentException>(() => packed.Forward(Tensors.Zeros([2, width + 1])));
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int8)]
    public void Forward_WeightsAsAFileStoresThem_EqualsTheWidened(ScalarType type)
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        Engine.Seed(2);
        var (x, w, b) = (Tensors.RandomNormal([7, 70]), Tensors.RandomNormal([66, 70]), Tensors.RandomNormal([66]));
        using var stored = type == ScalarType.Int8 ? StoredTensor.Narrowed(w, ConvolutionPrecision.Int8)!
            : new StoredTensor(w.To(type));
        foreach (var precision in (ConvolutionPrecision[])[ConvolutionPrecision.Float32, ConvolutionPrecision.Int8])
        {
            if (precision == ConvolutionPrecision.Int8 && !OneDnn.HasByteLinear)
                continue;
            using var packed = new PackedLinear(stored.Values, stored.Scales, b, precision);
            using var wide = new PackedLinear(stored.ToFloat32(), b, precision);
            Assert.Equal(wide.Forward(x).ToArray<float>(), packed.Forward(x).ToArray<float>());
        }
    }

    [Theory]
    [InlineData(1, 64, 70)]
    [InlineData(29, 100, 96)]
    [InlineData(300, 384, 200)]
    public void Forward_NormAndPair_EqualsLibtorch(int rows, int width, int outWidth)
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        Engine.Seed((ulong)rows);
        var x = Tensors.RandomNormal([rows, width]) * 3.0 + 1.0;
        var (w, b) = (Tensors.RandomNormal([outWidth, width]) / Math.Sqrt(width), Tensors.RandomNormal([outWidth]));
        var (w2, b2) = (Tensors.RandomNormal([width, outWidth]) / Math.Sqrt(outWidth), Tensors.RandomNormal([width]));
        var (scale, offset) = (Tensors.RandomNormal([width]), Tensors.RandomNormal([width]));
        var norm = new LinearNorm(scale, offset, 1e-5);
        var between = x.LayerNorm([width], scale, offset, 1e-5).Linear(w, b);
        var expected = between.Gelu().Linear(w2, b2) + x;
        foreach (var precision in OneDnn.HasByteLinear
            ? new[] { ConvolutionPrecision.Float32, ConvolutionPrecision.Int8 } : [ConvolutionPrecision.Float32])
        {
            // A byte is off by half a step of a row's range, some 6 deviations wide; errors add as in a random walk.
            var tolerance = precision == ConvolutionPrecision.Int8 ? 0.12 : 1e-4;
            using var first = new PackedLinear(w, b, precision);
            using var second = new PackedLinear(w2, b2, precision);
            Close(between, first.Forward(x, norm: norm), tolerance);
            Close(between.Relu() + between, first.Forward(x, LinearActivation.Relu, between, norm), tolerance);
            Close(expected, PackedLinear.ForwardPair(first, second, x, LinearActivation.Gelu, x, norm), 2 * tolerance);
            Assert.Throws<NativeException>(() => PackedLinear.ForwardPair(first, first, x, LinearActivation.Gelu));
        }
    }

    [Fact]
    public void Forward_BytesOfWholeNumbers_AreExact()
    {
        Assert.SkipUnless(OneDnn.HasByteLinear, "this processor has no products of bytes");
        using var scope = TensorScope.Begin();
        // Rows from 0 to 255 and weights from −127 to 127 are bytes already.
        const int rows = 13, width = 131, outWidth = 33;
        Tensor Whole(int count, int least, int most, int columns) =>
            Tensor.FromData([.. Enumerable.Range(0, count * columns)
            .Select(i => (float)(i % columns == 0 ? least : i % columns == 1
                ? most : least + (i * 7919L) % (most - least + 1)))], count, columns);
        var (x, w) = (Whole(rows, 0, 255, width), Whole(outWidth, -127, 127, width));
        using var packed = new PackedLinear(w, null, ConvolutionPrecision.Int8);
        Close(x.Linear(w), packed.Forward(x), 0.5);
    }

    [Theory]
    [InlineData(12, 12, 4, 2, 2, 32)]
    [InlineData(24, 24, 12, 6, 3, 32)]
    [InlineData(10, 17, 7, 3, 2, 12)]
    [InlineData(5, 3, 7, 0, 1, 64)]
    public void Windows_MapsOfAnySize_EqualCutWindows(int height, int width, int window, int shift, int heads, int D)
    {
        Assert.SkipUnless(FusedAttention.HasWindows, "this processor has no such kernel");
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        Engine.Seed((ulong)(height * width));
        var (C, T) = (heads * D, window * window);
        var projected = Tensors.RandomNormal([2, height, width, 3 * C]);
        var (padding, bias) = (Tensors.RandomNormal([3 * C]), Tensors.RandomNormal([1, heads, T, T]));
        var (down, across) = ((height + window - 1) / window, (width + window - 1) / window);
        var whole = Tensors.Zeros([2, down * window, across * window, 3 * C]) + padding;
        whole.Narrow(1, 0, height).Narrow(2, 0, width).CopyInPlace(projected);
        var rolled = whole.Roll([-shift, -shift], [1, 2]).Reshape(2, down, window, across, window, 3, heads, D)
            .Permute(5, 0, 1, 3, 6, 2, 4, 7).Reshape(3, 2, down * across, heads, T, D).Unbind();
        // Places of one window that the shift brought together from different sides of the map.
        var mask = new float[down * across * T * T];
        for (var i = 0; i < mask.Length; i++)
        {
            var (n, a, b) = (i / (T * T), i / T % T, i % T);
            (int, int) Region(int t)
            {
                int Band(int at, int size) => at < size - window ? 0 : at < size - shift ? 1 : 2;
                return (Band(n / across * window + t / window, down * window),
                    Band(n % across * window + t % window, across * window));
            }
            mask[i] = Region(a) == Region(b) ? 0 : -100;
        }
        var scores = rolled[0].MatMul(rolled[1].Transpose(-2, -1)) / Math.Sqrt(D) + bias
            + Tensor.FromData(mask, 1, down * across, 1, T, T);
        var expected = scores.Softmax(-1).MatMul(rolled[2]).Reshape(2, down, across, heads, window, window, D)
            .Permute(0, 1, 4, 2, 5, 3, 6)
            .Reshape(2, down * window, across * window, C).Roll([shift, shift], [1, 2]).Narrow(1, 0, height)
                .Narrow(2, 0, width);
        Close(expected, FusedAttention.Windows(projected, padding, heads, window, shift, bias), 1e-5);
        Assert.Throws<NativeException>(() => FusedAttention.Windows(projected, padding, heads, window, window, bias));
    }

    [Theory]
    [InlineData(4, 2, 49, 2, true)]
    [InlineData(6, 4, 144, 3, true)]
    [InlineData(2, 1, 5, 1, false)]
    public void Self_Windows_EqualsLibtorch(int batch, int heads, int tokens, int biasRows, bool hasBias)
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        Engine.Seed((ulong)tokens);
        const int D = 32;
        var x = Tensors.RandomNormal([batch, tokens, 3 * heads * D]);
        var bias = hasBias ? Tensors.RandomNormal([biasRows, heads, tokens, tokens]) * 3.0 : null;
        var parts = x.Reshape(batch, tokens, 3, heads, D).Permute(2, 0, 3, 1, 4).Unbind();
        var scores = (parts[0] * (1 / Math.Sqrt(D))).MatMul(parts[1].Transpose(-2, -1));
        if (bias is not null)
            scores = (scores.Reshape(batch / biasRows, biasRows, heads, tokens, tokens) + bias)
                .Reshape(batch, heads, tokens, tokens);
        var expected = scores.Softmax(-1).MatMul(parts[2]).Transpose(1, 2).Reshape(batch, tokens, heads * D);
        Close(expected, FusedAttention.Self(x, heads, bias), 1e-5);
    }

    [Theory]
    [InlineData(1, 300, 145)]
    [InlineData(2, 3, 1)]
    public void Cross_OneOrManyRowsOfQueries_EqualsLibtorch(int batch, int queries, int keys)
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        Engine.Seed((ulong)queries);
        const int heads = 4, D = 24;
        var (k, v) = (Tensors.RandomNormal([batch, keys, heads * D]), Tensors.RandomNormal([batch, keys, heads * D]));
        foreach (var rows in new[] { 1, batch })
        {
            var q = Tensors.RandomNormal([rows, queries, heads * D]);
            Tensor Split(Tensor t) => t.Reshape(t.Size(0), -1, heads, D).Transpose(1, 2);
            var expected = (Split(q) * (1 / Math.Sqrt(D))).MatMul(Split(k).Transpose(-2, -1)).Softmax(-1)
                .MatMul(Split(v))
                .Transpose(1, 2).Reshape(batch, queries, heads * D);
            Close(expected, FusedAttention.Cross(q, k, v, heads), 1e-5);
        }
        foreach (var shape in new long[][] { [1, 1, 1, keys], [batch, heads, 1, keys], [1, 1, queries, keys] })
        {
            var (q, bias) = (Tensors.RandomNormal([batch, queries, heads * 32]), Tensors.RandomNormal(shape));
            var (wideKeys, wideValues) = (Tensors.RandomNormal([batch, keys, heads * 32]),
                Tensors.RandomNormal([batch, keys, heads * 32]));
            Tensor Split(Tensor t) => t.Reshape(t.Size(0), -1, heads, 32).Transpose(1, 2);
            var expected = (Split(q).MatMul(Split(wideKeys).Transpose(-2, -1)) / Math.Sqrt(32) + bias).Softmax(-1)
                .MatMul(Split(wideValues))
                .Transpose(1, 2).Reshape(batch, queries, heads * 32);
            Close(expected, FusedAttention.Cross(q, wideKeys, wideValues, heads, bias), 1e-5);
        }
        Assert.Throws<ArgumentException>(() => FusedAttention.Cross(k, k, v, 7));
    }

    [Fact]
    public void Self_MaskedKeys_CountNothing()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built");
        using var scope = TensorScope.Begin();
        const int tokens = 20, D = 32;
        // The values of the last ten tokens are so large that a weight of e^-87 would show; nothing may be left of
        // them.
        var x = Tensors.Zeros([1, tokens, 3 * D]);
        x.Narrow(1, 0, 10).Narrow(2, 2 * D, D).FillInPlace(1);
        x.Narrow(1, 10, 10).Narrow(2, 2 * D, D).FillInPlace(1e38);
        var bias = Tensors.Zeros([1, 1, tokens, tokens]);
        bias.Narrow(3, 10, 10).FillInPlace(-100);
        Assert.All(FusedAttention.Self(x, 1, bias).ToArray<float>(), value => Assert.InRange(value, 0.9999f, 1.0001f));
    }

    private static void Close(Tensor expected, Tensor got, double tolerance)
    {
        Assert.Equal(expected.Shape, got.Shape);
        var (e, g) = (expected.ToArray<float>(), got.ToArray<float>());
        for (var i = 0; i < e.Length; i++)
            Assert.True(Math.Abs(e[i] - g[i]) <= tolerance, $"[{i}]: expected {e[i]}, got {g[i]}");
    }
}
