using Gloss.Images;

namespace Gloss.Training.Tag2Text;

/// <summary>What one step of <see cref="Tag2TextTask"/> learns; the captions of a picture follow each other.</summary>
internal sealed class Tag2TextBatch(int pictures)
{
    /// <summary>Rows of the feature cache, where the encoder is frozen.</summary>
    public int[] Rows { get; } = new int[pictures];

    /// <summary>Augmented pictures, where it is not.</summary>
    public RgbImage[] Images { get; } = new RgbImage[pictures];

    /// <summary>Tag ids of each picture.</summary>
    public List<int[]> Targets { get; } = [];

    /// <summary>
    /// How many of the pictures, the first ones, have captions; all that is true of them is in <see cref="Targets"/>.
    /// </summary>
    public int Captioned { get; set; }

    /// <summary>Numbers of the examples, as the pictures are ordered.</summary>
    public int[] Examples { get; init; } = [];

    /// <summary>
    /// Recognised tags of each captioned picture: they guide what is drawn in self-critical training, and what matching
    /// sees.
    /// </summary>
    public List<Tag2TextGuide> DrawnGuides { get; } = [];

    /// <summary>Tokens of one caption of each captioned picture, for the alignment branch.</summary>
    public List<int[]> Texts { get; } = [];

    /// <summary>Tokens of the captions.</summary>
    public List<int[]> Captions { get; } = [];

    /// <summary>The tags that guide them.</summary>
    public List<Tag2TextGuide> Guides { get; } = [];
}
