using Gloss.Losses;

namespace Gloss.Tests.Losses;

public sealed class HungarianAssignmentTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 6)]
    [InlineData(6, 4)]
    [InlineData(2, 7)]
    [InlineData(0, 3)]
    public void Solve_RandomCosts_AsCheapAsTheCheapestOfAll(int rows, int columns)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var costs = new double[rows * columns];
            for (var i = 0; i < costs.Length; i++)
                costs[i] = seed % 2 == 0 ? random.NextDouble() - 0.5 : random.Next(4);
            var columnOf = HungarianAssignment.Solve(costs, rows, columns);
            var placed = columnOf.Where(c => c >= 0).ToArray();
            Assert.Equal(Math.Min(rows, columns), placed.Distinct().Count());
            var sum = columnOf.Select((c, r) => c < 0 ? 0 : costs[r * columns + c]).Sum();
            Assert.Equal(Cheapest(costs, rows, columns, 0, []), sum, 1e-12);
        }
    }

    [Fact]
    public void Solve_CostThatIsNoNumber_Refused() =>
        Assert.Throws<ArgumentException>(() => HungarianAssignment.Solve([1, double.NaN], 1, 2));

    private static double Cheapest(double[] costs, int rows, int columns, int row, HashSet<int> used)
    {
        if (row == rows || used.Count == Math.Min(rows, columns))
            return 0;
        var best = rows - row > Math.Min(rows, columns) - used.Count
            ? Cheapest(costs, rows, columns, row + 1, used) : double.PositiveInfinity;
        for (var c = 0; c < columns; c++)
        {
            if (used.Contains(c))
                continue;
            best = Math.Min(best, costs[row * columns + c] + Cheapest(costs, rows, columns, row + 1, [.. used, c]));
        }
        return best;
    }
}
