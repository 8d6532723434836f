namespace Gloss.Text.Parsing;

/// <summary>Writes treebank sentences in the CoNLL-U format.</summary>
public static class ConlluWriter
{
    /// <summary>Writes a sentence and the empty line behind it.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<ConlluToken> sentence)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(sentence);
        for (var i = 0; i < sentence.Count; i++)
        {
            var t = sentence[i];
            writer.Write(
                $"{i + 1}\t{t.Form}\t{t.Lemma}\t{t.Tag.Universal.ToString().ToUpperInvariant()}\t{t.Tag.Penn}\t_\t{t.Head}\t{t.Relation}"
                + $"\t_\t{(t.SpaceAfter ? "_" : "SpaceAfter=No")}\n");
        }
        writer.Write('\n');
    }
}
