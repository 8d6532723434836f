using Gloss.Data;
using Gloss.Models.Tag2Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// Pictures and texts in one space, by a model's alignment branch: their embeddings, and whether they belong together.
/// Borrows the model. Not for several threads at once.
/// </summary>
public sealed class TextAligner
{
    private const int BatchSize = 64;
    private readonly Tag2TextModel model;
    private readonly AlignmentBranch branch;
    private readonly Tag2TextTokens tokens;

    /// <summary>The aligner of a model.</summary>
    /// <exception cref="ArgumentException">The model has no alignment branch.</exception>
    public TextAligner(RecognitionPredictor predictor)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        (model, branch) = predictor.Model is Tag2TextModel { Alignment: { } alignment } aligned
            ? (aligned, alignment) : throw new ArgumentException(
                "the model has no alignment branch: it cannot embed texts · hint: `gloss info` tells what a model can");
        tokens = predictor.Tokens;
    }

    /// <summary>Numbers of an embedding.</summary>
    public int Width => (int)branch.Width;

    /// <summary>Whether <see cref="Match"/> can be asked.</summary>
    public bool HasMatching => branch.HasMatching;

    /// <summary>Whether a model can embed texts and pictures.</summary>
    public static bool CanAlign(RecognitionPredictor predictor) =>
        predictor?.Model is Tag2TextModel { Alignment: not null };

    /// <summary>
    /// Embeddings of pictures, row after row (B · Width), each of length 1, of their image tokens (B, N, C).
    /// </summary>
    public float[] EmbedPictures(Tensor imageTokens)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        return branch.EmbedImages(imageTokens).To(ScalarType.Float32).ToArray<float>();
    }

    /// <summary>Embeddings of texts, row after row (M · Width), each of length 1. Long texts are cut.</summary>
    public float[] EmbedTexts(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var noGradient = GradientMode.Inference();
        var result = new float[texts.Count * Width];
        var encoded = texts.Select(Encode).ToArray();
        // Texts of like length go together, so that little is padding.
        foreach (var part in Enumerable.Range(0, texts.Count).OrderBy(i => encoded[i].Length).Chunk(BatchSize))
        {
            using var scope = TensorScope.Begin();
            var (ids, mask) = TokenTensors.Pad([.. part.Select(i => encoded[i])], tokens.PaddingId,
                device: model.Device);
            var rows = branch.EmbedTexts(ids, mask).To(ScalarType.Float32).ToArray<float>();
            for (var row = 0; row < part.Length; row++)
                rows.AsSpan(row * Width, Width).CopyTo(result.AsSpan(part[row] * Width));
        }
        return result;
    }

    /// <summary>
    /// What matching sees of pictures (B, Tk, hidden): their image tokens (B, N, C) mixed with the tags that guide it,
    /// as in captioning. The caller owns it.
    /// </summary>
    public Tensor Context(Tensor imageTokens, IReadOnlyList<IReadOnlyList<string>> tagNames)
    {
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var (ids, mask) = TokenTensors.Pad([.. tagNames.Select(tokens.EncodeTags)], tokens.PaddingId,
            model.Config.TagTokens, model.Device);
        return scope.Return(model.EncodeTags(ids, mask, imageTokens));
    }

    /// <summary>Log-odds that each text belongs to the one picture of a context (1, Tk, hidden).</summary>
    /// <exception cref="ArgumentException">The model's branch has no matching.</exception>
    public float[] Match(Tensor context, IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (!branch.HasMatching)
            throw new ArgumentException(
                "the model has no image-text matching, it compares embeddings alone · hint: leave out --rerank");
        using var noGradient = GradientMode.Inference();
        var result = new float[texts.Count];
        var encoded = texts.Select(text => tokens.AsEncoded(Encode(text))).ToArray();
        foreach (var part in Enumerable.Range(0, texts.Count).OrderBy(i => encoded[i].Length).Chunk(BatchSize))
        {
            using var scope = TensorScope.Begin();
            var (ids, mask) = TokenTensors.Pad([.. part.Select(i => encoded[i])], tokens.PaddingId,
                device: model.Device);
            var logits = branch.Match(ids, mask, context).To(ScalarType.Float32); // (P, 2)
            var odds = (logits.Select(1, 1) - logits.Select(1, 0)).ToArray<float>();
            for (var row = 0; row < part.Length; row++)
                result[part[row]] = odds[row];
        }
        return result;
    }

    private int[] Encode(string text) => tokens.EncodeText(text, branch.MaxTokens);
}
