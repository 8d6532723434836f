namespace Gloss.Models.Generation;

/// <summary>Token ids with a meaning in generation.</summary>
/// <param name="Prompt">What every text begins with, [DEC] first.</param>
/// <param name="End">The token that ends a text.</param>
/// <param name="Padding">The token behind the end.</param>
public sealed record PromptTokens(IReadOnlyList<int> Prompt, int End, int Padding);
