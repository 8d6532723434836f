namespace Gloss.Inference.Grounding;

/// <summary>Which boxes that overlap a surer one are dropped.</summary>
public enum Suppression
{
    /// <summary>Those of the same tag.</summary>
    Class,

    /// <summary>Those of any tag.</summary>
    All,

    /// <summary>None.</summary>
    None,
}
