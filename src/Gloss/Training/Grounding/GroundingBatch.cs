using Gloss.Images;
using Gloss.Losses;
using Gloss.Text;

namespace Gloss.Training.Grounding;

/// <summary>What one step of <see cref="GroundingTask"/> learns.</summary>
internal sealed class GroundingBatch
{
    /// <summary>Rows of the cache of maps, where the backbone is frozen.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>Pictures as they are seen, where it is not.</summary>
    public List<RgbImage> Images { get; } = [];

    /// <summary>The text of each picture.</summary>
    public List<SubSentenceText> Texts { get; } = [];

    /// <summary>What is to be found in each picture.</summary>
    public List<IReadOnlyList<GroundingTarget>> Targets { get; } = [];
}
