namespace Gloss.Text.Mining;

/// <summary>A tag that a caption names, with the words that name it.</summary>
/// <param name="Name">Lower case, dictionary form; the vocabulary's own name where the miner has a vocabulary.</param>
/// <param name="Type">What kind of thing it is.</param>
/// <param name="Start">Offset of the first character of the words in the caption.</param>
/// <param name="End">Offset behind their last character.</param>
public sealed record MinedTag(string Name, TagType Type, int Start, int End);
