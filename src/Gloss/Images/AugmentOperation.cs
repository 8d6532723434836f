namespace Gloss.Images;

/// <summary>The operations of RandAugment as RAM trains with them.</summary>
public enum AugmentOperation
{
    /// <summary>Nothing.</summary>
    Identity,

    /// <summary>Stretches each channel to 0–255.</summary>
    AutoContrast,

    /// <summary>Multiplies by 0.1 + 1.8 · magnitude / 10.</summary>
    Brightness,

    /// <summary>Moves away from a smoothed picture by 0.1 + 1.8 · magnitude / 10 (below 1: towards it).</summary>
    Sharpness,

    /// <summary>Makes each channel's histogram flat.</summary>
    Equalize,

    /// <summary>Slants rows by up to 0.3 of their height's distance.</summary>
    ShearX,

    /// <summary>Slants columns by up to 0.3 of their width's distance.</summary>
    ShearY,

    /// <summary>Moves sideways by up to 10 pixels.</summary>
    TranslateX,

    /// <summary>Moves up or down by up to 10 pixels.</summary>
    TranslateY,

    /// <summary>Turns by up to 30 degrees around the centre.</summary>
    Rotate,
}
