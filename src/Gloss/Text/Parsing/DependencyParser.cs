using System.IO.Compression;

namespace Gloss.Text.Parsing;

/// <summary>
/// Tags and parses sentences into Universal Dependencies trees by a small network that runs without an engine: see
/// <c>docs/mining.md</c>. Immutable but for what it remembers of words; one parser serves all threads.
/// </summary>
public sealed class DependencyParser
{
    private static readonly Lazy<DependencyParser> LazyDefault = new(() => Load(null));
    private readonly RecurrentWeights weights;
    private readonly RecurrentParser network;

    internal DependencyParser(RecurrentWeights weights)
    {
        this.weights = weights;
        network = new RecurrentParser(weights);
    }

    /// <summary>The parser that ships, trained on UD English EWT and GUM; read at first use.</summary>
    public static DependencyParser Default => LazyDefault.Value;

    /// <summary>The tags it can give.</summary>
    public IReadOnlyList<PosTag> Tags => weights.Labels.Tags;

    /// <summary>Reads a parser that <see cref="Save"/> wrote; the one that ships where <paramref name="stream"/> is null.</summary>
    /// <exception cref="InvalidDataException">The stream holds no parser.</exception>
    public static DependencyParser Load(Stream? stream)
    {
        using var own = stream is null ? TextResource.Open("Parsing.parser.bin") : null;
        return new DependencyParser(RecurrentWeights.Load(stream ?? own!));
    }

    /// <summary>Writes the parser, compressed.</summary>
    /// <param name="stream">Takes the parser; stays open.</param>
    /// <param name="level">The smallest size takes half a minute and saves a tenth.</param>
    public void Save(Stream stream, CompressionLevel level = CompressionLevel.Optimal)
    {
        ArgumentNullException.ThrowIfNull(stream);
        weights.Save(stream, level);
    }

    /// <summary>Tags, heads (index of a word, -1 for the root) and relations of the words of one sentence.</summary>
    public (PosTag[] Tags, int[] Heads, string[] Relations) Analyze(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return network.Parse(words);
    }

    /// <summary>Tokens, tags, lemmas and trees of a text, sentence by sentence.</summary>
    public IEnumerable<ParsedSentence> Parse(string text, Lemmatizer? lemmatizer = null)
    {
        lemmatizer ??= Lemmatizer.Default;
        var tokens = CaptionTokenizer.Tokenize(text);
        foreach (var range in CaptionTokenizer.SplitSentences(tokens))
        {
            var sentence = tokens[range];
            var (tags, heads, relations) = network.Parse(sentence.ConvertAll(t => t.Text));
            var lemmas = new string[sentence.Count];
            for (var i = 0; i < lemmas.Length; i++)
                lemmas[i] = lemmatizer.Lemmatize(sentence[i].Text, tags[i]);
            yield return new ParsedSentence(sentence, tags, lemmas, heads, relations);
        }
    }
}
