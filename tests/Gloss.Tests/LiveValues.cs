using Gloss.Torch;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Gloss.Tests;

/// <summary>Fails the test when it ends with more or fewer native values than it began with.</summary>
internal sealed class LiveValues : IDisposable
{
    private readonly long before = Settled();

    public void Dispose() => Assert.Equal(before, Engine.LiveValueCount);

    // Without what earlier tests left to the garbage collector, which may come at any moment.
    private static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Engine.LiveValueCount;
    }
}
