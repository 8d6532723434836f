namespace Gloss.Models.Clip;

/// <summary>Sizes of a CLIP model with a vision transformer. Every head is 64 wide.</summary>
public sealed record ClipConfig
{
    /// <summary>Width of the common space of pictures and texts.</summary><value>512</value>
    public long EmbeddingSize { get; init; } = 512;

    /// <summary>Side of the picture in pixels.</summary><value>224</value>
    public long ImageSize { get; init; } = 224;

    /// <summary>Side of a patch in pixels.</summary><value>16</value>
    public long PatchSize { get; init; } = 16;

    /// <summary>Width of the image encoder.</summary><value>768</value>
    public long VisionWidth { get; init; } = 768;

    /// <summary>Layers of the image encoder.</summary><value>12</value>
    public int VisionLayers { get; init; } = 12;

    /// <summary>Width of the text encoder.</summary><value>512</value>
    public long TextWidth { get; init; } = 512;

    /// <summary>Layers of the text encoder.</summary><value>12</value>
    public int TextLayers { get; init; } = 12;

    /// <summary>Tokens of a text; longer ones are cut.</summary><value>77</value>
    public int ContextLength { get; init; } = 77;

    /// <summary>Rows of the token table.</summary><value>49408</value>
    public long VocabularySize { get; init; } = 49408;

    /// <summary>
    /// What is wrong with the fields, by their keys; a model of a config without faults can be built.
    /// </summary>
    internal IEnumerable<string> Faults() =>
    [
        .. ConfigRanges.Faults(
        [
            ("embedding_size", EmbeddingSize, 1, ConfigRanges.MostWidth), ("patch_size", PatchSize, 1, 4096),
            ("image_size", ImageSize, 1, 4096), ("vision_width", VisionWidth, HeadWidth, ConfigRanges.MostWidth),
            ("vision_layers", VisionLayers, 1, ConfigRanges.MostLayers),
            ("text_width", TextWidth, HeadWidth, ConfigRanges.MostWidth),
            ("text_layers", TextLayers, 1, ConfigRanges.MostLayers),
            ("context_length", ContextLength, 3, ConfigRanges.MostWidth),
            ("vocabulary_size", VocabularySize, 514, ConfigRanges.MostEntries),
        ]),
        .. PatchSize > 0 && ImageSize % PatchSize != 0
            ? [$"image_size: expected a multiple of patch_size {PatchSize}, got {ImageSize}"]
            : Array.Empty<string>(),
        .. ConfigRanges.HeadFaults("the width of a head", HeadWidth, "vision_width", VisionWidth),
        .. ConfigRanges.HeadFaults("the width of a head", HeadWidth, "text_width", TextWidth),
    ];

    /// <summary>Width of one attention head.</summary>
    public const long HeadWidth = 64;

    /// <summary>ViT-B/16 at 224 pixels, the teacher and label encoder of RAM and RAM++.</summary>
    public static ClipConfig Base16 => new();

    /// <summary>The sizes that the shapes of a checkpoint's entries tell, by name.</summary>
    /// <exception cref="ArgumentException">An entry is missing.</exception>
    public static ClipConfig FromShapes(IReadOnlyDictionary<string, long[]> shapes)
    {
        long[] Shape(string name) => shapes.TryGetValue(name, out var shape) ? shape
            : throw new ArgumentException(
                $"the checkpoint has no '{name}' · hint: is it CLIP with a vision transformer?", nameof(shapes));
        int Layers(string prefix) => shapes.Keys.Count(k => k.StartsWith(prefix, StringComparison.Ordinal)
            && k.EndsWith(".attn.in_proj_weight", StringComparison.Ordinal));
        var patches = Shape("visual.conv1.weight");
        var side = (long)Math.Round(Math.Sqrt(Shape("visual.positional_embedding")[0] - 1));
        return new ClipConfig
        {
            EmbeddingSize = Shape("text_projection")[1], ImageSize = side * patches[^1], PatchSize = patches[^1],
            VisionWidth = patches[0], VisionLayers = Layers("visual.transformer.resblocks."),
            TextWidth = Shape("token_embedding.weight")[1], TextLayers = Layers("transformer.resblocks."),
            ContextLength = (int)Shape("positional_embedding")[0], VocabularySize = Shape("token_embedding.weight")[0],
        };
    }
}
