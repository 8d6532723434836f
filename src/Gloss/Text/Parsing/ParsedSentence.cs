namespace Gloss.Text.Parsing;

/// <summary>A sentence with its dependency tree. The lists have one entry a token; a head is the index of a token, -1
/// for the root.</summary>
public sealed record ParsedSentence(
    IReadOnlyList<Token> Tokens,
    IReadOnlyList<PosTag> Tags,
    IReadOnlyList<string> Lemmas,
    IReadOnlyList<int> Heads,
    IReadOnlyList<string> Relations);
