using System.Text.Json.Serialization;

namespace Gloss.Text.Mining;

/// <summary>One picture of a training list in the form of Tag2Text and RAM.</summary>
/// <param name="ImagePath">Path of the picture, relative to the data folder.</param>
/// <param name="Caption">Its captions.</param>
/// <param name="UnionLabelId">Ids of the tags that any caption names, ascending.</param>
/// <param name="ParseLabelId">For each caption the ids of the tags that it names, ascending.</param>
public sealed record MinedImage(
    [property: JsonPropertyName("image_path")] string ImagePath,
    [property: JsonPropertyName("caption")] IReadOnlyList<string> Caption,
    [property: JsonPropertyName("union_label_id")] IReadOnlyList<int> UnionLabelId,
    [property: JsonPropertyName("parse_label_id")] IReadOnlyList<IReadOnlyList<int>> ParseLabelId)
{
    /// <summary>Mines the tags of a picture's captions.</summary>
    public static MinedImage Mine(TagMiner miner, string imagePath, IReadOnlyList<string> captions)
    {
        ArgumentNullException.ThrowIfNull(miner);
        ArgumentNullException.ThrowIfNull(captions);
        var parsed = captions.Select(miner.MineIds).ToArray();
        return new MinedImage(imagePath, captions, [.. parsed.SelectMany(ids => ids).Distinct().Order()], parsed);
    }
}
