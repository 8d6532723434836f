namespace Gloss.Search.Vectors;

/// <summary>
/// Vectors of length 1 by their ids, to be searched by inner product. A search may run on several threads at once.
/// </summary>
internal abstract class VectorIndex : IDisposable
{
    /// <summary>Numbers of a vector.</summary>
    public abstract int Width { get; }

    /// <summary>Number of vectors.</summary>
    public abstract long Count { get; }

    /// <summary>The nearest of a vector of length 1, the best first.</summary>
    /// <param name="query">The vector.</param>
    /// <param name="count">The most of them.</param>
    public abstract List<(long Id, float Score)> Search(float[] query, int count);

    /// <inheritdoc/>
    public abstract void Dispose();
}
