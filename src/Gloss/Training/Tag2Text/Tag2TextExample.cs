namespace Gloss.Training.Tag2Text;

/// <summary>A picture with its captions and what was mined from them, or with labels alone.</summary>
/// <param name="Picture">Where it lies.</param>
/// <param name="Captions">The captions, cleaned; none where only labels are known.</param>
/// <param name="CaptionTags">Tag ids of each caption.</param>
/// <param name="Tags">Tag ids of all captions together, or those that the labels name; ascending.</param>
internal sealed record Tag2TextExample(
    PictureSource Picture, IReadOnlyList<string> Captions, IReadOnlyList<int[]> CaptionTags, int[] Tags);
