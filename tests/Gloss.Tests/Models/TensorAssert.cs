using Gloss.Torch;

namespace Gloss.Tests.Models;

/// <summary>Compares tensors.</summary>
internal static class TensorAssert
{
    /// <summary>
    /// Fails when shapes differ, or when two elements differ by more than <paramref name="tolerance"/>.
    /// </summary>
    public static void Close(Tensor expected, Tensor actual, double tolerance, string what = "the tensor")
    {
        using var scope = TensorScope.Begin();
        Assert.True(expected.Shape.AsSpan().SequenceEqual(actual.Shape), $"{what} is {actual}, expected {expected}");
        if (expected.ElementCount == 0)
            return;
        var difference = (expected.Detach().To(ScalarType.Float64) - actual.Detach().To(ScalarType.Float64)).Abs();
        Assert.True(difference.IsFinite(), $"{what} holds NaN or infinity");
        var largest = difference.Reshape(-1).Max([0]).ToDouble();
        Assert.True(largest <= tolerance, $"{what} {actual} differs by {largest:G3}, allowed {tolerance:G3}");
    }

    /// <summary>As <see cref="Close"/>, with the tolerance taken relative to the largest expected value.</summary>
    public static void CloseRelative(Tensor expected, Tensor actual, double tolerance, string what = "the tensor")
    {
        using var scope = TensorScope.Begin();
        var scale = expected.Detach().Abs().Reshape(-1).Max([0]).ToDouble();
        Close(expected, actual, tolerance * Math.Max(scale, 1e-30), what);
    }
}
