using Gloss.Cli.Recognition;

namespace Gloss.Cli.Search;

/// <summary>Writes items as lines of text, as one JSON array, or as JSON lines.</summary>
internal static class ListOutput
{
    /// <summary>Writes all; returns how many there were.</summary>
    public static int Write<T>(TextWriter output, ResultForm form, IEnumerable<T> items, Func<T, string> text, Func<T, string> json)
    {
        var count = 0;
        if (form == ResultForm.Json)
            output.Write('[');
        foreach (var item in items)
        {
            output.Write(form switch
            {
                ResultForm.Json => $"{(count == 0 ? "\n" : ",\n")}{json(item)}",
                ResultForm.JsonLines => $"{json(item)}\n",
                _ => $"{text(item)}\n",
            });
            count++;
        }
        if (form == ResultForm.Json)
            output.Write(count == 0 ? "]\n" : "\n]\n");
        return count;
    }
}
