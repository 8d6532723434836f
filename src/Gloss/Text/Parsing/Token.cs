namespace Gloss.Text.Parsing;

/// <summary>One token of a text, with where it stands in it.</summary>
/// <param name="Text">The token as read; hyphenated words that the text wrote with spaces are joined
/// ("snow-covered").</param>
/// <param name="Start">Offset of its first character in the text.</param>
/// <param name="End">Offset behind its last character in the text.</param>
public readonly record struct Token(string Text, int Start, int End);
