namespace Gloss.Search;

/// <summary>What an index run did; counted while it runs, from several threads.</summary>
public sealed class IndexReport
{
    private readonly Action<string>? tell;
    private long seen;
    private long added;
    private long updated;
    private long moved;
    private long unchanged;
    private long gone;
    private long failed;

    /// <summary>A report of nothing yet.</summary>
    /// <param name="tell">Is told of each file that failed, in one line.</param>
    public IndexReport(Action<string>? tell = null) => this.tell = tell;

    /// <summary>Files that were found.</summary>
    public long SeenCount => Interlocked.Read(ref seen);

    /// <summary>Pictures that are new in the catalogue.</summary>
    public long AddedCount => Interlocked.Read(ref added);

    /// <summary>Pictures whose content is another now, or that the model saw again.</summary>
    public long UpdatedCount => Interlocked.Read(ref updated);

    /// <summary>Pictures that lie elsewhere now.</summary>
    public long MovedCount => Interlocked.Read(ref moved);

    /// <summary>Pictures that are as they were.</summary>
    public long UnchangedCount => Interlocked.Read(ref unchanged);

    /// <summary>Pictures that are no longer there.</summary>
    public long GoneCount => Interlocked.Read(ref gone);

    /// <summary>Files and folders that could not be read.</summary>
    public long FailedCount => Interlocked.Read(ref failed);

    /// <summary>Whether anything but unchanged pictures was found.</summary>
    public bool HasChanges => AddedCount + UpdatedCount + MovedCount + GoneCount + FailedCount > 0;

    internal void Seen() => Interlocked.Increment(ref seen);

    internal void Done(bool wasKnown)
    {
        if (wasKnown)
            Interlocked.Increment(ref updated);
        else
            Interlocked.Increment(ref added);
    }

    internal void Moved(bool wasGone)
    {
        Interlocked.Increment(ref moved);
        if (wasGone)
            Interlocked.Decrement(ref gone);
    }

    internal void Unchanged() => Interlocked.Increment(ref unchanged);

    internal void Gone(long count) => Interlocked.Add(ref gone, count);

    internal void Fail(string message)
    {
        Interlocked.Increment(ref failed);
        tell?.Invoke(message);
    }
}
