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
        var (x, w, b) = (Tensors.RandomNormal([2, rows, width]), Tensors.RandomNormal([outWidth, width]) * 0.1, Tensors.RandomNormal([outWidth]));
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
        using var half = new PackedLinear(w, b, isBFloat16: true);
        Close(product, half.Forward(x), 0.02 * Math.Sqrt(width));
        Assert.Equal([0L, 2, outWidth], packed.Forward(Tensors.Empty([0, 2, width])).Shape);
        Assert.Throws<ArgumentException>(() => packed.Forward(Tensors.Zeros([2, width + 1])));
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
            scores = (scores.Reshape(batch / biasRows, biasRows, heads, tokens, tokens) + bias).Reshape(batch, heads, tokens, tokens);
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
            var expected = (Split(q) * (1 / Math.Sqrt(D))).MatMul(Split(k).Transpose(-2, -1)).Softmax(-1).MatMul(Split(v))
                .Transpose(1, 2).Reshape(batch, queries, heads * D);
            Close(expected, FusedAttention.Cross(q, k, v, heads), 1e-5);
        }
        Assert.Throws<ArgumentException>(() => FusedAttention.Cross(k, k, v, 7));
    }

    private static void Close(Tensor expected, Tensor got, double tolerance)
    {
        Assert.Equal(expected.Shape, got.Shape);
        var (e, g) = (expected.ToArray<float>(), got.ToArray<float>());
        for (var i = 0; i < e.Length; i++)
            Assert.True(Math.Abs(e[i] - g[i]) <= tolerance, $"[{i}]: expected {e[i]}, got {g[i]}");
    }
}
