using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Gloss.Text.Parsing;

/// <summary>
/// Parses sentences into Universal Dependencies trees: a tagger, then arc-hybrid transitions with a beam and an averaged
/// perceptron (Zhang and Clark 2008), then a second perceptron that names the relations of the finished tree. Immutable; one
/// parser serves all threads.
/// </summary>
public sealed class DependencyParser
{
    private const uint Magic = 0x31445347; // "GSD1"
    private static readonly Lazy<DependencyParser> LazyDefault = new(() => Load(null));

    private readonly string[] relations;
    private readonly sbyte[] transitions; // 4 a feature: shift, left, right, unused
    private readonly FeatureWeights relationWeights;
    private readonly Dictionary<PosTag, byte> tagIds;
    [ThreadStatic] private static TransitionBeam? threadBeam;
    [ThreadStatic] private static int threadBeamWidth;

    internal DependencyParser(PosTagger tagger, string[] relations, sbyte[] transitions, FeatureWeights relationWeights)
    {
        Tagger = tagger;
        this.relations = relations;
        this.transitions = transitions;
        this.relationWeights = relationWeights;
        tagIds = NumberTags(tagger.Tags);
    }

    /// <summary>The parser that ships, trained on UD English EWT and GUM; read at first use.</summary>
    public static DependencyParser Default => LazyDefault.Value;

    /// <summary>The tagger it was trained with.</summary>
    public PosTagger Tagger { get; }

    /// <summary>Hypotheses that are kept: more is slower and slightly better.</summary>
    /// <value>4</value>
    public int Beam { get; init; } = 4;

    /// <summary>Reads a parser that <see cref="Save"/> wrote; the one that ships where <paramref name="stream"/> is null.</summary>
    /// <exception cref="InvalidDataException">The stream holds no parser.</exception>
    public static DependencyParser Load(Stream? stream, PosTagger? tagger = null, int beam = 4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(beam, 1);
        stream ??= TextResource.Open("Parsing.parser.bin");
        using var brotli = new BrotliStream(stream, CompressionMode.Decompress);
        using var buffered = new BufferedStream(brotli, 1 << 16);
        using var reader = new BinaryReader(buffered);
        var magic = reader.ReadUInt32();
        if (magic != Magic)
            throw new InvalidDataException($"parser: expected a file that starts with {Magic:x8}, got {magic:x8}");
        var relations = new string[reader.ReadInt32()];
        for (var i = 0; i < relations.Length; i++)
            relations[i] = string.Intern(reader.ReadString());
        var transitions = new sbyte[4 << ParserFeatures.Bits];
        // Only features with weights are stored: the gap to the one before, then three weights.
        for (long at = reader.Read7BitEncodedInt(); at < 1L << ParserFeatures.Bits; at += reader.Read7BitEncodedInt())
        {
            for (var k = 0; k < ParserState.Actions; k++)
                transitions[(4 * at) + k] = reader.ReadSByte();
        }
        return new DependencyParser(tagger ?? PosTagger.Default, relations, transitions, FeatureWeights.Read(reader))
        {
            Beam = beam,
        };
    }

    /// <summary>Writes the parser, compressed, without its tagger.</summary>
    /// <param name="stream">Takes the parser; stays open.</param>
    /// <param name="level">The smallest size takes half a minute; a checkpoint may be larger and fast.</param>
    public void Save(Stream stream, CompressionLevel level = CompressionLevel.SmallestSize)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var brotli = new BrotliStream(stream, level, leaveOpen: true);
        using var writer = new BinaryWriter(brotli);
        writer.Write(Magic);
        writer.Write(relations.Length);
        foreach (var relation in relations)
            writer.Write(relation);
        var before = 0;
        for (var at = 0; at < 1 << ParserFeatures.Bits; at++)
        {
            if (MemoryMarshal.Read<int>(MemoryMarshal.AsBytes(transitions.AsSpan(4 * at, 4))) == 0)
                continue;
            writer.Write7BitEncodedInt(at - before);
            before = at;
            for (var k = 0; k < ParserState.Actions; k++)
                writer.Write(transitions[(4 * at) + k]);
        }
        writer.Write7BitEncodedInt((1 << ParserFeatures.Bits) - before);
        relationWeights.Write(writer);
    }

    /// <summary>Heads (index of a word, -1 for the root) and relations of tagged words.</summary>
    public (int[] Heads, string[] Relations) Parse(IReadOnlyList<string> words, IReadOnlyList<PosTag> tags)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(tags);
        if (tags.Count != words.Count)
            throw new ArgumentException($"parser: expected {words.Count} tags, one a word, got {tags.Count}", nameof(tags));
        if (words.Count == 0)
            return ([], []);
        var hashes = HashWords(words);
        var ids = new byte[words.Count + 1];
        for (var i = 0; i < tags.Count; i++)
            ids[i + 1] = tagIds.GetValueOrDefault(tags[i]);
        var beam = threadBeam is { } kept && threadBeamWidth == Beam ? kept : threadBeam = new TransitionBeam(Beam);
        threadBeamWidth = Beam;
        beam.Start(words.Count);
        var scorer = new Scorer(transitions);
        for (var step = 0; step < 2 * words.Count; step++)
            beam.Step(in scorer, hashes, ids, goldAction: -1);
        var heads = new int[words.Count + 1];
        for (var i = 1; i < heads.Length; i++)
            heads[i] = beam.Best.Head(i);
        var named = NameRelations(hashes, ids, heads);
        var result = (Heads: new int[words.Count], Relations: new string[words.Count]);
        for (var i = 0; i < words.Count; i++)
        {
            result.Heads[i] = heads[i + 1] - 1;
            result.Relations[i] = relations[named[i + 1]];
        }
        return result;
    }

    /// <summary>Tokens, tags and parses a text, sentence by sentence.</summary>
    public IEnumerable<ParsedSentence> Parse(string text, Lemmatizer? lemmatizer = null)
    {
        lemmatizer ??= Lemmatizer.Default;
        var tokens = CaptionTokenizer.Tokenize(text);
        foreach (var range in CaptionTokenizer.SplitSentences(tokens))
        {
            var sentence = tokens[range];
            var words = sentence.ConvertAll(t => t.Text);
            var tags = Tagger.Tag(words);
            var (heads, named) = Parse(words, tags);
            var lemmas = words.Select((word, i) => lemmatizer.Lemmatize(word, tags[i])).ToArray();
            yield return new ParsedSentence(sentence, tags, lemmas, heads, named);
        }
    }

    /// <summary>Ids of tags for features: from 1, 0 for the root and for tags the tagger does not know.</summary>
    internal static Dictionary<PosTag, byte> NumberTags(IReadOnlyList<PosTag> tags) =>
        tags.Select((tag, id) => (tag, id)).ToDictionary(x => x.tag, x => (byte)(x.id + 1));

    /// <summary>Hashes of words, from index 1; 0 is the root.</summary>
    internal static uint[] HashWords(IReadOnlyList<string> words)
    {
        var hashes = new uint[words.Count + 1];
        for (var i = 0; i < words.Count; i++)
            hashes[i + 1] = ParserFeatures.HashWord(words[i]);
        return hashes;
    }

    private int[] NameRelations(uint[] words, byte[] tags, int[] heads)
    {
        var dependents = RelationFeatures.Dependents(heads);
        var named = new int[heads.Length];
        Span<uint> features = stackalloc uint[RelationFeatures.Count];
        Span<short> scores = stackalloc short[FeatureWeights.RowLength];
        for (var i = 1; i < heads.Length; i++)
        {
            RelationFeatures.Fill(i, words, tags, heads, dependents, named, features);
            relationWeights.Score(features, scores);
            var best = heads[i] == 0 ? Array.IndexOf(relations, "root") : -1;
            for (var k = 0; k < relations.Length && heads[i] != 0; k++)
            {
                if (relations[k] != "root" && (best < 0 || scores[k] > scores[best]))
                    best = k;
            }
            named[i] = Math.Max(0, best);
        }
        return named;
    }

    private readonly struct Scorer(sbyte[] weights) : ITransitionScorer
    {
        public void Score(ReadOnlySpan<uint> features, Span<float> scores)
        {
            int shift = 0, left = 0, right = 0;
            foreach (var feature in features)
            {
                var at = feature << 2;
                shift += weights[at];
                left += weights[at + 1];
                right += weights[at + 2];
            }
            scores[0] = shift;
            scores[1] = left;
            scores[2] = right;
        }
    }
}
