using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>The space of a model's alignment branch, in which texts lie near the pictures that they speak of.</summary>
internal sealed class AlignedEmbedder(RecognitionPredictor predictor) : PictureEmbedder
{
    /// <summary>The kind.</summary>
    public const string Name = "image-text";

    private readonly TextAligner aligner = new(predictor);

    /// <inheritdoc/>
    public override string Kind => Name;

    /// <inheritdoc/>
    public override int Width => aligner.Width;

    /// <inheritdoc/>
    public override bool EmbedsText => true;

    /// <inheritdoc/>
    public override float[] EmbedPictures(Tensor imageTokens) => aligner.EmbedPictures(imageTokens);

    /// <inheritdoc/>
    public override float[] EmbedText(string text) => aligner.EmbedTexts([text]);
}
