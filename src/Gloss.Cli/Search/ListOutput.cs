using Gloss.Cli.Recognition;

namespace Gloss.Cli.Search;

/// <summary>Writes items as lines of text, as one JSON array, or as JSON lines.</summary>
internal static class ListOutput
{
    /// <summary>Writes all; returns how many there were.</summary>
    public static int Write<T>(TextWriter output, ResultForm form, IEnumerable<T> items, Func<T, string> text,
        Func<T, string> json)
    {
        var count = 0;
        using var list = new ResultList(output, form);
        foreach (var item in items)
        {
            if (form == ResultForm.Text)
                output.Write($"{text(item)}\n");
            else
                list.Add(json(item));
            count++;
        }
        return count;
    }
}
