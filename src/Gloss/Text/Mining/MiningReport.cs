namespace Gloss.Text.Mining;

/// <summary>What a mining run has read, and what was wrong with it.</summary>
public sealed record MiningReport
{
    /// <summary>Pictures, or lines of plain text.</summary>
    public long Entries { get; set; }

    /// <summary>Captions mined.</summary>
    public long Captions { get; set; }

    /// <summary>Captions without a letter or digit; they stay in the output, with nothing in them.</summary>
    public long Empty { get; set; }

    /// <summary>Lines that are no UTF-8; what cannot be read in them becomes U+FFFD.</summary>
    public long InvalidText { get; set; }

    /// <summary>Captions longer than the most words; only so many are mined.</summary>
    public long TooLong { get; set; }

    /// <summary>Entries whose picture came before; left out.</summary>
    public long Duplicates { get; set; }

    /// <summary>Lines or entries of another form than expected; left out.</summary>
    public long Unreadable { get; set; }

    /// <summary>Captions that could not be mined; they stay in the output, with nothing in them.</summary>
    public long Failed { get; set; }

    /// <summary>The first places of unreadable entries, ten at most.</summary>
    public List<string> Places { get; init; } = [];

    /// <summary>Notes an entry that cannot be read.</summary>
    public void AddUnreadable(string place)
    {
        Unreadable++;
        if (Places.Count < 10)
            Places.Add(place);
    }

    /// <summary>The faults in one line; empty where there are none.</summary>
    public string Faults => string.Join(", ", new[]
    {
        (Empty, "empty captions"), (InvalidText, "lines with invalid UTF-8"),
        (TooLong, "captions cut for their length"),
        (Duplicates, "duplicate pictures left out"), (Unreadable, "unreadable entries left out"),
        (Failed, "captions that failed"),
    }.Where(f => f.Item1 > 0).Select(f => $"{f.Item1} {f.Item2}"));
}
