using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>Scaled dot-product attention over several heads (Vaswani et al., 2017, eq. 1).</summary>
public static class Attention
{
    /// <summary>(B, T, C) to (B, heads, T, C / heads).</summary>
    public static Tensor SplitHeads(Tensor x, long heads)
    {
        using var scope = TensorScope.Begin();
        var (B, T, C) = (x.Size(0), x.Size(1), x.Size(2));
        return scope.Return(x.Reshape(B, T, heads, C / heads).Transpose(1, 2)); // (B, heads, T, D)
    }

    /// <summary>(B, heads, T, D) to (B, T, heads · D).</summary>
    public static Tensor MergeHeads(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var (B, H, T, D) = (x.Size(0), x.Size(1), x.Size(2), x.Size(3));
        return scope.Return(x.Transpose(1, 2).Reshape(B, T, H * D)); // (B, T, C)
    }

    /// <summary>
    /// softmax(q · kᵀ / √D + mask) · v for q (B, heads, Tq, D), k and v (B, heads, Tk, D); the mask is added and
    /// broadcast to (B, heads, Tq, Tk).
    /// </summary>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor? mask = null, double dropout = 0,
        bool training = false)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Weights(q, k, mask).Dropout(dropout, training && dropout > 0).MatMul(v));
    }

    /// <summary>softmax(q · kᵀ / √D + mask), (B, heads, Tq, Tk): how much each query looks at each key.</summary>
    public static Tensor Weights(Tensor q, Tensor k, Tensor? mask = null)
    {
        using var scope = TensorScope.Begin();
        var scores = (q * (1 / Math.Sqrt(q.Size(-1)))).MatMul(k.Transpose(-2, -1)); // (B, heads, Tq, Tk)
        if (mask is not null)
            scores = scores + mask;
        return scope.Return(scores.Softmax(-1));
    }
}
