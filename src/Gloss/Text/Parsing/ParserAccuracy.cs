namespace Gloss.Text.Parsing;

/// <summary>How well a parser does on a treebank, from gold tokens: shares of all words, 0 to 1, punctuation and
/// relation subtypes counted as they are (the official CoNLL measure leaves subtypes out: see
/// <see cref="UniversalLas"/>).</summary>
/// <param name="Words">Words measured.</param>
/// <param name="Upos">Right universal part of speech.</param>
/// <param name="Xpos">Right Penn tag.</param>
/// <param name="Uas">Right head.</param>
/// <param name="Las">Right head and right full relation.</param>
/// <param name="UniversalLas">Right head and right relation without subtype.</param>
/// <param name="Lemmas">Right lemma from the parser's own tags, letter case apart.</param>
public sealed record ParserAccuracy(
    int Words, double Upos, double Xpos, double Uas, double Las, double UniversalLas, double Lemmas)
{
    /// <summary>Parses every sentence of a treebank and compares.</summary>
    public static ParserAccuracy Measure(
        DependencyParser parser, IEnumerable<IReadOnlyList<ConlluToken>> treebank, Lemmatizer? lemmatizer = null)
    {
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(treebank);
        lemmatizer ??= Lemmatizer.Default;
        int words = 0, upos = 0, xpos = 0, uas = 0, las = 0, universal = 0, lemmas = 0;
        foreach (var sentence in treebank)
        {
            var forms = sentence.Select(t => t.Form).ToList();
            var (tags, heads, relations) = parser.Analyze(forms);
            for (var i = 0; i < forms.Count; i++)
            {
                var gold = sentence[i];
                words++;
                upos += tags[i].Universal == gold.Tag.Universal ? 1 : 0;
                xpos += tags[i].Penn == gold.Tag.Penn ? 1 : 0;
                lemmas += string.Equals(lemmatizer.Lemmatize(forms[i], tags[i]), gold.Lemma,
                    StringComparison.OrdinalIgnoreCase) ? 1 : 0;
                if (heads[i] + 1 != gold.Head)
                    continue;
                uas++;
                las += relations[i] == gold.Relation ? 1 : 0;
                universal += relations[i].Split(':')[0] == gold.Relation.Split(':')[0] ? 1 : 0;
            }
        }
        double total = Math.Max(1, words);
        return new ParserAccuracy(
            words, upos / total, xpos / total, uas / total, las / total, universal / total, lemmas / total);
    }
}
