namespace Gloss.Models.Published;

/// <summary>A family of published checkpoints.</summary>
public enum PublishedFamily
{
    /// <summary>Tag2Text.</summary>
    Tag2Text,

    /// <summary>RAM.</summary>
    Ram,

    /// <summary>RAM++.</summary>
    RamPlus,

    /// <summary>CLIP with a vision transformer.</summary>
    Clip,
}
