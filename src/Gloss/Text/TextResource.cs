namespace Gloss.Text;

/// <summary>Opens the data files that are part of the library.</summary>
internal static class TextResource
{
    /// <summary>Opens a resource by folder and file name, such as "Parsing.parser.bin".</summary>
    public static Stream Open(string name) =>
        typeof(TextResource).Assembly.GetManifestResourceStream($"Gloss.Text.{name}")
        ?? throw new FileNotFoundException($"the library has no resource \"Gloss.Text.{name}\"");

    /// <summary>The lines of a text resource without comments (#) and blanks.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var reader = new StreamReader(Open(name));
        while (reader.ReadLine() is { } line)
        {
            var text = line.AsSpan();
            var comment = text.IndexOf('#');
            if (comment >= 0)
                text = text[..comment];
            text = text.Trim();
            if (!text.IsEmpty)
                yield return text.ToString();
        }
    }

    /// <summary>The words of a text resource, separated by commas or line ends.</summary>
    public static HashSet<string> Words(string name) =>
        [.. Lines(name).SelectMany(line =>
            line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
