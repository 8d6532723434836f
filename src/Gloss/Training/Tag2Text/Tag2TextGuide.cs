using Gloss.Images;

namespace Gloss.Training.Tag2Text;

/// <summary>Which tags guide one caption in training.</summary>
/// <param name="Mined">Ids of the caption's own tags, thinned out; null where the model's recognised tags
/// guide.</param>
/// <param name="Threshold">What a recognised tag's probability must exceed.</param>
/// <param name="Seed">Of the order of the tags.</param>
internal sealed record Tag2TextGuide(int[]? Mined, float Threshold, ulong Seed)
{
    /// <summary>Draws what guides a caption with these tags.</summary>
    public static Tag2TextGuide Draw(int[] tags, Tag2TextTaskOptions options, SeededGenerator generator)
    {
        var seed = generator.NextUInt64();
        if (generator.NextBool(options.RecognisedGuides))
            return Recognised(options, generator, seed);
        var rate = generator.NextDouble(0, options.TagDropout);
        return new Tag2TextGuide([.. tags.Where(_ => !generator.NextBool(rate))], 0, seed);
    }

    /// <summary>Draws from what threshold on recognised tags guide.</summary>
    public static Tag2TextGuide Recognised(Tag2TextTaskOptions options, SeededGenerator generator, ulong seed) =>
        new(null, (float)generator.NextDouble(options.RecognisedThresholds[0], options.RecognisedThresholds[1]), seed);

    /// <summary>The ids in a random order, given the probabilities (K) of the caption's picture.</summary>
    public int[] Choose(ReadOnlySpan<float> probabilities)
    {
        var ids = new List<int>(Mined ?? []);
        for (var id = 0; Mined is null && id < probabilities.Length; id++)
        {
            if (probabilities[id] > Threshold)
                ids.Add(id);
        }
        return new SeededGenerator(Seed).Shuffle(ids.ToArray());
    }
}
