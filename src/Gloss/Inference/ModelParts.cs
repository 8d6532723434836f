namespace Gloss.Inference;

/// <summary>Which weights of a model are read.</summary>
public enum ModelParts
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>What recognising tags needs; captions cannot be asked for.</summary>
    Tagging,

    /// <summary>What recognising tags and embedding pictures and texts needs.</summary>
    Embedding,
}
