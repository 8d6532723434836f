namespace Gloss.Inference;

/// <summary>Which weights of a Tag2Text model are read.</summary>
public enum Tag2TextParts
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>What recognising tags needs; captions cannot be asked for.</summary>
    Tagging,
}
