using Gloss.Models.Tag2Text;

namespace Gloss.Training.Tag2Text;

/// <summary>The parts of a Tag2Text model by the names of their parameters, and which of them learn.</summary>
internal static class Tag2TextParts
{
    /// <summary>Whether a parameter is of the recognition decoder, its queries, its classifiers or the
    /// evidence.</summary>
    public static bool IsTagging(string name) =>
        name.Split('.')[0] is "tagging_head" or "label_embed" or "fc" || IsEvidence(name);

    /// <summary>
    /// Whether a parameter is of the evidence of classes. Weight decay would draw what classes count to nothing, of
    /// which rare ones would not recover.
    /// </summary>
    public static bool IsEvidence(string name) => name.StartsWith("class_evidence.", StringComparison.Ordinal);

    /// <summary>Freezes what does not learn where the settings let one part alone learn.</summary>
    public static void Freeze(Tag2TextModel model, Tag2TextTaskOptions options)
    {
        if (options.TaggingOnly)
        {
            foreach (var (_, parameter) in model.NamedParameters().Where(p => !IsTagging(p.Name)))
                parameter.Freeze();
        }
        if (options.CaptioningOnly)
        {
            foreach (var (_, parameter) in model.NamedParameters()
                .Where(p => p.Name.Split('.')[0] is not ("tag_encoder" or "text_decoder")))
                parameter.Freeze();
        }
        if (options.AlignmentOnly)
        {
            var shared = model.TextDecoder.NamedParameters().Select(p => p.Parameter)
                .ToHashSet(ReferenceEqualityComparer.Instance);
            var learned = model.Alignment!.NamedParameters().Select(p => p.Parameter).Where(p => !shared.Contains(p))
                .ToHashSet(ReferenceEqualityComparer.Instance);
            foreach (var (_, parameter) in model.NamedParameters().Where(p => !learned.Contains(p.Parameter)))
                parameter.Freeze();
        }
    }
}
