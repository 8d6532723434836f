using System.Text.Json;
using Gloss.Data;
using Gloss.Models.GroundingDino;
using Gloss.Models.Published;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Models.GroundingDino;

/// <summary>The small Grounding DINO with the official classes' outputs.</summary>
internal static class GroundingReference
{
    /// <summary>A path below the reference folder.</summary>
    public static string Path(string relative) => ReferenceData.Require($"reference/grounding_dino/{relative}");

    /// <summary>All tensors of a file; the current scope owns them.</summary>
    public static Dictionary<string, Tensor> Tensors(string relative)
    {
        using var file = SafetensorsFile.Open(Path(relative));
        return file.ReadAll();
    }

    /// <summary>The word pieces of bert-base-uncased.</summary>
    public static WordPieceTokenizer Tokenizer { get; } =
        WordPieceTokenizer.Load(ReferenceData.Require("data/text/bert/vocab.txt"));

    /// <summary>The model of the official checkpoint, or of the port's.</summary>
    public static GroundingDinoModel Model(bool isPort = false)
    {
        using var file = CheckpointFile.Open(Path(isPort ? "hf/model.safetensors" : "checkpoint.pth"));
        var published = PublishedGroundingDino.Read(file);
        var options = isPort ? PublishedGroundingOptions.Read(File.ReadAllText(Path("hf/config.json")), "config.json")
            : PublishedGroundingOptions.Read(File.ReadAllText(Path("config.json")), "config.json");
        return published.Build(published.Config(options));
    }

    /// <summary>The captions as the official code prepares them, by key.</summary>
    public static JsonElement Texts { get; } = JsonDocument.Parse(File.ReadAllText(Path("text.json"))).RootElement;

    /// <summary>
    /// Pictures a, b, c as the official code resizes and normalises them, zeros around the smaller ones.
    /// </summary>
    public static (Tensor Pixels, (long, long)[] Sizes) Pictures(params string[] names)
    {
        using var scope = TensorScope.Begin();
        var file = Tensors("preprocess.safetensors");
        var mean = Tensor.FromData([0.485f, 0.456f, 0.406f], 3, 1, 1);
        var deviation = Tensor.FromData([0.229f, 0.224f, 0.225f], 3, 1, 1);
        var pictures =
            names.Select(n => (file[$"{n}.resized_u8"].To(ScalarType.Float32).Permute(2, 0, 1) / 255.0 - mean)
            / deviation).ToArray();
        var (height, width) = (pictures.Max(p => p.Size(1)), pictures.Max(p => p.Size(2)));
        var padded = pictures.Select(p => p.Pad([0, width - p.Size(2), 0, height - p.Size(1)], 0.0)).ToArray();
        return (scope.Return(TensorShape.Stack(0, padded)), [.. pictures.Select(p => (p.Size(1), p.Size(2)))]);
    }

    /// <summary>Features of captions by their ids in text.safetensors.</summary>
    public static GroundingTextFeatures Captions(GroundingDinoModel model, Dictionary<string, Tensor>? trace = null,
        params string[] keys)
    {
        using var scope = TensorScope.Begin();
        var texts = Tensors("text.safetensors");
        var captions =
            keys.Select(k => SubSentenceText.FromIds(Tokenizer,
            [.. texts[$"{k}.input_ids"].ToArray<long>().Select(i => (int)i)])).ToList();
        var (ids, mask, segments, positions) = TokenTensors.Pad(captions, Tokenizer.PadId);
        var features = model.EncodeText(ids, mask, segments, positions, trace);
        scope.Return(features.Tokens);
        scope.Return(features.Positions);
        scope.Return(features.IsVisible);
        if (features.IsPadding is { } padding)
            scope.Return(padding);
        return features;
    }
}
