using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>Sines and cosines of positions at rising wave lengths (Vaswani et al., 2017, section 3.5).</summary>
public static class SinePositions
{
    private const double Turn = 2 * Math.PI;
    private const double TextTemperature = 10000;

    /// <summary>
    /// Numbers (…, n) times 2π to (…, n · features): for each number sine and cosine in turn, the wave lengths from 2π
    /// up to 2π · <paramref name="temperature"/>.
    /// </summary>
    public static Tensor Encode(Tensor values, long features, double temperature = TextTemperature)
    {
        using var scope = TensorScope.Begin();
        var frequencies = new float[features / 2];
        for (var i = 0; i < frequencies.Length; i++)
            frequencies[i] = MathF.Pow((float)temperature, 2 * i / (float)features);
        var lengths = Tensor.FromData(frequencies).To(values.Device);
        var angles = (values * Turn).Unsqueeze(-1) / lengths; // (…, n, features / 2)
        var waves = TensorShape.Stack(-1, angles.Sin(), angles.Cos()); // (…, n, features / 2, 2)
        return scope.Return(waves.Flatten(values.Rank - 1));
    }

    /// <summary>
    /// Positions in a map whose places <paramref name="isPadding"/> (B, H, W), bool, do not count: running numbers of
    /// row and column over the number of them, encoded one after the other; (B, H, W, 2 · features).
    /// </summary>
    public static Tensor EncodeMap(Tensor isPadding, long features, double temperature)
    {
        const double epsilon = 1e-6;
        using var scope = TensorScope.Begin();
        var counted = isPadding.LogicalNot().To(ScalarType.Float32);
        var (rows, columns) = (counted.CumulativeSum(1), counted.CumulativeSum(2));
        rows = rows / (rows.Narrow(1, rows.Size(1) - 1, 1) + epsilon);
        columns = columns / (columns.Narrow(2, columns.Size(2) - 1, 1) + epsilon);
        // (B, H, W, 2 · features)
        return scope.Return(Encode(TensorShape.Stack(-1, rows, columns), features, temperature));
    }

    /// <summary>Boxes (…, 4), x, y, width and height, to (…, 4 · features) in the order y, x, width, height.</summary>
    public static Tensor EncodeBoxes(Tensor boxes, long features)
    {
        using var scope = TensorScope.Begin();
        var order = Tensor.FromData([1L, 0, 2, 3]).To(boxes.Device);
        return scope.Return(Encode(boxes.IndexSelect(-1, order), features));
    }
}
