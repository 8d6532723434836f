using Gloss.Torch;

namespace Gloss.Models.Published;

/// <summary>
/// The weights of a published checkpoint under the names that Gloss's models have, and the family that they tell.
/// </summary>
public sealed class PublishedCheckpoint
{
    private const string Known =
        "known are Tag2Text, RAM and RAM++ with a Swin image encoder, CLIP with a vision transformer, and Grounding "
        + "DINO";

    private PublishedCheckpoint(PublishedFamily family, IReadOnlyDictionary<string, WeightSource> weights,
        bool hasCaptions)
    {
        Family = family;
        Weights = weights;
        HasCaptions = hasCaptions;
    }

    /// <summary>The family.</summary>
    public PublishedFamily Family { get; }

    /// <summary>Whether it holds the parts that write captions.</summary>
    public bool HasCaptions { get; }

    /// <summary>Names of the weights.</summary>
    public IEnumerable<string> Names => Weights.Keys;

    /// <summary>The weights by the names that Gloss's models have.</summary>
    internal IReadOnlyDictionary<string, WeightSource> Weights { get; }

    /// <summary>
    /// Reads which weights a file holds: those under <c>model</c>, else under <c>state_dict</c>, or the whole file
    /// where there is no such key, without the <c>module.</c> that training on several devices puts before names.
    /// Nothing of the weights themselves is read.
    /// </summary>
    /// <param name="file">The file; it must stay open while weights are read.</param>
    /// <param name="skip">What names that are left out begin with.</param>
    /// <exception cref="CheckpointException">It is of no known family, or names stand in it twice.</exception>
    public static PublishedCheckpoint Read(CheckpointFile file, IReadOnlyCollection<string>? skip = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        var tensors = file.Format == CheckpointFormat.TorchScript ? file.Flatten()
            : PublishedWeights.WithoutModule((Inner(file.Root, "model") ?? Inner(file.Root, "state_dict") ?? file.Root)
                .Tensors());
        foreach (var name in tensors.Keys.Where(n => skip?.Any(s => n.StartsWith(s, StringComparison.Ordinal)) == true)
            .ToList())
            tensors.Remove(name);
        if (PublishedClip.IsClip(tensors.Keys))
            return new PublishedCheckpoint(PublishedFamily.Clip, PublishedClip.Rename(tensors), hasCaptions: false);

        var renamed = PublishedWeights.Rename(tensors);
        var family = renamed.ContainsKey("reweight_scale") ? PublishedFamily.RamPlus
            : renamed.ContainsKey("wordvec_proj.weight") ? PublishedFamily.Ram
            : renamed.ContainsKey("fc.W") ? PublishedFamily.Tag2Text
            : throw new CheckpointException(
                $"the checkpoint is of no known family · it begins with {string.Join(", ", tensors.Keys.Take(4))} · "
                + $"hint: {Known}");
        // Old files of the tagging part alone have the first layers of the tag encoder, which the head shares, and no
        // more.
        var hasCaptions = renamed.Keys.Any(n => n.StartsWith("text_decoder.", StringComparison.Ordinal));
        return new PublishedCheckpoint(family, renamed
            .Where(t => hasCaptions || !t.Key.StartsWith("tag_encoder.", StringComparison.Ordinal))
            .ToDictionary(t => t.Key, t => PublishedWeights.Source(t.Value), StringComparer.Ordinal), hasCaptions);
    }

    private static CheckpointDictionary? Inner(CheckpointDictionary root, string key) =>
        root.TryGetValue(key, out var inner) ? inner as CheckpointDictionary : null;
}
