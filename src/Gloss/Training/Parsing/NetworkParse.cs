using Gloss.Text.Parsing;

namespace Gloss.Training.Parsing;

/// <summary>What a network says of a sentence: a tag, a head (-1 the root) and a relation for each word, and the least
/// certainty (0 to 1) of its heads.</summary>
internal sealed record NetworkParse(PosTag[] Tags, int[] Heads, string[] Relations, float Certainty);
