namespace Gloss.Text.Mining;

/// <summary>A place in a caption that may become a tag, with its possible names, the fullest first: "tennis court",
/// "court".
/// </summary>
internal readonly record struct TagMention(IReadOnlyList<string> Names, TagType Type, int Start, int End);
