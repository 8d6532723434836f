namespace Gloss.Inference;

/// <summary>In what language tags are named.</summary>
public enum TagLanguage
{
    /// <summary>The vocabulary's own names.</summary>
    English,

    /// <summary>The vocabulary's Chinese names.</summary>
    Chinese,
}
