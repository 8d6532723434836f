using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Models.Clip;

/// <summary>
/// CLIP's embedding of a tag: the mean over 63 sentences that speak of it, as the published RAM embeds tags
/// (github.com/xinyu1205/recognize-anything@7cb804a, ram/utils/openset_utils.py).
/// </summary>
public static class TagSentences
{
    private const int BatchSize = 63;

    private static readonly string[] templates =
    [
        "There is {article} {tag} in the scene.",
        "There is the {tag} in the scene.",
        "This is a photo of {article} {tag} in the scene.",
        "This is a photo of the {tag} in the scene.",
        "This is a photo of one {tag} in the scene.",
        "itap of {article} {tag}.",
        "itap of my {tag}.",
        "itap of the {tag}.",
        "This is a photo of {article} {tag}.",
        "This is a photo of my {tag}.",
        "This is a photo of the {tag}.",
        "This is a photo of one {tag}.",
        "This is a photo of many {tag}.",
        "This is a good photo of {article} {tag}.",
        "This is a good photo of the {tag}.",
        "This is a bad photo of {article} {tag}.",
        "This is a bad photo of the {tag}.",
        "This is a photo of a nice {tag}.",
        "This is a photo of the nice {tag}.",
        "This is a photo of a cool {tag}.",
        "This is a photo of the cool {tag}.",
        "This is a photo of a weird {tag}.",
        "This is a photo of the weird {tag}.",
        "This is a photo of a small {tag}.",
        "This is a photo of the small {tag}.",
        "This is a photo of a large {tag}.",
        "This is a photo of the large {tag}.",
        "This is a photo of a clean {tag}.",
        "This is a photo of the clean {tag}.",
        "This is a photo of a dirty {tag}.",
        "This is a photo of the dirty {tag}.",
        "This is a bright photo of {article} {tag}.",
        "This is a bright photo of the {tag}.",
        "This is a dark photo of {article} {tag}.",
        "This is a dark photo of the {tag}.",
        "This is a photo of a hard to see {tag}.",
        "This is a photo of the hard to see {tag}.",
        "This is a low resolution photo of {article} {tag}.",
        "This is a low resolution photo of the {tag}.",
        "This is a cropped photo of {article} {tag}.",
        "This is a cropped photo of the {tag}.",
        "This is a close-up photo of {article} {tag}.",
        "This is a close-up photo of the {tag}.",
        "This is a jpeg corrupted photo of {article} {tag}.",
        "This is a jpeg corrupted photo of the {tag}.",
        "This is a blurry photo of {article} {tag}.",
        "This is a blurry photo of the {tag}.",
        "This is a pixelated photo of {article} {tag}.",
        "This is a pixelated photo of the {tag}.",
        "This is a black and white photo of the {tag}.",
        "This is a black and white photo of {article} {tag}.",
        "This is a plastic {tag}.",
        "This is the plastic {tag}.",
        "This is a toy {tag}.",
        "This is the toy {tag}.",
        "This is a plushie {tag}.",
        "This is the plushie {tag}.",
        "This is a cartoon {tag}.",
        "This is the cartoon {tag}.",
        "This is an embroidered {tag}.",
        "This is the embroidered {tag}.",
        "This is a painting of the {tag}.",
        "This is a painting of a {tag}.",
    ];

    /// <summary>
    /// The sentences about a tag. "_" becomes a space and "/" becomes " or ", dots at the end go. The article follows
    /// the first letter as it is written, so a capital vowel has "a".
    /// </summary>
    public static IReadOnlyList<string> Of(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        var article = "aeiou".Contains(tag[0], StringComparison.Ordinal) ? "an" : "a";
        var name = tag.Replace('_', ' ').Replace("/", " or ", StringComparison.Ordinal).ToLowerInvariant().TrimEnd('.');
        return [.. templates.Select(t => t.Replace("{article}", article, StringComparison.Ordinal)
            .Replace("{tag}", name, StringComparison.Ordinal))];
    }

    /// <summary>Embeddings of tags (K, embedding): each sentence's normalised, their mean, normalised again.</summary>
    /// <param name="model">Embeds sentences.</param>
    /// <param name="tokenizer">Cuts them.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="sentences">The sentences about a tag; null: <see cref="Of"/>.</param>
    /// <param name="cancellationToken">Stops between tags.</param>
    public static Tensor Embed(ClipModel model, ClipTokenizer tokenizer, IReadOnlyList<string> tags,
        Func<string, IReadOnlyList<string>>? sentences = null, CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Begin();
        var rows = tags.Select(tag =>
        {
            using var inner = TensorScope.Begin();
            return inner.Return(EmbedTexts(model, tokenizer, (sentences ?? Of)(tag), cancellationToken).Mean([0])
                .Normalize());
        }).ToArray();
        return scope.Return(TensorShape.Stack(0, rows));
    }

    /// <summary>Normalised embeddings of texts, each on its own: (M, embedding).</summary>
    /// <param name="model">Embeds them.</param>
    /// <param name="tokenizer">Cuts them.</param>
    /// <param name="texts">The texts; at least one.</param>
    /// <param name="cancellationToken">Stops between every 63 of them.</param>
    public static Tensor EmbedTexts(ClipModel model, ClipTokenizer tokenizer, IReadOnlyList<string> texts,
        CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Begin();
        var length = model.Config.ContextLength;
        var parts = texts.Chunk(BatchSize).Select(chunk =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var ids = chunk.Select(text => tokenizer.EncodeWithSpecials(text, length)).ToList();
            // Tokens behind the end change nothing: the texts are filled up to the longest of them only.
            var longest = ids.Max(i => Array.IndexOf(i, tokenizer.EndId)) + 1;
            var flat = ids.SelectMany(i => i.Take(longest)).Select(i => (long)i).ToArray();
            return inner.Return(model.EncodeTexts(Tensor.FromData(flat, chunk.Length, longest).To(model.Device))
                .Normalize());
        }).ToArray();
        return scope.Return(TensorShape.Concatenate(0, parts));
    }
}
