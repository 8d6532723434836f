namespace Gloss.Cli.Recognition;

/// <summary>
/// Writes results in JSON as they come: one array, or one object a line. Disposing closes the array, so that a run that
/// was ended leaves JSON that can be read.
/// </summary>
internal sealed class ResultList(TextWriter output, ResultForm form) : IDisposable
{
    private int count;

    /// <summary>Writes one result.</summary>
    public void Add(string json)
    {
        output.Write(form == ResultForm.Json ? $"{(count == 0 ? "[\n" : ",\n")}{json}" : $"{json}\n");
        count++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (form == ResultForm.Json)
            output.Write(count == 0 ? "[]\n" : "\n]\n");
    }
}
