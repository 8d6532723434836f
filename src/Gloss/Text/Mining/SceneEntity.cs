namespace Gloss.Text.Mining;

/// <summary>Something that a caption names: one mention.</summary>
/// <param name="Head">Lower case, singular, with its noun compound ("tennis court").</param>
/// <param name="Text">The words that name it, as they stand in the caption.</param>
/// <param name="Start">Offset of their first character.</param>
/// <param name="End">Offset behind their last character.</param>
/// <param name="Type">Object or scene; null for what is no tag: quantities, parts of space, what is negated.</param>
/// <param name="Attributes">Lower-case modifiers, in the caption's order.</param>
public sealed record SceneEntity(
    string Head, string Text, int Start, int End, TagType? Type, IReadOnlyList<SceneModifier> Attributes)
{
    /// <summary>Why it is no tag; null where it is one.</summary><value>null</value>
    public string? NoTag { get; init; }
}
