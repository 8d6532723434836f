using Gloss.Torch;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Gloss.Tests;

/// <summary>Fails the test when it ends with more native values than it began with.</summary>
internal sealed class LiveValues : IDisposable
{
    private readonly long before = Engine.LiveValueCount;

    public void Dispose() => Assert.Equal(before, Engine.LiveValueCount);
}
