namespace Gloss.Models.Swin;

/// <summary>
/// The interpolating cubic spline with not-a-knot ends: the third derivative is continuous at the second and at the
/// last but one point (de Boor, A Practical Guide to Splines, chapter IV).
/// </summary>
internal static class CubicSpline
{
    /// <summary>The second derivatives at the points <paramref name="x"/> (rising, at least four).</summary>
    public static double[] SecondDerivatives(double[] x, double[] y)
    {
        var n = x.Length;
        if (n < 4)
            throw new ArgumentException($"{n} points, a cubic spline needs at least 4", nameof(x));
        var matrix = new double[n, n];
        var right = new double[n];
        for (var i = 1; i < n - 1; i++)
        {
            var (before, after) = (x[i] - x[i - 1], x[i + 1] - x[i]);
            matrix[i, i - 1] = before;
            matrix[i, i] = 2 * (before + after);
            matrix[i, i + 1] = after;
            right[i] = 6 * ((y[i + 1] - y[i]) / after - (y[i] - y[i - 1]) / before);
        }
        NotAKnot(0, 1, 2, 1);
        NotAKnot(n - 1, n - 2, n - 3, -1);
        Solve(matrix, right);
        return right;

        // (m₁ − m₀) / h₀ = (m₂ − m₁) / h₁
        void NotAKnot(int row, int second, int third, int direction)
        {
            var h0 = direction * (x[second] - x[row]);
            var h1 = direction * (x[third] - x[second]);
            matrix[row, row] = h1;
            matrix[row, second] = -(h0 + h1);
            matrix[row, third] = h0;
        }
    }

    /// <summary>The spline's value at <paramref name="at"/>.</summary>
    public static double Evaluate(double[] x, double[] y, double[] second, double at)
    {
        var i = Math.Clamp(Array.FindLastIndex(x, v => v <= at), 0, x.Length - 2);
        var h = x[i + 1] - x[i];
        var (a, b) = ((x[i + 1] - at) / h, (at - x[i]) / h);
        return a * y[i] + b * y[i + 1] + ((a * a * a - a) * second[i] + (b * b * b - b) * second[i + 1]) * h * h / 6;
    }

    private static void Solve(double[,] matrix, double[] right)
    {
        var n = right.Length;
        for (var column = 0; column < n; column++)
        {
            var pivot = Enumerable.Range(column, n - column).MaxBy(r => Math.Abs(matrix[r, column]));
            if (pivot != column)
            {
                for (var k = 0; k < n; k++)
                    (matrix[column, k], matrix[pivot, k]) = (matrix[pivot, k], matrix[column, k]);
                (right[column], right[pivot]) = (right[pivot], right[column]);
            }
            for (var row = column + 1; row < n; row++)
            {
                var factor = matrix[row, column] / matrix[column, column];
                if (factor == 0)
                    continue;
                for (var k = column; k < n; k++)
                    matrix[row, k] -= factor * matrix[column, k];
                right[row] -= factor * right[column];
            }
        }
        for (var row = n - 1; row >= 0; row--)
        {
            for (var k = row + 1; k < n; k++)
                right[row] -= matrix[row, k] * right[k];
            right[row] /= matrix[row, row];
        }
    }
}
