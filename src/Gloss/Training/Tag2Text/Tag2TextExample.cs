namespace Gloss.Training.Tag2Text;

/// <summary>A picture with its captions and what was mined from them.</summary>
/// <param name="ImagePath">The picture; null for captions without one.</param>
/// <param name="Captions">The captions, cleaned.</param>
/// <param name="CaptionTags">Tag ids of each caption.</param>
/// <param name="Tags">Tag ids of all captions together, ascending.</param>
internal sealed record Tag2TextExample(
    string? ImagePath, IReadOnlyList<string> Captions, IReadOnlyList<int[]> CaptionTags, int[] Tags);
