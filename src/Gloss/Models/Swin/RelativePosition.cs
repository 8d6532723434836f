using Gloss.Torch;

namespace Gloss.Models.Swin;

/// <summary>Relative positions inside a square window, and tables of attention biases over them.</summary>
public static class RelativePosition
{
    /// <summary>
    /// For each pair of tokens (i, j) of a window the row of the table: (yᵢ − yⱼ + w − 1) · (2w − 1) + xᵢ − xⱼ + w − 1;
    /// (w⁴), int64.
    /// </summary>
    public static Tensor Index(long window)
    {
        var tokens = window * window;
        var index = new long[tokens * tokens];
        for (long i = 0; i < tokens; i++)
        {
            for (long j = 0; j < tokens; j++)
            {
                var (dy, dx) = (i / window - j / window, i % window - j % window);
                index[i * tokens + j] = (dy + window - 1) * (2 * window - 1) + dx + window - 1;
            }
        }
        return Tensor.FromData(index, tokens * tokens);
    }

    /// <summary>The side of the window to which a table (rows, heads) belongs.</summary>
    /// <exception cref="ArgumentException">No window has that number of rows.</exception>
    public static long WindowOf(long rows)
    {
        var side = (long)Math.Round(Math.Sqrt(rows));
        if (rows < 1 || side * side != rows || side % 2 == 0)
            throw new ArgumentException(
                $"a table of relative positions has {rows} rows, expected (2w − 1)² for a window w", nameof(rows));
        return (side + 1) / 2;
    }

    /// <summary>
    /// A table (rows, heads), float32, resampled for another window as the loaders of Swin checkpoints do: the old
    /// offsets are taken to lie at the sums of a geometric series, and a bicubic spline through them is read at whole
    /// offsets.
    /// </summary>
    public static Tensor Resample(Tensor table, long window)
    {
        var from = (int)(2 * WindowOf(table.Size(0)) - 1);
        var to = (int)(2 * window - 1);
        var heads = (int)table.Size(1);
        using var scope = TensorScope.Begin();
        var values = table.Detach().To(ScalarType.Float32).ToArray<float>();
        if (from == to)
            return scope.Return(table.Detach().Clone());

        var source = SourceCoordinates(from, to);
        var target = TargetCoordinates(to);
        var weights = SplineWeights(source, target); // value at target i = Σ weights[i, j] · value at source j
        var result = new float[to * to * heads];
        for (var head = 0; head < heads; head++)
        {
            var rows = new double[to, from];
            for (var y = 0; y < to; y++)
            {
                for (var x = 0; x < from; x++)
                {
                    for (var k = 0; k < from; k++)
                        rows[y, x] += weights[y, k] * values[(k * from + x) * heads + head];
                }
            }
            for (var y = 0; y < to; y++)
            {
                for (var x = 0; x < to; x++)
                {
                    var sum = 0.0;
                    for (var k = 0; k < from; k++)
                        sum += weights[x, k] * rows[y, k];
                    result[(y * to + x) * heads + head] = (float)sum;
                }
            }
        }
        return scope.Return(Tensor.FromData(result, to * to, heads));
    }

    /// <summary>
    /// Where the <paramref name="from"/> old offsets lie: 0, ±1, ±(1 + q), ±(1 + q + q²) …, with q found by bisection
    /// in [1.01, 1.5] so that the farthest reaches ⌊to / 2⌋. For a smaller window q stays at 1.01.
    /// </summary>
    public static double[] SourceCoordinates(int from, int to)
    {
        var (left, right, q) = (1.01, 1.5, 1.01);
        while (right - left > 1e-6)
        {
            q = (left + right) / 2;
            if ((1 - Math.Pow(q, from / 2)) / (1 - q) > to / 2)
                right = q;
            else
                left = q;
        }
        var half = new double[from / 2];
        var sum = 0.0;
        for (var i = 0; i < half.Length; i++)
            half[i] = sum += Math.Pow(q, i);
        return [.. half.Reverse().Select(d => -d), 0, .. half];
    }

    /// <summary>The whole offsets of the new window: −⌊to / 2⌋ … ⌊to / 2⌋.</summary>
    public static double[] TargetCoordinates(int to) => [.. Enumerable.Range(-(to / 2), to).Select(i => (double)i)];

    // The interpolating cubic spline is linear in the values: column j of the matrix is the spline through the j-th
    // unit vector. Not-a-knot ends, as the B-splines of FITPACK without smoothing have; targets outside are clamped.
    private static double[,] SplineWeights(double[] source, double[] target)
    {
        var n = source.Length;
        var weights = new double[target.Length, n];
        var unit = new double[n];
        for (var j = 0; j < n; j++)
        {
            unit[j] = 1;
            var slopes = CubicSpline.SecondDerivatives(source, unit);
            for (var i = 0; i < target.Length; i++)
                weights[i, j] = CubicSpline.Evaluate(source, unit, slopes,
                    Math.Clamp(target[i], source[0], source[^1]));
            unit[j] = 0;
        }
        return weights;
    }
}
