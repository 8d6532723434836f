namespace Gloss.Text.Parsing;

/// <summary>A part of speech: the universal one, and the finer English one of the Penn Treebank.</summary>
/// <param name="Universal">The universal part of speech.</param>
/// <param name="Penn">The Penn Treebank tag, which tells verb forms and number apart ("VBG", "NNS").</param>
public readonly record struct PosTag(PartOfSpeech Universal, string Penn)
{
    /// <summary>Reads "VERB/VBG".</summary>
    /// <exception cref="FormatException">The text is not UPOS, a stroke and a Penn tag.</exception>
    public static PosTag Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var stroke = text.IndexOf('/', StringComparison.Ordinal);
        if (stroke < 1 || !Enum.TryParse<PartOfSpeech>(text.AsSpan(0, stroke), ignoreCase: true, out var universal))
        {
            throw new FormatException($"part of speech: expected UPOS/Penn such as \"VERB/VBG\", got \"{text}\"");
        }
        return new PosTag(universal, string.Intern(text[(stroke + 1)..]));
    }

    /// <summary>Writes "VERB/VBG".</summary>
    public override string ToString() => $"{Universal.ToString().ToUpperInvariant()}/{Penn}";
}
