using Gloss.Torch;

namespace Gloss.Models.Parsing;

/// <summary>Turns the words of sentences into vectors that know their sentence.</summary>
public abstract class WordEncoder : Module
{
    /// <summary>Width of the vectors.</summary>
    public abstract long Width { get; }

    /// <summary>(B, 1 + W, C): the root, then the words.</summary>
    public abstract Tensor Forward(ParserInput input);
}
