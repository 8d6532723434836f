using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Operators that make one value of many.</summary>
public static class TensorReduction
{
    private static readonly Operator sumAll = new("aten::sum");
    private static readonly Operator sumDim = new("aten::sum", "dim_IntList");
    private static readonly Operator meanAll = new("aten::mean");
    private static readonly Operator meanDim = new("aten::mean", "dim");
    private static readonly Operator amax = new("aten::amax");
    private static readonly Operator amin = new("aten::amin");
    private static readonly Operator argmax = new("aten::argmax");
    private static readonly Operator topk = new("aten::topk");
    private static readonly Operator norm = new("aten::norm", "ScalarOpt_dim");
    private static readonly Operator normAll = new("aten::norm", "Scalar");
    private static readonly Operator cumsum = new("aten::cumsum");
    private static readonly Operator isfinite = new("aten::isfinite");
    private static readonly Operator all = new("aten::all");
    private static readonly Operator multinomial = new("aten::multinomial");

    /// <summary>The sum of all elements, a tensor without dimensions.</summary>
    public static Tensor Sum(this Tensor self) => sumAll.Call(self);
    /// <summary>The sum along dimensions.</summary>
    public static Tensor Sum(this Tensor self, long[] dimensions, bool keep = false) =>
        sumDim.Call(self, dimensions, keep);
    /// <summary>The mean of all elements, a tensor without dimensions.</summary>
    public static Tensor Mean(this Tensor self) => meanAll.Call(self);
    /// <summary>The mean along dimensions.</summary>
    public static Tensor Mean(this Tensor self, long[] dimensions, bool keep = false) =>
        meanDim.Call(self, dimensions, keep);
    /// <summary>The largest value along dimensions.</summary>
    public static Tensor Max(this Tensor self, long[] dimensions, bool keep = false) =>
        amax.Call(self, dimensions, keep);
    /// <summary>The smallest value along dimensions.</summary>
    public static Tensor Min(this Tensor self, long[] dimensions, bool keep = false) =>
        amin.Call(self, dimensions, keep);
    /// <summary>Where along a dimension the largest value stands, int64.</summary>
    public static Tensor ArgMax(this Tensor self, long dimension, bool keep = false) =>
        argmax.Call(self, dimension, keep);

    /// <summary>The largest values along a dimension in falling order, and where they stand (int64).</summary>
    public static (Tensor Values, Tensor Indices) TopK(this Tensor self, long count, long dimension = -1)
    {
        var results = topk.CallMany(self, count, dimension, true, true);
        return (results[0]!, results[1]!);
    }

    /// <summary>The p-norm along dimensions.</summary>
    public static Tensor Norm(this Tensor self, long[] dimensions, double p = 2, bool keep = false) =>
        norm.Call(self, p, dimensions, keep);
    /// <summary>The p-norm of all elements.</summary>
    public static Tensor Norm(this Tensor self, double p = 2) => normAll.Call(self, p);
    /// <summary>Running sums along a dimension.</summary>
    public static Tensor CumulativeSum(this Tensor self, long dimension) => cumsum.Call(self, dimension);
    /// <summary>Whether every element is neither infinite nor NaN.</summary>
    public static bool IsFinite(this Tensor self)
    {
        using var finite = isfinite.Call(self);
        using var every = all.Call(finite);
        return every.ToDouble() != 0;
    }

    /// <summary>
    /// Draws <paramref name="count"/> indices (int64) from each row of weights (B, K), by libtorch's generator.
    /// </summary>
    public static Tensor Multinomial(this Tensor weights, long count, bool replacement = false) =>
        multinomial.Call(weights, count, replacement);
}
