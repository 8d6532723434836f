using System.Globalization;
using System.Security.Cryptography;
using Gloss.Models.GroundingDino;
using Gloss.Models.Published;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference.Grounding;

/// <summary>Makes a model folder of a published Grounding DINO.</summary>
public static class GroundingImport
{
    /// <summary>Whether a checkpoint is a Grounding DINO, official or of Hugging Face's port.</summary>
    public static bool IsGrounding(string checkpoint)
    {
        using var file = CheckpointFile.Open(checkpoint);
        return PublishedGroundingDino.Is(file);
    }

    /// <summary>Imports a checkpoint; returns what to tell about it, in one line.</summary>
    /// <param name="checkpoint">The official .pth or the port's safetensors.</param>
    /// <param name="vocabulary">BERT's vocab.txt.</param>
    /// <param name="config">
    /// JSON with what the weights do not tell (<see cref="PublishedGroundingOptions.Read"/>); null: <c>config.json</c>
    /// beside the checkpoint where there is one, else as published.
    /// </param>
    /// <param name="precision">How weights are stored.</param>
    /// <param name="folder">The model folder to write.</param>
    /// <exception cref="CheckpointException">The checkpoint is of another kind or broken; the message lists all
    /// faults.</exception>
    public static string Run(string checkpoint, string vocabulary, string? config, WeightPrecision precision,
        string folder)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!, "config.json");
        config ??= File.Exists(beside) ? beside : null;
        var options = config is null ? new PublishedGroundingOptions()
            : PublishedGroundingOptions.Read(File.ReadAllText(config), config);
        using var file = CheckpointFile.Open(checkpoint);
        var published = PublishedGroundingDino.Read(file);
        var sizes = published.Config(options);
        var tokenizer = WordPieceTokenizer.Load(vocabulary);
        using var model = published.Build(sizes);
        var hash = Hash(checkpoint);
        ModelFolder.SaveGrounding(folder, new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.GroundingDinoFamily, GroundingDino = sizes,
            Grounding = new GroundingSettings(),
            Preprocessing = Preprocessing.ImageNet, Source = $"{Path.GetFileName(checkpoint)}, sha256 {hash}",
        }, model, tokenizer, Card(checkpoint, hash, model), _ => precision);
        var reasons = published.LeftOut.GroupBy(e => e.Value, StringComparer.Ordinal)
            .Select(g => $"{g.Count()} ({g.Key})");
        return string.Create(CultureInfo.InvariantCulture,
            $"{folder}: {ModelConfig.GroundingDinoFamily}, {sizes.Queries} boxes, {model.ParameterCount() / 1e6:F1} M "
            + $"parameters")
            + (published.LeftOut.Count == 0 ? "" : $" · entries left out: {string.Join(", ", reasons)}");
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string Card(string path, string hash, GroundingDinoModel model) => string.Create(CultureInfo.InvariantCulture, $"""
        # {Path.GetFileNameWithoutExtension(path)}

        Grounding DINO (Liu et al., ECCV 2024), imported by `gloss import` from `{Path.GetFileName(path)}` (sha256 {hash}).
        {model.Config.Queries} boxes a pass, texts of up to {model.Config.MaxTextTokens} tokens, {model.ParameterCount()} parameters.
        Its terms are those of the checkpoint's authors.

        """);
}
