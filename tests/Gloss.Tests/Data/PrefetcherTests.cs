using Gloss.Data;

namespace Gloss.Tests.Data;

public sealed class PrefetcherTests
{
    [Theory]
    [InlineData(0, null)]
    [InlineData(1, 1)]
    [InlineData(4, null)]
    [InlineData(4, 2)]
    public void Next_AnyWorkers_GivesItemsInOrder(int workers, int? ahead)
    {
        using var items = new Prefetcher<long>(3, 200, workers, ahead, number =>
        {
            if (number % 7 == 0)
                Thread.Sleep(1);
            return number * number;
        });
        for (var i = 3L; i < 200; i++)
        {
            Assert.True(items.HasNext);
            Assert.Equal(i * i, items.Next(TestContext.Current.CancellationToken));
        }
        Assert.False(items.HasNext);
        Assert.Throws<InvalidOperationException>(() => items.Next(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Next_FailedItem_ThrowsWhenItsTurnComes()
    {
        using var items = new Prefetcher<long>(0, 4, 2, null, number => number == 2
            ? throw new InvalidDataException("two") : number);
        Assert.Equal(0, items.Next(TestContext.Current.CancellationToken));
        Assert.Equal(1, items.Next(TestContext.Current.CancellationToken));
        Assert.Equal("two",
            Assert.Throws<InvalidDataException>(() => items.Next(TestContext.Current.CancellationToken)).Message);
        Assert.Equal(3, items.Next(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Next_Cancelled_StopsWaiting()
    {
        using var stop = new CancellationTokenSource(20);
        using var gate = new ManualResetEventSlim();
        using var items = new Prefetcher<long>(0, 4, 1, null, number =>
        {
            gate.Wait();
            return number;
        });
        Assert.Throws<OperationCanceledException>(() => items.Next(stop.Token));
        gate.Set();
    }

    [Fact]
    public void Dispose_ItemsNotTaken_AreDisposedAndAtMostAheadWereMade()
    {
        var (made, disposed) = (0, 0);
        var items = new Prefetcher<Item>(0, 1000, 3, 4, _ =>
        {
            Interlocked.Increment(ref made);
            return new Item(() => Interlocked.Increment(ref disposed));
        });
        items.Next(TestContext.Current.CancellationToken).Dispose();
        items.Dispose();

        Assert.InRange(made, 1, 5);
        Assert.Equal(made, disposed);
    }

    private sealed class Item(Action onDispose) : IDisposable
    {
        public void Dispose() => onDispose();
    }
}
