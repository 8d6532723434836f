namespace Gloss.Evaluation;

/// <summary>Retrieval between images and captions, both ways.</summary>
/// <param name="ImageToText">An image asks for its captions; the best placed of them counts.</param>
/// <param name="TextToImage">A caption asks for its image.</param>
public sealed record RetrievalResult(RecallAtK ImageToText, RecallAtK TextToImage)
{
    /// <summary>Mean of the six recalls.</summary>
    public double Mean => (ImageToText.Mean + TextToImage.Mean) / 2;
}
