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

    /// <summary>
    /// Reads a parser that <see cref="Save"/> wrote; the one that ships where <paramref name="stream"/> is null.
    /// </summary>
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
        return network.Parse([words])[0];
    }

    /// <summary>Tokens, tags, lemmas and trees of a text, sentence by sentence.</summary>
    public IReadOnlyList<ParsedSentence> Parse(string text, Lemmatizer? lemmatizer = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ParseAll([text], lemmatizer)[0];
    }

    /// <summary>The sentences of each text as <see cref="Parse"/> gives them; faster, because sentences of like length
    /// are read together.</summary>
    public IReadOnlyList<ParsedSentence>[] ParseAll(IReadOnlyList<string> texts, Lemmatizer? lemmatizer = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        lemmatizer ??= Lemmatizer.Default;
        var sentences = new List<List<Token>>(texts.Count);
        var ends = new int[texts.Count];
        for (var i = 0; i < texts.Count; i++)
        {
            var tokens = CaptionTokenizer.Tokenize(texts[i]);
            foreach (var range in CaptionTokenizer.SplitSentences(tokens))
                sentences.Add(tokens[range]);
            ends[i] = sentences.Count;
        }
        var found = network.Parse(sentences.ConvertAll(IReadOnlyList<string> (s) => s.ConvertAll(t => t.Text)));
        var results = new IReadOnlyList<ParsedSentence>[texts.Count];
        for (int i = 0, next = 0; i < results.Length; i++)
        {
            var own = new ParsedSentence[ends[i] - next];
            for (var s = 0; s < own.Length; s++, next++)
            {
                var (tags, heads, relations) = found[next];
                var lemmas = new string[tags.Length];
                for (var w = 0; w < lemmas.Length; w++)
                    lemmas[w] = lemmatizer.Lemmatize(sentences[next][w].Text, tags[w]);
                own[s] = new ParsedSentence(sentences[next], tags, lemmas, heads, relations);
            }
            results[i] = own;
        }
        return results;
    }
}
