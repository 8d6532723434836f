using Gloss.Text.Mining;

namespace Gloss.Data;

/// <summary>
/// How a data set is read: as a whole and strictly, for training, or for its captions alone, past what is broken.
/// </summary>
internal sealed class DatasetReading
{
    /// <summary>Limits on shards.</summary><value>the defaults</value>
    public WebDatasetOptions Shards { get; init; } = new();

    /// <summary>
    /// Whether pictures and labels are of no interest, and every entry must have captions.
    /// </summary>
    /// <value>false</value>
    public bool CaptionsOnly { get; init; }

    /// <summary>Counts what cannot be read, which is then left out; null: it is an error.</summary><value>null</value>
    public MiningReport? Report { get; init; }

    /// <summary>Reads an entry; null where it is broken.</summary>
    public CaptionedImage? Try(Func<CaptionedImage> read)
    {
        try
        {
            return read();
        }
        catch (DatasetException error) when (Report is not null)
        {
            Report.AddUnreadable(error.Message);
            return null;
        }
    }

    /// <summary>Reads on in a file; false at its end, and where the rest of it cannot be read.</summary>
    public bool TryNext(Func<bool> next, string place)
    {
        try
        {
            return next();
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            Fail(
                new DatasetException(
                $"{place} · cannot be read further · {error.Message} · hint: is the download complete?", error));
            return false;
        }
    }

    /// <summary>Notes a fault, or throws it.</summary>
    public void Fail(DatasetException fault)
    {
        if (Report is null)
            throw fault;
        Report.AddUnreadable(fault.Message);
    }

    /// <summary>Notes text that is not valid; it was read with U+FFFD in the place of what is not.</summary>
    public void NoteInvalidText()
    {
        if (Report is not null)
            Report.InvalidText++;
    }
}
