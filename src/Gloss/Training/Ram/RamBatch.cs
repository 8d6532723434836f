using Gloss.Images;

namespace Gloss.Training.Ram;

/// <summary>What one step of RAM or RAM++ learns; the captions of a picture follow each other.</summary>
internal sealed class RamBatch(int pictures)
{
    /// <summary>Numbers of the pictures.</summary>
    public int[] Examples { get; } = new int[pictures];

    /// <summary>Rows of the feature cache, where the encoder is frozen.</summary>
    public int[] Rows { get; } = new int[pictures];

    /// <summary>Augmented pictures, where it is not.</summary>
    public RgbImage[] Images { get; } = new RgbImage[pictures];

    /// <summary>Tag ids of each picture.</summary>
    public List<int[]> Targets { get; } = [];

    /// <summary>Rows of the drawn captions among all captions.</summary>
    public List<int> CaptionRows { get; } = [];

    /// <summary>Tokens of the drawn captions, where the family writes captions.</summary>
    public List<int[]> Captions { get; } = [];

    /// <summary>Tokens of the tags that guide them.</summary>
    public List<int[]> Guides { get; } = [];
}
