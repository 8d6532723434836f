using Gloss.Evaluation;

namespace Gloss.Inference;

/// <summary>One way of ranking, and how good it is.</summary>
/// <param name="Name">What it ranks by.</param>
/// <param name="TextToImage">A caption finds its picture.</param>
/// <param name="ImageToText">A picture finds one of its captions.</param>
public sealed record RetrievalWay(string Name, RecallFigures TextToImage, RecallFigures ImageToText)
{
    internal static RetrievalWay Of(string name, RetrievalResult result) =>
        new(name, RecallFigures.Of(result.TextToImage), RecallFigures.Of(result.ImageToText));
}
