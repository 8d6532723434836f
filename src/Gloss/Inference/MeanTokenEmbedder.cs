using Gloss.Models;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// The features of the model's own image encoder: the token of the whole picture (the mean of the places, or the class
/// token) as the recogniser sees it, made as long as 1. Any tagging model has it; it has no text side.
/// </summary>
internal sealed class MeanTokenEmbedder(TaggingModel model) : PictureEmbedder
{
    /// <summary>The kind.</summary>
    public const string Name = "image-token";

    /// <inheritdoc/>
    public override string Kind => Name;

    /// <inheritdoc/>
    public override int Width { get; } = (int)model.TokenWidth;

    /// <inheritdoc/>
    public override float[] EmbedPictures(Tensor imageTokens)
    {
        ArgumentNullException.ThrowIfNull(imageTokens);
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var rows = imageTokens.Narrow(1, 0, 1).To(ScalarType.Float32).Contiguous().ToArray<float>(); // (B, 1, C)
        Normalize(rows, Width);
        return rows;
    }
}
