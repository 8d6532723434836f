namespace Gloss.Losses;

/// <summary>
/// The assignment of rows to columns with the least sum of costs (Kuhn, 1955), by shortest augmenting paths (Jonker and
/// Volgenant, 1987).
/// </summary>
public static class HungarianAssignment
{
    /// <summary>
    /// The column of each row, all different, for costs (<paramref name="rows"/>, <paramref name="columns"/>)
    /// row-major; −1 for rows that get none because there are fewer columns.
    /// </summary>
    /// <exception cref="ArgumentException">The costs have another number, or one is not finite.</exception>
    public static int[] Solve(ReadOnlySpan<double> costs, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (costs.Length != (long)rows * columns)
            throw new ArgumentException($"{costs.Length} costs, expected {rows} x {columns}", nameof(costs));
        foreach (var cost in costs)
        {
            if (!double.IsFinite(cost))
                throw new ArgumentException($"a cost is {cost}, expected finite numbers", nameof(costs));
        }
        if (rows > columns)
        {
            var turned = new double[costs.Length];
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < columns; j++)
                    turned[j * rows + i] = costs[i * columns + j];
            }
            var result = Enumerable.Repeat(-1, rows).ToArray();
            var rowOf = Solve(turned, columns, rows);
            for (var j = 0; j < columns; j++)
                result[rowOf[j]] = j;
            return result;
        }

        // Row and column 0 are not real: they hold the row that is being placed.
        var (rowPrice, columnPrice) = (new double[rows + 1], new double[columns + 1]);
        var rowAt = new int[columns + 1];
        var before = new int[columns + 1];
        var distance = new double[columns + 1];
        var isVisited = new bool[columns + 1];
        for (var row = 1; row <= rows; row++)
        {
            rowAt[0] = row;
            Array.Fill(distance, double.PositiveInfinity);
            Array.Clear(isVisited);
            var column = 0;
            do
            {
                isVisited[column] = true;
                var (current, shortest, next) = (rowAt[column], double.PositiveInfinity, 0);
                for (var j = 1; j <= columns; j++)
                {
                    if (isVisited[j])
                        continue;
                    var reduced = costs[(current - 1) * columns + j - 1] - rowPrice[current] - columnPrice[j];
                    if (reduced < distance[j])
                        (distance[j], before[j]) = (reduced, column);
                    if (distance[j] < shortest)
                        (shortest, next) = (distance[j], j);
                }
                for (var j = 0; j <= columns; j++)
                {
                    if (isVisited[j])
                        (rowPrice[rowAt[j]], columnPrice[j]) = (rowPrice[rowAt[j]] + shortest,
                            columnPrice[j] - shortest);
                    else
                        distance[j] -= shortest;
                }
                column = next;
            }
            while (rowAt[column] != 0);
            for (; column != 0; column = before[column])
                rowAt[column] = rowAt[before[column]];
        }
        var columnOf = new int[rows];
        for (var j = 1; j <= columns; j++)
        {
            if (rowAt[j] > 0)
                columnOf[rowAt[j] - 1] = j - 1;
        }
        return columnOf;
    }
}
