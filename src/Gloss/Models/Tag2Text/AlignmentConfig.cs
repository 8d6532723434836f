namespace Gloss.Models.Tag2Text;

/// <summary>
/// Sizes of the image-text alignment branch; its text encoder is as wide as the model's other text parts.
/// </summary>
public sealed record AlignmentConfig
{
    /// <summary>
    /// Layers of the text encoder. The last of them, as many as the text decoder has at most, share the decoder's
    /// cross-attention; the paper has 12 of each.
    /// </summary><value>12</value>
    public int Layers { get; init; } = 12;

    /// <summary>Numbers of an embedding.</summary><value>256</value>
    public long Width { get; init; } = 256;

    /// <summary>
    /// Whether a text's embedding is made of the mean over its tokens, as sentence towers are trained, not of the first
    /// alone as published.
    /// </summary><value>false</value>
    public bool HasMeanPooling { get; init; }

    /// <summary>
    /// Heads of an attention that pools a picture's tokens into its embedding; 0: its first token alone, as published.
    /// </summary><value>0</value>
    public long PoolingHeads { get; init; }

    /// <summary>
    /// Whether it can tell if a text belongs to a picture (matching), not only how near they are (contrast).
    /// </summary>
    /// <value>true</value>
    public bool HasMatching { get; init; } = true;

    /// <summary>Tokens that a text is cut to.</summary><value>35</value>
    public int MaxTokens { get; init; } = 35;
}
