using System.IO.Compression;

namespace Gloss.Text.Parsing;

/// <summary>
/// Tags parts of speech from left to right with an averaged perceptron (Collins 2002) over hashed features.
/// Immutable, so that one tagger serves all threads.
/// </summary>
public sealed class PosTagger
{
    private const uint Magic = 0x31505347; // "GSP1"
    private static readonly Lazy<PosTagger> LazyDefault = new(() => Load(TextResource.Open("Parsing.pos-tagger.bin")));

    private readonly PosTag[] tags;
    private readonly FeatureWeights weights;

    internal PosTagger(PosTag[] tags, FeatureWeights weights)
    {
        this.tags = tags;
        this.weights = weights;
    }

    /// <summary>The tagger that ships, trained on UD English EWT and GUM; read at first use.</summary>
    public static PosTagger Default => LazyDefault.Value;

    /// <summary>The tags it can give.</summary>
    public IReadOnlyList<PosTag> Tags => tags;

    /// <summary>Reads a tagger from a file that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The stream holds no tagger.</exception>
    public static PosTagger Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var brotli = new BrotliStream(stream, CompressionMode.Decompress);
        using var buffered = new BufferedStream(brotli, 1 << 16);
        using var reader = new BinaryReader(buffered);
        var magic = reader.ReadUInt32();
        if (magic != Magic)
            throw new InvalidDataException($"tagger: expected a file that starts with {Magic:x8}, got {magic:x8}");
        var tags = new PosTag[reader.ReadInt32()];
        for (var i = 0; i < tags.Length; i++)
            tags[i] = PosTag.Parse(reader.ReadString());
        return new PosTagger(tags, FeatureWeights.Read(reader));
    }

    /// <summary>Writes the tagger, compressed.</summary>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var brotli = new BrotliStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
        using var writer = new BinaryWriter(brotli);
        writer.Write(Magic);
        writer.Write(tags.Length);
        foreach (var tag in tags)
            writer.Write(tag.ToString());
        weights.Write(writer);
    }

    /// <summary>Tags of a sentence's words.</summary>
    public PosTag[] Tag(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var described = new PosFeatures.Word[words.Count];
        for (var i = 0; i < described.Length; i++)
            described[i] = PosFeatures.Describe(words[i]);
        Span<uint> features = stackalloc uint[PosFeatures.Count];
        Span<short> scores = stackalloc short[FeatureWeights.RowLength];
        var result = new PosTag[described.Length];
        int tag1 = -1, tag2 = -1;
        for (var i = 0; i < described.Length; i++)
        {
            PosFeatures.Fill(described, i, tag1, tag2, features);
            weights.Score(features, scores);
            var best = 0;
            for (var k = 1; k < tags.Length; k++)
            {
                if (scores[k] > scores[best])
                    best = k;
            }
            result[i] = tags[best];
            (tag1, tag2) = (best, tag1);
        }
        return result;
    }
}
