using Gloss.Text;

namespace Gloss.Inference.Grounding;

/// <summary>Tags that go through the model together.</summary>
/// <param name="Tags">The places of the tags in the whole list; the text's phrases stand in the same order.</param>
/// <param name="Text">The tags as tokens.</param>
public sealed record GroundingPass(IReadOnlyList<int> Tags, SubSentenceText Text);
